# ruff: noqa: S608 - tables of the tests' own
"""The database connector on a real PostgreSQL and a real MariaDB: which rows and columns it reads,
and how."""

import csv
import io
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.fetch import database as database_module
from tests.connectors.fetch.database_kit import Source


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
