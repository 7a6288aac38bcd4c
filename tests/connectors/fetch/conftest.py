"""Databases to fetch from: of a real PostgreSQL and of a real MariaDB, started once a session."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pymysql
import pytest
from psycopg import sql

from connectors.connection import Connection
from tests.connectors.fetch.database_kit import CANARY, Source
from tests.servers.mariadb import MariaDb, running


@pytest.fixture(scope="session")
def postgresql(superuser: Callable[[str], psycopg.Connection]) -> Iterator[Source]:
    name = f"ledger_{secrets.token_hex(4)}"
    with superuser("postgres") as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        conn.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), CANARY)
        )
        port = conn.info.port
    with superuser(name) as conn:

        def run(*statements: str) -> None:
            for statement in statements:
                conn.execute(statement.encode())

        def rows(query: str, *values: Any) -> Any:
            return conn.execute(query.encode(), values or None).fetchall()

        run(
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {name}",
            f"ALTER ROLE {name} SET TimeZone = 'Asia/Kolkata'",
            f"ALTER ROLE {name} SET bytea_output = 'escape'",
        )
        connection = Connection(
            "ledger", "postgres", host="127.0.0.1", port=port, login=name, password=CANARY,
            schema=name,
        )  # fmt: skip
        yield Source(run, rows, connection)
    with superuser("postgres") as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDb]:
    with running() as made:
        made.run("CREATE DATABASE ledger")
        made.run(
            f"CREATE USER reader IDENTIFIED BY '{CANARY}'",
            "GRANT SELECT, SHOW VIEW ON ledger.* TO reader",
        )
        yield made


@pytest.fixture(scope="session")
def mariadb(mariadb_server: MariaDb) -> Source:
    connection = Connection(
        "ledger", "mysql", host="127.0.0.1", port=mariadb_server.port, login="reader",
        password=CANARY, schema="ledger",
    )  # fmt: skip

    held = [mariadb_server.connect("ledger")]

    def rows(query: str, *values: Any) -> Any:
        try:
            held[0].ping(reconnect=False)
        except pymysql.MySQLError:  # a test has killed the server
            held[0] = mariadb_server.connect("ledger")
        with held[0].cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall()

    def run(*statements: str) -> None:
        for statement in statements:
            rows(statement)

    return Source(run, rows, connection)


@pytest.fixture(params=["postgresql", "mariadb"])
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def table(source: Source) -> Iterator[str]:
    """A name no other test uses; the table goes with the test."""
    name = f"t_{secrets.token_hex(4)}"
    yield name
    source.run(f"DROP TABLE IF EXISTS {name}")
