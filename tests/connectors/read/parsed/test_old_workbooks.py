"""xls, xlsb and ods: what calamine loses of them is there, and is what other readers see."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyxlsb
import xlrd
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow
from odf.text import P

from connectors.read import SourceTable, Unreadable
from connectors.read.parsed.workbook import open_workbook
from contracts.file_forms import Workbook
from tests.old_workbooks import ERRORS, Cell, Computed, Day, Page, record, xls, xlsb

FORM = Workbook(format="workbook")
WRITERS = {"xls": xls, "xlsb": xlsb}


def rows(table: SourceTable) -> list[list[str]]:
    found: list[list[str]] = []
    for batch in table.batches():
        columns = [[cell or "" for cell in c.to_pylist()] for c in batch.table.columns]
        found += [list(cells) for cells in zip(*columns, strict=True)]
    return found


def problems(table: SourceTable) -> list[tuple[int, str]]:
    return [problem for batch in table.batches() for problem in batch.problems]


@pytest.mark.parametrize("kind", WRITERS)
def test_what_calamine_loses_is_there(tmp_path: Path, kind: str) -> None:
    pages = [
        Page(
            "One",
            [
                ["a", "b", "c"],
                [1, 2.5, "#REF!"],
                [Computed("#DIV/0!"), Computed(3.0), "0012"],
                [Day(60), Day(-1), Day(44197)],
                [True, "é☃", 1e20],
            ],
            hidden_rows=[1],
            hidden_columns=[2],
            merged=[(1, 2, 0, 0)],
        ),
        Page("Two", [["x"], ["#N/A"]], state=1),
    ]
    path = tmp_path / f"a.{kind}"
    path.write_bytes(WRITERS[kind](pages))
    first, second = open_workbook(path, FORM, path.name)
    assert rows(first) == [
        ["a", "b", "c"],
        ["1", "2.5", "#REF!"],
        ["#DIV/0!", "3", "0012"],
        ["1900-02-29", "-1", "2021-01-01"],
        ["TRUE", "é☃", "100000000000000000000"],
    ]
    assert problems(first) == [(3, "merged-cell"), (5, "digits-lost")]
    assert first.notes == ("hidden-columns", "hidden-rows")
    assert (rows(second), second.notes) == ([["x"], ["#N/A"]], ("hidden-sheet",))


@pytest.mark.parametrize("kind", WRITERS)
def test_formulas_never_computed_keep_their_rows_out(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(WRITERS[kind]([Page("One", [["a"], [Computed(None)], [Computed(0.0)]])]))
    [table] = open_workbook(path, FORM, path.name)
    assert problems(table) == [(2, "formula-without-value")]


def test_dates_counted_from_1904_in_xls(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(xls([Page("One", [[Day(60), Day(42735)]])], from_1904=True))
    [table] = open_workbook(path, FORM, path.name)
    assert rows(table) == [["1904-03-01", "2021-01-01"]]


def test_links_macros_and_charts_of_xls_are_noted_or_refused(tmp_path: Path) -> None:
    link = record(0x1AE, b"\x01\x00\x05\x00\x00a.xls")
    chart = Page("Chart", [], kind=2)
    path = tmp_path / "a.xls"
    path.write_bytes(xls([Page("One", [["a"]]), chart], extra=link + record(0xD3, b"")))
    [table] = open_workbook(path, FORM, path.name)
    assert table.notes == ("external-links", "macros", "chart-sheet")
    for asked in ("macros", "external_links"):
        form = Workbook.model_validate({"format": "workbook", asked: "refuse"})
        with pytest.raises(Unreadable) as refusal:
            open_workbook(path, form, path.name)
        assert refusal.value.code == f"workbook-{asked.replace('_', '-')}"
    own = record(0x1AE, b"\x01\x00\x01\x04")
    path.write_bytes(xls([Page("One", [["a"]])], extra=own))
    assert open_workbook(path, FORM, path.name)[0].notes == ()


@pytest.mark.parametrize(
    "method", [b"\x00\x00" + bytes(4), b"\x01\x00\x01\x00\x01\x00" + bytes(48)]
)
def test_xls_locked_by_xor_or_rc4_is_refused(tmp_path: Path, method: bytes) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(xls([Page("One", [["a"]])], extra=record(0x2F, method)))
    with pytest.raises(Unreadable) as refusal:
        open_workbook(path, FORM, path.name)
    assert refusal.value.code == "workbook-encrypted"


cells = st.one_of(
    st.none(),
    st.sampled_from(sorted(ERRORS)),
    st.integers(-(1 << 28), 1 << 28),
    st.booleans(),
    st.text("abcé☃ 0", min_size=1, max_size=5).filter(lambda text: text not in ERRORS),
    st.sampled_from(sorted(ERRORS)).map(Computed),
)


def shown(cell: Cell) -> str:
    """What a cell is as text."""
    if isinstance(cell, Computed):
        return str(cell.value)
    if isinstance(cell, bool):
        return str(cell).upper()
    return "" if cell is None else str(cell)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_every_cell_is_what_other_readers_see(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[Cell]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    written = [["top", "of", "all"], *written]
    expected = [[shown(cell) for cell in row] for row in written]
    for kind, write in WRITERS.items():
        path = folder / f"a.{kind}"
        path.write_bytes(write([Page("One", written)]))
        [table] = open_workbook(path, FORM, path.name)
        found = rows(table)
        while len(found) < len(expected):
            found.append([""] * 3)
        assert found == expected
    sheet = xlrd.open_workbook(folder / "a.xls").sheet_by_index(0)
    names = {number: name for name, number in ERRORS.items()}
    for row in range(sheet.nrows):
        for position in range(sheet.ncols):
            if sheet.cell_type(row, position) == xlrd.XL_CELL_ERROR:
                assert names[sheet.cell_value(row, position)] == expected[row][position]
    with pyxlsb.open_workbook(str(folder / "a.xlsb")) as book, book.get_sheet(1) as others:
        for number, row in enumerate(others.rows()):
            for cell in row:
                if isinstance(cell.v, str) and cell.v.startswith("0x"):
                    assert names[int(cell.v, 16)] == expected[number][cell.c]


def document(path: Path, fill: Callable[[Table], None], *, more: Any = None) -> Path:
    made = OpenDocumentSpreadsheet()
    sheet = Table(name="One")
    fill(sheet)
    made.spreadsheet.addElement(sheet)
    if more is not None:
        made.spreadsheet.addElement(more)
    made.save(str(path))
    return path


def line(*made: Any, **facts: Any) -> TableRow:
    row = TableRow(**facts)
    for cell in made:
        row.addElement(cell)
    return row


def number(value: str, **facts: Any) -> TableCell:
    return TableCell(valuetype="float", value=value, **facts)


def text(value: str, **facts: Any) -> TableCell:
    cell = TableCell(valuetype="string", **facts)
    cell.addElement(P(text=value))
    return cell


def error(name: str) -> TableCell:
    """As LibreOffice writes one."""
    cell = TableCell(valuetype="string", stringvalue="", formula="of:=1/0")
    cell.setAttrNS(
        "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
        "value-type",
        "error",
    )
    cell.addElement(P(text=name))
    return cell


def test_what_calamine_loses_of_ods_is_there(tmp_path: Path) -> None:
    def fill(sheet: Table) -> None:
        sheet.addElement(TableColumn(numbercolumnsrepeated=2))
        sheet.addElement(TableColumn(visibility="collapse"))
        sheet.addElement(line(text("a"), text("b"), text("c")))
        sheet.addElement(line(number("12345678901234567890"), error("#DIV/0!"), text("007")))
        sheet.addElement(line(number("1.5"), TableCell(formula="of:=[.A3]*2"), text("x")))
        sheet.addElement(
            line(
                text("m", numbercolumnsspanned=2, numberrowsspanned=2),
                CoveredTableCell(),
                text("y"),
                visibility="filter",
            )
        )
        sheet.addElement(line(CoveredTableCell(numbercolumnsrepeated=2), text("z")))
        sheet.addElement(line(number("2", numbercolumnsrepeated=3), numberrowsrepeated=2))

    [table] = open_workbook(document(tmp_path / "a.ods", fill), FORM, "a.ods")
    assert rows(table) == [
        ["a", "b", "c"],
        ["12345678901234567890", "#DIV/0!", "007"],
        ["1.5", "", "x"],
        ["m", "", "y"],
        ["", "", "z"],
        ["2", "2", "2"],
        ["2", "2", "2"],
    ]
    assert problems(table) == [(3, "formula-without-value"), (5, "merged-cell")]
    assert table.notes == ("hidden-columns", "hidden-rows")


def test_values_of_ods_are_those_meant_not_those_shown(tmp_path: Path) -> None:
    def fill(sheet: Table) -> None:
        cells = [
            TableCell(valuetype="percentage", value="0.125"),
            TableCell(valuetype="currency", currency="GBP", value="1234.5"),
            TableCell(valuetype="date", datevalue="2024-02-29"),
            TableCell(valuetype="boolean", booleanvalue="true"),
        ]
        for cell, seen in zip(cells, ("13 %", "£1,235", "29/02/24", "yes"), strict=True):
            cell.addElement(P(text=seen))
        sheet.addElement(line(*cells))

    [table] = open_workbook(document(tmp_path / "a.ods", fill), FORM, "a.ods")
    assert rows(table) == [["0.125", "1234.5", "2024-02-29", "TRUE"]]


def test_formulas_to_other_documents_are_noted(tmp_path: Path) -> None:
    def fill(sheet: Table) -> None:
        sheet.addElement(line(number("1", formula="of:=['file:///x/b.ods'#$One.A1]")))

    path = document(tmp_path / "a.ods", fill)
    [table] = open_workbook(path, FORM, "a.ods")
    assert table.notes == ("external-links",)
    with pytest.raises(Unreadable) as refusal:
        open_workbook(path, Workbook(format="workbook", external_links="refuse"), "a.ods")
    assert refusal.value.code == "workbook-external-links"
