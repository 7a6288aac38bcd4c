"""A MariaDB server of the tests' own, in a folder of its own, on a free port of 127.0.0.1."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest

LOUD = "MariaDB is NOT tried: its server is missing; install the Debian package mariadb-server-core"
PATIENCE = 60.0
SHARED = Path("/usr/share/mysql")
SYSTEM = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")


@dataclass
class MariaDb:
    """A server: how to start, stop, kill and reach it."""

    folder: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    process: "subprocess.Popen[bytes] | None" = None

    def connect(self, database: str | None = None, **how: Any) -> "pymysql.Connection[Any]":
        """A connection as the superuser, in autocommit."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="watersmeet",
            password=self.password,
            database=database,
            autocommit=True,
            charset="utf8mb4",
            **how,
        )

    def run(self, *statements: str, database: str | None = None) -> None:
        with self.connect(database) as conn, conn.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str, values: Sequence[Any] = (), database: str | None = None) -> Any:
        with self.connect(database) as conn, conn.cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        user, drop = _unprivileged()
        log = self.folder / "log"
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [
                    _program("mariadbd"),
                    "--no-defaults",
                    f"--datadir={self.folder / 'data'}",
                    f"--tmpdir={self.folder}",
                    f"--socket={self.folder / 'sock'}",
                    f"--pid-file={self.folder / 'pid'}",
                    f"--init-file={self.folder / 'init.sql'}",
                    f"--port={self.port}",
                    "--bind-address=127.0.0.1",
                    "--innodb-flush-log-at-trx-commit=2",
                    "--innodb-buffer-pool-size=64M",
                    "--character-set-server=latin1",
                    # So that reading by the session's zone would show.
                    "--default-time-zone=+05:30",
                    "--skip-log-bin",
                    *([f"--user={user}"] if user else []),
                ],
                stdout=said,
                stderr=said,
                **drop,
            )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.connect().close()
                return
            except pymysql.MySQLError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise RuntimeError(
                        f"MariaDB did not start: {log.read_text()[-2000:]}"
                    ) from None
                time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)


@contextmanager
def running() -> Iterator[MariaDb]:
    """A running server, gone afterwards; the test is skipped, loudly, where there is none."""
    if not _program("mariadbd") or not all((SHARED / name).exists() for name in SYSTEM):
        pytest.skip(LOUD)
    # Not pytest's: the server's user must be able to pass, and socket paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="watersmeet-mariadb-"))
    folder.chmod(0o755)
    user, _ = _unprivileged()
    if user:
        shutil.chown(folder, user)
    server = MariaDb(folder, _free_port())
    grant = f"CREATE USER IF NOT EXISTS watersmeet IDENTIFIED BY '{server.password}';\n"
    (folder / "init.sql").write_text(grant + "GRANT ALL ON *.* TO watersmeet WITH GRANT OPTION;\n")
    (folder / "init.sql").chmod(0o644)
    try:
        _install(folder)
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _install(folder: Path) -> None:
    """Make the system tables, as mariadb-install-db does, which wants a program of the clients'."""
    user, drop = _unprivileged()
    (folder / "data").mkdir()
    if user:
        shutil.chown(folder / "data", user)
    script = "create database mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n"
    script += "\n".join((SHARED / name).read_text() for name in SYSTEM)
    subprocess.run(
        [
            _program("mariadbd"),
            "--no-defaults",
            "--bootstrap",
            f"--datadir={folder / 'data'}",
            f"--tmpdir={folder}",
            *([f"--user={user}"] if user else []),
        ],
        input=script.encode(),
        check=True,
        capture_output=True,
        **drop,
    )


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") or ""


def _unprivileged() -> tuple[str, dict[str, Any]]:
    """Whom the server runs as where we are root, and how a process becomes that user."""
    if os.geteuid() != 0:
        return "", {}
    for name in ("mysql", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return name, {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise RuntimeError("MariaDB does not run as root, and there is no user mysql or nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
