"""The delimited reader agrees with Python's csv, and is better at broken quotes."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.text import delimited
from contracts.file_forms import Delimited

ROUND_TRIPS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write(folder: Path, content: bytes, name: str = "delivery.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(table: SourceTable, **options: object) -> tuple[list[int], list[list[str]]]:
    """Row numbers and cells, trailing blanks left off."""
    rows: list[int] = []
    cells: list[list[str]] = []
    for batch in table.batches(**options):  # type: ignore[arg-type]
        assert batch.table.num_rows == len(batch.rows) == len(batch.hashes)
        rows += batch.rows.tolist()
        columns = [column.to_pylist() for column in batch.table.columns]
        cells += [without_trailing_blanks(list(record)) for record in zip(*columns, strict=True)]
    return rows, cells


def without_trailing_blanks(cells: list[str | None]) -> list[str]:
    filled = [cell or "" for cell in cells]
    while filled and not filled[-1]:
        filled.pop()
    return filled


def problems(table: SourceTable, **options: object) -> list[tuple[int, str]]:
    return [p for batch in table.batches(**options) for p in batch.problems]  # type: ignore[arg-type]


texts = st.text(alphabet=st.sampled_from('ab,;"\n\r é£\t'), max_size=6)
# A first record that is not blank: a file of white space only is refused as empty.
tables = st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=8).map(
    lambda records: [["key", "value"], *records]
)


@ROUND_TRIPS
@given(tables, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([",", ";", "\t", "|"]))
def test_what_csv_writes_is_read_back(
    tmp_path: Path, cells: list[list[str]], line_end: str, delimiter: str
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=line_end).writerows(cells)
    path = write(tmp_path, buffer.getvalue().encode())

    [table] = open_tables(path, Delimited.model_construct(delimiter=delimiter, encoding="utf-8"))
    rows, found = read(table)

    expected = list(csv.reader(io.StringIO(buffer.getvalue(), newline=""), delimiter=delimiter))
    assert rows == list(range(1, len(expected) + 1))
    assert found == [without_trailing_blanks(list(record)) for record in expected]


@ROUND_TRIPS
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["a", "", 'b"c', '"q"', '"q""r"', "x y", 'e"']), max_size=4),
            st.sampled_from(["\n", "\r\n", "\r"]),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_raw_lines_with_stray_quotes_and_mixed_ends_number_as_csv_does(
    tmp_path: Path, lines: list[tuple[list[str], str]]
) -> None:
    text = "key,value\n" + "".join(",".join(cells) + end for cells, end in lines)
    path = write(tmp_path, text.encode())

    [table] = open_tables(path, Delimited(delimiter=",", encoding="utf-8"))
    rows, found = read(table)

    expected = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == list(range(1, len(expected) + 1))
    assert found == [without_trailing_blanks(list(record)) for record in expected]


@ROUND_TRIPS
@given(tables, st.integers(min_value=1, max_value=40))
def test_blocks_cut_anywhere_give_the_same_records(
    tmp_path: Path, cells: list[list[str]], size: int
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(cells)
    path = write(tmp_path, buffer.getvalue().encode())
    [table] = open_tables(path, Delimited(delimiter=",", encoding="utf-8"))
    whole = read(table)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", size)
        assert read(table) == whole


def test_hashes_are_of_the_record_and_the_seed_and_filter_before_parsing(tmp_path: Path) -> None:
    path = write(tmp_path, b'id,name\n1,"a, b"\n2,c\n3,d\n1,"a, b"\n')
    [table] = open_tables(path)
    [batch] = table.batches(seed=7)
    [other] = table.batches(seed=8)
    assert batch.hashes[1] == batch.hashes[4]
    assert len(set(batch.hashes.tolist())) == 4
    assert not set(batch.hashes.tolist()) & set(other.hashes.tolist())

    known = np.sort(batch.hashes[[1, 3]])
    [rest] = table.batches(known=known, seed=7)
    assert rest.rows.tolist() == [1, 3]
    assert rest.skipped == 3
    assert sorted(rest.skipped_hashes.tolist()) == sorted(batch.hashes[[1, 3, 4]].tolist())
    assert rest.table.column("1").to_pylist() == ["name", "c"]


def test_only_wanted_columns_are_parsed(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b,c\n1,2,3\n4,5\n")
    [table] = open_tables(path)
    [batch] = table.batches(columns=[2, 0])
    assert batch.table.column_names == ["0", "2"]
    assert batch.table.to_pylist() == [
        {"0": "a", "2": "c"},
        {"0": "1", "2": "3"},
        {"0": "4", "2": None},
    ]


def test_ragged_rows_are_told_from_blank_ones_and_from_excess(tmp_path: Path) -> None:
    path = write(tmp_path, b"Title\na,b,c\n1,2,3\n1,2\n,\n1,2,3,,\n1,2,3,,x\n\n")
    [table] = open_tables(path)
    assert problems(table, header_row=2) == [
        (4, "ragged-row"),
        (6, "ragged-row"),
        (7, "ragged-row-excess"),
    ]


def test_a_large_file_of_two_lengths_keeps_order(tmp_path: Path) -> None:
    lines = [f"{i},x,y" if i % 3 else f'{i},"x"' for i in range(3000)]
    path = write(tmp_path, ("a,b,c\n" + "\n".join(lines) + "\n").encode())
    [table] = open_tables(path)
    [batch] = table.batches()
    assert batch.table.column("0").to_pylist()[1:] == [str(i) for i in range(3000)]
    assert [row for row, code in batch.problems] == [i + 2 for i in range(0, 3000, 3)]


@pytest.mark.parametrize(
    ("broken", "below"),
    [
        ('3,"open,x\n', ["4,fine,y\n"] * 300),
        ('3,"open,x\n', ["4,fine,y\n"] * 3),
        ('3,"open,x\n', ["4,fine,y\n", '5,"quoted, too",z\n'] * 5),
    ],
    ids=["over many lines", "to the end", "closed in the middle of a field"],
)
def test_an_unbalanced_quote_keeps_to_its_own_line(
    tmp_path: Path, broken: str, below: list[str]
) -> None:
    path = write(tmp_path, ("a,b,c\n1,x,y\n" + broken + "".join(below)).encode())
    [table] = open_tables(path)
    rows, cells = read(table)
    assert len(rows) == 3 + len(below)
    assert cells[2] == ["3", '"open', "x"]
    assert cells[3] == ["4", "fine", "y"]
    assert problems(table) == [(3, "unbalanced-quote")]
    assert table.cell(3, 1) == '"open'


def test_a_quoted_field_over_several_lines_is_one_cell(tmp_path: Path) -> None:
    path = write(tmp_path, b'a,b\r\n1,"one\r\ntwo\r\n\r\nthree"\r\n2,x\r\n')
    [table] = open_tables(path)
    rows, cells = read(table)
    assert rows == [1, 2, 3]
    assert cells[1] == ["1", "one\r\ntwo\r\n\r\nthree"]
    assert problems(table) == []


def test_characters_text_cannot_hold_are_reported_and_replaced(tmp_path: Path) -> None:
    lone = b"\xed\xa0\x80"
    content = b"a,b\n1,x\0y\n2," + lone + b"\n3,\xe2\x80\xaereversed\n4,\xe2\x80\x93 dash\n"
    [table] = open_tables(write(tmp_path, content))
    assert problems(table) == [(row, "control-character") for row in (2, 3, 4)]
    _, cells = read(table)
    assert cells[1:3] == [["1", "x\ufffdy"], ["2", "\ufffd"]]
    assert cells[4] == ["4", "– dash"]


def test_a_value_of_unlikely_length_is_reported(tmp_path: Path) -> None:
    [table] = open_tables(write(tmp_path, b"a,b\n1,x\n2," + b"y" * 200_000 + b"\n"))
    assert problems(table) == [(3, "value-too-long")]


def test_a_file_without_records_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.read.text.records.LONGEST_RECORD", 100_000)
    with pytest.raises(Unreadable) as refusal:
        open_tables(write(tmp_path, b"x" * 2_000_000))
    assert refusal.value.code == "record-too-long"


def test_the_dos_end_of_file_mark_is_no_record(tmp_path: Path) -> None:
    [table] = open_tables(write(tmp_path, b"a,b\r\n1,2\r\n\x1a"))
    assert read(table)[0] == [1, 2]


def test_a_cell_is_read_back_as_written(tmp_path: Path) -> None:
    [table] = open_tables(write(tmp_path, 'Café (£)\n\n a ,"b ""c"" d"\n'.encode("cp1252")))
    assert table.cell(1, 0) == "Café (£)"
    assert table.cell(2, 0) == ""
    assert (table.cell(3, 0), table.cell(3, 1), table.cell(3, 9)) == (" a ", 'b "c" d', "")
    assert table.cell(99, 0) == ""
    assert table.place(3, 1) == ("delivery.csv", None, "B3")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_forms_of_unicode_are_recoded(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "name;sum\r\nZoë Łódź;£1\r\n".encode(encoding))
    [table] = open_tables(path)
    assert read(table)[1] == [["name", "sum"], ["Zoë Łódź", "£1"]]


def test_a_declared_encoding_that_is_not_true_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,x\n2,£\n".encode("cp1252"))
    [table] = open_tables(path, Delimited(encoding="cp1252"))
    assert read(table)[1][2] == ["2", "£"]
    with pytest.raises(Unreadable, match="line 3") as refusal:
        [table] = open_tables(path, Delimited(encoding="utf-8"))
        read(table)
    assert refusal.value.code == "encoding-wrong"


@pytest.mark.parametrize("size", [1, 3, 16 << 20])
@pytest.mark.parametrize(
    ("content", "encoding", "line"),
    [
        ("a,b\n1,£\n2,é\n".encode("cp1252") + b"3,\x81\n", "cp1252", 4),
        ("a,b\n1,£\n".encode("cp1252") + b"3,\x81\n", "cp1252", 3),
        (b"a,b\n1,\xc3\xa9\n2,\xc3", "utf-8", 3),
        (b"a,b\n1,\xc3x\n2,3\n", "utf-8", 2),
        (b"a,b\n1,2\n2,\xe9\n", "ascii", 3),
    ],
)
def test_the_line_of_a_wrong_byte_is_found_wherever_blocks_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    content: bytes,
    encoding: str,
    line: int,
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", size)
    monkeypatch.setattr(delimited, "_HEAD_BLOCK", size)
    with pytest.raises(Unreadable, match=f"line {line} ") as refusal:
        [table] = open_tables(write(tmp_path, content), Delimited(encoding=encoding))
        read(table)
    assert refusal.value.code == "encoding-wrong"


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("name;sum\nSmith, John;1,50\nBrown, Ann;2,50\n", ";"),
        ("a\tb\tc\n1, 2\t3\t4\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('Report, with a comma\n\n"a","b;c"\n"1","2"\n"1","2"\n', ","),
        ("one column\nonly\n", ","),
    ],
)
def test_the_delimiter_is_proved(tmp_path: Path, content: str, delimiter: str) -> None:
    [table] = open_tables(write(tmp_path, content.encode()))
    assert table.delimiter == delimiter


def test_two_delimiters_that_serve_alike_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        open_tables(write(tmp_path, b"a;b|c\n1;2|3\n4;5|6\n"))
    assert refusal.value.code == "delimiter-undecided"


def test_a_column_that_no_uneven_record_has_is_read_for_the_others(tmp_path: Path) -> None:
    lines = ["a,b,c", *["1,2,3"] * 200, "4", "5,6", *["7,8,9"] * 3]
    path = write(tmp_path, "\n".join([*lines, ""]).encode())
    (table,) = open_tables(path)
    (batch,) = list(table.batches(columns=[2], header_row=1))
    assert batch.table.num_rows == len(batch.rows) == len(lines)
    assert batch.table.column("2").to_pylist()[199:205] == ["3", "3", None, None, "9", "9"]


def test_the_head_asked_for_again_is_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n" + b"1,2\n" * 400)
    (table,) = open_tables(path)
    head = table.head()
    assert head.table.num_rows == 200
    assert table.head(300).table.num_rows == 300
    assert table.head().table.equals(head.table)
    assert [len(batch.rows) for batch in table.batches(header_row=1)] == [401]
