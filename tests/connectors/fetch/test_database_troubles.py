# ruff: noqa: S608 - tables of the tests' own
"""What goes wrong with a database: each under its code, passing or not, and with no secret told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import database as database_module
from connectors.fetch import discover
from contracts.places import Database
from tests.connectors.fetch.database_kit import CANARY, Source, demand_no_canary
from tests.servers.mariadb import MariaDb


def test_an_unknown_column_is_refused_with_the_nearest(
    source: Source, table: str, tmp_path: Path
) -> None:
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, amount int)")
    for facts in (
        {"columns": ["amuont"]},
        {"key": ["amuont"]},
        {"watermark": {"column": "amuont"}},
    ):
        refusal = source.refusal(tmp_path, table, **facts)
        assert (refusal.code, refusal.passing) == ("column-missing", False)
        assert "'amount'" in refusal.message


def test_a_table_that_vanished_says_what_is_near(
    source: Source, table: str, tmp_path: Path
) -> None:
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY)")
    refusal = source.refusal(tmp_path, f"{table}x")
    assert refusal.code == "table-missing"
    assert table in refusal.message and "'ledger'" in refusal.message


def test_rights_that_were_lost(source: Source, tmp_path: Path) -> None:
    """MariaDB does not show what may not be read."""
    if source.connection.kind == "postgres":
        source.run(
            "CREATE TABLE closed (id int)", f"REVOKE ALL ON closed FROM {source.connection.login}"
        )
        refusal = source.refusal(tmp_path, "closed")
        assert (refusal.code, refusal.passing) == ("table-forbidden", False)
    else:
        refusal = source.refusal(tmp_path, "mysql.global_priv")
        assert refusal.code in ("table-forbidden", "table-missing")
        assert "right" in refusal.message


def test_a_login_refused_tells_no_secret(source: Source, tmp_path: Path) -> None:
    wrong = replace(source.connection, password="canary-wrong")
    with pytest.raises(Unreachable) as raised:
        discover(source.place("t"), wrong)
    told = raised.value
    assert (told.code, told.passing) == ("login-refused", False)
    demand_no_canary(told)


def test_an_unknown_database(source: Source) -> None:
    if source.connection.kind == "postgres":
        wrong = replace(source.connection, schema="nowhere")
        with pytest.raises(Unreachable) as raised:
            discover(source.place("t"), wrong)
        assert raised.value.code == "database-missing"


def test_a_server_that_is_not_there_is_passing(source: Source) -> None:
    with pytest.raises(Unreachable) as raised:
        discover(source.place("t"), replace(source.connection, port=1))
    assert (raised.value.code, raised.value.passing) == ("database-gone", True)
    demand_no_canary(raised.value)


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        ({"kind": "http"}, "connection-incomplete", "conn_type"),
        ({"schema": ""}, "connection-incomplete", "schema"),
        ({"host": ""}, "connection-incomplete", "host"),
        ({"kind": "oracle"}, "database-driver-missing", "package oracledb"),
        ({"extra": {"sqlalchemy_scheme": "nosuch+thing"}}, "database-driver-missing", "nosuch"),
        ({"extra": {"sqlalchemy_query": "[canary"}}, "connection-malformed", "sqlalchemy_query"),
    ],
)
def test_connections_that_do_not_do(facts: dict[str, Any], code: str, words: str) -> None:
    base = Connection("ledger", "postgres", host="127.0.0.1", schema="x", password=CANARY)
    place = Database(kind="database", connection="ledger", table="t")
    with pytest.raises(Unreachable) as raised:
        discover(place, replace(base, **facts))
    assert raised.value.code == code
    assert words in raised.value.message
    demand_no_canary(raised.value)


def test_a_table_without_transactions_that_changes_is_noticed(
    mariadb: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.run("CREATE TABLE aria (id int PRIMARY KEY) ENGINE=MyISAM")
    mariadb.run("INSERT INTO aria VALUES (1), (2)")
    counted = database_module._Look._counted

    def meddle(self: Any, where: Any) -> int:
        found = counted(self, where)
        mariadb.run("INSERT INTO aria VALUES (3)")
        return found

    monkeypatch.setattr(database_module._Look, "_counted", meddle)
    refusal = mariadb.refusal(tmp_path, "aria")
    assert (refusal.code, refusal.passing) == ("table-changed", True)
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_statement_that_takes_too_long_is_passing(postgresql: Source, tmp_path: Path) -> None:
    postgresql.run("CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(20)::text AS v")
    refusal = postgresql.refusal(tmp_path, "slow", time_limit=0.2)
    assert (refusal.code, refusal.passing) == ("database-slow", True)


def test_a_statement_that_takes_too_long_in_mariadb(mariadb: Source, tmp_path: Path) -> None:
    mariadb.run("CREATE VIEW slow AS SELECT 1 AS id, sleep(20) AS v FROM mysql.user LIMIT 1")
    refusal = mariadb.refusal(tmp_path, "slow", time_limit=0.2)
    assert (refusal.code, refusal.passing) == ("database-slow", True)


def test_a_connection_that_breaks_mid_read_leaves_nothing(
    source: Source, table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, v varchar(2000))")
    values = ", ".join(f"({i}, '{'x' * 1000}')" for i in range(5000))
    source.run(f"INSERT INTO {table} VALUES {values}")
    write = database_module.write

    said: list[int] = []

    def break_off(*args: Any, **facts: Any) -> None:
        write(*args, **facts)
        said.append(1)
        if len(said) > 1:
            return
        if source.connection.kind == "postgres":
            source.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'watersmeet' AND usename = %s",
                source.connection.login,
            )
        else:
            for number, user in source.rows("SELECT id, user FROM information_schema.processlist"):
                if user == "reader":
                    source.run(f"KILL {number}")

    monkeypatch.setattr(database_module, "ROWS", 10)
    monkeypatch.setattr(database_module, "write", break_off)
    refusal = source.refusal(tmp_path, table)
    assert (refusal.code, refusal.passing) == ("database-gone", True)
    demand_no_canary(refusal)
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_server_killed_mid_read_and_started_again(
    mariadb_server: MariaDb, mariadb: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.run("CREATE TABLE killed (id int PRIMARY KEY, v varchar(2000))")
    values = ", ".join(f"({i}, '{'x' * 1000}')" for i in range(9000))
    mariadb.run(f"INSERT INTO killed VALUES {values}")
    mariadb.run("FLUSH TABLES")
    write = database_module.write

    process = mariadb_server.process
    assert process is not None

    def kill(*args: Any, **facts: Any) -> None:
        write(*args, **facts)
        if process.poll() is None:
            mariadb_server.kill()

    try:
        with monkeypatch.context() as patched:
            patched.setattr(database_module, "ROWS", 10)
            patched.setattr(database_module, "write", kill)
            refusal = mariadb.refusal(tmp_path, "killed")
    finally:  # other tests want it
        if process.poll() is not None:
            mariadb_server.start()
    assert (refusal.code, refusal.passing) == ("database-gone", True)
    assert list(tmp_path.rglob("*.csv")) == []
    assert mariadb.text(tmp_path, "killed").count("\n") == 9001
