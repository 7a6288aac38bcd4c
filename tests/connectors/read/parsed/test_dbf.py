"""dBASE and FoxPro tables: of the library dbf, of R (shapelib), of published files, and made by the
byte."""

import datetime
import shutil
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import dbf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.confined import rows as confined_rows
from connectors.read import Unreadable, open_tables
from connectors.read.parsed.dbf import memo_files, with_memos
from connectors.read.text import parse
from contracts.file_forms import Dbf
from tests.connectors.read.records_kit import (
    NO_REAL,
    REAL,
    all_read_or_refused,
    damaged,
    problems,
    rows,
    run_r,
)


def write(path: Path, fields: str, records: list[tuple[Any, ...]], **options: Any) -> Path:
    table = dbf.Table(str(path), fields, **options)
    table.open(dbf.READ_WRITE)
    for record in records:
        table.append(record)
    table.close()
    return path


def made(
    fields: list[tuple[str, str, int]],
    records: list[bytes],
    *,
    version: int = 3,
    language: int = 3,
    flags: tuple[int, ...] = (),
) -> bytes:
    """A file by the specification."""
    head = b""
    for i, (name, kind, length) in enumerate(fields):
        flag = flags[i] if flags else 0
        head += struct.pack(
            "<11sc4xBBB13x", name.encode(), kind.encode(), length & 255, length >> 8, flag
        )
    record = 1 + sum(length for _, _, length in fields)
    start = 32 + len(head) + 1
    first = struct.pack("<BBBBIHH", version, 124, 5, 6, len(records), start, record)
    first += struct.pack("<16xBB2x", 0, language)
    assert all(len(one) == record for one in records)
    return first + head + b"\r" + b"".join(records) + b"\x1a"


def save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_values_stand_as_text(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.dbf",
        "name C(12); code C(5); amount N(12,2); born D; ok L",
        [
            ("Ann", "00701", 1234.5, datetime.date(1987, 3, 1), True),
            ("Bob", "1E10", -0.01, None, None),
            ("", "", None, datetime.date(2024, 2, 29), False),
        ],
        dbf_type="db3",
        codepage="cp1252",
    )
    [table] = open_tables(path)
    assert (table.kind, table.header_row, table.encoding) == ("dbf", 0, "cp1252")
    assert table.field_names == ("NAME", "CODE", "AMOUNT", "BORN", "OK")
    assert rows(table) == {
        1: ["Ann", "00701", "1234.50", "1987-03-01", "TRUE"],
        2: ["Bob", "1E10", "-0.01", None, None],
        3: ["", "", "", "2024-02-29", "FALSE"],
    }
    assert problems(table) == []
    assert table.cell(1, 2) == "1234.50" and table.cell(2, 3) == ""
    assert table.place(2, 2) == ("a.dbf", None, "record 2, AMOUNT")
    assert table.places == {
        "pages": [["a.dbf", 3]],
        "keys": ["NAME", "CODE", "AMOUNT", "BORN", "OK"],
    }


def test_visual_foxpro_types_are_exact(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.dbf",
        "n I; rate B; cost Y; at T; note M",
        [
            (
                -5,
                0.1,
                Decimal("922337203685477.5807"),
                datetime.datetime(2024, 1, 2, 3, 4, 5),
                "x" * 600,
            ),
            (2**31 - 2, 2.0, Decimal("-0.0001"), None, ""),
        ],
        dbf_type="vfp",
        codepage="cp1252",
    )
    [table] = open_tables([path, path.with_suffix(".fpt")])
    assert rows(table) == {
        1: ["-5", "0.1", "922337203685477.5807", "2024-01-02T03:04:05", "x" * 600],
        2: ["2147483646", "2", "-0.0001", None, ""],
    }
    assert problems(table) == []


@pytest.mark.parametrize(("kind", "suffix"), [("db3", ".dbt"), ("fp", ".fpt"), ("vfp", ".fpt")])
def test_memos_come_from_the_file_beside(tmp_path: Path, kind: str, suffix: str) -> None:
    texts = ["short ", "Zoë\r\nsecond line " * 400, "", "end"]
    path = write(
        tmp_path / "Notes.dbf",
        "name C(3); note M",
        [(f"{i}", text) for i, text in enumerate(texts)],
        dbf_type=kind,
        codepage="cp1252",
    )
    memo = path.with_suffix(suffix)
    shouting = memo.rename(tmp_path / f"NOTES{suffix.upper()}")
    for order in ([path, shouting], [shouting, path]):
        [table] = open_tables(order)
        assert [cells[1] or "" for cells in rows(table).values()] == texts
        assert problems(table) == []
    [alone] = open_tables(path)
    assert [cells[0] for cells in rows(alone).values()] == ["0", "1", "2", "3"]
    assert [problem for problem in problems(alone) if problem[0] != 3] == [
        (row, "memo-missing") for row in (1, 2, 4)
    ]
    assert with_memos(path) == [path, shouting], "found beside a file that somebody names"
    other = tmp_path / "other.dbf"
    shutil.copy(path, other)
    assert memo_files([other, shouting]) == {}
    assert with_memos(other) == [other]
    text = tmp_path / "notes.csv"
    assert with_memos(text) == [text], "other files have none"


def test_a_memo_of_dbase_iv(tmp_path: Path) -> None:
    path = tmp_path / "a.dbf"
    records = [b" " + b"1".rjust(10), b" " + b"9".rjust(10)]
    path.write_bytes(made([("NOTE", "M", 10)], records, version=0x8B))
    text = b"a long text"
    memo = tmp_path / "a.dbt"
    head = struct.pack("<I16xH", 2, 1024).ljust(1024, b"\0")
    memo.write_bytes(head + b"\xff\xff\x08\x00" + struct.pack("<I", len(text) + 8) + text)
    [table] = open_tables([path, memo])
    assert rows(table) == {1: ["a long text"], 2: [None]}
    assert problems(table) == [(2, "value-unreadable")]


def test_records_marked_as_deleted_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", "n N(2,0)", [(i,) for i in range(1, 7)], dbf_type="db3")
    table = dbf.Table(str(path))
    table.open(dbf.READ_WRITE)
    for i in (1, 5):
        dbf.delete(table[i])
    table.close()
    [table] = open_tables(path)
    assert rows(table) == {1: ["1"], 3: ["3"], 4: ["4"], 5: ["5"]}
    assert table.left_out == [2, 6]
    assert table.notes == ("deleted-records",)


def test_invalid_values_are_problems_of_their_row_and_stand_as_they_are(tmp_path: Path) -> None:
    fields = [("N", "N", 4), ("D", "D", 8), ("L", "L", 1)]
    records = [
        b" ****20240230T",
        b"  1,519870301?",
        b"?   1        X",
        b" 1x 2        F",
        b"   .5\0\0\0\0\0\0\0\0 ",
    ]
    [table] = open_tables(save(tmp_path / "a.dbf", made(fields, records)))
    assert rows(table) == {
        1: ["****", "20240230", "TRUE"],
        2: ["1,5", "1987-03-01", None],
        3: ["1", None, "X"],
        4: ["1x 2", None, "FALSE"],
        5: [".5", None, None],
    }
    assert problems(table) == [(row, "value-unreadable") for row in (1, 3, 4)]


def test_nulls_and_varying_lengths_of_visual_foxpro(tmp_path: Path) -> None:
    fields = [("V", "V", 5), ("C", "C", 3), ("Q", "Q", 3), ("_NullFlags", "0", 1)]
    # Bits: V partly filled, V null, C null, Q partly filled.
    records = [
        b" " + b"ab \0\x03" + b"xyz" + b"\x01\xff\x02" + b"\x09",
        b" " + b"abcde" + b"   " + b"\x01\x02\x03" + b"\x04",
        b" " + b"\0\0\0\0\0" + b"   " + b"\0\0\0" + b"\x0b",
    ]
    content = made(fields, records, version=0x32, flags=(2, 2, 4, 5))
    [table] = open_tables(save(tmp_path / "a.dbf", content))
    assert table.field_names == ("V", "C", "Q")
    assert rows(table) == {
        1: ["ab", "xyz", "01ff"],
        2: ["abcde", None, "010203"],
        3: [None, "", ""],
    }


def test_objects_are_counted_and_no_columns(tmp_path: Path) -> None:
    fields = [("A", "C", 1), ("PHOTO", "G", 10)]
    records = [b" x" + b"5".rjust(10), b" y" + b" " * 10]
    [table] = open_tables(save(tmp_path / "a.dbf", made(fields, records)))
    assert table.field_names == ("A",)
    assert table.notes == ("not-read: PHOTO (an object in 1 records)",)


def test_blanks_on_the_left_are_part_of_a_text(tmp_path: Path) -> None:
    [table] = open_tables(save(tmp_path / "a.dbf", made([("T", "C", 5)], [b"  ab  "])))
    assert rows(table) == {1: [" ab"]}


def test_a_long_text_of_clipper(tmp_path: Path) -> None:
    content = made([("T", "C", 700)], [b" " + b"y" * 700])
    [table] = open_tables(save(tmp_path / "a.dbf", content))
    assert rows(table) == {1: ["y" * 700]}


@pytest.mark.parametrize(
    ("language", "declared", "raw", "text", "shown"),
    [
        (3, None, b"Zo\xeb", "Zoë", "cp1252"),
        (2, None, b"Zo\x89", "Zoë", "cp850"),
        (3, "cp850", b"Zo\x89", "Zoë", "cp850"),
        (0, None, "Zoë".encode(), "Zoë", "utf-8"),
        (0, None, b"cost \xa350", "cost £50", "cp1252"),
        (0, None, b"plain", "plain", "ascii"),
        (0x13, None, "東京".encode("cp932"), "東京", "cp932"),
    ],
)
def test_the_code_page_is_declared_stated_or_proved(
    tmp_path: Path, language: int, declared: str | None, raw: bytes, text: str, shown: str
) -> None:
    records = [b" " + raw.ljust(10), b" " + b"b".ljust(10)]
    content = made([("A", "C", 10)], records, language=language)
    form = Dbf(format="dbf", encoding=declared)
    [table] = open_tables(save(tmp_path / "a.dbf", content), form)
    assert rows(table) == {1: [text], 2: ["b"]}
    assert table.encoding == shown


def test_a_code_page_that_is_none_is_refused(tmp_path: Path) -> None:
    content = made([("A", "C", 6)], [b" " + b"Zo\x81x  "], language=3)
    path = save(tmp_path / "a.dbf", content)
    with pytest.raises(Unreadable, match="cp1252") as refusal:
        open_tables(path)
    assert refusal.value.code == "encoding-wrong"
    assert "Zo" not in refusal.value.message
    with pytest.raises(Unreadable) as refusal:
        open_tables(path, Dbf(format="dbf", encoding="klingon"))
    assert refusal.value.code == "encoding-unknown"


def test_a_text_cut_within_a_character_is_a_problem_of_its_row(tmp_path: Path) -> None:
    content = made([("A", "C", 4)], [b" " + "abcé".encode()[:4], b" cdef"])
    [table] = open_tables(save(tmp_path / "a.dbf", content), Dbf(format="dbf", encoding="utf-8"))
    assert rows(table) == {1: ["abc\ufffd"], 2: ["cdef"]}
    assert problems(table) == [(1, "value-unreadable")]


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    whole = made([("A", "C", 4)], [b" abcd"] * 20)
    cases = {
        "holds 18": whole[:-10],
        "follow after": whole[:4] + struct.pack("<I", 3) + whole[8:],
        "do not agree": whole[:10] + struct.pack("<H", 9) + whole[12:],
    }
    for said, content in cases.items():
        with pytest.raises(Unreadable, match=said) as refusal:
            open_tables(save(tmp_path / "a.dbf", content))
        assert refusal.value.code == "file-damaged"
    assert len(rows(open_tables(save(tmp_path / "a.dbf", whole[:-1]))[0])) == 20


def test_dbase_7_is_named(tmp_path: Path) -> None:
    start = 68 + 48 + 1
    content = struct.pack("<BBBBIHH", 4, 124, 5, 6, 1, start, 5).ljust(68, b"\0")
    content += b"NAME".ljust(32, b"\0") + b"C\x04" + bytes(14) + b"\r" + b" abcd\x1a"
    with pytest.raises(Unreadable, match="dBASE 7") as refusal:
        open_tables(save(tmp_path / "a.dbf", content))
    assert refusal.value.code == "dbf-version-unknown"


def test_a_memo_too_long_for_a_cell_is_cut_and_reported(tmp_path: Path) -> None:
    assert confined_rows.LONGEST_VALUE == parse.LONGEST_VALUE
    path = write(
        tmp_path / "a.dbf", "note M", [("x" * 200_000,), ("y",)], dbf_type="fp", codepage="cp1252"
    )
    [table] = open_tables([path, path.with_suffix(".fpt")])
    assert [len(cells[0] or "") for cells in rows(table).values()] == [parse.LONGEST_VALUE, 1]
    assert problems(table) == [(1, "value-too-long")]


def test_many_records_come_in_bounded_pieces(tmp_path: Path) -> None:
    records = [f" {i:06d}".encode() for i in range(120_001)]
    [table] = open_tables(save(tmp_path / "a.dbf", made([("N", "N", 6)], records)))
    sizes = [len(batch.rows) for batch in table.batches()]
    assert sum(sizes) == 120_001 and max(sizes) <= 50_000
    assert table.cell(120_001, 0) == "120000"


TEXT = st.text(st.characters(codec="cp1252", exclude_categories=["C", "Z"]), max_size=8)
ROW = st.tuples(
    TEXT,
    st.none() | st.integers(-9999, 99999),
    st.none() | st.dates(datetime.date(1, 1, 1)),
    st.none() | st.booleans(),
)


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(ROW, min_size=5, max_size=60))
def test_what_another_program_wrote_is_read_back(tmp_path: Path, records: list[Any]) -> None:
    path = tmp_path / "a.dbf"
    path.unlink(missing_ok=True)
    write(path, "a C(8); b N(5,0); c D; d L", records, dbf_type="db3", codepage="cp1252")
    [table] = open_tables(path)
    words = {True: "TRUE", False: "FALSE", None: None}
    for found, (a, b, c, d) in zip(rows(table).values(), records, strict=True):
        number = "" if b is None else str(b)
        assert found == [a, number, c.isoformat() if c else None, words[d]]


def test_a_table_of_r(tmp_path: Path) -> None:
    path = tmp_path / "r.dbf"
    script = (
        f'foreign::write.dbf(data.frame(name=c("Ann","Bob",NA), n=c(1L,NA,300L), x=c(0.5,-2,NA),'
        f' ok=c(TRUE,NA,FALSE), on=as.Date(c("2024-02-29",NA,"1899-12-31"))), "{path}")'
    )
    run_r(script)
    [table] = open_tables(path)
    found = rows(table)
    assert table.field_names == ("name", "n", "x", "ok", "on")
    assert [cells[0] or None for cells in found.values()] == ["Ann", "Bob", None]
    # R writes NA as a field of stars, as dBASE writes a number too large: it is not told which.
    assert [cells[1] for cells in found.values()] == ["1", "******", "300"]
    assert [float(cells[2] or "") for cells in list(found.values())[:2]] == [0.5, -2]
    assert [cells[3] for cells in found.values()] == ["TRUE", None, "FALSE"]
    assert [cells[4] for cells in found.values()] == ["2024-02-29", None, "1899-12-31"]
    assert problems(table) == [(2, "value-unreadable"), (3, "value-unreadable")]


@pytest.mark.skipif(not REAL.exists(), reason=NO_REAL)
def test_published_files_hold_what_their_project_says() -> None:
    """olemb/dbfread, examples and tests: Alice and Bob, and a third record that is deleted."""
    folder = REAL / "dbf"
    [people] = open_tables(folder / "people.dbf")
    assert rows(people) == {1: ["Alice", "1987-03-01"], 2: ["Bob", "1980-11-12"]}
    assert people.left_out == [3]
    [memos] = open_tables([folder / "memotest.dbf", folder / "memotest.FPT"])
    assert [cells[2] for cells in rows(memos).values()] == ["Alice memo", "Bob memo"]
    [without] = open_tables(folder / "no_memofile.dbf")
    assert [cells[2] for cells in rows(without).values()] == [None, None]
    assert problems(without) == [(1, "memo-missing"), (2, "memo-missing")]
    [invalid] = open_tables(folder / "invalid_value.dbf")
    assert rows(invalid) == {1: ["Alice", "NotAYear"], 2: ["Bob", "1980-11-12"]}
    assert problems(invalid) == [(1, "value-unreadable")]


def _whole(folder: Path) -> bytes:
    fields = "a C(8); n N(6,2); c D; d L; note M"
    records = [("Ann", 1.5, datetime.date(2024, 1, 2), True, "x" * 40)] * 30
    path = folder / "whole.dbf"
    return write(path, fields, records, dbf_type="vfp", codepage="cp1252").read_bytes()


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    refused = all_read_or_refused(tmp_path / "a.dbf", damaged(_whole(tmp_path), 4, 3))
    assert refused >= 3


@pytest.mark.slow
def test_many_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    assert all_read_or_refused(tmp_path / "a.dbf", damaged(_whole(tmp_path), 20, 40)) >= 19
