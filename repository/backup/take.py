"""Makes a backup: the cluster, a mark with counts, log and landed bytes, last the manifest."""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from repository.backup.base import Base, copy_cluster, put_sealed
from repository.backup.cluster import Cluster, Facts
from repository.backup.counts import Counted, counted_at_mark
from repository.backup.keys import BackupKeys, keep_keys, keep_secrets
from repository.backup.landed import list_text
from repository.backup.manifest import FILE, Manifest
from repository.backup.problems import BackupDamaged, BackupProblem, LogTorn
from repository.backup.sealed import opened
from repository.backup.segments import Segment, missing, position
from repository.backup.settings import BackupSettings
from repository.backup.shelf import Shelf
from repository.backup.ship import Carrier, Shipped, alone
from repository.landing import LandingStore

FULL_EVERY = timedelta(days=6, hours=12)
"""A full backup once a week; those between hold only what changed."""

ARCHIVED_WITHIN = 120.0
"""Seconds."""

Progress = Callable[[str, int], None]
"""Told a step and the bytes done in it so far."""


@dataclass(frozen=True)
class Installation:
    """What is backed up: the repository's URL, its landing store, its state folder."""

    url: str
    store: LandingStore
    state: Path
    code_version: str


def take(
    installation: Installation,
    places: BackupSettings,
    kind: str | None = None,
    progress: Progress = lambda step, done: None,
) -> Manifest:
    """Make a backup.

    Keys go to their own place first; the backup counts only once its manifest is written, after
    everything else.

    Args:
        kind: ``full``, ``incremental``, or None: incremental where it can be and the last full one
            is younger than :data:`FULL_EVERY`.

    Raises:
        BackupProblem: it could not be made; what is half made does not count.
        repository.landing.LandingProblem: landed bytes are not what they should be.
    """
    with alone(installation.state, "take"):
        keys = BackupKeys()
        key = keys.ensure()
        keep_keys(places.keys, keys.folder)
        cluster = Cluster.of(installation.url, places.wal, installation.state)
        with cluster.connected() as conn:
            facts = cluster.facts(conn)
            started = _now(conn)
        carrier = Carrier(
            cluster, facts.system, installation.store, places.backup, key, keys.read(),
            installation.state,
        )  # fmt: skip
        carrier.ship(lambda step, size: None)
        on = None if kind == "full" else _to_go_on_from(places, carrier, facts, started)
        if kind == "incremental" and on is None:
            raise BackupProblem(
                "an incremental backup cannot be made: there is no full one of this week whose log "
                "is whole; take a full one"
            )
        try:
            name, base = _copied(places, carrier, on, started, progress)
        except LogTorn as error:
            if kind == "incremental":
                raise
            logging.getLogger(__name__).warning("a full backup is taken instead: %s", error)
            on = None
            name, base = _copied(places, carrier, on, started, progress)
        real = "incremental" if on else "full"
        counted = counted_at_mark(cluster, name)
        progress("counted", sum(counted.counts.values()))
        with cluster.connected() as conn:
            ends = _switched(conn)
            last = Segment.at(base.timeline, ends - 1, facts.segment_bytes)
            _wait_for(conn, last.name(facts.segment_bytes), cluster.wal)
            ended = _now(conn)
        # Only now: all that is in the log up to the mark has landed.
        shipped = carrier.ship(progress)
        return _written(
            installation, places, carrier, facts, base, counted, shipped,
            (name, real, on.name if on else None), (started, ended), ends,
        )  # fmt: skip


def _copied(
    places: BackupSettings,
    carrier: Carrier,
    on: Manifest | None,
    started: datetime,
    progress: Progress,
) -> tuple[str, Base]:
    """Copy the cluster, or what changed since a backup; the new one's name, and what was copied.

    Raises:
        LogTorn: the server does not know what changed since.
        BackupProblem: it could not be copied.
    """
    kind = "incremental" if on else "full"
    name = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}-{kind}"
    before = _manifest_of(places, carrier, on) if on else None
    folder = f"{carrier.system}/backups/{name}"
    base = copy_cluster(
        carrier.cluster, places.backup, folder, carrier.key, before,
        lambda done: progress("cluster", done),
    )  # fmt: skip
    return name, base


def _written(
    installation: Installation,
    places: BackupSettings,
    carrier: Carrier,
    facts: Facts,
    base: Base,
    counted: Counted,
    shipped: Shipped,
    named: tuple[str, str, str | None],
    times: tuple[datetime, datetime],
    ends: int,
) -> Manifest:
    name, kind, on = named
    folder = f"{facts.system}/backups/{name}"
    listed = put_sealed(
        places.backup, f"{folder}/landed", carrier.key, list_text(shipped.files)
    )  # fmt: skip
    made = Manifest(
        name=name,
        kind=kind,
        on=on,
        started_at=times[0],
        ended_at=times[1],
        restore_point=counted.restore_point,
        restore_point_at=counted.at,
        begins=base.begins,
        ends=f"{ends >> 32:X}/{ends & 0xFFFFFFFF:X}",
        cluster=facts,
        code_version=installation.code_version,
        counts=counted.counts,
        landed_files=len(shipped.files),
        landed_bytes=sum(file.bytes for file in shipped.files),
        files={"base": base.base, "files": base.files, "landed": listed},
    )
    there = {one for one, _ in places.backup.list(f"{facts.system}/wal/")}
    lacking = [one for one in needed(made) if f"{facts.system}/wal/{one}" not in there]
    if lacking:
        raise BackupProblem(
            f"segments of the log that the backup needs did not come: {', '.join(lacking[:3])}; "
            "see the server's log for why it could not put them into its folder"
        )
    keep_secrets(places.keys, installation.state, name)
    places.backup.put_bytes(f"{folder}/{FILE}", made.signed(carrier.key))
    return made


def needed(backup: Manifest) -> list[str]:
    """Names of the segments of the log without which a backup is nothing."""
    size, timeline = backup.cluster.segment_bytes, backup.cluster.timeline
    first = Segment.at(timeline, position(backup.begins), size)
    last = Segment.at(timeline, position(backup.ends) - 1, size)
    return [one.name(size) for one in missing((), first, last)]


def _to_go_on_from(
    places: BackupSettings, carrier: Carrier, facts: Facts, now: datetime
) -> Manifest | None:
    """The newest backup an incremental one can go on from."""
    shelf = Shelf.of(places.backup, carrier.keys)
    own = [one for one in shelf.backups if one.cluster.system == facts.system]
    if not own or not facts.summarised or own[-1].cluster.timeline != facts.timeline:
        return None
    last = own[-1]
    try:
        full = shelf.chain(last)[0]
    except BackupDamaged:
        return None
    if now - full.started_at > FULL_EVERY or _torn(places, last):
        return None
    return last


def _torn(places: BackupSettings, since: Manifest) -> bool:
    """Whether segments of the log since a backup are missing: the server ran without keeping it."""
    size, timeline = since.cluster.segment_bytes, since.cluster.timeline
    before = f"{since.cluster.system}/wal/"
    names = [name.removeprefix(before) for name, _ in places.backup.list(before)]
    there = {Segment.named(name, size) for name in names if len(name) == 24}
    there = {one for one in there if one.timeline == timeline}
    first = Segment.at(timeline, position(since.begins), size)
    if not there or max(there) < first:
        return True
    return next(missing(there, first, max(there)), None) is not None


def _manifest_of(places: BackupSettings, carrier: Carrier, backup: Manifest) -> bytes | None:
    """PostgreSQL's own manifest of a backup."""
    name = backup.files["files"].name
    try:
        with places.backup.reading(name) as path:
            return b"".join(opened(path, carrier.keys, name))
    except (FileNotFoundError, BackupDamaged) as error:
        logging.getLogger(__name__).warning("%s", error)
    raise BackupProblem(f"{name} cannot be read; take a full backup (--full)")


def _switched(conn: psycopg.Connection) -> int:
    """Have the server finish the segment it writes; the position up to which it is finished."""
    row = conn.execute("SELECT pg_switch_wal()::text").fetchone()
    assert row is not None
    return position(row[0])


def _wait_for(conn: psycopg.Connection, last: str, wal: Path) -> None:
    """Wait until the server has put a segment, and so all before it, into its folder.

    Raises:
        BackupProblem: it does not.
    """
    deadline = time.monotonic() + ARCHIVED_WITHIN
    while time.monotonic() < deadline:
        row = conn.execute(
            "SELECT last_archived_wal, failed_count FROM pg_stat_archiver"
        ).fetchone()
        if row is not None and row[0] is not None and row[0][:24] >= last:
            return
        time.sleep(0.02)
    failed = f" (it failed {row[1]} times)" if row is not None and row[1] else ""
    raise BackupProblem(
        f"the server did not put segment {last} of its log into {wal} within "
        f"{ARCHIVED_WITHIN:.0f} seconds{failed}; its log says why"
    )


def _now(conn: psycopg.Connection) -> datetime:
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0].astimezone(UTC)
    return moment
