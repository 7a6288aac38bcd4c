# ruff: noqa: S608 - tables of the tests' own
"""Only what is new: watermarks of a table of a database."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.fetch.database_kit import Source, demand_no_canary


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
    demand_no_canary(refusal)


def test_another_column_begins_anew(source: Source, table: str, tmp_path: Path) -> None:
    source.run(f"CREATE TABLE {table} (a int, b int)", f"INSERT INTO {table} VALUES (9, 1), (1, 9)")
    first = source.fetched(tmp_path, table, watermark={"column": "a"})
    again = source.fetched(tmp_path, table, first.cursor, watermark={"column": "b"})
    assert again.paths[0].read_text() == '"a","b"\n"9","1"\n"1","9"\n'
