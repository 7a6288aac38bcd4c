"""Parquet files of pyarrow, polars and DuckDB: exact text, and refusals in words."""

import datetime as dt
import struct
from decimal import Decimal
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.confined.number_text import number_text
from connectors.confined.parquet import text_of
from connectors.read import Unreadable, open_tables
from contracts.file_forms import Parquet
from tests.connectors.read.records_kit import all_read_or_refused, damaged, problems, rows

CASES: list[tuple[pa.Array, list[str | None]]] = [
    (pa.array([1, None, 2**63 - 1]), ["1", None, "9223372036854775807"]),
    (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    (pa.array([1.0, 0.1, 1e22, float("nan")]), ["1", "0.1", "1" + "0" * 22, "NaN"]),
    (pa.array([1.1, 16777216], pa.float32()), ["1.1", "16777216"]),
    (pa.array([-0.0, 1.5, 1e-7, float("-inf")]), ["0", "1.5", "1e-07", "-Infinity"]),
    (pa.array([Decimal("1.50"), Decimal("-0.01"), None]), ["1.50", "-0.01", None]),
    (pa.array([Decimal("1E-10")], pa.decimal256(50, 11)), ["0.00000000010"]),
    (pa.array([dt.date(2024, 1, 2), dt.date(1, 1, 1)]), ["2024-01-02", "0001-01-01"]),
    (
        pa.array([dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5, 120000)]),
        ["2024-01-02T00:00:00", "2024-01-02T03:04:05.120000"],
    ),
    (
        pa.array([dt.datetime(2024, 7, 2, 12)], pa.timestamp("s", "Europe/London")),
        ["2024-07-02T12:00:00Z"],
    ),
    (pa.array([True, False, None]), ["TRUE", "FALSE", None]),
    (pa.array([b"\x00\xff", b""]), ["00ff", ""]),
    (pa.array([[1, 2], [], None]), ["[1, 2]", "[]", None]),
    (
        pa.array([{"a": Decimal("1.50"), "b": "é", "c": dt.date(2024, 1, 2)}]),
        ['{"a": "1.50", "b": "é", "c": "2024-01-02"}'],
    ),
    (pa.array([dt.time(1, 2, 3)]), ["01:02:03"]),
    (pa.array([dt.timedelta(seconds=90)]), ["90"]),
    (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
    (pa.nulls(2), [None, None]),
    (pa.array(["007", "1E10", " a "]), ["007", "1E10", " a "]),
]


def save(path: Path, table: pa.Table, **options: object) -> Path:
    pq.write_table(table, path, **options)
    return path


def test_values_are_exact_text(tmp_path: Path) -> None:
    longest = max(len(values) for values, _ in CASES)
    filled = {
        f"c{i}": pa.concat_arrays([values, pa.nulls(longest - len(values), values.type)])
        for i, (values, _) in enumerate(CASES)
        if not pa.types.is_dictionary(values.type)
    }
    [table] = open_tables(save(tmp_path / "a.dat", pa.table(filled), row_group_size=2))
    found = list(rows(table).values())
    for position, name in enumerate(filled):
        expected = CASES[int(name[1:])][1]
        assert [cells[position] for cells in found][: len(expected)] == expected, name
    assert (table.kind, table.field_names) == ("parquet", tuple(filled))
    assert problems(table) == []
    assert table.cell(3, 0) == "9223372036854775807"
    assert table.place(3, 0) == ("a.dat", None, "record 3, c0")


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_each_type(values: pa.Array, expected: list[str | None]) -> None:
    text, wrong = text_of(values)
    assert text.type == pa.string() and text.to_pylist() == expected and not wrong.any()


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_a_number_is_had_back_from_its_text(numbers: list[float]) -> None:
    text = number_text(pa.array(numbers, pa.float64()).to_numpy())
    assert [float(one) for one in text.to_pylist()] == numbers


def test_what_cannot_be_is_a_problem_and_stands_as_its_number() -> None:
    text, wrong = text_of(pa.array([2**62, 0], pa.int64()).cast(pa.timestamp("us")))
    assert text.to_pylist() == [str(2**62), "1970-01-01T00:00:00"]
    assert wrong.tolist() == [True, False]
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(struct.pack("<3i", 0, 2, 3)), pa.py_buffer(b"\xc3(a")]
    )
    text, wrong = text_of(broken)
    assert (text.to_pylist(), wrong.tolist()) == (["\ufffd(", "a"], [True, False])


def test_other_writers(tmp_path: Path) -> None:
    day = dt.date(2024, 2, 29)
    frame = polars.DataFrame({"a": ["007", None], "n": [1.5, 2.0], "d": [day, None]})
    frame.write_parquet(tmp_path / "p.parquet")
    [table] = open_tables(tmp_path / "p.parquet")
    assert rows(table) == {1: ["007", "1.5", "2024-02-29"], 2: [None, "2", None]}
    target = tmp_path / "d.parquet"
    duckdb.sql(
        "copy (select '01' as a, 12.30::decimal(8,2) as b, date '2024-01-02' as c, "
        f"{'9' * 38}::decimal(38,0) as e) "
        f"to '{target}' (format parquet, compression zstd)"
    )
    [table] = open_tables(target)
    assert rows(table) == {1: ["01", "12.30", "2024-01-02", "9" * 38]}


def test_only_declared_columns_are_read(tmp_path: Path) -> None:
    path = save(tmp_path / "a.parquet", pa.table({"a": [1], "b": ["x"], "c": [2]}))
    [table] = open_tables(path, Parquet(format="parquet", columns=("c", "a")))
    assert (table.field_names, rows(table)) == (("a", "c"), {1: ["1", "2"]})
    with pytest.raises(Unreadable, match="'d'") as refusal:
        open_tables(path, Parquet(format="parquet", columns=("d",)))
    assert refusal.value.code == "column-missing"


def test_no_rows_is_an_empty_table(tmp_path: Path) -> None:
    path = save(tmp_path / "a.parquet", pa.table({"a": pa.array([], pa.string())}))
    [table] = open_tables(path)
    assert (table.field_names, rows(table)) == (("a",), {})


class _Keys(pe.KmsClient):
    def __init__(self, _: object) -> None:
        super().__init__()

    def wrap_key(self, key: bytes, _: str) -> bytes:
        return key.hex().encode()

    def unwrap_key(self, wrapped: bytes, _: str) -> bytes:
        return bytes.fromhex(wrapped.decode())


@pytest.mark.parametrize("plain_footer", [False, True])
def test_encryption_is_named(tmp_path: Path, plain_footer: bool) -> None:
    factory = pe.CryptoFactory(_Keys)
    facts = pe.EncryptionConfiguration(
        footer_key="f", column_keys={"k": ["a"]}, plaintext_footer=plain_footer
    )
    table = pa.table({"a": ["secret"] * 5})
    path = tmp_path / "a.parquet"
    keys = factory.file_encryption_properties(pe.KmsConnectionConfig(), facts)
    with pq.ParquetWriter(path, table.schema, encryption_properties=keys) as writer:
        writer.write_table(table)
    with pytest.raises(Unreadable) as refusal:
        open_tables(path)
    assert refusal.value.code == "parquet-encrypted"


def test_absurd_numbers_of_rows_are_refused(tmp_path: Path) -> None:
    table = pa.table({"a": list(range(300))})
    path = save(tmp_path / "a.parquet", table, compression="none", use_dictionary=False)
    content = path.read_bytes()
    footer = len(content) - 8 - struct.unpack("<I", content[-8:-4])[0]
    # 300 as thrift writes it (zigzag, seven bits a byte), and others: in two bytes, and in nine.
    said = content[footer:-8]
    assert said.count(b"\xd8\x04") >= 2
    for absurd, code in (
        (b"\xfe\x7f", "file-damaged"),
        (b"\x80" * 8 + b"\x40", "file-too-demanding"),
    ):
        wrong = said.replace(b"\xd8\x04", absurd)
        tail = struct.pack("<I", len(wrong)) + b"PAR1"
        path.write_bytes(content[:footer] + wrong + tail)
        with pytest.raises(Unreadable) as refusal:
            open_tables(path)
        assert refusal.value.code == code
    path.write_bytes(content[:-30])
    with pytest.raises(Unreadable, match="cut short") as refusal:
        open_tables(path)


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    table = pa.table({"a": [str(i) for i in range(500)], "b": list(range(500))})
    whole = save(tmp_path / "whole.parquet", table).read_bytes()
    assert all_read_or_refused(tmp_path / "a.parquet", damaged(whole, 4, 4)) >= 3


@pytest.mark.slow
def test_many_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    table = pa.table({"a": [str(i) for i in range(500)], "b": [[i] for i in range(500)]})
    whole = save(tmp_path / "whole.parquet", table, row_group_size=100).read_bytes()
    assert all_read_or_refused(tmp_path / "a.parquet", damaged(whole, 20, 60)) >= 19
