"""What a file holds is shown as it stands, and what could not be read is counted."""

import csv
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from connectors.errors import Unreadable
from connectors.read import open_tables
from connectors.read.text import delimited
from contracts.file_forms import Delimited, Field_, FixedWidth
from pipeline.read_file import NoSuchTable, read_file, write_out

CSV = b"Title,,\nid,name,sum\n007,=1+1,1E10\n008,Mill Lane,1.50\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.csv"
    path.write_bytes(CSV)
    return path


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "One"
    book.active.append(["a", "b"])
    other = book.create_sheet("Two")
    for row in ("x", "y", "z"):
        other.append([row])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_records_are_shown_as_written(text: Path) -> None:
    [one] = read_file(text, first=3)
    assert (one.rows, one.columns, one.table.kind) == (4, 3, "delimited")
    assert [row for row, _ in one.first] == [1, 2, 3]
    assert one.first[2][1] == ["007", "=1+1", "1E10"]
    shown = one.to_json()
    assert shown["delimiter"] == "," and shown["encoding"] == "ascii"
    assert shown["first"][2] == {"row": 3, "cells": ["007", "=1+1", "1E10"]}
    assert shown["problems"] == {} and shown["broken"] is None


def test_one_table_is_chosen_by_number_or_name(workbook: Path) -> None:
    assert [(one.number, one.table.sheet, one.rows) for one in read_file(workbook)] == [
        (1, "One", 1),
        (2, "Two", 3),
    ]
    assert [one.rows for one in read_file(workbook, only="2")] == [3]
    assert [one.rows for one in read_file(workbook, only="Two")] == [3]
    with pytest.raises(NoSuchTable, match=r"no table 3; it has 1 \(One\), 2 \(Two\)"):
        read_file(workbook, only="3")


def test_what_is_wrong_with_records_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 20 + b"1,2,3\n" * 7)
    [one] = read_file(path)
    [(code, (count, some))] = one.problems.items()
    assert count == 7 and some == [22, 23, 24, 25, 26], code


def test_a_file_that_breaks_off_is_told_with_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(b"a,b\n1,2\n" + b"\xff,2\n")
    [one] = read_file(path, Delimited(encoding="ascii", delimiter=","))
    assert one.broken is not None and one.broken.code == "encoding-wrong"


def test_every_record_is_written_out(text: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert write_out(text, out) == 4
    with out.open(newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["Title", "", ""],
            ["id", "name", "sum"],
            ["007", "'=1+1", "1E10"],
            ["008", "Mill Lane", "1.50"],
        ]
    write_out(text, out, exact=True)
    assert "=1+1" in out.read_text() and "'=1+1" not in out.read_text()


def test_formulas_are_text_in_every_column_of_a_csv_and_untouched_in_parquet(
    tmp_path: Path,
) -> None:
    path = tmp_path / "formulas.csv"
    path.write_text("=1,+a,-a,@a\n" + "a,b,c,d\n" * 3 + "=2,+b,-b,@b\n")
    write_out(path, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as lines:
        first, *_, last = csv.reader(lines)
    assert first == ["'=1", "'+a", "'-a", "'@a"] and last == ["'=2", "'+b", "'-b", "'@b"]
    write_out(path, tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert [column[0] for column in table.to_pydict().values()] == ["=1", "+a", "-a", "@a"]


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of several batches, of which only the last has a third cell."""
    monkeypatch.setattr(delimited, "BLOCK", 64)
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "1,2\n" * 60 + "3,4,5\n")
    [table] = open_tables(path)
    assert len(list(table.batches())) > 2
    return path


def test_all_batches_are_written_as_wide_as_the_widest(long: Path, tmp_path: Path) -> None:
    told: list[int] = []
    assert write_out(long, tmp_path / "out.csv", watch=told.append) == 62
    assert len(told) > 2 and told == sorted(told) and told[-1] == 62
    with (tmp_path / "out.csv").open(newline="") as lines:
        written = list(csv.reader(lines))
    assert written == [["a", "b", ""], *[["1", "2", ""]] * 60, ["3", "4", "5"]]
    assert write_out(long, tmp_path / "out.parquet") == 62
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names == ["1", "2", "3"]
    assert table.column("3").to_pylist() == [None] * 61 + ["5"]


def test_so_many_records_are_kept_and_no_more(long: Path) -> None:
    told: list[int] = []
    [one] = read_file(long, first=30, watch=told.append)
    assert [row for row, _ in one.first] == list(range(1, 31))
    assert (one.rows, one.columns, told[-1]) == (62, 3, 62)


def test_names_the_form_gives_are_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "wide.txt"
    path.write_text("007Ann\n008Bob\n")
    form = FixedWidth(
        format="fixed-width",
        fields=(Field_(name="id", start=1, length=3), Field_(name="name", start=4, length=3)),
    )
    assert write_out(path, tmp_path / "out.csv", form) == 2
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == '"id","name"'
    assert write_out(path, tmp_path / "out.parquet", form) == 2
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.to_pydict() == {"id": ["007", "008"], "name": ["Ann", "Bob"]}


def test_names_of_columns_are_no_formulas_either(tmp_path: Path) -> None:
    """A key of JSON is whatever its writer chose."""
    key = "=cmd|' /C calc'!A0"
    path = tmp_path / "records.json"
    path.write_text(json.dumps([{key: "=1+1", "name": "x", "-2": "-2"}]))
    write_out(path, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as lines:
        assert list(csv.reader(lines)) == [[f"'{key}", "name", "-2"], ["'=1+1", "x", "-2"]]
    write_out(path, tmp_path / "out.csv", exact=True)
    with (tmp_path / "out.csv").open(newline="") as lines:
        assert list(csv.reader(lines)) == [[key, "name", "-2"], ["=1+1", "x", "-2"]]
    write_out(path, tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").column_names == [key, "name", "-2"]


def test_of_several_tables_one_must_be_chosen(workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSuchTable, match="choose one with --table"):
        write_out(workbook, tmp_path / "out.csv")
    assert write_out(workbook, tmp_path / "out.csv", only="Two") == 3


def test_nothing_partial_is_left(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(b"a,b\n1,2\n" + b"\xff,2\n")
    with pytest.raises(Unreadable):
        write_out(path, tmp_path / "out.csv", Delimited(encoding="ascii", delimiter=","))
    assert [one.name for one in tmp_path.iterdir()] == ["wrong.csv"]


def test_what_was_there_stays_where_writing_is_ended(text: Path, tmp_path: Path) -> None:
    def ended(_: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(KeyboardInterrupt):
        write_out(text, tmp_path / "out.csv", watch=ended)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.csv", "text.csv"]
    assert (tmp_path / "out.csv").read_text() == "before"
