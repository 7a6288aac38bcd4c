"""Backups of this installation: made, carried on, read, restored, and restored to try them."""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from contracts.version import code_version
from pipeline.explain import explain
from pipeline.settings import Settings
from repository.backup import prune as pruning
from repository.backup import restore as restoring
from repository.backup import take as taking
from repository.backup import verify as verifying
from repository.backup.cluster import Cluster
from repository.backup.keys import BackupKeys
from repository.backup.manifest import Manifest
from repository.backup.problems import BackupProblem
from repository.backup.record import record_check
from repository.backup.restore import Proofs, Restored, Wanted
from repository.backup.settings import BackupSettings
from repository.backup.shelf import Shelf
from repository.backup.ship import Carrier, Shipped, alone
from repository.database import connected, database_url
from repository.landing import LandingProblem, store_for
from repository.lineage import NotFound
from repository.server_programs import ServerError

PROOFS = 12
"""Values that are followed back to their cells when a backup is tried."""

NONE_YET = "no backup was taken yet; `watersmeet backup take` makes the first"

LOOKED_AT = 20
"""Rows of an entity among which one is drawn."""

Progress = Callable[[str, int], None]


def _quiet(step: str, done: int) -> None:
    """Tell nobody."""


def take(kind: str | None = None, progress: Progress = _quiet) -> Manifest:
    """Make a backup of this installation; see :func:`repository.backup.take.take`."""
    settings, places = _settings()
    made = taking.Installation(
        database_url(settings.state), store_for(settings.landing), settings.state, code_version()
    )
    return taking.take(made, places, kind, progress)


def begun() -> bool:
    """Whether this installation has ever begun to take a backup: whether it has a backup key.

    Raises:
        BackupProblem: the places are not named as they must be.
    """
    _settings()
    return BackupKeys().current() is not None


def ship(progress: Progress = _quiet) -> Shipped:
    """Carry the log and landed bytes since to the place of backups.

    Raises:
        BackupProblem, repository.landing.LandingProblem
    """
    settings, places = _settings()
    keys = BackupKeys()
    key = keys.current()
    if key is None:
        raise BackupProblem(NONE_YET)
    cluster = Cluster.of(database_url(settings.state), places.wal, settings.state)
    with cluster.connected() as conn:
        system = cluster.facts(conn).system
    carrier = Carrier(
        cluster, system, store_for(settings.landing), places.backup, key, keys.read(),
        settings.state,
    )  # fmt: skip
    return carrier.ship(progress)


def shelf() -> Shelf:
    """The backups at the place."""
    _, places = _settings()
    return Shelf.of(places.backup, BackupKeys().read())


def verify(name: str | None = None, progress: Progress = _quiet) -> verifying.Verified:
    """Read a backup, the newest where none is named; see :mod:`repository.backup.verify`."""
    _, places = _settings()
    keys = BackupKeys().read()
    found = Shelf.of(places.backup, keys)
    backup = found.named(name) if name else found.best(None)
    return verifying.verify(backup, found, places.backup, keys, progress)


def prune(keep: pruning.Kept, *, dry: bool = False) -> pruning.Pruned:
    """Delete backups of this installation that nobody needs; see :mod:`repository.backup.prune`."""
    settings, places = _settings()
    cluster = Cluster.of(database_url(settings.state), places.wal, settings.state)
    with cluster.connected() as conn:
        system = cluster.facts(conn).system
    with alone(settings.state, "take"), alone(settings.state, "ship"):
        return pruning.prune(places, BackupKeys().read(), system, keep, datetime.now(UTC), dry=dry)


def restore(wanted: Wanted, progress: Progress = _quiet) -> Restored:
    """Restore into a folder; see :func:`repository.backup.restore.restore`.

    Nothing of an installation that may be on this machine is needed or touched.
    """
    return restoring.restore(BackupSettings.from_environment(), wanted, prove, progress)


def try_restore(progress: Progress = _quiet) -> Restored:
    """Restore the newest backup into a folder that is deleted again, and write down what was found.

    Raises:
        BackupProblem: nothing could be restored, or something was wrong; it is recorded as well,
            but for that no backup was ever taken.
    """
    settings, places = _settings()
    if not begun():
        raise BackupProblem(NONE_YET)
    began = datetime.now(UTC)
    restored, problem = None, ""
    with alone(settings.state, "try"):
        tries = settings.state / "backup-tries"
        tries.mkdir(exist_ok=True)
        for left in tries.iterdir():  # of one that was killed
            restoring.remove_restored(left)
        folder = Path(tempfile.mkdtemp(dir=tries))
        # The server's user must be able to pass; what is secret below it has modes of its own.
        folder.chmod(0o711)
        try:
            restored = restoring.restore(places, Wanted(folder), prove, progress)
            problem = "; ".join(restored.problems)
        except (BackupProblem, LandingProblem, ServerError, OSError) as error:
            problem = str(error)
        except psycopg.Error as error:
            problem = f"the restored database answered with SQLSTATE {error.sqlstate}"
        finally:
            restoring.remove_restored(folder)
    with connected(database_url(settings.state)) as conn:
        record_check(conn, began, restored, problem)
    if restored is None or problem:
        raise BackupProblem(f"the backup could not be restored as it should be: {problem}")
    return restored


def prove(url: str, state: Path, landing: str) -> Proofs:
    """Follow values of a restored repository back to their cells in the landed bytes.

    Values are drawn at random, over all entities, from columns that have a cell. A value counts
    where the landed bytes have the hash recorded and hold a text in its cell that today's rules
    lead from to the value, or the rules have changed since.
    """
    proved, problems = 0, list[str]()
    with _standing_in(url, state, landing):
        with connected(url) as conn:
            drawn = list(_drawn(conn))
        for entity, identifier, column in drawn:
            if proved >= PROOFS:
                break
            told = _followed(entity, identifier, column)
            if told is None:
                continue
            if told:
                problems.append(told)
            proved += not told
    return Proofs(proved, tuple(problems))


def _followed(entity: str, identifier: Any, column: str) -> str | None:
    """What is wrong with one value's way back; None where it has no cell. No value is in it."""
    try:
        told = explain(entity, identifier, column)
    except NotFound as error:
        return str(error)
    if told["mapping"] is None:
        return None
    if told["proved"] or (
        told["as_written"] is not None and "have changed since" in told["not_proved"]
    ):
        return ""
    return f"{entity} {identifier}, {column}: {told['not_proved']}"


def _drawn(conn: psycopg.Connection) -> Iterator[tuple[str, Any, str]]:
    """Values by entity, identifier and column, the entities in turn."""
    drawn: dict[str, list[tuple[str, Any, str]]] = {}
    for entity, columns in conn.execute("SELECT entity, columns FROM watersmeet.entity").fetchall():
        names = [one["name"] for one in columns]
        rows = conn.execute(
            sql.SQL("SELECT {} FROM {} TABLESAMPLE SYSTEM ({}) LIMIT {}").format(
                sql.Identifier(f"{entity}_id"),
                sql.Identifier("store", entity),
                sql.Literal(_share(conn, entity)),
                sql.Literal(LOOKED_AT),
            )
        ).fetchall()
        drawn[entity] = [(entity, row[0], name) for row in rows for name in names]
        random.shuffle(drawn[entity])
    while any(drawn.values()):
        for waiting in drawn.values():
            if waiting:
                yield waiting.pop()


def _share(conn: psycopg.Connection, entity: str) -> float:
    """The share of a table's pages, in per cent, in which enough rows are surely found."""
    row = conn.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("store", entity))
    ).fetchone()
    rows = row[0] if row else 0
    return 100.0 if rows < 100_000 else max(0.001, 100.0 * 50_000 / rows)


@contextmanager
def _standing_in(url: str, state: Path, landing: str) -> Iterator[None]:
    """The environment of a restored installation; this process's own afterwards."""
    ours = {
        "WATERSMEET_DATABASE_URL": url,
        "WATERSMEET_STATE": str(state),
        "WATERSMEET_LANDING": landing,
        "WATERSMEET_KEYS": str(state / "keys"),
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _settings() -> tuple[Settings, BackupSettings]:
    settings = Settings.from_environment()
    return settings, BackupSettings.from_environment(settings.state)
