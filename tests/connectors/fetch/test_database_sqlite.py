"""The database connector on SQLite files."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import discover
from tests.connectors.fetch.database_kit import Source, demand_no_canary


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
    demand_no_canary(refusal)
