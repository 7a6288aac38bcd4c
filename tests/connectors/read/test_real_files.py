"""Golden checks on published files; skipped, saying so, where they are not at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.read import SourceTable, Unreadable, open_tables

REAL = Path(__file__).resolve().parents[4] / "shared" / "real"
EXPECTED = REAL / "spend" / "expected.json"

pytestmark = pytest.mark.skipif(
    not EXPECTED.exists(), reason="the published files are not at ../shared/real"
)


def expected() -> list[dict[str, Any]]:
    if not EXPECTED.exists():
        return []
    return list(json.loads(EXPECTED.read_text("utf-8"))["files"])


def cells(table: SourceTable) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for batch in table.batches():
        columns = [column.to_pylist() for column in batch.table.columns]
        for row, *record in zip(batch.rows.tolist(), *columns, strict=True):
            found[row] = [cell or "" for cell in record]
    return found


@pytest.mark.parametrize("facts", expected(), ids=lambda facts: facts["file"])
def test_spend_files_read_as_they_are_known_to_be(facts: dict[str, Any]) -> None:
    tables = open_tables(REAL / "spend" / facts["file"])
    if facts["container"].startswith("csv"):
        [table] = tables
        # Two NO-BREAK SPACEs in this file are well-formed UTF-8; a lenient reader takes cp1252.
        if "EPSH" in facts["file"]:
            assert table.encoding == "utf-8"
        else:
            assert facts["encoding"].split()[0] == table.encoding
        assert table.delimiter == ","
    else:
        assert [table.sheet for table in tables] == facts["sheets"]
    header = next(iter(cells(tables[0]).items()))
    found = [cells(table) for table in tables]
    assert header[0] == 1
    names = [name.strip() for name in found[0][facts["header_row"]]]
    for column in ("amount_column", "date_column", "supplier_column"):
        assert facts[column].strip() in names
    filled = [
        row
        for rows in found
        for row, record in rows.items()
        if row > facts["header_row"] and any(cell.strip() for cell in record)
    ]
    outside = facts["rows_excluded_notes_totals_headers"]
    # Records below the header that are not blank: data rows, and notes, totals, headers again.
    assert len(filled) >= facts["data_rows"]
    if len(tables) == 1:
        assert len(filled) - len(outside) - facts["data_rows"] <= 14


@pytest.mark.parametrize(
    "path", sorted((REAL / "files" / "calamine").glob("*")), ids=lambda p: p.name
)
def test_workbooks_of_other_readers_suites_are_read_or_refused(path: Path) -> None:
    try:
        tables = open_tables(path)
    except Unreadable as refusal:
        known = {
            "pass_protected": "workbook-encrypted",
            "empty_sheet": "file-empty",
            "issue127": "file-empty",
            "issue_594_dos": "file-damaged",
        }
        assert known.get(path.stem) == refusal.code, refusal.message
        return
    assert not path.stem.startswith("pass_protected")
    assert all(cells(table) for table in tables)


def test_error_cells_of_a_real_workbook_are_text() -> None:
    [table] = open_tables(REAL / "files" / "calamine" / "errors.xlsx")
    errors = {record[0] for record in cells(table).values()}
    assert errors == {"#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"}


@pytest.mark.parametrize("epoch", ["date.xlsx", "date_1904.xlsx", "date.xls", "date_1904.xls"])
def test_dates_do_not_depend_on_the_epoch(epoch: str) -> None:
    [table] = open_tables(REAL / "files" / "calamine" / epoch)
    assert [record[0] for record in cells(table).values()][:2] == ["2021-01-01", "2021-01-02"]
