"""Brings a state folder back from a backup, to any moment since, and checks it before it opens."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from repository import server_files as files
from repository.backup import before_opening
from repository.backup.checks import compare_counts, compare_landed
from repository.backup.keys import BackupKey, BackupKeys, restore_keys, restore_secrets
from repository.backup.manifest import Manifest
from repository.backup.problems import BackupProblem, room_at
from repository.backup.recovery import Recovery
from repository.backup.settings import BackupSettings
from repository.backup.shelf import Shelf
from repository.backup.unpack import Log, unpack_cluster, unpack_landed, unpack_log
from repository.landing import LandingStore, store_for
from repository.server import DATABASES, SUPERUSER, free_port
from repository.server_programs import run_as_server
from repository.state import read_private, write_private

HBA = """\
# Written when the cluster was restored.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
local replication all scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""
INCLUDED = "include_if_exists = 'watersmeet.conf'"

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Proofs:
    """What came of following values back to their cells: how many were proved, what is wrong."""

    proved: int
    problems: tuple[str, ...] = ()


Prove = Callable[[str, Path, str], Proofs]
"""Follows values back in a restored repository: its URL, its state folder, its landing store."""


@dataclass(frozen=True)
class Wanted:
    """What is to be restored.

    Attributes:
        to: the folder, empty or not there yet.
        at: the moment; None: as late as the log goes.
        backup: the backup to begin from; None: the newest from which the moment can be reached.
        landing: where landed bytes go; None: ``landing`` in the folder.
        accept_damage: open it even where checks fail.
    """

    to: Path
    at: datetime | None = None
    backup: str | None = None
    landing: str | None = None
    accept_damage: bool = False


@dataclass
class Restored:
    """What came of a restore.

    Attributes:
        backup: the one it began from.
        state: the state folder.
        recovery_point: when the last transaction that is in it was committed; None: there is none
            since the backup's mark.
        reaches: up to when nothing that was committed is missing.
        lost_seconds: from ``reaches`` to the moment asked for, or to the restore's start.
        seconds: from the start until it could be opened.
        tables, rows: compared with the counts of the backup.
        hashes: landed files whose SHA-256 was compared.
        proofs: values followed back to the cell they came from.
        before_opening: what was done again before it opened.
        problems: what is wrong; empty where all is well.
        opened: whether it may be started.
        note: where it lies, and what to know.
    """

    backup: str
    state: str
    recovery_point: datetime | None = None
    reaches: datetime | None = None
    lost_seconds: float = 0.0
    seconds: float = 0.0
    tables: int = 0
    rows: int = 0
    hashes: int = 0
    proofs: int = 0
    before_opening: list[dict[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    opened: bool = False
    note: str = ""


def restore(
    places: BackupSettings,
    wanted: Wanted,
    prove: Prove,
    progress: Progress = lambda step, done: None,
) -> Restored:
    """Restore into an empty folder, check, and leave it ready to be started.

    Raises:
        BackupProblem: nothing could be restored: no backup, no key, no room, or one that cannot be
            played back. What the checks find is in the result instead.
    """
    began, now = time.monotonic(), datetime.now(UTC)
    to = _empty(wanted.to)
    with room_at(str(to)):
        restore_keys(places.keys, to / "keys")
        keys = BackupKeys(to / "keys").read()
        if not keys:
            raise BackupProblem(f"there is no backup key in {places.keys}; nothing can be opened")
        shelf = Shelf.of(places.backup, keys)
        backup = shelf.named(wanted.backup) if wanted.backup else shelf.best(wanted.at)
        chain = shelf.chain(backup)
        if wanted.at is not None and wanted.at < backup.restore_point_at:
            raise BackupProblem(
                f"{backup.name} reaches from {backup.restore_point_at:%F %T %Z} on; leave --backup "
                "out, and an older one is taken"
            )
        _room_for(chain, to)
        told = Restored(backup.name, str(to))
        with _cluster(to, backup, told) as (recovery, facts):
            landing = wanted.landing or str(to / "landing")
            store = store_for(landing)
            log = _brought(places, wanted, chain, keys, recovery, store, told, progress)
            restore_secrets(places.keys, to, backup.name)
            _make_ours(recovery)
            progress("played back", 0)
            _play(recovery, backup, wanted.at, log.reaches, told)
            told.lost_seconds = _between(told.reaches, wanted.at or now)
            progress("checked", 0)
            with recovery.connected() as conn:
                told.before_opening = before_opening.replay(conn)
                told.problems += compare_landed(conn, store)[1]
            proofs = prove(_url(recovery), to, landing)
            told.proofs = proofs.proved
            told.problems += proofs.problems
            if not told.problems or wanted.accept_damage:
                _open(recovery, facts, to)
                told.opened = True
        told.seconds = time.monotonic() - began
        return told


def remove_restored(folder: Path) -> None:
    """Delete a restored state folder with its cluster, wherever that lies, running or not."""
    record = folder / "pg" / "server.json"
    facts = read_private(record)
    if facts:
        root = Path(facts["root"])
        if files.postmaster(root / "data"):
            run_as_server(
                Path(facts["programs"]), root, "pg_ctl", "stop", "-s", "-m", "immediate",
                "-D", str(root / "data"),
            )  # fmt: skip
        for made in facts["made_folders"]:
            files.delete(Path(made))
    files.delete(folder)


def _brought(
    places: BackupSettings,
    wanted: Wanted,
    chain: Sequence[Manifest],
    keys: dict[bytes, BackupKey],
    recovery: Recovery,
    store: LandingStore,
    told: Restored,
    progress: Progress,
) -> Log:
    """Bring log, data folder and landed bytes to the disk; what the log is like."""
    backup, root = chain[-1], recovery.root
    progress("log", 0)
    (root / "log").mkdir(mode=0o700)
    log = unpack_log(backup, places.backup, keys, wanted.at, root / "log")
    told.problems += log.problems
    _reaching(wanted.at, log.reaches or backup.restore_point_at)
    progress("cluster", 0)
    unpack_cluster(chain, places.backup, keys, root)
    progress("landed bytes", 0)
    landed = unpack_landed(
        backup, places.backup, keys, store, root, lambda size: progress("landed bytes", size)
    )
    told.problems += landed.problems
    told.hashes = landed.checked
    return log


def _play(
    recovery: Recovery,
    backup: Manifest,
    at: datetime | None,
    reaches: datetime | None,
    told: Restored,
) -> None:
    """Play back to the mark, compare the counts there, and play on."""
    recovery.to_mark(backup.restore_point)
    with recovery.connected() as conn:
        told.problems += compare_counts(conn, backup.counts)
        told.recovery_point = _last_commit(conn)
    told.tables, told.rows = len(backup.counts), sum(backup.counts.values())
    tear = recovery.onwards(at)
    with recovery.connected() as conn:
        told.recovery_point = _last_commit(conn) or told.recovery_point
    if tear is not None:
        _tell_torn(told.recovery_point or tear.last_commit or backup.restore_point_at, at, told)
        return
    known = [one for one in (told.recovery_point, reaches, backup.restore_point_at) if one]
    told.reaches = at if at is not None else max(known)


def _tell_torn(last: datetime, at: datetime | None, told: Restored) -> None:
    """Tell how far it came where the log is torn: to the last commit before."""
    told.reaches = last
    torn = (
        f"the log is torn after {told.reaches:%F %T} UTC: the server ran without WATERSMEET_BACKUP "
        "then, and what was committed after that is not in it"
    )
    if at is None:
        told.note = f"{torn}. {told.note}".rstrip()
    else:
        told.problems.append(f"{torn}; perhaps something is missing up to the moment asked for")


def _reaching(at: datetime | None, reaches: datetime) -> None:
    """See that the log reaches a moment: a segment is finished after the last commit in it."""
    if at is not None and at > reaches:
        raise BackupProblem(
            f"the log that is kept reaches to {reaches.astimezone(UTC):%F %T} UTC, and not to the "
            "moment asked for; ask for an earlier one, or leave --at out for the latest"
        )


def _last_commit(conn: psycopg.Connection) -> datetime | None:
    """When the last transaction was committed that was played back since the server started."""
    row = conn.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
    return row[0].astimezone(UTC) if row and row[0] else None


def _between(reached: datetime | None, wanted: datetime) -> float:
    return max(0.0, (wanted - reached).total_seconds()) if reached else 0.0


def _empty(folder: Path) -> Path:
    """The folder to restore into.

    Raises:
        BackupProblem: something is in it.
    """
    to = folder.absolute()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BackupProblem(
            f"{to} is not empty; restore into a new folder, and put it in the place of the old one "
            "once it is checked"
        )
    made = not to.exists()
    to.mkdir(parents=True, exist_ok=True)
    if made:
        # The server's user must be able to pass; what is secret below it has modes of its own.
        to.chmod(0o711)
    return to


def _room_for(chain: Sequence[Manifest], to: Path) -> None:
    cluster = sum(one.files["base"].plain_bytes for one in chain)
    need = (2 if len(chain) > 1 else 1) * cluster + chain[-1].landed_bytes
    free = shutil.disk_usage(to).free
    if free < need:
        raise BackupProblem(
            f"{to} has {free / 2**30:.1f} GiB free, and the restore needs {need / 2**30:.1f} GiB "
            "and room for the log besides; restore to another disk"
        )


@contextmanager
def _cluster(
    to: Path, backup: Manifest, told: Restored
) -> Iterator[tuple[Recovery, dict[str, Any]]]:
    """Folders for the cluster; its server is stopped afterwards, however that ends."""
    user = files.unprivileged_user()
    root, note = files.choose_root(to / "pg" / "cluster", user)
    told.note = note
    facts: dict[str, Any] = {"root": str(root), "note": note, "made_folders": [str(root)]}
    record = to / "pg" / "server.json"
    facts["programs"] = str(files.programs(root, user))
    socket = root / "socket"
    if len(str(socket)) > 80:
        # A Unix socket's path may not be longer than 107 bytes.
        socket = Path(tempfile.mkdtemp(prefix="watersmeet-"))
        facts["made_folders"].append(str(socket))
    facts["socket"] = str(socket)
    # Written first: what is left of a restore that was killed can be found and deleted.
    write_private(record, facts)
    socket.mkdir(mode=0o700, exist_ok=True)
    recovery = Recovery(root, Path(facts["programs"]), socket, backup.cluster)
    try:
        yield recovery, facts
    finally:
        recovery.stop()


def _make_ours(recovery: Recovery) -> None:
    """Configured by us alone, and the server's user's."""
    root, data = recovery.root, recovery.root / "data"
    # It may tell the server to put its log where the one it was copied from does.
    auto = data / "postgresql.auto.conf"
    if auto.exists():
        auto.rename(data / "postgresql.auto.conf.origin")
    conf = data / "postgresql.conf"
    if not conf.exists() or INCLUDED not in conf.read_text(encoding="utf-8", errors="replace"):
        if conf.exists():
            conf.rename(data / "postgresql.conf.origin")
        conf.write_text(f"{INCLUDED}\n", encoding="utf-8")
    (data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
    (root / "archive").mkdir(mode=0o700, exist_ok=True)
    data.chmod(0o700)
    user = files.unprivileged_user()
    for folder in (root, recovery.socket):
        files.give(folder, user)
    for below in (data, root / "log", root / "archive"):
        for folder_name, _, names in os.walk(below):
            files.give(Path(folder_name), user)
            for name in names:
                files.give(Path(folder_name) / name, user)


def _url(recovery: Recovery) -> str:
    """The restored repository's URL, as its superuser, over the private socket."""
    address: Mapping[str, Any] = recovery.address()
    return (
        f"postgresql+psycopg://{address['user']}@/{address['dbname']}"
        f"?host={address['host']}&port={address['port']}"
    )


def _open(recovery: Recovery, facts: dict[str, Any], to: Path) -> None:
    """Make it an embedded server: new passwords, written down last."""
    passwords = {name: secrets.token_urlsafe(24) for name in (SUPERUSER, *DATABASES)}
    with recovery.connected("postgres") as conn:
        roles = {row[0] for row in conn.execute("SELECT rolname FROM pg_roles")}
        for name, password in passwords.items():
            verifier = conn.pgconn.encrypt_password(
                password.encode(), name.encode(), b"scram-sha-256"
            ).decode()
            if name in roles:
                order = sql.SQL("ALTER ROLE {} PASSWORD {}")
            elif name == SUPERUSER:
                order = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
            else:
                continue  # the server makes it when it starts
            conn.execute(order.format(sql.Identifier(name), verifier))
    recovery.stop()
    for left in (recovery.root / "recovery.conf", recovery.root / "recovery_hba.conf"):
        left.unlink(missing_ok=True)
    files.delete(recovery.root / "log")
    facts |= {"port": free_port(), "passwords": passwords, "ready": True}
    write_private(to / "pg" / "server.json", facts)
