# ruff: noqa: S608 - tables of the tests' own
"""The database connector on a real PostgreSQL, a real MariaDB, and SQLite files."""

import csv
import importlib.util
import io
import math
import secrets
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Fetched, Standing, discover, fetch
from connectors.fetch import database as database_module
from contracts.places import Database

CANARY = "canary-password-47"


def _server(name: str) -> Any:
    """A module of tests/servers, which is no package."""
    known = f"servers_{name}"
    if known not in sys.modules:
        path = Path(__file__).parents[2] / "servers" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(known, path)
        assert spec is not None and spec.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@dataclass
class Source:
    """Somebody else's database: how to change it, and the connection we are given."""

    run: Callable[..., None]
    rows: Callable[..., Any]
    connection: Connection

    def place(self, table: str, **facts: Any) -> Database:
        return Database(kind="database", connection="ledger", table=table, **facts)

    def fetched(self, into: Path, table: str, cursor: str | None = None, **facts: Any) -> Fetched:
        place = self.place(table, **facts)
        [arrival] = discover(place, self.connection, Standing(cursor)).arrivals
        folder = into / secrets.token_hex(4)
        folder.mkdir()
        return fetch(place, self.connection, arrival, folder)

    def text(self, into: Path, table: str, **facts: Any) -> str:
        [path] = self.fetched(into, table, **facts).paths
        return path.read_bytes().decode()

    def refusal(self, into: Path, table: str, **facts: Any) -> Unreachable:
        with pytest.raises(Unreachable) as raised:
            self.fetched(into, table, **facts)
        return raised.value


@pytest.fixture(scope="module")
def postgresql(server: Any, superuser: Callable[[str], psycopg.Connection]) -> Iterator[Source]:
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


@pytest.fixture(scope="module")
def mariadb_server() -> Iterator[Any]:
    with _server("mariadb").running() as made:
        made.run("CREATE DATABASE ledger")
        made.run(
            f"CREATE USER reader IDENTIFIED BY '{CANARY}'",
            "GRANT SELECT, SHOW VIEW ON ledger.* TO reader",
        )
        yield made


@pytest.fixture(scope="module")
def mariadb(mariadb_server: Any) -> Source:
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


def test_rows_come_as_text_in_the_order_of_their_key(
    source: Source, table: str, tmp_path: Path
) -> None:
    source.run(
        f"CREATE TABLE {table} (id bigint PRIMARY KEY, name varchar(50), amount decimal(20, 5))",
        f"INSERT INTO {table} VALUES (3, NULL, NULL), (2, '', -0.00001)",
        f"INSERT INTO {table} VALUES (1, 'Ærø, \"Works\"', 1.5)",
    )
    assert source.text(tmp_path, table) == (
        '"id","name","amount"\n"1","Ærø, ""Works""","1.50000"\n"2","","-0.00001"\n"3",,\n'
    )


POSTGRESQL_TYPES = [
    ("boolean", "true", "TRUE"),
    ("boolean", "false", "FALSE"),
    ("numeric", "12345678901234567890123456789.1500", "12345678901234567890123456789.1500"),
    ("numeric", "'NaN'", "NaN"),
    ("bigint", "9223372036854775807", "9223372036854775807"),
    ("real", "0.1", "0.1"),
    ("double precision", "1e20", "1e+20"),
    ("double precision", "'-Infinity'", "-Infinity"),
    ("text", "E'a\\nb'", '"a\nb"'),
    ("char(5)", "'ab'", "ab   "),
    ("date", "'2026-01-05'", "2026-01-05"),
    ("date", "'infinity'", "infinity"),
    ("date", "'12026-01-05'", "12026-01-05"),
    ("timestamp", "'2026-01-05 10:00:00.5'", "2026-01-05 10:00:00.5"),
    ("timestamptz", "'2026-07-05 10:00:00.123456+01'", "2026-07-05 09:00:00.123456+00:00"),
    ("time", "'24:00'", "24:00:00"),
    ("timetz", "'10:00+05:30'", "10:00:00+05:30"),
    ("interval", "'1 month 3 days'", "P1M3D"),
    ("bytea", "'\\x00ff'", "\\x00ff"),
    ("json", """'{"a":  1.50}'""", '{"a":  1.50}'),
    ("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
    ("inet", "'192.0.2.1'", "192.0.2.1"),
    ("integer[]", "'{1,NULL,3}'", "{1,NULL,3}"),
    ("point", "'(1,2)'", "(1,2)"),
]


@pytest.mark.parametrize(("kind", "literal", "told"), POSTGRESQL_TYPES)
def test_every_type_of_postgresql(
    postgresql: Source, tmp_path: Path, kind: str, literal: str, told: str
) -> None:
    _one_value(postgresql, tmp_path, kind, literal, told)


MARIADB_TYPES = [
    ("boolean", "true", "1"),
    ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    ("int(6) zerofill", "42", "000042"),
    ("decimal(40, 10)", "12345678901234567890.15", "12345678901234567890.1500000000"),
    ("float", "3.14159265", "3.1415927"),
    ("float", "0.1", "0.1"),
    ("double", "3.141592653589793", "3.141592653589793"),
    ("bit(9)", "b'101'", "5"),
    ("year", "2026", "2026"),
    ("date", "'2026-01-05'", "2026-01-05"),
    ("date", "'0000-00-00'", "0000-00-00"),
    ("time(3)", "'-838:59:59.5'", "-838:59:59.500"),
    ("datetime(6)", "'2026-01-05 10:00:00.123456'", "2026-01-05 10:00:00.123456"),
    ("timestamp", "'2026-01-05 10:00:00'", "2026-01-05 04:30:00+00:00"),
    ("varchar(10) character set latin1", "'é€'", "é€"),
    ("text character set utf8mb4", "'𝄞'", "𝄞"),
    ("text", "'a\\nb'", '"a\nb"'),
    ("varbinary(10)", "x'00ff'", "\\x00ff"),
    ("longblob", "''", "\\x"),
    ("json", """'{"a":  1.50}'""", '{"a":  1.50}'),
    ("enum('a', 'b')", "'b'", "b"),
    ("set('a', 'b')", "'a,b'", "a,b"),
    ("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
]


@pytest.mark.parametrize(("kind", "literal", "told"), MARIADB_TYPES)
def test_every_type_of_mariadb(
    mariadb: Source, tmp_path: Path, kind: str, literal: str, told: str
) -> None:
    _one_value(mariadb, tmp_path, kind, literal, told)


def _one_value(source: Source, into: Path, kind: str, literal: str, told: str) -> None:
    name = f"t_{secrets.token_hex(4)}"
    source.run(f"CREATE TABLE {name} (v {kind} NULL)", f"INSERT INTO {name} VALUES ({literal})")
    try:
        [_, [value]] = csv.reader(io.StringIO(source.text(into, name), newline=""))
        # A line end shows in the test's table as quoted, so that the table stays readable.
        assert value == (told[1:-1] if "\n" in told else told)
    finally:
        source.run(f"DROP TABLE {name}")


moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))
VALUES = st.tuples(
    st.decimals(-(10**20), 10**20, places=7),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False),
    moments,
    st.dates(date(1000, 1, 1)),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40).filter(
        lambda text: len(text.splitlines()) < 50
    ),
    st.binary(max_size=40),
)


def test_values_come_back_as_they_went_in(
    source: Source, table: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is written of a value is the value, and in the database's own words where it has one."""
    theirs = source.connection.kind == "postgres"
    binary, moment = ("bytea", "timestamp") if theirs else ("blob", "datetime(6)")
    text = "text" if theirs else "text character set utf8mb4"
    double, real = ("float8", "float4") if theirs else ("double", "float")
    source.run(
        f"CREATE TABLE {table} (id int PRIMARY KEY, n decimal(40, 7), d {double}, f {real},"
        f" m {moment}, t date, v {text}, b {binary})"
    )

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(VALUES, min_size=1, max_size=40))
    def round_trip(rows: list[Any]) -> None:
        source.run(f"DELETE FROM {table}")
        for i, row in enumerate(rows):
            source.rows_in(table, (i, *row))  # type: ignore[attr-defined]
        into = tmp_path_factory.mktemp("into")
        read = csv.reader(io.StringIO(source.text(into, table), newline=""))
        next(read)
        own = source.rows(
            f"SELECT CAST(n AS char(60)), CAST(t AS char(60)) FROM {table} ORDER BY id"
        )
        for found, row, said in zip(read, rows, own, strict=True):
            _, number, double, real, moment, day, text, binary = found
            assert (number, day) == tuple(one.rstrip() for one in said)
            assert Decimal(number) == row[0]
            assert float(double) == row[1]
            assert np.float32(real) == np.float32(row[2])
            assert datetime.fromisoformat(moment) == row[3]
            assert date.fromisoformat(day) == row[4]
            assert text == row[5]
            assert bytes.fromhex(binary.removeprefix("\\x")) == row[6]

    def put(name: str, values: tuple[Any, ...]) -> None:
        marks = ", ".join(["%s"] * len(values))
        if theirs:
            source.rows(f"INSERT INTO {name} VALUES ({marks}) RETURNING id", *values)
        else:
            source.rows(f"INSERT INTO {name} VALUES ({marks})", *values)

    source.rows_in = put  # type: ignore[attr-defined]
    round_trip()


def test_the_same_rows_are_the_same_bytes(source: Source, table: str, tmp_path: Path) -> None:
    source.run(f"CREATE TABLE {table} (v varchar(20), w integer)")
    rows = ["('a', 1)", "('A', 1)", "('b', 2)", "('a ', 1)", "(NULL, 1)"]
    source.run(f"INSERT INTO {table} VALUES {', '.join(rows)}")
    first = source.text(tmp_path, table)
    source.run(f"DELETE FROM {table}", f"INSERT INTO {table} VALUES {', '.join(rows[::-1])}")
    assert source.text(tmp_path, table) == first


@pytest.mark.parametrize(
    "name",
    ["a;b", 'quo"te', "back`tick", "percent%s", "colon:x", "Ünï çödé", "'; DROP TABLE t; --"],
)
def test_names_are_never_sql(source: Source, tmp_path: Path, name: str) -> None:
    """Fault 46: names of schema, table, column, key and watermark."""
    mark = '"' if source.connection.kind == "postgres" else "`"
    quoted = mark + name.replace(mark, mark * 2) + mark
    source.run(f"CREATE TABLE {quoted} ({quoted} int PRIMARY KEY, other int)".replace("%", "%"))
    try:
        source.run(f"INSERT INTO {quoted} VALUES (1, 2)")
        fetched = source.fetched(
            tmp_path, name, columns=[name], watermark={"column": name, "start": 1}, key=[name]
        )
        [[column], row] = csv.reader(io.StringIO(fetched.paths[0].read_text(), newline=""))
        assert (column, row) == (name, ["1"])
        assert fetched.paths[0].parent.parent == tmp_path
    finally:
        source.run(f"DROP TABLE {quoted}")


def test_columns_are_fetched_as_declared_and_no_others(
    source: Source, table: str, tmp_path: Path
) -> None:
    source.run(
        f"CREATE TABLE {table} (id int PRIMARY KEY, name varchar(9), secret varchar(9))",
        f"INSERT INTO {table} VALUES (1, 'Cole', 'canary')",
    )
    assert source.text(tmp_path, table, columns=["name", "id"]) == '"name","id"\n"Cole","1"\n'


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


def test_a_view_in_a_schema_is_read(postgresql: Source, tmp_path: Path) -> None:
    postgresql.run('CREATE SCHEMA "my.schema"', "CREATE TABLE tv (id int, v text)")
    name = postgresql.connection.login
    postgresql.run(
        'CREATE VIEW "my.schema"."a.view" AS SELECT v, id FROM tv',
        f'GRANT USAGE ON SCHEMA "my.schema" TO {name}',
        "INSERT INTO tv VALUES (2, 'b'), (1, 'b')",
    )
    text = postgresql.text(tmp_path, "my.schema.a.view", key=["id"])
    assert text == '"v","id"\n"b","1"\n"b","2"\n'


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
    _demand_no_canary(told)


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
    _demand_no_canary(raised.value)


def _demand_no_canary(error: BaseException | None) -> None:
    """Neither in the message nor in what it came from, which a traceback would show."""
    while error is not None:
        assert "canary" not in str(error) and "canary" not in repr(error)
        error = error.__cause__ or error.__context__


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
    _demand_no_canary(raised.value)


def test_a_fetch_is_one_snapshot(
    source: Source, table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that come while it reads are not seen, nor those that go."""
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY)")
    source.run(f"INSERT INTO {table} VALUES {', '.join(f'({i})' for i in range(100))}")
    write = database_module.write

    def meddle(*args: Any, **facts: Any) -> None:
        write(*args, **facts)
        source.run(f"DELETE FROM {table} WHERE id < 90")
        source.run(f"INSERT INTO {table} SELECT max(id) + 1 FROM {table}")

    monkeypatch.setattr(database_module, "ROWS", 10)
    monkeypatch.setattr(database_module, "write", meddle)
    lines = source.text(tmp_path, table, watermark={"column": "id"}).splitlines()
    assert lines[1:] == [f'"{i}"' for i in range(100)]


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


def test_nothing_can_be_written(source: Source, table: str) -> None:
    from connectors.database.address import engine_of
    from connectors.database.session import reading

    source.run(f"CREATE TABLE {table} (id int)")
    if source.connection.kind == "postgres":
        source.run(f"GRANT ALL ON {table} TO {source.connection.login}")
    else:
        source.run("GRANT INSERT ON ledger.* TO reader")
    with (
        pytest.raises(Exception, match=r"(?i)read.only"),
        reading(engine_of(source.connection, 10), 10) as conn,
    ):
        conn.exec_driver_sql(f"INSERT INTO {table} VALUES (1)")


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
    _demand_no_canary(refusal)
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_server_killed_mid_read_and_started_again(
    mariadb_server: Any, mariadb: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.run("CREATE TABLE killed (id int PRIMARY KEY, v varchar(2000))")
    values = ", ".join(f"({i}, '{'x' * 1000}')" for i in range(9000))
    mariadb.run(f"INSERT INTO killed VALUES {values}")
    mariadb.run("FLUSH TABLES")
    write = database_module.write

    def kill(*args: Any, **facts: Any) -> None:
        write(*args, **facts)
        if mariadb_server.process.poll() is None:
            mariadb_server.kill()

    with monkeypatch.context() as patched:
        patched.setattr(database_module, "ROWS", 10)
        patched.setattr(database_module, "write", kill)
        refusal = mariadb.refusal(tmp_path, "killed")
    assert (refusal.code, refusal.passing) == ("database-gone", True)
    assert list(tmp_path.rglob("*.csv")) == []
    mariadb_server.start()
    assert mariadb.text(tmp_path, "killed").count("\n") == 9001


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(source: Source, table: str, tmp_path: Path) -> None:
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, v varchar(200))")
    many = (
        "SELECT i, repeat('x', 150) FROM generate_series(1, 300000) i"
        if source.connection.kind == "postgres"
        else "SELECT seq, repeat('x', 150) FROM seq_1_to_300000"
    )
    source.run(f"INSERT INTO {table} {many}")
    highest, done = [0], threading.Event()
    process = psutil.Process()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.02):
            highest[0] = max(highest[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        [path] = source.fetched(tmp_path, table).paths
    finally:
        done.set()
        watcher.join()
    assert path.stat().st_size > 45 << 20
    assert highest[0] - before < 40 << 20


def test_only_what_is_new_from_a_watermark_on(source: Source, table: str, tmp_path: Path) -> None:
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, at timestamp NULL)")
    facts: dict[str, Any] = {"watermark": {"column": "at", "overlap": 3600}, "columns": ["id"]}
    moment = datetime(2026, 3, 29, 12)

    def put(number: int, hours: float | None) -> None:
        at = "NULL" if hours is None else f"'{moment + timedelta(hours=hours)}'"
        source.run(f"INSERT INTO {table} VALUES ({number}, {at})")

    put(1, 0)
    put(2, 5)
    first = source.fetched(tmp_path, table, **facts)
    assert first.paths[0].read_text() == '"id"\n"1"\n"2"\n'
    nothing = source.fetched(tmp_path, table, first.cursor, **facts)
    assert (nothing.paths, nothing.cursor) == ((), first.cursor)
    # Committed late, within the overlap; before it; and without any mark.
    put(3, 4.5)
    put(4, 3)
    put(5, None)
    second = source.fetched(tmp_path, table, first.cursor, **facts)
    assert sorted(second.paths[0].read_text().split()[1:]) == ['"2"', '"3"', '"5"']
    assert second.cursor is not None and first.cursor is not None
    assert second.cursor.split()[1:3] == first.cursor.split()[1:3]
    # A row gone: the cursor does not go back.
    source.run(f"DELETE FROM {table} WHERE id = 2")
    third = source.fetched(tmp_path, table, second.cursor, **facts)
    assert third.cursor is not None
    assert third.cursor.split()[1:3] == first.cursor.split()[1:3]
    put(6, 9)
    fourth = source.fetched(tmp_path, table, third.cursor, **facts)
    assert fourth.cursor is not None and fourth.cursor > third.cursor
    assert '"6"' in fourth.paths[0].read_text()


@pytest.mark.parametrize("kind", ["timestamp", "datetime", "date"])
def test_a_slip_into_the_future_hides_nothing(
    source: Source, table: str, tmp_path: Path, kind: str
) -> None:
    theirs = source.connection.kind == "postgres" and kind == "datetime"
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, at {'timestamptz' if theirs else kind})")
    source.run(f"INSERT INTO {table} VALUES (1, '2026-01-05'), (2, '2037-01-05')")
    if source.connection.kind == "postgres":
        source.run(f"INSERT INTO {table} VALUES (3, 'infinity')")
    facts: dict[str, Any] = {"watermark": {"column": "at"}, "columns": ["id"]}
    first = source.fetched(tmp_path, table, **facts)
    assert source.fetched(tmp_path, table, first.cursor, **facts).paths == ()
    source.run(f"INSERT INTO {table} VALUES (4, '2026-01-06')")
    [path] = source.fetched(tmp_path, table, first.cursor, **facts).paths
    assert '"4"' in path.read_text()


@pytest.mark.parametrize(
    ("kind", "values", "start", "overlap", "new"),
    [
        ("bigint", ["1", "5", "9007199254740993"], 5, 1, ["9007199254740992", "9007199254740994"]),
        ("decimal(30, 10)", ["1.1", "5.5"], "1.2", 0.5, ["5.0", "6.0"]),
        ("date", ["'2026-01-05'", "'2026-01-09'"], "2026-01-06", 2, ["'2026-01-07'"]),
        ("varchar(20)", ["'a'", "'b'"], "b", 0, ["'c'"]),
    ],
)
def test_watermarks_of_every_kind(
    source: Source, table: str, tmp_path: Path, kind: str, values: list[str], start: Any,
    overlap: float, new: list[str],
) -> None:  # fmt: skip
    source.run(f"CREATE TABLE {table} (v {kind})")
    for value in values:
        source.run(f"INSERT INTO {table} VALUES ({value})")
    facts = {"watermark": {"column": "v", "overlap": overlap, "start": start}}
    first = source.fetched(tmp_path, table, **facts)
    assert len(first.paths[0].read_text().splitlines()) == len(values)
    assert source.fetched(tmp_path, table, first.cursor, **facts).paths == ()
    for value in new:
        source.run(f"INSERT INTO {table} VALUES ({value})")
    second = source.fetched(tmp_path, table, first.cursor, **facts)
    assert len(second.paths[0].read_text().splitlines()) == 2 + len(new)


def test_an_empty_table_is_nothing_new_only_with_a_watermark(
    source: Source, table: str, tmp_path: Path
) -> None:
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY)")
    assert source.fetched(tmp_path, table, watermark={"column": "id"}).paths == ()
    assert source.text(tmp_path, table) == '"id"\n'


@pytest.mark.parametrize(
    ("kind", "watermark"),
    [
        ("varchar(20)", {"column": "v", "overlap": 1}),
        ("int", {"column": "v", "start": "canary"}),
        ("date", {"column": "v", "start": "05/01/2026"}),
    ],
)
def test_watermarks_that_do_not_do(
    source: Source, table: str, tmp_path: Path, kind: str, watermark: Any
) -> None:
    source.run(f"CREATE TABLE {table} (v {kind})")
    source.run(f"INSERT INTO {table} VALUES ({'1' if kind == 'int' else repr('2026-01-05')})")
    refusal = source.refusal(tmp_path, table, watermark=watermark)
    assert refusal.code == "watermark-unfit"
    _demand_no_canary(refusal)


def test_another_column_begins_anew(source: Source, table: str, tmp_path: Path) -> None:
    source.run(f"CREATE TABLE {table} (a int, b int)", f"INSERT INTO {table} VALUES (9, 1), (1, 9)")
    first = source.fetched(tmp_path, table, watermark={"column": "a"})
    again = source.fetched(tmp_path, table, first.cursor, watermark={"column": "b"})
    assert again.paths[0].read_text() == '"a","b"\n"9","1"\n"1","9"\n'


def test_a_value_of_too_many_lines_is_refused(source: Source, table: str, tmp_path: Path) -> None:
    """It could pass for further records: readers give a quotation mark up after so many lines."""
    source.run(f"CREATE TABLE {table} (id int PRIMARY KEY, note text)")
    source.rows(
        f"INSERT INTO {table} VALUES (1, %s) "
        + ("RETURNING id" if source.connection.kind == "postgres" else ""),
        "canary\n" * 101,
    )
    refusal = source.refusal(tmp_path, table)
    assert refusal.code == "value-too-many-lines"
    assert "'note'" in refusal.message
    _demand_no_canary(refusal)
    assert list(tmp_path.rglob("*.csv")) == []


@pytest.fixture
def small(tmp_path: Path) -> Source:
    path = tmp_path / "ledger.db"
    conn = sqlite3.connect(path)

    def run(*statements: str) -> None:
        with conn:
            for statement in statements:
                conn.execute(statement)

    return Source(
        run,
        lambda query, *values: conn.execute(query, values).fetchall(),
        Connection("ledger", "sqlite", path=str(path)),
    )


def test_sqlite_values_come_as_they_are_stored(small: Source, tmp_path: Path) -> None:
    small.run(
        "CREATE TABLE t (id integer PRIMARY KEY, at datetime, f real, b blob, ok boolean)",
        "INSERT INTO t VALUES (1, '2026-01-05', 0.1, x'00ff', 1), (2, 'soon', NULL, '', 'x')",
    )
    assert small.text(tmp_path, "t") == (
        '"id","at","f","b","ok"\n"1","2026-01-05","0.1","\\x00ff","1"\n"2","soon",,"","x"\n'
    )
    facts = {"watermark": {"column": "at"}}
    first = small.fetched(tmp_path, "t", **facts)
    assert small.fetched(tmp_path, "t", first.cursor, **facts).paths == ()


def test_a_sqlite_file_is_neither_made_nor_guessed(small: Source, tmp_path: Path) -> None:
    gone = replace(small.connection, path=str(tmp_path / "gone.db"))
    with pytest.raises(Unreachable) as raised:
        discover(small.place("t"), gone)
    assert (raised.value.code, raised.value.passing) == ("database-missing", True)
    assert not (tmp_path / "gone.db").exists()
    (tmp_path / "gone.db").write_text("this is no database, canary " * 99)
    with pytest.raises(Unreachable) as raised:
        discover(small.place("t"), gone)
    assert raised.value.code == "database-malformed"


def test_text_that_is_not_unicode_is_refused(small: Source, tmp_path: Path) -> None:
    small.run("CREATE TABLE t (v text)", "INSERT INTO t VALUES (CAST(x'63616e617279ff' AS text))")
    refusal = small.refusal(tmp_path, "t")
    assert refusal.code == "value-undecodable"
    _demand_no_canary(refusal)


def test_what_python_writes_of_values() -> None:
    """Of databases whose drivers give no text."""
    from connectors.database.texts import text

    assert [text(one) for one in (True, 10**30, Decimal("1E+2"), Decimal("1.50"), math.inf)] == [
        "TRUE", "1" + "0" * 30, "100", "1.50", "inf",
    ]  # fmt: skip
    assert text(datetime(2026, 1, 5, 10)) == "2026-01-05 10:00:00"
    assert text(memoryview(b"\0")) == "\\x00"
    assert text({"a": [1, "é"]}) == '{"a":[1,"é"]}'
    with pytest.raises(TypeError, match="object"):
        text(object())
