"""Records of COBOL programs, packed by the tests themselves from the rules of the format."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.text import delimited
from contracts.file_forms import Copybook

ROUND_TRIPS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def opened(
    folder: Path, copybook: str, content: bytes, encoding: str = "cp037", **facts: Any
) -> SourceTable:
    text = "".join(f"       {line}\n" for line in copybook.splitlines())
    (folder / "record.cpy").write_text(text)
    (folder / "records.dat").write_bytes(content)
    form = Copybook.model_validate(
        {"format": "copybook", "copybook": "record.cpy", "encoding": encoding, **facts}
    ).looking_in(folder)
    [table] = open_tables(folder / "records.dat", form)
    return table


def read(table: SourceTable, **options: object) -> list[list[str | None]]:
    found: list[list[str | None]] = []
    for batch in table.batches(**options):  # type: ignore[arg-type]
        assert batch.table.num_rows == len(batch.rows) == len(batch.hashes)
        columns = [column.to_pylist() for column in batch.table.columns]
        found += [list(record) for record in zip(*columns, strict=True)]
    return found


def problems(table: SourceTable, **options: object) -> list[tuple[int, str]]:
    return [p for batch in table.batches(**options) for p in batch.problems]  # type: ignore[arg-type]


def packed(value: int, size: int, sign: str | None = None) -> bytes:
    """COMP-3: figures as half bytes, the sign last."""
    mark = sign or ("D" if value < 0 else "C")
    return bytes.fromhex(str(abs(value)).rjust(2 * size - 1, "0") + mark)


def zoned(value: int, digits: int, *, signed: bool) -> bytes:
    """USAGE DISPLAY in EBCDIC, the sign over the last figure."""
    figures = [0xF0 + int(figure) for figure in str(abs(value)).rjust(digits, "0")]
    if signed:
        figures[-1] += (0xD0 if value < 0 else 0xC0) - 0xF0
    return bytes(figures)


NUMBERS = """\
01 R.
   05 P-S PIC S9(5)V99 COMP-3.
   05 P-U PIC 9(6) COMP-3.
   05 Z-S PIC S9(4)V999.
   05 Z-U PIC 9(8).
   05 B-2 PIC S9(4) COMP.
   05 B-4 PIC S9(7)V9 COMP.
   05 B-8 PIC 9(18) COMP.
   05 T PIC X(6).
"""
whole = st.integers


@ROUND_TRIPS
@given(
    st.lists(
        st.tuples(
            whole(-9_999_999, 9_999_999),
            whole(0, 999_999),
            whole(-9_999_999, 9_999_999),
            whole(0, 99_999_999),
            whole(-32_768, 32_767),
            whole(-(2**31), 2**31 - 1),
            whole(0, 2**64 - 1),
            st.text(st.sampled_from("aé£Zß 9[]"), max_size=6),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["cp037", "cp1047", "cp285", "cp500", "cp1140", "cp1146"]),
    whole(1, 100),
)
def test_numbers_and_text_of_every_size(
    tmp_path: Path, rows: list[tuple[int, ...]], encoding: str, block: int
) -> None:
    content = b"".join(
        packed(a, 4)
        + packed(b, 4, "F")
        + zoned(c, 7, signed=True)
        + zoned(d, 8, signed=False)
        + e.to_bytes(2, "big", signed=True)
        + f.to_bytes(4, "big", signed=True)
        + g.to_bytes(8, "big")
        + str(t).ljust(6).encode(encoding)
        for a, b, c, d, e, f, g, t in rows
    )

    def told(value: int, scale: int) -> str:
        return str(Decimal(value).scaleb(-scale).quantize(Decimal(1).scaleb(-scale)))

    expected = [
        [
            *(told(a, 2) if a else "0.00", f"{b:06d}", told(c, 3) if c else "0.000"),
            *(f"{d:08d}", str(e), told(f, 1) if f else "0.0", str(g), str(t).rstrip(" ")),
        ]
        for a, b, c, d, e, f, g, t in rows
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", block)
        table = opened(tmp_path, NUMBERS, content, encoding)
        assert read(table) == expected
        assert problems(table) == []


@pytest.mark.parametrize(
    ("field", "raw", "cell"),
    [
        ("PIC 9(4)", "F1F2F3C4", "1234"),
        ("PIC S9(4)", "F1F2F3F4", "1234"),
        ("PIC S9(4)", "F0F0F0D0", "0"),
        ("PIC S9(4)", "40404040", None),
        ("PIC 9(4)", "40F2F3F4", "X'40F2F3F4'"),
        ("PIC 9(4)", "00000000", "X'00000000'"),
        ("PIC 9(4)", "FFFFFFFF", "X'FFFFFFFF'"),
        ("PIC 9(4)", "F1F2F3D4", "X'F1F2F3D4'"),
        ("PIC S9(2) SIGN LEADING", "D1F2", "-12"),
        ("PIC S9(2) SIGN LEADING SEPARATE", "60F1F2", "-12"),
        ("PIC S9(2) SIGN TRAILING SEPARATE", "F1F240", "X'F1F240'"),
        ("PIC S9(2)V9 BLANK WHEN ZERO", "404040", "0.0"),
        ("PIC S9(5) COMP-3", "12345B", "-12345"),
        ("PIC S9(5) COMP-3", "12345A", "12345"),
        ("PIC 9(5) COMP-3", "00045F", "00045"),
        ("PIC 9(5) COMP-3", "00045D", "X'00045D'"),
        ("PIC 9(4) COMP-3", "10045F", "X'10045F'"),
        ("PIC S9(5) COMP-3", "1234AC", "X'1234AC'"),
        ("PIC S9(5) COMP-3", "123450", "X'123450'"),
        ("PIC S9(5) COMP-3", "404040", None),
        ("PIC S9(5) COMP-3", "000000", "X'000000'"),
        ("PIC S9(4) COMP", "0000", "0"),
        ("PIC S9(4) COMP", "8000", "-32768"),
        ("PIC SVP(3)9(2) COMP-3", "012D", "-0.00012"),
        ("PIC 9(2)P(3) COMP-3", "012F", "12000"),
        ("PIC X(3)", "404040", ""),
        ("PIC X(3)", "40C140", " A"),
        ("PIC X(3) JUSTIFIED", "40C140", "A "),
        ("PIC X(3)", "000000", "X'000000'"),
        ("PIC X(3)", "FFFFFF", "X'FFFFFF'"),
        ("PIC X(3)", "C100C2", "A\ufffdB"),
        ("PIC ZZ9-", "4040F760", "7-"),
        ("PIC ZZ9-", "4040F740", "7"),
        ("PIC ZZ9-", "40404040", ""),
        ("PIC N(2)", "00410020", "A"),
        ("COMP-1", "41100000", "1"),
        ("COMP-1", "C276A000", "-118.625"),
        ("COMP-1", "4019999A", "0.1"),
        ("COMP-2", "4111000000000000", "1.0625"),
        ("COMP-2", "0000000000000000", "0"),
    ],
)
def test_one_field_as_its_bytes_mean(
    tmp_path: Path, field: str, raw: str, cell: str | None
) -> None:
    table = opened(tmp_path, f"01 R. 05 F {field}.", bytes.fromhex(raw))
    assert read(table) == [[cell]]
    found = problems(table)
    if cell is not None and (cell.startswith("X'") or "\ufffd" in cell):
        number = "number-not-cobol" if " X(" not in f" {field[4:]}" else "low-or-high-values"
        assert found == [(1, number if "\ufffd" not in cell else "control-character")]
    else:
        assert found == []


def test_unfilled_fields_may_be_declared_missing(tmp_path: Path) -> None:
    copybook = "01 R. 05 A PIC X(2). 05 B PIC 9(2).\n05 C PIC 9(3) COMP-3. 05 D PIC 9(2)."
    content = bytes.fromhex("0000 FFFF 0000 F1F2".replace(" ", ""))
    table = opened(tmp_path, copybook, content, unfilled="missing")
    assert read(table) == [[None, None, None, "12"]]
    assert problems(table) == []
    assert problems(opened(tmp_path, copybook, content)) == [
        (1, "low-or-high-values"),
        (1, "number-not-cobol"),
    ]


def test_floats_of_ieee_and_bytes_the_other_way_round(tmp_path: Path) -> None:
    copybook = "01 R. 05 A COMP-2. 05 B PIC S9(4) COMP-5. 05 C PIC S9(4) COMP."
    content = np.array([1.1], "<f8").tobytes() + b"\xfe\xff" + b"\xff\xfe"
    facts = {"floats": "ieee", "native_byte_order": "little"}
    assert read(opened(tmp_path, copybook, content, **facts)) == [["1.1", "-2", "-2"]]
    content = np.array([np.nan], ">f8").tobytes() + bytes(4)
    table = opened(tmp_path, copybook, content, floats="ieee")
    assert problems(table) == [(1, "number-not-cobol")]


TYPED = """\
01 R.
   05 KIND PIC X.
   05 NO PIC 9(2).
   05 PAYER.
      10 NAME PIC X(4).
   05 PAID REDEFINES PAYER.
      10 SUM-S PIC S9(5)V99 COMP-3.
   05 CODES REDEFINES PAYER PIC X(2) OCCURS 2.
"""


def typed(kind: str, number: int, rest: bytes) -> bytes:
    return kind.encode("cp037") + zoned(number, 2, signed=False) + rest


RECORDS = b"".join(
    [
        typed("H", 0, b"\0" * 4),
        typed("N", 1, "Anne".encode("cp037")),
        typed("P", 2, packed(-1234567, 4)),
        typed("C", 3, "A1B2".encode("cp037")),
        typed("T", 4, b"\xff" * 4),
        typed("?", 5, "what".encode("cp037")),
    ]
)
TYPES = {"field": "KIND", "read": ["N", "P", "C"], "leave_out": ["H", "T"]}


@pytest.mark.parametrize("block", [8 << 20, 7, 14])
def test_types_and_redefinitions_by_a_field_of_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", block)
    redefines = {
        "PAYER": {"when": {"KIND": "N"}},
        "PAID": {"when": {"KIND": "P"}},
        "CODES": {"when": {"KIND": ["C", "D"]}},
    }
    table = opened(tmp_path, TYPED, RECORDS, types=TYPES, redefines=redefines)
    assert table.field_names == ("KIND", "NO", "NAME", "SUM-S", "CODES(1)", "CODES(2)")
    assert read(table) == [
        ["N", "01", "Anne", None, None, None],
        ["P", "02", None, "-12345.67", None, None],
        ["C", "03", None, None, "A1", "B2"],
        ["?", "05", None, None, None, None],
    ]
    assert table.left_out == [1, 5]
    assert problems(table) == [(6, "record-type-unknown")]
    assert problems(table, columns=[0]) == [(6, "record-type-unknown")]
    assert table.head(2).rows.tolist() == [2, 3]
    assert (table.cell(3, 3), table.cell(3, 2), table.cell(5, 1)) == ("-12345.67", "", "")
    hashes = np.concatenate([batch.hashes for batch in table.batches(seed=1)])
    rest = list(table.batches(known=np.sort(hashes[[0, 3]]), seed=1, columns=[1]))
    assert [row for batch in rest for row in batch.rows.tolist()] == [3, 4]
    assert sum(batch.skipped for batch in rest) == 2


def test_what_is_described_first_holds_where_nothing_else_does(tmp_path: Path) -> None:
    only = RECORDS[7:28]
    redefines = {"PAID": {"when": {"KIND": "P"}}}
    table = opened(tmp_path, TYPED, only, redefines=redefines)
    assert [row[2:] for row in read(table)] == [["Anne", None], [None, "-12345.67"], ["A1B2", None]]
    assert table.notes == ("copybook: CODES describes the bytes of PAYER anew and is not read",)


def test_both_descriptions_may_be_columns(tmp_path: Path) -> None:
    table = opened(tmp_path, TYPED, RECORDS[21:28], redefines={"CODES": {}})
    assert read(table) == [["C", "03", "A1B2", "A1", "B2"]]


def test_redefinitions_are_not_columns_unless_declared(tmp_path: Path) -> None:
    table = opened(tmp_path, TYPED, RECORDS[7:14])
    assert table.field_names == ("KIND", "NO", "NAME")
    assert len(table.notes) == 2


COUNTED = """\
01 R.
   05 N PIC 9.
   05 A OCCURS 0 TO 3 TIMES DEPENDING ON N.
      10 K PIC X.
   05 M PIC 9.
   05 B PIC 9 OCCURS 1 TO 2 TIMES DEPENDING ON M.
   05 Z PIC X.
"""


def framed(records: list[bytes], *, own: int = 4) -> bytes:
    return b"".join((len(one) + own).to_bytes(2, "big") + b"\0\0" + one for one in records)


def test_tables_that_vary_and_counts_that_are_wrong(tmp_path: Path) -> None:
    texts = ["2ab15z", "02134z", "9abc1", "1a15z", "x15z", "1a39zz"]
    records = [text.encode("cp037") for text in texts]
    table = opened(tmp_path, COUNTED, framed(records), records="variable")
    assert table.field_names == ("N", "K(1)", "K(2)", "K(3)", "M", "B(1)", "B(2)", "Z")
    found = read(table)
    assert found[0] == ["2", "a", "b", None, "1", "5", None, "z"]
    assert found[3] == ["1", "a", None, None, "1", "5", None, "z"]
    assert found[1] == ["0", None, None, None, "2", "1", "3", "4"]
    assert [p for p in problems(table) if p[1] == "occurs-count-wrong"] == [
        (3, "occurs-count-wrong"),
        (5, "occurs-count-wrong"),
        (6, "occurs-count-wrong"),
    ]
    assert (2, "record-length-wrong") in problems(table)
    assert not [p for p in problems(table) if p[0] in (1, 4)]
    assert table.place(1, 2) == ("records.dat", None, "record 1, K(2) (bytes 3-3)")
    assert table.place(1, 7) == ("records.dat", None, "record 1, Z")
    assert table.places["keys"][1] == "K(1) (bytes 2-2)"


TEXT = "01 R. 05 A PIC X(3). 05 B PIC 9(2)."


@pytest.mark.parametrize("block", [1, 5, 8 << 20])
def test_records_with_lengths_and_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", block)
    records = [f"ab{i % 10}{i:02d}".encode("cp1047") for i in range(30)]
    expected = [[f"ab{i % 10}", f"{i:02d}"] for i in range(30)]
    for content, facts in (
        (framed(records), {"records": "variable"}),
        (framed(records, own=0), {"records": "variable", "length_counts_itself": False}),
        (framed([framed(records[i : i + 7]) for i in range(0, 30, 7)]), {"records": "blocked"}),
        (b"\x15".join(records), {"records": "lines"}),
        (b"\x0d\x25".join([*records, b""]), {"records": "lines"}),
        (b"".join(one + b"\x40\x40" for one in records), {"record_length": 7}),
    ):
        table = opened(tmp_path, TEXT, content, "cp1047", **facts)
        assert read(table) == expected, facts
        assert problems(table) == []
    table = opened(tmp_path, TEXT, b"".join(records), "cp1047", skip_first=2, skip_last=3)
    assert read(table) == expected[2:-3]
    assert table.left_out == [1, 2, 28, 29, 30]
    assert table.head(1).rows.tolist() == [3]


def test_records_shorter_or_longer_than_their_fields_are_reported(tmp_path: Path) -> None:
    texts = ["abc12", "abc", "abc1234"]
    records = framed([text.encode("cp037") for text in texts])
    table = opened(tmp_path, TEXT, records, records="variable")
    assert read(table) == [["abc", "12"], ["abc", None], ["abc", "12"]]
    assert problems(table) == [(2, "record-length-wrong"), (3, "record-length-wrong")]


@pytest.mark.parametrize(
    ("content", "facts", "code", "said"),
    [
        (b"\xc1" * 11, {}, "copybook-differs", "11 bytes, which is no whole number"),
        (b"\xc1" * 10, {"records": "variable"}, "copybook-differs", "before record 1 is no length"),
        (b"\0\x09\0\0" + b"\xc1" * 3, {"records": "variable"}, "file-damaged", "within record 1"),
        (b"\0\x09\x01\0" + b"\xc1" * 5, {"records": "variable"}, "copybook-differs", "spanned"),
        (b"\0\3\0\0" * 9, {"records": "blocked"}, "copybook-differs", "before block 1"),
        (b"abc12" * 50, {}, "encoding-wrong", "no text in cp037"),
        (b"", {}, "file-empty", "empty"),
    ],
)
def test_files_that_are_not_of_such_records_are_refused(
    tmp_path: Path, content: bytes, facts: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(Unreadable, match=said) as refusal:
        read(opened(tmp_path, TEXT, content, **facts))
    assert refusal.value.code == code


def test_a_byte_that_the_code_page_lacks_is_refused_with_its_record(tmp_path: Path) -> None:
    content = b"abc12" * 9 + b"a\xe9c34"
    with pytest.raises(Unreadable, match="records 1 to 10: field A") as refusal:
        read(opened(tmp_path, TEXT, content, "ascii"), columns=[0])
    assert refusal.value.code == "encoding-wrong"


def test_a_broken_copybook_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"copybook record.cpy, line 2, column 10: F has no"):
        opened(tmp_path, "01 R.\n  05 F.", b"\xc1")
    (tmp_path / "x.dat").write_bytes(b"\xc1")
    form = Copybook(format="copybook", copybook="none.cpy", encoding="cp037").looking_in(tmp_path)
    with pytest.raises(Unreadable, match="there is no such file") as refusal:
        open_tables(tmp_path / "x.dat", form)
    assert refusal.value.code == "copybook-broken"


def test_text_of_several_bytes_a_character(tmp_path: Path) -> None:
    copybook = "01 R. 05 A PIC X(4). 05 B PIC 9(2)."
    table = opened(tmp_path, copybook, "é1 12abcd34".encode(), "utf-8")
    assert read(table) == [["é1", "12"], ["abcd", "34"]]
