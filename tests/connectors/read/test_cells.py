"""Many cells in one reading, and what names a cell without its file."""

import json
from pathlib import Path

import openpyxl

from connectors.read import SourceTable, open_tables
from contracts.file_forms import Delimited, Field_, FixedWidth, Json


def every_cell_is_read_alike(table: SourceTable, rows: int, positions: int) -> None:
    wanted = [(row, position) for row in range(1, rows + 3) for position in range(positions + 1)]
    assert table.cells(wanted) == {place: table.cell(*place) for place in wanted}


def test_delimited(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'title\n\nname,note\n"a ""b""", x \nc,"two\nlines"\nd\ne,f,g\n')
    [table] = open_tables(path, Delimited(encoding="utf-8"))
    every_cell_is_read_alike(table, 8, 3)
    assert table.places == {} and table.cells([]) == {}


def test_fixed_width(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"HEADER\nab 12\ncd  3\nTRAILER\n")
    fields = (Field_(name="NAME", start=1, length=2), Field_(name="SUM", start=4, length=2))
    form = FixedWidth(format="fixed-width", fields=fields, skip_first=1, skip_last=1)
    [table] = open_tables(path, form)
    found = table.cells([(2, 0), (3, 1), (9, 0)])
    assert found == {(2, 0): "ab", (3, 1): " 3", (9, 0): ""}
    assert table.places == {"fields": [[1, "NAME"], [4, "SUM"]]}


def test_pages(tmp_path: Path) -> None:
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    paths[0].write_text(json.dumps([{"id": "a", "sum": 1.5}, {"id": None}]))
    paths[1].write_text(json.dumps([{"sum": 2, "note": "x"}]))
    [table] = open_tables(paths, Json(format="json"))
    every_cell_is_read_alike(table, 3, 3)
    assert table.places == {"pages": [["1.json", 2], ["2.json", 3]], "keys": ["id", "sum", "note"]}


def test_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "sum"], ["a", 1.5], [None, None], ["b", None]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    [table] = open_tables(tmp_path / "a.xlsx")
    every_cell_is_read_alike(table, 4, 2)
