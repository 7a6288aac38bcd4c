"""Workbooks as other programs write them, and what in them is no plain cell."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as NewWorkbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.parsed.workbook import open_workbook
from contracts.file_forms import Workbook

SHEET = "xl/worksheets/sheet1.xml"


def save(path: Path, fill: Callable[[Any], object]) -> Path:
    book = NewWorkbook()
    fill(book)
    book.save(path)
    return path


def rewrite(path: Path, change: dict[str, Callable[[str], str]], **more: bytes) -> Path:
    """Changes parts of a workbook, as other programs would have written it, and adds some."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for pattern, changed in change.items():
        for name in parts:
            if re.fullmatch(pattern, name):
                parts[name] = changed(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **more}.items():
            archive.writestr(name, content)
    return path


def cells(path: Path, xml: str) -> Path:
    """A workbook whose sheet has these rows, as XML."""
    save(path, lambda book: book.active.append(["x"]))
    whole = f"<sheetData>{xml}</sheetData>"
    return rewrite(
        path, {SHEET: lambda text: re.sub("<sheetData>.*</sheetData>", lambda _: whole, text)}
    )


def rows(table: SourceTable) -> list[list[str]]:
    found: list[list[str]] = []
    for batch in table.batches():
        columns = [[cell or "" for cell in c.to_pylist()] for c in batch.table.columns]
        found += [list(one) for one in zip(*columns, strict=True)]
    return found


def problems(table: SourceTable) -> list[tuple[int, str]]:
    return [problem for batch in table.batches() for problem in batch.problems]


def test_cells_without_a_place_are_counted(tmp_path: Path) -> None:
    path = cells(
        tmp_path / "a.xlsx",
        '<row><c t="n"><v>1</v></c><c t="e"><v>#REF!</v></c></row>'
        "<row><c><f>1+1</f></c><c><v>12345678901234567890</v></c></row>",
    )
    [table] = open_tables(path)
    assert rows(table) == [["1", "#REF!"], ["", "12345678901234567890"]]
    assert problems(table) == [(2, "formula-without-value")]


def test_what_stands_in_comments_is_no_cell(tmp_path: Path) -> None:
    path = cells(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1"><v>1</v></c><!--<c r="A1" t="e"><v>#REF!</v></c>--></row>',
    )
    [table] = open_tables(path)
    assert rows(table) == [["1"]]


def test_strict_workbooks_are_read_alike(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["a", 1, "#N/A"]))
    strict = "http://purl.oclc.org/ooxml"
    usual = "http://schemas.openxmlformats.org"

    def change(xml: str) -> str:
        xml = xml.replace(f"{usual}/spreadsheetml/2006/main", f"{strict}/spreadsheetml/main")
        return xml.replace(
            f"{usual}/officeDocument/2006/relationships",
            f"{strict}/officeDocument/relationships",
        )

    rewrite(path, {r".*\.(xml|rels)": change})
    [table] = open_tables(path)
    assert rows(table) == [["a", "1", "#N/A"]]


def test_rich_text_is_text_and_phonetic_text_is_not(tmp_path: Path) -> None:
    path = cells(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>North</t></r><r><t>moor</t></r>'
        '<rPh sb="0" eb="1"><t>NO</t></rPh></is></c>'
        '<c r="B1" t="str"><f>A1</f><v>a_x000D_b</v></c></row>',
    )
    [table] = open_tables(path)
    assert rows(table) == [["Northmoor", "a\rb"]]


@pytest.mark.parametrize(
    ("serial", "shown", "expected"),
    [
        (60, "yyyy-mm-dd", "1900-02-29"),
        (60.5, "yyyy-mm-dd hh:mm", "1900-02-29"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (-0.25, "hh:mm", "-0.25"),
        (0.5, "hh:mm", "12:00:00"),
        (2958466, "yyyy-mm-dd", "2958466"),
        (0.1, "0%", "0.1"),
        (-1234.5, '"£"#,##0.00', "-1234.5"),
        (1.000011574, "[h]:mm:ss", "24:00:01"),
    ],
)
def test_dates_that_are_none_are_not_made_others(
    tmp_path: Path, serial: float, shown: str, expected: str
) -> None:
    def fill(book: Any) -> None:
        book.active["A1"] = serial
        book.active["A1"].number_format = shown

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert rows(table) == [[expected]]


def test_parts_of_seconds_are_kept(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append([timedelta(seconds=90, milliseconds=250), -timedelta(hours=1)])

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert rows(table) == [["0:01:30.250", "-1:00:00"]]


def test_a_time_span_no_calendar_holds_costs_its_row_only(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append(["a", timedelta(hours=1)])
        book.active.append(["b", 1e10])
        book.active["B2"].number_format = "[h]:mm:ss"
        book.active.append(["c", timedelta(hours=2)])

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    found = rows(table)
    assert (found[0], found[2]) == (["a", "1:00:00"], ["c", "2:00:00"])
    assert problems(table) == [(2, "cell-unreadable")]


def test_a_value_longer_than_any_may_be_costs_its_row_only(tmp_path: Path) -> None:
    long = "x" * 200_000
    path = cells(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        f'<row r="2"><c r="A2" t="inlineStr"><is><t>{long}</t></is></c></row>',
    )
    [table] = open_tables(path)
    assert problems(table) == [(2, "value-too-long")]
    assert len(table.cell(2, 0)) == 131_072


def test_charts_comments_and_the_like_are_noted(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append([1])
        book.active["A1"].comment = Comment("ask", "somebody")
        chart = BarChart()
        chart.add_data(Reference(book.active, 1, 1))
        book.create_chartsheet().add_chart(chart)

    path = save(tmp_path / "a.xlsx", fill)
    rewrite(path, {}, **{"xl/pivotTables/pivotTable1.xml": b"<x/>"})
    [table] = open_tables(path)
    assert table.notes == ("comments", "pivot-tables", "chart-sheet")


@pytest.mark.parametrize(
    ("member", "asked", "code"),
    [
        ("xl/vbaProject.bin", "macros", "workbook-macros"),
        ("xl/externalLinks/externalLink1.xml", "external_links", "workbook-external-links"),
        ("xl/connections.xml", "external_links", "workbook-external-links"),
    ],
)
def test_macros_and_links_are_noted_or_refused(
    tmp_path: Path, member: str, asked: str, code: str
) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["a"]))
    rewrite(path, {}, **{member: b"<x/>"})
    [table] = open_tables(path)
    assert table.notes == (asked.replace("_", "-"),)
    with pytest.raises(Unreadable) as refusal:
        open_workbook(path, Workbook.model_validate({"format": "workbook", asked: "refuse"}), "a")
    assert refusal.value.code == code


def test_a_lying_dimension_changes_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["a", date(2024, 1, 2)]))
    rewrite(
        path,
        {SHEET: lambda xml: re.sub('ref="[A-Z0-9:]+"', 'ref="A1:XFD1048576"', xml)},
    )
    [table] = open_tables(path)
    assert rows(table) == [["a", "2024-01-02"]]
