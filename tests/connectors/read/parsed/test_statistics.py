"""Files of SPSS, SAS and Stata: of pyreadstat's and pandas's writers, of PSPP and of R."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from connectors.confined.statistics.times import time_kind, time_texts
from connectors.read import Unreadable, open_tables
from contracts.file_forms import Statistics
from tests.connectors.read.records_kit import all_read_or_refused, damaged, problems, rows, run_r

FRAME = pd.DataFrame(
    {
        "code": [1.0, 99.0, np.nan],
        "amount": [2.5, 1e15, -0.1],
        "name": ["Zoë", "x" * 300, "007"],
        "born": [dt.date(1987, 3, 1), dt.date(2024, 2, 29), None],
        "at": [dt.datetime(2024, 1, 2, 3, 4, 5), dt.datetime(1900, 1, 1), None],
    }
)
EXPECTED = {
    1: ["1", "2.5", "Zoë", "1987-03-01", "2024-01-02T03:04:05"],
    2: ["99", "1000000000000000", "x" * 300, "2024-02-29", "1900-01-01T00:00:00"],
    3: [None, "-0.1", "007", None, None],
}


def form(**options: Any) -> Statistics:
    return Statistics(format="statistics", **options)


def write(path: Path) -> Path:
    options: dict[str, Any] = {"column_labels": {"code": "A code"}}
    if path.suffix == ".xpt":
        pyreadstat.write_xport(FRAME, path, file_format_version=8, **options)
    elif path.suffix == ".dta":
        pyreadstat.write_dta(FRAME, path, **options)
    else:
        pyreadstat.write_sav(
            FRAME,
            path,
            compress=path.suffix == ".zsav",
            variable_value_labels={"code": {1.0: "yes", 99.0: "not asked"}},
            missing_ranges={"code": [99]},
            **options,
        )
    return path


@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta", "xpt"])
def test_values_are_text_as_the_formats_say(tmp_path: Path, suffix: str) -> None:
    [table] = open_tables(write(tmp_path / f"a.{suffix}"))
    assert (table.kind, table.header_row) == ("statistics", 0)
    assert table.field_names == ("code", "amount", "name", "born", "at")
    assert rows(table) == EXPECTED
    assert problems(table) == []
    assert table.places["labels"] == ["A code", "", "", "", ""]
    assert table.cell(2, 0) == "99"
    assert table.place(2, 0) == (f"a.{suffix}", table.sheet, "record 2, code")


def test_labels_and_missing_codes_are_as_declared(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sav")
    [kept] = open_tables(path)
    assert kept.notes == ("user-missing: code (99)",)
    [words] = open_tables(path, form(labels=True, columns=("name", "code")))
    assert words.field_names == ("code", "name")
    assert [cells[0] for cells in rows(words).values()] == ["yes", "not asked", None]
    [blank] = open_tables(path, form(user_missing="blank"))
    assert [cells[0] for cells in rows(blank).values()] == ["1", None, None]
    assert blank.notes == ()
    with pytest.raises(Unreadable, match="'age'") as refusal:
        open_tables(path, form(columns=("age",)))
    assert refusal.value.code == "column-missing"


def test_why_a_number_is_missing_stands_as_stata_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"n": [1.0, 2.5, "a"]})
    pyreadstat.write_dta(frame, path, missing_user_values={"n": ["a"]})
    [table] = open_tables(path)
    assert [cells[0] for cells in rows(table).values()] == ["1", "2.5", ".a"]
    [blank] = open_tables(path, form(user_missing="blank"))
    assert [cells[0] for cells in rows(blank).values()] == ["1", "2.5", None]


@pytest.mark.parametrize("version", [114, 117, 118])
def test_stata_files_of_pandas(tmp_path: Path, version: int) -> None:
    """Releases before 118 do not say how texts are encoded: it is proved."""
    path = tmp_path / "a.dta"
    frame = pd.DataFrame(
        {
            "n": np.array([1.1, 2], np.float32),
            "s": ["cost £5", "Café"],
            "m": pd.to_datetime(["2024-03-01", "1959-12-01"]),
        }
    )
    frame.to_stata(path, version=version, write_index=False, convert_dates={"m": "tm"})
    [table] = open_tables(path)
    assert rows(table) == {1: ["1.1", "cost £5", "2024-03"], 2: ["2", "Café", "1959-12"]}
    assert table.encoding == ("utf-8" if version == 118 else "cp1252")


def test_a_declared_encoding_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    pd.DataFrame({"s": ["é"]}).to_stata(path, version=114, write_index=False)
    [table] = open_tables(path, form(encoding="cp1250"))
    assert rows(table) == {1: ["é"]} and table.encoding == "cp1250"


def test_datasets_of_one_transport_file(tmp_path: Path) -> None:
    first, second = tmp_path / "1.xpt", tmp_path / "2.xpt"
    for path, name in ((first, "WARDS"), (second, "VISITS")):
        pyreadstat.write_xport(
            pd.DataFrame({"n": [1.0, 2.0], "s": [name, "b"]}),
            path,
            table_name=name,
            file_format_version=5,
        )
    both = tmp_path / "both.xpt"
    both.write_bytes(first.read_bytes() + second.read_bytes()[240:])
    tables = open_tables(both)
    assert [table.sheet for table in tables] == ["WARDS", "VISITS"]
    assert [rows(table) for table in tables] == [
        {1: ["1", "WARDS"], 2: ["2", "b"]},
        {1: ["1", "VISITS"], 2: ["2", "b"]},
    ]


def test_rows_are_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"n": np.arange(120_001.0)}), path)
    [table] = open_tables(path)
    sizes = [len(batch.rows) for batch in table.batches()]
    assert sum(sizes) == 120_001 and max(sizes) <= 50_000
    assert table.cell(120_001, 0) == "120000" and table.cell(50_001, 0) == "50000"


SPSS = """
data list list /id (f5) name (a12) born (date11) paid (f8.2).
begin data
1 "Ann" 01-MAR-1987 12.50
2 "Bob" 29-FEB-2024 -99
end data.
missing values paid (-99).
value labels id 1 'first'.
save outfile='{folder}/a.sav'.
export outfile='{folder}/a.por'.
"""


def test_files_of_pspp(tmp_path: Path) -> None:
    if shutil.which("pspp") is None:
        pytest.skip("PSPP is missing: apt-get install pspp")
    script = tmp_path / "a.sps"
    script.write_text(SPSS.format(folder=tmp_path))
    subprocess.run(["pspp", "-O", "format=txt", script], check=True, capture_output=True)
    [sav] = open_tables(tmp_path / "a.sav")
    expected = {1: ["1", "Ann", "1987-03-01", "12.5"], 2: ["2", "Bob", "2024-02-29", "-99"]}
    assert rows(sav) == expected
    assert sav.notes == ("user-missing: paid (-99)",)
    [portable] = open_tables(tmp_path / "a.por")
    assert [cells[:3] for cells in rows(portable).values()] == [
        cells[:3] for cells in expected.values()
    ]


def test_a_file_of_r(tmp_path: Path) -> None:
    path = tmp_path / "r.dta"
    script = (
        f'foreign::write.dta(data.frame(name=c("Ann","Bob"), n=c(1L,NA), x=c(0.5,1e10)), "{path}")'
    )
    run_r(script)
    [table] = open_tables(path)
    assert rows(table) == {1: ["Ann", "1", "0.5"], 2: ["Bob", None, "10000000000"]}


@pytest.mark.parametrize(
    ("program", "written", "value", "text"),
    [
        ("spss", "DATE11", 13923532800.0, "2024-01-02"),
        ("spss", "DATETIME20", 13923543845.5, "2024-01-02T03:04:05.500"),
        ("spss", "TIME8", 100000.0, "27:46:40"),
        ("sas", "DATE9.", 23377.0, "2024-01-02"),
        ("sas", "YYMMDDN8.", 0.0, "1960-01-01"),
        ("sas", "E8601DA", -1.0, "1959-12-31"),
        ("sas", "DATETIME20.", 2019783845.0, "2024-01-02T03:04:05"),
        ("sas", "TIME5.", -60.0, "-00:01:00"),
        ("stata", "%tdD_m_Y", 23377.0, "2024-01-02"),
        ("stata", "%-td", 1.0, "1960-01-02"),
        ("stata", "%tc", 2019783845000.0, "2024-01-02T03:04:05"),
        ("stata", "%tm", -1.0, "1959-12"),
        ("stata", "%tq", 256.0, "2024q1"),
    ],
)
def test_times_by_format(program: str, written: str, value: float, text: str) -> None:
    kind = time_kind(program, written)
    assert kind is not None
    texts, wrong = time_texts(kind, np.array([value]))
    assert (texts[0], wrong[0]) == (text, False)


@pytest.mark.parametrize(
    ("program", "written"),
    [("spss", "F8.2"), ("spss", "MONTH9"), ("sas", "BEST12."), ("sas", "DATED"), ("sas", None),
     ("stata", "%9.0g"), ("stata", "%tC"), ("stata", "%9s")],
)  # fmt: skip
def test_numbers_by_format(program: str, written: str | None) -> None:
    assert time_kind(program, written) is None


def test_a_time_that_cannot_be_is_a_problem_and_stands_as_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    frame = pd.DataFrame({"d": [1e16, 13923532800.0]})
    pyreadstat.write_sav(frame, path, variable_format={"d": "DATE11"})
    [table] = open_tables(path)
    assert rows(table) == {1: ["10000000000000000"], 2: ["2024-01-02"]}
    assert problems(table) == [(1, "value-unreadable")]


def test_fewer_rows_than_it_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"n": np.arange(400.5, 800.5)}), path)
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(Unreadable) as refusal:
        open_tables(path)
    assert refusal.value.code == "file-damaged"


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, suffix: str) -> None:
    whole = write(tmp_path / f"whole.{suffix}").read_bytes()
    assert all_read_or_refused(tmp_path / f"a.{suffix}", damaged(whole, 3, 2)) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta", "xpt"])
def test_many_damaged_files_are_read_or_refused(tmp_path: Path, suffix: str) -> None:
    whole = write(tmp_path / f"whole.{suffix}").read_bytes()
    assert all_read_or_refused(tmp_path / f"a.{suffix}", damaged(whole, 20, 40)) >= 5
