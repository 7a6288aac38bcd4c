"""What every test may use: a real embedded PostgreSQL server, and a fresh database in it."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from repository import migrate
from repository.database import parsed
from repository.server import SUPERUSER, Server
from repository.state import read_private


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running embedded server with a state folder of its own, gone after the session."""
    state = Path(tempfile.mkdtemp(prefix="watersmeet-test-"))
    # The server's unprivileged user must be able to pass; the folder is ours.
    state.chmod(0o755)
    before = os.environ.get("WATERSMEET_TEST_NO_FSYNC")
    os.environ["WATERSMEET_TEST_NO_FSYNC"] = "1"
    made = Server(state)
    try:
        made.ensure()
        _cheap_logins(made)
        yield made
    finally:
        made.remove()
        shutil.rmtree(state)
        if before is None:
            del os.environ["WATERSMEET_TEST_NO_FSYNC"]


def _cheap_logins(server: Server) -> None:
    """Passwords are asked for as ever, but proved in one round instead of 4096: tests connect many
    thousand times."""
    facts = read_private(server.record)
    whole = {
        "host": "127.0.0.1",
        "port": facts["port"],
        "user": SUPERUSER,
        "password": facts["passwords"][SUPERUSER],
        "dbname": "postgres",
        "autocommit": True,
    }
    with psycopg.connect(**whole) as conn:
        conn.execute("ALTER SYSTEM SET scram_iterations = 1")
        conn.execute("SELECT pg_reload_conf()")
        conn.execute("SET scram_iterations = 1")
        for role, word in facts["passwords"].items():
            verifier = conn.pgconn.encrypt_password(
                word.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            assert verifier.startswith("SCRAM-SHA-256$1:")
            conn.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), verifier)
            )


@pytest.fixture(scope="session")
def superuser(server: Server) -> Callable[[str], psycopg.Connection]:
    """Connects to a database of the server as its superuser, in autocommit."""
    facts = read_private(server.record)

    def connect(database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=facts["port"],
            user=SUPERUSER,
            password=facts["passwords"][SUPERUSER],
            dbname=database,
            autocommit=True,
        )

    return connect


@pytest.fixture(scope="session")
def template_database(server: Server, superuser: Callable[[str], psycopg.Connection]) -> str:
    """A database with the operations tables, to copy."""
    name = "template_watersmeet"
    with superuser("postgres") as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} OWNER watersmeet").format(sql.Identifier(name)))
    migrate.operations(_url_of(server, name))
    return name


@pytest.fixture
def database_url(
    server: Server, superuser: Callable[[str], psycopg.Connection], template_database: str
) -> Iterator[str]:
    """The URL of a database of this test's own: operations tables, nothing declared, no data.

    Declarations are brought in by ``repository.migrate.migrate(database_url, declarations)``.
    """
    name = f"test_{secrets.token_hex(4)}"
    with superuser("postgres") as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER watersmeet STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template_database)
            )
        )
        yield _url_of(server, name)
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url_of(server: Server, database: str) -> str:
    urls = server.urls()
    assert urls is not None
    return parsed(urls.watersmeet).set(database=database).render_as_string(hide_password=False)
