"""Delimited text in other dialects: any delimiter, quoting and line end, files without a header,
comments and trailers, EBCDIC."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.text import delimited
from connectors.read.text.dialect import Dialect
from contracts.file_forms import Delimited

ROUND_TRIPS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DELIMITERS = [",", "\t", "||", "~|~", "\x01", "¦", "þ", "::"]
ENDS = [None, "\n", "\r\n", "\r", "\x1e", ";\n", "\x02\x03"]


def write(folder: Path, content: bytes) -> Path:
    path = folder / "delivery.txt"
    path.write_bytes(content)
    return path


def read(table: SourceTable, **options: object) -> list[list[str]]:
    """Cells without the blank ones at the end of a record."""
    found: list[list[str]] = []
    for batch in table.batches(**options):  # type: ignore[arg-type]
        columns = [column.to_pylist() for column in batch.table.columns]
        for record in zip(*columns, strict=True):
            cells = [cell or "" for cell in record]
            while cells and not cells[-1]:
                cells.pop()
            found.append(cells)
    return found


def problems(table: SourceTable, **options: object) -> list[tuple[int, str]]:
    return [p for batch in table.batches(**options) for p in batch.problems]  # type: ignore[arg-type]


def packed(cell: str, dialect: Dialect) -> str:
    """A cell as a program of the dialect writes it. Written apart from what reads it."""
    ends = [dialect.line_end] if dialect.line_end else ["\r\n", "\n", "\r"]
    if dialect.quote:
        if dialect.backslash:
            inside = cell.replace("\\", "\\\\").replace(dialect.quote, "\\" + dialect.quote)
        else:
            inside = cell.replace(dialect.quote, dialect.quote * 2)
        return dialect.quote + inside + dialect.quote
    if dialect.backslash:
        for special in dict.fromkeys(["\\", *dialect.delimiter, *"".join(ends)]):
            cell = cell.replace(special, "\\" + special)
    return cell


LETTERS = "ab \"'\\;|~:,\n\r\té¦"


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Dialect, list[list[str]], str]:
    delimiter = draw(st.sampled_from(DELIMITERS))
    end = draw(st.sampled_from([end for end in ENDS if end is None or end not in delimiter]))
    quote = draw(st.sampled_from(['"', "'", ""]))
    backslash = draw(st.booleans())
    dialect = Dialect(delimiter, quote, backslash, end)
    cells = st.text(st.sampled_from(LETTERS), max_size=6)
    if not quote:
        # Without any means to hide them, a cell cannot hold what parts cells and records.
        taboo = "" if backslash and end in (None, "\n", "\r", "\x1e") else "".join(ENDS[1:])  # type: ignore[arg-type]
        if backslash and end is None:
            taboo += "\r"  # CR LF would be two marks to hide
        if not backslash:
            taboo += delimiter + (end or "\r\n")
        cells = cells.filter(lambda cell: not set(taboo) & set(cell))
    records = st.lists(cells, min_size=1, max_size=4)
    rows = draw(st.lists(records, min_size=1, max_size=8))
    usual: str = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return dialect, [["key", "value", "more", "last"], *rows], end or usual


@ROUND_TRIPS
@given(deliveries(), st.sampled_from(["utf-8", "cp1252", "utf-16", "cp1047"]), st.integers(1, 60))
@example((Dialect("\x01", "", True), [["key", "value"], ["a\x01b", "c\nd"]], "\n"), "utf-8", 3)
def test_what_is_written_in_any_dialect_is_read_back(
    tmp_path: Path, delivery: tuple[Dialect, list[list[str]], str], encoding: str, block: int
) -> None:
    dialect, cells, end = delivery
    text = "".join(
        dialect.delimiter.join(packed(cell, dialect) for cell in record) + end for record in cells
    )
    path = write(tmp_path, text.encode(encoding))
    form = Delimited(
        delimiter=dialect.delimiter,
        quote=dialect.quote or "none",
        escape="backslash" if dialect.backslash else "doubled",
        line_end=dialect.line_end,
        encoding=encoding,
    )
    expected = [list(record) for record in cells]
    for record in expected:
        while record and not record[-1]:
            record.pop()
    with pytest.MonkeyPatch.context() as patch:
        for size in (8 << 20, block):
            patch.setattr(delimited, "BLOCK", size)
            [table] = open_tables(path, form)
            assert read(table) == expected
            assert table.delimiter == dialect.delimiter


def test_a_million_cells_between_two_bars_go_the_quick_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks without quotation marks are parsed by Arrow, not cell by cell."""
    path = write(tmp_path, b"".join(b"%d||x||y z\x1e" % i for i in range(5000)))

    def never(self: object, record: str) -> list[str]:
        raise AssertionError("cell by cell")

    monkeypatch.setattr(Dialect, "cells", never)
    [table] = open_tables(path, Delimited(delimiter="||", line_end="\x1e"))
    found = read(table)
    assert found[4999] == ["4999", "x", "y z"]
    assert len(found) == 5000


def test_a_line_feed_inside_a_cell_is_no_end_where_another_is_declared(tmp_path: Path) -> None:
    path = write(tmp_path, b"id|note\r\n1|first\nsecond\r\n2|x\r\n")
    [table] = open_tables(path, Delimited(delimiter="|", line_end="crlf"))
    assert read(table) == [["id", "note"], ["1", "first\nsecond"], ["2", "x"]]
    assert table.cell(2, 1) == "first\nsecond"


def test_without_quoting_a_quotation_mark_is_a_character(tmp_path: Path) -> None:
    path = write(tmp_path, b'size,"name\n5",6\n7,"8\n')
    [table] = open_tables(path, Delimited(delimiter=",", quote="none"))
    assert read(table) == [["size", '"name'], ['5"', "6"], ["7", '"8']]
    assert problems(table) == []


@pytest.mark.parametrize("form", [{"delimiter": "||"}, {"delimiter": ",", "escape": "backslash"}])
def test_an_open_mark_keeps_to_its_line_in_any_dialect(
    tmp_path: Path, form: dict[str, str]
) -> None:
    mark = form["delimiter"]
    lines = [f"{i}{mark}x{mark}y" for i in range(300)]
    lines[3] = f'3{mark}"open{mark}y'
    path = write(tmp_path, "\n".join([*lines, ""]).encode())
    [table] = open_tables(path, Delimited.model_validate(form))
    found = read(table)
    assert len(found) == 300
    assert found[3:5] == [["3", '"open', "y"], ["4", "x", "y"]]
    assert problems(table) == [(4, "unbalanced-quote")]


def test_a_ragged_row_is_located_in_any_dialect(tmp_path: Path) -> None:
    path = write(tmp_path, b"a||b||c\n1||2||3\n4||5\n6||7||8||9\n\n")
    [table] = open_tables(path, Delimited(delimiter="||"))
    assert problems(table, header_row=1) == [(3, "ragged-row"), (4, "ragged-row-excess")]


def test_a_file_without_header_has_the_declared_names(tmp_path: Path) -> None:
    path = write(tmp_path, b"1;x\n2;y\n3\n")
    [table] = open_tables(path, Delimited(delimiter=";", names=("id", "name")))
    assert (table.header_row, table.field_names) == (0, ("id", "name"))
    assert read(table) == [["1", "x"], ["2", "y"], ["3"]]
    assert problems(table) == [(3, "ragged-row")]
    assert table.place(2, 1) == ("delivery.txt", None, "B2")


@pytest.mark.parametrize("block", [8 << 20, 7])
def test_comments_header_and_trailer_records_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", block)
    content = b"HDR|ledger|20260501\n# by hand\nid|name\n1|x\n# more\n2|y\nTRL|2\n"
    form = Delimited(delimiter="|", comment="#", skip_first=1, skip_last=1)
    [table] = open_tables(write(tmp_path, content), form)
    head = table.head()
    assert head.rows.tolist() == [3, 4, 6]
    assert table.head(2).rows.tolist() == [3, 4]
    assert read(table, header_row=3) == [["id", "name"], ["1", "x"], ["2", "y"]]
    assert problems(table, header_row=3) == []
    assert table.left_out == [1, 2, 5, 7]
    assert (table.cell(6, 1), table.cell(5, 0)) == ("y", "")
    hashes = np.concatenate([batch.hashes for batch in table.batches(seed=3)])
    rest = list(table.batches(known=np.sort(hashes[:2]), seed=3))
    assert [row for batch in rest for row in batch.rows.tolist()] == [6]
    assert sum(batch.skipped for batch in rest) == 2
    assert table.left_out == [1, 2, 5, 7]


def test_ebcdic_text_is_read_where_it_is_declared_and_refused_where_not(tmp_path: Path) -> None:
    text = "id,name,sum\x85" + "".join(f"{i},Café [£],{i}.50\x85" for i in range(40))
    path = write(tmp_path, text.encode("cp1047"))
    [table] = open_tables(path, Delimited(encoding="cp1047"))
    assert read(table)[2] == ["1", "Café [£]", "1.50"]
    with pytest.raises(Unreadable, match="looks like EBCDIC; declare format copybook") as refusal:
        open_tables(path)
    assert refusal.value.code == "file-kind-unknown"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"names": ["a"], "header_row": 1}, "without a header"),
        ({"names": ["a", "a"]}, "twice"),
        ({"quote": "''"}, "one character"),
        ({"delimiter": '"'}, "share a character"),
        ({"delimiter": "\n"}, "share a character"),
        ({"delimiter": ";", "line_end": ";\n"}, "share a character"),
        ({"quote": "\\", "escape": "backslash"}, "share a character"),
        ({"delimiter": ""}, "at least 1"),
    ],
)
def test_marks_that_cannot_be_told_apart_are_refused(facts: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Delimited.model_validate(facts)


def test_a_delimiter_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n")
    with pytest.raises(Unreadable, match="does not exist in cp1252"):
        open_tables(path, Delimited(delimiter="Ω", encoding="cp1252"))
