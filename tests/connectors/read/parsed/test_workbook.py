"""The workbook reader on workbooks made here: true places, exact text, nothing lost unsaid."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook as NewWorkbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.confined.parent import Limits
from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.parsed import workbook as workbook_module
from connectors.read.parsed.workbook import open_workbook
from contracts.file_forms import Workbook

FORM = Workbook(format="workbook")


def save(path: Path, fill: Callable[[Any], None]) -> Path:
    book = NewWorkbook()
    fill(book)
    book.save(path)
    return path


def rewrite(path: Path, member: str, change: Callable[[str], str]) -> Path:
    """Changes one part of a workbook, as other programs would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def rows(table: SourceTable) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for batch in table.batches():
        columns = [column.to_pylist() for column in batch.table.columns]
        for row, *cells in zip(batch.rows.tolist(), *columns, strict=True):
            found[row] = [cell or "" for cell in cells]
    return found


def problems(table: SourceTable) -> list[tuple[int, str]]:
    return [problem for batch in table.batches() for problem in batch.problems]


def test_cells_become_exact_text(tmp_path: Path) -> None:
    cells: list[Any] = [
        "  text ",
        12,
        1.5,
        1e-7,
        123456789012345,
        -3.0,
        True,
        False,
        date(2024, 2, 29),
        datetime(2024, 2, 29, 13, 5, 7),
        time(13, 5),
        timedelta(hours=30, minutes=1),
        "007",
    ]

    def fill(book: Any) -> None:
        book.active.append(cells)

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert rows(table)[1] == [
        "  text ",
        "12",
        "1.5",
        "1e-07",
        "123456789012345",
        "-3",
        "TRUE",
        "FALSE",
        "2024-02-29",
        "2024-02-29T13:05:07",
        "13:05:00",
        "30:01:00",
        "007",
    ]


def test_columns_of_one_kind_and_of_mixed_kinds_agree(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append(["mixed", 1, 2.5, date(2024, 1, 2)])
        book.active.append([1, 3, 4.5, date(2024, 1, 3)])
        book.active.append([2.5, None, None, None])

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert rows(table) == {
        1: ["mixed", "1", "2.5", "2024-01-02"],
        2: ["1", "3", "4.5", "2024-01-03"],
        3: ["2.5", "", "", ""],
    }


def test_places_are_those_the_sheet_shows(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active["C4"], book.active["E4"], book.active["C6"] = "name", "sum", "x"

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    found = rows(table)
    assert list(found) == [1, 2, 3, 4, 5, 6]
    assert found[4] == ["", "", "name", "", "sum"]
    assert table.cell(6, 2) == "x"
    assert table.cell(6, 4) == ""
    assert table.place(6, 2) == ("a.xlsx", "Sheet", "C6")


@pytest.mark.parametrize("empty_value", ["<v />", "<v></v>", ""])
def test_formulas_without_value_keep_their_rows(tmp_path: Path, empty_value: str) -> None:
    def fill(book: Any) -> None:
        book.active.append(["a", "b"])
        book.active.append([1, "=A2*2"])
        book.active["A5"] = "=A2+1"

    path = save(tmp_path / "a.xlsx", fill)
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: re.sub("<v ?/>", empty_value, xml))
    [table] = open_tables(path)
    assert list(rows(table)) == [1, 2, 3, 4, 5]
    assert problems(table) == [(2, "formula-without-value"), (5, "formula-without-value")]


def test_formulas_with_value_are_values(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append([1, "=A1*2", "=A1*3"]))
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(
            r"<f>A1\*3</f><v ?/>|<f>A1\*3</f><v></v>",
            '<f t="shared" si="0"/><v>3</v>',
            re.sub("<v ?/>|<v></v>", "<v>2</v>", xml, count=1),
        ),
    )
    [table] = open_tables(path)
    assert rows(table) == {1: ["1", "2", "3"]}
    assert problems(table) == []


def test_prefixed_xml_is_searched_too(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["x", "=1+1", "#REF!"]))

    def prefix(xml: str) -> str:
        xml = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml)
        return xml.replace("xmlns=", "xmlns:x=", 1)

    rewrite(path, "xl/worksheets/sheet1.xml", prefix)
    [table] = open_tables(path)
    assert problems(table) == [(1, "formula-without-value")]
    assert table.cell(1, 2) == "#REF!"


def test_error_cells_are_kept_as_text(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append(["a", "b"])
        book.active.append(["#REF!", 1])
        book.active["D4"] = "#N/A"

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    found = rows(table)
    assert found[2][0] == "#REF!"
    assert found[4][3] == "#N/A"


def test_long_numbers_are_as_written_or_reported(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: [book.active.append([n]) for n in (1, 2, 3)])
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: (
            xml.replace("<v>1</v>", "<v>12345678901234567890</v>")
            .replace("<v>2</v>", "<v>1.2345678901234567E+19</v>")
            .replace("<v>3</v>", "<v>999999999999999</v>")
        ),
    )
    [table] = open_tables(path)
    assert rows(table) == {
        1: ["12345678901234567890"],
        2: ["12345678901234567000"],
        3: ["999999999999999"],
    }
    assert problems(table) == [(2, "digits-lost")]


def test_dates_counted_from_1904_are_the_same_days(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        book.active.append([date(2021, 3, 4)])

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert rows(table) == {1: ["2021-03-04"]}


def test_merged_rows_are_noted(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for _ in range(4):
            book.active.append(["x", "y"])
        book.active.merge_cells("A2:A3")
        book.active.merge_cells("A4:B4")

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert problems(table) == [(3, "merged-cell")]
    assert rows(table)[3] == ["", "y"]


def three_sheets(book: Any) -> None:
    book.active.title = "Jan "
    book.active.append(["a"])
    book.create_sheet("Empty")
    book.create_sheet("Feb").append(["b"])
    book.create_sheet("Secret").append(["c"])
    book["Secret"].sheet_state = "hidden"


def test_every_sheet_with_cells_is_a_table(tmp_path: Path) -> None:
    tables = open_tables(save(tmp_path / "a.xlsx", three_sheets))
    assert [(t.sheet, t.notes) for t in tables] == [
        ("Jan ", ()),
        ("Feb", ()),
        ("Secret", ("hidden-sheet",)),
    ]
    assert [rows(t)[1] for t in tables] == [["a"], ["b"], ["c"]]


def test_sheets_are_chosen_by_pattern(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", three_sheets)
    found = open_tables(path, Workbook(format="workbook", sheets=("Jan", "F*")))
    assert [t.sheet for t in found] == ["Jan ", "Feb"]
    with pytest.raises(Unreadable, match="'Feb'") as refusal:
        open_tables(path, Workbook(format="workbook", sheets=("March",)))
    assert refusal.value.code == "sheet-missing"


def test_hidden_sheets_are_read_skipped_or_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", three_sheets)
    skipped = open_tables(path, Workbook(format="workbook", hidden="skip"))
    assert [t.sheet for t in skipped] == ["Jan ", "Feb"]
    with pytest.raises(Unreadable, match="Secret") as refusal:
        open_tables(path, Workbook(format="workbook", hidden="refuse"))
    assert refusal.value.code == "sheet-hidden"


def test_hidden_columns_are_read_and_noted(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append(["a", "b"])
        book.active.column_dimensions["B"].hidden = True
        book.active.row_dimensions[1].hidden = True

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    assert rows(table) == {1: ["a", "b"]}
    assert table.notes == ("hidden-columns", "hidden-rows")


def test_a_workbook_without_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        open_tables(save(tmp_path / "a.xlsx", lambda book: None))
    assert refusal.value.code == "file-empty"
    assert refusal.value.message == (
        "a.xlsx is a workbook whose sheets have no cells. Ask the supplier for it again, with its "
        "records."
    )


@pytest.mark.parametrize("choice", [{"hidden": "skip"}, {"sheets": ("Pay*",)}])
def test_a_workbook_without_cells_in_the_sheets_that_are_read_says_which(
    tmp_path: Path, choice: dict[str, Any]
) -> None:
    def fill(book: Any) -> None:
        book.active.title = "Payments"
        other = book.create_sheet("Other")
        other.append(["a"])
        other.sheet_state = "hidden"

    path = save(tmp_path / "a.xlsx", fill)
    with pytest.raises(Unreadable) as refusal:
        open_tables(path, Workbook(format="workbook", **choice))
    assert refusal.value.code == "file-empty"
    assert "in the sheets that are read ('Payments'). Declare others (`sheets`, `hidden`)" in (
        refusal.value.message
    )
    assert [table.sheet for table in open_tables(path)] == ["Other"]


def test_hashes_tell_known_records_whatever_is_blank_beside_them(tmp_path: Path) -> None:
    def narrow(book: Any) -> None:
        for row in (["a", "b"], [1, 2], [3, None], [1, 2]):
            book.active.append(row)

    def wide(book: Any) -> None:
        for row in (["a", "b"], [3], [5, None, None, 6]):
            book.active.append(row)

    [first] = open_tables(save(tmp_path / "a.xlsx", narrow))
    [batch] = first.batches(seed=3)
    assert batch.hashes[1] == batch.hashes[3]
    [second] = open_tables(save(tmp_path / "b.xlsx", wide))
    [rest] = second.batches(known=np.sort(batch.hashes), seed=3)
    assert (rest.skipped, rest.rows.tolist()) == (2, [3])
    assert rest.table.num_rows == 1


def test_columns_may_be_chosen_and_the_head_is_short(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for i in range(300):
            book.active.append([i, i * 2, i * 3])

    [table] = open_tables(save(tmp_path / "a.xlsx", fill))
    [batch] = table.batches(columns=[2, 0])
    assert batch.table.column_names == ["0", "2"]
    assert table.head(5).rows.tolist() == [1, 2, 3, 4, 5]
    assert len(table.head().rows) == 200


def test_a_bomb_is_refused_before_it_expands(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["x"]))
    blanks = " " * (200 << 20)
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("<sheetData>", f"{blanks}<sheetData>"),
    )
    with pytest.raises(Unreadable, match="times its size") as refusal:
        open_tables(path)
    assert refusal.value.code == "file-too-demanding"


def test_too_many_parts_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_module, "MOST_MEMBERS", 5)
    with pytest.raises(Unreadable, match="parts"):
        open_tables(save(tmp_path / "a.xlsx", lambda book: book.active.append(["x"])))


def big(book: Any) -> None:
    for i in range(3000):
        book.active.append([f"value {i} {j}" for j in range(20)])


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(memory=32 << 20), "memory"),
        (Limits(output=10_000), "data"),
        (Limits(seconds=0), "time"),
    ],
)
def test_a_child_over_its_limits_is_refused_and_the_parent_lives(
    tmp_path: Path, limits: Limits, what: str
) -> None:
    path = save(tmp_path / "a.xlsx", big)
    with pytest.raises(Unreadable) as refusal:
        open_workbook(path, FORM, "a.xlsx", limits)
    assert refusal.value.code == "file-too-demanding"
    assert what in refusal.value.message
    assert open_workbook(path, FORM, "a.xlsx")


def test_xml_with_entities_is_refused(tmp_path: Path) -> None:
    for member in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["x"]))
        rewrite(path, member, lambda xml: f'<!DOCTYPE x [<!ENTITY e "&e;&e;">]>{xml}')
        with pytest.raises(Unreadable) as refusal:
            open_tables(path)
        assert refusal.value.code == "workbook-unsafe"


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda book: book.active.append(["x"]))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(Unreadable) as refusal:
        open_tables(path)
    assert refusal.value.code == "file-damaged"


def test_the_child_inherits_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.confined import children

    monkeypatch.setenv("AIRFLOW_CONN_WORKS", "http://u:canary@h")
    assert not any("canary" in value for value in children.environment().values())
