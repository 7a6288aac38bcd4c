"""A restored cluster while it is brought forward: no network, one private socket, no passwords.

Only who may enter the socket's folder, this user, gets in. Nothing of what the cluster was
configured to do where it came from is done here.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from repository import server_files as files
from repository.backup.cluster import Facts
from repository.backup.problems import BackupProblem
from repository.backup.torn import Tear, torn_at
from repository.server_programs import ServerError, run_as_server

ENDED_BEFORE = "recovery ended before configured recovery target was reached"
PLAYED_WITHIN = 24 * 3600.0
"""Seconds; a week's log of a busy repository takes hours."""

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
hba_file = '{root}/recovery_hba.conf'
port = 5432
timezone = 'UTC'
shared_buffers = 128MB
max_wal_size = 4GB
jit = off
fsync = {sync}
full_page_writes = {sync}
autovacuum = off
wal_level = replica
hot_standby = on
# The history it begins is kept for the backups that follow.
archive_mode = on
archive_library = 'basic_archive'
basic_archive.archive_directory = '{root}/archive'
# From the data folder, where the server runs it.
restore_command = 'cp "../log/%f" "%p"'
recovery_target_timeline = 'latest'
recovery_target_inclusive = on
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


@dataclass(frozen=True)
class Recovery:
    """A restored cluster below ``root``: ``data``, ``log`` (the segments), ``archive``, ``socket``.

    Attributes:
        root: a folder of ours.
        programs: the folder of PostgreSQL's programs.
        socket: the folder of its socket.
        facts: of the cluster it was.
    """

    root: Path
    programs: Path
    socket: Path
    facts: Facts

    def to_mark(self, name: str) -> None:
        """Play the log back to a mark and stay there, to be read only.

        Raises:
            BackupProblem: it does not come so far.
        """
        (self.root / "data" / "recovery.signal").touch()
        self._start(f"recovery_target_name = '{name}'\nrecovery_target_action = pause\n")
        with self.connected() as conn:
            self._until(conn, "SELECT pg_get_wal_replay_pause_state() = 'paused'", name)

    def onwards(self, at: datetime | None) -> Tear | None:
        """From the mark play on to a moment, or to the log's end, and be a server of its own.

        Where nothing was committed between the moment and the log's end, it is played to its end;
        where the log is torn before, up to there.

        Returns:
            The tear that it did not come beyond; None: it came as far as was asked.

        Raises:
            BackupProblem: it does not come so far for another reason.
        """
        self.stop()
        tear = torn_at(self.root / "log")
        target = "recovery_target_action = promote\n"
        if tear is not None and not (at and tear.last_commit and at < tear.last_commit):
            self._ends(
                f"{target}recovery_target_lsn = '{tear.position}'\n"
                "recovery_target_inclusive = off\n"
            )
            return tear
        if at is not None:
            moment = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
            if self._ends(f"{target}recovery_target_time = '{moment}'\n"):
                return None
        self._ends(target)
        return None

    def _ends(self, target: str) -> bool:
        """Play back until it is a server of its own; False where the target lies beyond."""
        try:
            self._start(target)
            with self.connected() as conn:
                self._until(conn, "SELECT NOT pg_is_in_recovery()", "the end")
        except (BackupProblem, psycopg.OperationalError):
            deadline = time.monotonic() + 60
            while files.postmaster(self.root / "data") and time.monotonic() < deadline:
                time.sleep(0.05)
            if ENDED_BEFORE not in self._log():
                raise
            (self.root / "server.log").unlink()
            return False
        return True

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if files.postmaster(self.root / "data"):
            self._ctl("stop", "-m", "fast", "-w", "-t", "600")

    @contextmanager
    def connected(self, database: str | None = None) -> Iterator[psycopg.Connection]:
        """A connection as the superuser that commits each statement.

        Raises:
            BackupProblem: the server does not answer.
        """
        try:
            conn = psycopg.connect(**self.address(database), autocommit=True)
        except psycopg.OperationalError:
            conn = None
        if conn is None:
            raise BackupProblem(
                f"the restored cluster does not answer. Its log ends: {self._log()[-600:]}"
            )
        with conn:
            yield conn

    def address(self, database: str | None = None) -> dict[str, Any]:
        """What psycopg connects with; there is no password."""
        return {
            "host": str(self.socket),
            "port": 5432,
            "user": self.facts.superuser,
            "dbname": database or self.facts.database,
        }

    def _start(self, target: str) -> None:
        sync = "off" if os.environ.get("WATERSMEET_TEST_NO_FSYNC") else "on"
        root, socket = (str(one).replace("'", "''") for one in (self.root, self.socket))
        text = SETTINGS.format(root=root, socket=socket, sync=sync) + target
        text += "".join(f"{name} = {value}\n" for name, value in self.facts.settings.items())
        user = files.unprivileged_user()
        for name, content in (
            ("recovery.conf", text),
            ("recovery_hba.conf", "local all all trust\n"),
        ):
            (self.root / name).write_text(content, encoding="utf-8")
            files.give(self.root / name, user)
        files.remove_stale_pid(self.root / "data")
        try:
            self._ctl(
                *(
                    "start",
                    "-w",
                    "-t",
                    str(int(PLAYED_WITHIN)),
                    "-l",
                    str(self.root / "server.log"),
                ),
                # From the folder it is started in, so that no shell reads the path.
                *("-o", "-c config_file=recovery.conf"),
            )
        except ServerError as error:
            raise BackupProblem(
                f"the restored cluster does not start: {error} Its log ends: {self._log()[-600:]}"
            ) from None

    def _until(self, conn: psycopg.Connection, question: str, what: str) -> None:
        deadline = time.monotonic() + PLAYED_WITHIN
        while time.monotonic() < deadline:
            row = conn.execute(question.encode()).fetchone()
            if row is not None and row[0]:
                return
            time.sleep(0.02)
        raise BackupProblem(f"the restored cluster does not come to {what}: {self._log()[-600:]}")

    def _log(self) -> str:
        path = self.root / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _ctl(self, verb: str, *more: str) -> None:
        data = str(self.root / "data")
        run_as_server(self.programs, self.root, "pg_ctl", verb, "-s", "-D", data, *more)
