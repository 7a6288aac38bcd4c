"""The registers in the database: as declared, and open to every purpose."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.declarations import Declarations, load
from contracts.modules import OWN
from repository.database import connect, parsed
from repository.migrate import migrate
from repository.registers import record_registers
from repository.state import read_private

DECLARED = load(OWN)


@pytest.fixture
def analyst(database_url: str, declarations_kit: Any, tmp_path: Path) -> Iterator[Any]:
    declared, feed, agreement = declarations_kit
    made: Declarations = declared([feed()], [agreement])
    registers = {"code_schemes": DECLARED.code_schemes, "crosswalks": DECLARED.crosswalks}
    migrate(database_url, replace(made, **registers), tmp_path / "analysts.json")  # type: ignore[arg-type]
    [(role, password)] = read_private(tmp_path / "analysts.json").items()
    parts = parsed(database_url)
    with psycopg.connect(
        host=parts.host, port=parts.port, dbname=parts.database, user=role, password=str(password)
    ) as conn:
        yield conn


def test_an_analyst_finds_entries_writings_and_crosswalks(analyst: psycopg.Connection) -> None:
    found = analyst.execute(
        "SELECT name, ends::text, successors FROM reference.code"
        " WHERE list = 'local-authority' AND code = 'CMA'"
    ).fetchall()
    assert found == [("Cumbria County Council", "2023-03-31", ["CBD", "WAF"])]
    found = analyst.execute(
        "SELECT code FROM reference.writing WHERE scheme = 'local-authority-numbers'"
        " AND writing = '815' AND (starts IS NULL OR starts <= '2023-04-01')"
        " AND (ends IS NULL OR ends >= '2023-04-01')"
    ).fetchall()
    assert found == [("NYE",)]
    found = analyst.execute(
        "SELECT to_code, relation FROM reference.crosswalk WHERE from_list = 'ethnic-group-2001'"
        " AND to_list = 'ethnic-group-2011' AND from_code = 'R'"
    ).fetchall()
    assert found == [("12", "exact")]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute("DELETE FROM reference.code")


def test_they_are_written_again_only_when_changed(database_url: str) -> None:
    with connect(database_url) as conn:
        assert record_registers(conn, DECLARED)
        assert not record_registers(conn, DECLARED)
        fewer = {k: v for k, v in DECLARED.code_schemes.items() if v.lists == "sex"}
        assert record_registers(conn, replace(DECLARED, code_schemes=fewer, crosswalks={}))
        assert conn.execute("SELECT DISTINCT list FROM reference.code").fetchall() == [("sex",)]
        conn.rollback()
