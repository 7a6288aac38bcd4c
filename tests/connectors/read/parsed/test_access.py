"""Access databases: published files of other readers' suites, and what is done to them here.

No program on Linux writes one, so that without those files only refusals can be tried.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.confined import children
from connectors.confined.access.database import _column, _moments
from connectors.read import Unreadable, open_tables
from contracts.file_forms import Access
from tests.connectors.read.records_kit import (
    NO_REAL,
    REAL,
    all_read_or_refused,
    damaged,
    problems,
    rows,
)

FOLDER = REAL / "access"
published = pytest.mark.skipif(not FOLDER.exists(), reason=NO_REAL)
tools = pytest.mark.skipif(
    not any((Path(p) / "mdb-export").exists() for p in os.environ["PATH"].split(os.pathsep)),
    reason="MDB Tools are missing: apt-get install mdbtools",
)


@published
@tools
def test_tables_of_access_97() -> None:
    """andipaetzold/mdb-reader (Jackcess's own test file): four tables, two rows in the first."""
    tables = open_tables(FOLDER / "V1997_test.mdb")
    assert [table.sheet for table in tables] == ["Table1", "Table2", "Table3", "Table4"]
    assert tables[0].field_names == tuple("ABCDEFGHI")
    assert rows(tables[0]) == {
        1: ["a", "b", "0", "0", "0", "0", "1981-12-12", "0.0000", "FALSE"],
        2: [
            "abcdefg", "hijklmnop", "2", "222", "333333333", "444.555", "1974-09-21", "3.5000",
            "TRUE",
        ],
    }  # fmt: skip
    assert [rows(table) for table in tables[1:]] == [{}, {}, {}]
    assert tables[1].field_names is not None and len(tables[1].field_names) == 89
    assert tables[0].place(2, 5) == ("V1997_test.mdb", "Table1", "record 2, F")
    assert tables[0].cell(2, 5) == "444.555"


@published
@tools
def test_decimals_and_currency_are_exact() -> None:
    """What Jackcess's and mdb-reader's tests expect of these two files."""
    [numeric] = open_tables(FOLDER / "V2000_numeric.mdb")
    assert rows(numeric) == {1: ["some data", "1", "0", "0", "4", "-1", "1"]}
    [currency] = open_tables(FOLDER / "V2016_currency.accdb")
    assert (currency.sheet, rows(currency)) == ("Table", {1: ["1", "42.0000"]})


@published
@tools
def test_a_database_of_a_business() -> None:
    [table] = open_tables(FOLDER / "ASampleDatabase.accdb")
    found = rows(table)
    assert (table.sheet, len(found)) == ("Asset Items", 65)
    assert found[1][:9] == [
        "30050", "Computer Hardware", "GEO Rocket", "220ZX", "Computer", "Sales", "344-667",
        "1997-09-02", "1995.5000",
    ]  # fmt: skip


@published
@tools
def test_dates_that_cannot_be_read_are_problems_and_never_other_dates() -> None:
    [table] = open_tables(FOLDER / "DateTestDatabase.mdb")
    found = rows(table)
    assert [cells[1] for cells in found.values()] == [
        "2021-12-02", None, None, None, "2021-12-02", "2021-12-02",
    ]  # fmt: skip
    assert problems(table) == [(row, "value-unreadable") for row in (2, 3, 4)]
    assert found[5][4] == r"Escaped new line \r\n in field"
    assert found[6][4] is not None and "\n" in found[6][4]


@published
@tools
def test_a_password_is_honoured() -> None:
    with pytest.raises(Unreadable, match="without") as refusal:
        open_tables(FOLDER / "V2003_with-password.mdb")
    assert refusal.value.code == "access-encrypted"


@published
@tools
def test_an_encrypted_database_is_refused(tmp_path: Path) -> None:
    content = bytearray((FOLDER / "V2016_currency.accdb").read_bytes())
    content[0x3E] ^= 0x55  # The key of its pages is no longer 0.
    path = tmp_path / "a.accdb"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        open_tables(path)
    assert refusal.value.code == "access-encrypted"


@published
@tools
def test_tables_are_chosen_by_name() -> None:
    path = FOLDER / "V1997_test.mdb"
    form = Access(format="access", tables=("*3", "Table1"))
    assert [table.sheet for table in open_tables(path, form)] == ["Table1", "Table3"]
    with pytest.raises(Unreadable, match="'Table2'") as refusal:
        open_tables(path, Access(format="access", tables=("Payments",)))
    assert refusal.value.code == "table-missing"


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A nursery that finds no programs, and is not the next test's."""
    monkeypatch.setenv("PATH", "/nowhere")
    children.hang_up()
    yield
    children.hang_up()


@published
@pytest.mark.usefixtures("no_programs")
def test_without_the_programs_it_is_said_what_to_install() -> None:
    with pytest.raises(Unreadable, match="apt-get install mdbtools") as refusal:
        open_tables(FOLDER / "V1997_test.mdb")
    assert refusal.value.code == "access-reader-missing"


@tools
def test_what_only_begins_as_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    for rest in (b"", b"\0" * 5000, b"\xff" * 9000):
        path.write_bytes(b"\x00\x01\x00\x00Standard Jet DB\0" + rest)
        with pytest.raises(Unreadable) as refusal:
            open_tables(path)
        assert refusal.value.code in ("file-damaged", "access-encrypted", "table-missing")


def test_numbers_and_moments_as_text() -> None:
    text, _ = _column(pa.array(["1.1000000238418579", "2", None]), "Single")
    assert text.to_pylist() == ["1.1", "2", None]
    text, _ = _column(pa.array(["0.1", "1e+22", "-3"]), "Double")
    assert text.to_pylist() == ["0.1", "10000000000000000000000", "-3"]
    text, wrong = _moments(
        pa.array(["2024-01-02T00:00:00", "2024-01-02T03:04:05", "1899-12-30T13:05:00", None,
                  "1900-01-00T00:00:00", "1899-12-30T00:00:00"])
    )  # fmt: skip
    assert text.to_pylist() == [
        "2024-01-02", "2024-01-02T03:04:05", "13:05:00", None, None, "1899-12-30",
    ]  # fmt: skip
    assert wrong.tolist() == [False, False, False, False, True, False]


@published
@tools
def test_damaged_databases_are_read_or_refused(tmp_path: Path) -> None:
    whole = (FOLDER / "V2000_numeric.mdb").read_bytes()
    assert all_read_or_refused(tmp_path / "a.mdb", damaged(whole, 4, 2)) >= 2


@published
@tools
@pytest.mark.slow
def test_many_damaged_databases_are_read_or_refused(tmp_path: Path) -> None:
    whole = (FOLDER / "V1997_test.mdb").read_bytes()
    assert all_read_or_refused(tmp_path / "a.mdb", damaged(whole, 20, 40)) >= 10
