"""Datasets of quite other kinds than those shipped, as a stranger would declare and try them."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from contracts.declarations import Declarations, load
from pipeline.check import Report, check

CODES = """\
code,name,start,end,aliases,source,licence
O,Open,,,Outstanding,invented,CC0-1.0
C,Closed,,,Completed|Done,invented,CC0-1.0
P,In progress,,,Ongoing,invented,CC0-1.0
"""

KINDS: dict[str, tuple[str, list[tuple[str, str, str, str]]]] = {
    "pothole": (
        "reference",
        [
            ("reference", "Reference", "ref|report number|defect id", ""),
            ("reported_on", "Date", "date reported|reported", ""),
            ("road", "Text", "road|street|road name", ""),
            ("repaired_on", "Date", "date repaired|repair date", "nullable=True"),
            ("depth_mm", "WholeNumber", "depth|depth mm", "optional=True"),
            ("status", "Code", "status|current status", "options={'scheme': 'road-status'}"),
            ("cost", "Money", "repair cost|cost", "optional=True"),
        ],
    ),
    "energy": (
        "meter",
        [
            ("meter", "Reference", "mpan|meter number", ""),
            ("read_on", "Date", "reading date|date of reading|read date", ""),
            ("kwh", "WholeNumber", "kwh|consumption|units", ""),
            ("estimated", "YesNo", "estimated|estimate", "optional=True"),
        ],
    ),
    "absence": (
        "employee",
        [
            ("employee", "PersonalReference", "payroll number|staff id", ""),
            ("starts_on", "Date", "start date|first day|from", ""),
            ("ends_on", "Date", "end date|last day|to", "nullable=True"),
            ("days", "WholeNumber", "days|days lost", "optional=True"),
        ],
    ),
}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declarations:
    root = tmp_path_factory.mktemp("contracts")
    for folder in ("datasets", "entities", "feeds", "agreements", "registers/codes/road-status"):
        (root / folder).mkdir(parents=True)
    (root / "registers/codes/road-status/road-status.csv").write_text(CODES)
    organisations = "code,name,start,end,aliases,source,licence\n"
    (root / "registers/organisations.csv").write_text(organisations)
    for name, (identity, columns) in KINDS.items():
        kinds = ", ".join(sorted({kind for _, kind, _, _ in columns}))
        for base, folder in (("Dataset", "datasets"), ("Entity", "entities")):
            is_dataset = base == "Dataset"
            how = f"main={name!r}" if is_dataset else f"identity=[{identity!r}]"
            lines = [
                f"    {column}: {kind} = column({column!r}, "
                + (f"headers={heads.split('|')!r}, to='{name}.{column}', {more})" if is_dataset
                   else f"{more.replace('optional', 'nullable')})")
                for column, kind, heads, more in columns
            ]  # fmt: skip
            source = dedent(f'''\
                """{name}."""
                from contracts.{base.lower()} import {base}, column
                from contracts.kinds import {kinds}


                class Made({base}, name="{name}", {how}):
                    """{name}."""

                ''')
            (root / folder / f"{name}.py").write_text(source + "\n".join(lines) + "\n")
    return load(root)


def tried(declared: Declarations, folder: Path, kind: str, written: str) -> Report:
    path = folder / "file.csv"
    path.write_text(dedent(written))
    return check(path, declared.dataset(kind), declared, name=kind)


def how(report: Report) -> dict[str, str]:
    return {name: one["how"] for name, one in report.columns().items()}


def codes(report: Report) -> list[tuple[Any, ...]]:
    return [(one["code"], one["cell"]) for one in report.issues]


def test_potholes_with_slips_in_the_headers(declared: Declarations, tmp_path: Path) -> None:
    report = tried(declared, tmp_path, "pothole", """\
        Northmoor Council - potholes,,,,,
        Extract 01/05/2026,,,,,
        ,,,,,
        Defect ID,Date Reportd,Road Name,Date Repaired,Depth (mm),Curent Status
        PH001,13/04/2026,High St,20/04/2026,40,Closed
        PH002,14/04/2026,Mill Ln,,55,Outstanding
        PH003,15/04/2026,Mill Ln,,shallow,Lost
        ,,,,,
        Total reports: 3,,,,,
        """)  # fmt: skip
    assert report.refused_code == "column-missing", "one status in three is no status"
    assert report.proposals[0]["column"] == "status"
    report = tried(declared, tmp_path, "pothole", """\
        Defect ID,Date Reportd,Road Name,Date Repaired,Depth (mm),Curent Status
        PH001,13/04/2026,High St,20/04/2026,40,Closed
        PH002,14/04/2026,Mill Ln,,55,Outstanding
        PH003,15/04/2026,Mill Ln,,shallow,Ongoing
        """)  # fmt: skip
    assert how(report)["reported_on"] == how(report)["status"] == "inferred"
    assert how(report)["repaired_on"] == "exact"
    assert codes(report) == [("number-unreadable", "E4")]


def test_month_first_dates_and_pence_are_not_mistaken(
    declared: Declarations, tmp_path: Path
) -> None:
    report = tried(declared, tmp_path, "pothole", """\
        Ref;Reported;Road;Repaired;Status;Repair cost (pence)
        1;04/13/2026;High St;04/20/2026;C;4000
        2;04/14/2026;High St;;O;
        """)  # fmt: skip
    assert (report.rows_good, report.refused) == (2, None)
    assert how(report)["repaired_on"] == "inferred", "the dates say the word that is left out"
    assert "cost" not in how(report)
    assert report.to_json()["unknown_columns"] == ["Repair cost (pence)"]


def test_readings_with_a_unit_in_the_header_and_a_total(
    declared: Declarations, tmp_path: Path
) -> None:
    report = tried(declared, tmp_path, "energy", """\
        Site,MPAN,Read Dt,Consumption (kWh),Estimated
        Depot,2000012345678,31/03/2026,"1,204",N
        Hall,2000012345679,30/04/2026,"1,104",Y
        Total,,,"2,308",
        """)  # fmt: skip
    assert how(report)["kwh"] == how(report)["read_on"] == "inferred"
    assert report.rows_good == 2
    assert {one["row"] for one in report.issues} == {4}, "a total is no reading"


def test_a_header_over_two_rows(declared: Declarations, tmp_path: Path) -> None:
    report = tried(declared, tmp_path, "absence", """\
        Staff ID,Absence,,
        ,From,To,Days lost
        1001,13/04/2026,15/04/2026,3
        1002,20/04/2026,,
        """)  # fmt: skip
    assert (report.rows_good, report.refused) == (2, None)
    assert set(how(report).values()) == {"exact"}


def test_a_reference_is_proposed_and_not_taken(declared: Declarations, tmp_path: Path) -> None:
    report = tried(declared, tmp_path, "energy", """\
        Meter No,Reading Date,kWh
        2000012345678,31/03/2026,1204
        """)  # fmt: skip
    assert report.refused_code == "column-missing"
    assert [one["yaml"] for one in report.proposals] == ['meter: {header: "Meter No"}']
