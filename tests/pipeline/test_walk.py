"""A delivery from bytes to split, on files that have one habit each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from openpyxl import Workbook

from contracts.declarations import Declarations, load
from contracts.feed import Feed
from pipeline.walk import Walk
from transforms.mapping import Mapping, Refused

HEADER = "Body,Payment Date,Supplier,Amount"
RIGHT = [
    "Northmoor Council,13/04/2026,Acme Ltd,10.00",
    "Northmoor Council,01/04/2026,Beta Ltd,20.50",
]


@dataclass
class Told:
    """What a walk told, all batches together."""

    walk: Walk
    rows: list[dict[str, Any]]
    written: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    issues: list[tuple[int, str | None, str]]
    excluded: list[tuple[int, str]]

    @property
    def amounts(self) -> list[Decimal]:
        return [row["amount"] for row in self.rows]


@pytest.fixture(scope="session")
def declared() -> Declarations:
    return load()


@pytest.fixture
def told(tmp_path: Path, declared: Declarations) -> Callable[..., Told]:
    def walk(
        *lines: str, name: str = "may.csv", text: str | bytes | None = None, **how: Any
    ) -> Told:
        path = tmp_path / name
        if lines or text is not None:
            content = "\n".join(lines) + "\n" if text is None else text
            path.write_bytes(content if isinstance(content, bytes) else content.encode("cp1252"))
        walked = Walk(path, dataset=declared.dataset("spend"), declarations=declared, **how)
        return gathered(walked)

    return walk


def gathered(walked: Walk) -> Told:
    made = Told(walked, [], [], [], [], [])
    for one in walked:
        made.rows += one.canonical.to_pylist()
        made.written += one.written.to_pylist()
        made.quarantined += one.quarantined.to_pylist()
        columns = (one.issues[c].to_pylist() for c in ("row", "column", "code"))
        made.issues += list(zip(*columns, strict=True))
        made.excluded += list(zip(*one.excluded.to_pydict().values(), strict=True))
        parts = (one.good, one.quarantined["row"].to_numpy(), one.excluded["row"].to_numpy())
        assert sorted(one.rows.tolist()) == sorted(np.concatenate(parts).tolist())
        assert len(one.hashes) == len(one.rows)
        assert one.entities["payment"]["row"].to_pylist() == one.good.tolist()
    return made


def feed(**how: Any) -> Feed:
    return Feed.model_validate(
        {
            "organisation": "northmoor", "dataset": "spend", "title": "t", "owner": "o",
            "maintainer": "m", "agreement": "spend-transparency",
            "place": {"kind": "folder", "connection": "c"}, **how,
        }
    )  # fmt: skip


def test_a_plain_file(told: Callable[..., Told]) -> None:
    found = told(HEADER, *RIGHT)
    assert [row["row"] for row in found.rows] == [2, 3]
    assert found.rows[0]["paid_on"] == date(2026, 4, 13)
    assert found.rows[0]["paid_on_precision"] == "day"
    assert found.rows[0]["supplier_match"] == "ACME LTD"
    assert found.amounts == [Decimal("10.00"), Decimal("20.50")]
    assert found.written[0]["paid_on"] == "13/04/2026"
    assert (found.issues, found.excluded, found.quarantined) == ([], [], [])


def test_titles_blanks_notes_repeats_and_totals(told: Callable[..., Told]) -> None:
    found = told(
        "Payments over £500,,,", ",,,", HEADER, ",,,", RIGHT[0], HEADER, " ,,, ", RIGHT[1],
        ",,#REF!,", ",,Total,30.50", "Note: net of VAT,,,",
    )  # fmt: skip
    assert found.excluded == [
        (1, "title"), (2, "blank"), (4, "blank"), (6, "repeated-header"), (7, "blank"),
        (9, "error-only"), (10, "total"), (11, "note"),
    ]  # fmt: skip
    assert found.amounts == [Decimal("10.00"), Decimal("20.50")]
    table = found.walk.tables[0]
    assert (table.header_row, table.rows_read, table.rows_good) == (3, 10, 2)


def test_bad_rows_are_kept_whole_with_all_their_issues(told: Callable[..., Told]) -> None:
    bad = "Northmoor Council,31/02/2026,Gamma Ltd,#REF!"
    found = told(HEADER, *RIGHT, bad, ",14/04/2026,Delta Ltd,ten")
    assert found.issues == [
        (4, "paid_on", "date-unreadable"),
        (4, "amount", "cell-error"),
        (5, "amount", "money-unreadable"),
    ] or sorted(found.issues, key=str) == sorted(
        [
            (4, "paid_on", "date-unreadable"),
            (4, "amount", "cell-error"),
            (5, "amount", "money-unreadable"),
        ],
        key=str,
    )
    assert [one["row"] for one in found.quarantined] == [4, 5]
    assert '"supplier":"Gamma Ltd"' in found.quarantined[0]["record"].replace(": ", ":")
    assert found.amounts == [Decimal("10.00"), Decimal("20.50")]


def test_a_missing_supplier_is_no_reason_to_keep_a_payment_out(told: Callable[..., Told]) -> None:
    found = told(HEADER, *RIGHT, "Northmoor Council,13/04/2026,,5")
    assert len(found.rows) == 3
    assert found.rows[2]["supplier"] is None


def test_month_precision(told: Callable[..., Told]) -> None:
    found = told(HEADER, "B,Jun-10,Acme,1", "B,Jun-10,Beta,2")
    assert {(r["paid_on"], r["paid_on_precision"]) for r in found.rows} == {
        (date(2010, 6, 1), "month")
    }


def test_a_far_date_is_kept_and_said(told: Callable[..., Told]) -> None:
    days = [f"B,{day:02d}-Jan-11,Acme,1" for day in range(1, 21)]
    found = told(HEADER, *days, "B,28-Jan-01,Acme,1")
    assert found.issues == [(22, "paid_on", "date-implausible")]
    assert len(found.rows) == 21


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["Colour,Size", "red,1"], "header-not-found"),
        (["Date,Amount,Whom", "13/04/2026,1,Acme"], "column-missing"),
        ([HEADER + ",Amount", RIGHT[0] + ",11", RIGHT[1] + ",12"], "header-ambiguous"),
        ([HEADER, "B,13/04/2026,A,1", "B,04/14/2026,A,1"], "date-order-contradictory"),
        ([HEADER, "B,04/01/2026,A,1", "B,04/02/2026,A,1"], "date-order-ambiguous"),
        ([HEADER, "B,2026-01-06,A,1", "B,6/15/2026,A,1"], "date-swapped"),
        ([HEADER], "too-few-rows"),
        ([HEADER, ",,,"], "too-few-rows"),
    ],
)
def test_refusals_say_why_and_hold_no_value(
    told: Callable[..., Told], lines: list[str], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        told(*lines)
    assert caught.value.code == code
    assert "Acme" not in caught.value.message


def test_a_column_given_twice_with_the_same_values_is_one(told: Callable[..., Told]) -> None:
    found = told(HEADER + ",Amount", RIGHT[0] + ",10.00", RIGHT[1] + ",20.50")
    assert found.amounts == [Decimal("10.00"), Decimal("20.50")]


def test_a_shifted_record_is_not_read_as_if_it_stood_right(told: Callable[..., Told]) -> None:
    found = told(HEADER, *RIGHT, "Northmoor Council,13/04/2026,Acme, Smith and Co,10.00")
    assert len(found.rows) == 2
    assert [one["row"] for one in found.quarantined] == [4]


def workbook(path: Path, **sheets: list[list[Any]]) -> None:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, lines in sheets.items():
        sheet = book.create_sheet(title.replace("_", " "))
        for line in lines:
            sheet.append(line)
    book.save(path)


def test_a_row_that_is_blank_for_want_of_reading_is_quarantined_and_not_passed_over(
    tmp_path: Path, told: Callable[..., Told]
) -> None:
    """A row of formulas that nobody computed holds a payment; a row of nothing holds none."""
    workbook(
        tmp_path / "may.xlsx",
        May=[
            ["Payment Date", "Supplier", "Amount"],
            [date(2026, 5, 1), "Acme Ltd", 10],
            ["=A2+1", "=B2", "=C2*2"],
            ["", " ", ""],
            [date(2026, 5, 2), "Beta Ltd", 20.5],
        ],
    )
    found = told(name="may.xlsx")
    assert [one["row"] for one in found.quarantined] == [3]
    assert (3, "formula-without-value") in {(row, code) for row, _, code in found.issues}
    assert found.excluded == [(4, "blank")]
    assert found.amounts == [Decimal("10.00"), Decimal("20.50")]
    [table] = found.walk.tables
    assert (table.rows_good, table.rows_quarantined, table.rows_excluded) == (2, 1, 1)


def test_sheets_are_mapped_each_by_its_own_header(
    tmp_path: Path, told: Callable[..., Told]
) -> None:
    workbook(
        tmp_path / "year.xlsx",
        Apr=[["Date", "SUPPLIER", "Total Invoice Amount"], [date(2026, 4, 30), "Acme", 598.3]],
        May=[
            [],
            ["* Amount", "* Date", "* Supplier"],
            [4442.2699999999995, date(2026, 5, 1), "Beta"],
        ],
        Notes=[["These figures are provisional"]],
        Empty=[],
    )
    found = told(name="year.xlsx")
    assert found.amounts == [Decimal("598.30"), Decimal("4442.27")]
    assert [row["paid_on"] for row in found.rows] == [date(2026, 4, 30), date(2026, 5, 1)]
    read = {t.sheet: (t.number, t.header_row, t.reason) for t in found.walk.tables}
    assert read["Apr"] == (1, 1, None)
    assert read["May"] == (2, 2, None)
    assert read["Notes"] == (None, None, "no header of the dataset")
    if "Empty" in read:
        assert read["Empty"] == (None, None, "blank")


def test_a_sheet_that_looks_like_the_dataset_is_not_passed_over(
    tmp_path: Path, told: Callable[..., Told]
) -> None:
    workbook(
        tmp_path / "year.xlsx",
        Apr=[["Date", "Supplier", "Amount"], [date(2026, 4, 30), "Acme", 598.3]],
        May=[[date(2026, 5, day), "Acme", day] for day in range(1, 6)],
    )
    with pytest.raises(Refused, match='sheet "May"') as caught:
        told(name="year.xlsx")
    assert caught.value.code == "header-not-found"


def test_a_table_may_prove_the_order_for_another(tmp_path: Path, told: Callable[..., Told]) -> None:
    workbook(
        tmp_path / "q.xlsx",
        Apr=[["Date", "Supplier", "Amount"], ["4/30/2026", "Acme", 1]],
        May=[["Date", "Supplier", "Amount"], ["5/1/2026", "Acme", 1]],
    )
    assert [r["paid_on"] for r in told(name="q.xlsx").rows] == [date(2026, 4, 30), date(2026, 5, 1)]


def test_columns_outside_the_agreement_are_not_read(
    told: Callable[..., Told], declared: Declarations
) -> None:
    agreement = declared.agreements["spend-transparency"]
    assert "description" not in agreement.columns["spend"]
    found = told(
        HEADER + ",Description", *(f"{line},secret" for line in RIGHT),
        feed=feed(columns={"paid_on": {"date_format": "%d/%m/%Y"}}),
    )  # fmt: skip
    mapping = found.walk.tables[0].mapping
    assert mapping is not None
    assert "description" in mapping.outside_agreement
    assert mapping.positions == (0, 1, 2, 3)
    assert "secret" not in str(found.rows) + str(found.written) + str(found.quarantined)


def test_known_records_are_left_out_and_the_total_still_known(
    told: Callable[..., Told], tmp_path: Path, declared: Declarations
) -> None:
    lines = [HEADER, *RIGHT, ",,,30.50"]
    first = told(*lines)
    assert first.excluded == [(4, "total")]
    path = tmp_path / "may.csv"
    spend = declared.dataset("spend")
    hashes = np.concatenate([p.hashes for p in Walk(path, dataset=spend, declarations=declared)])
    readings: list[str] = []

    def known(reading: str) -> np.ndarray[Any, np.dtype[np.int64]]:
        readings.append(reading)
        return np.sort(hashes[:1])

    again = told(known=known)
    assert again.excluded == [(4, "total")]
    assert [row["row"] for row in again.rows] == [3]
    assert again.walk.tables[0].rows_skipped == 1
    assert Mapping.from_json(again.walk.tables[0].mapping.to_json()).reading == readings[0]  # type: ignore[union-attr]


def test_large_batches_are_worked_in_parts(
    told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"B,{1 + n % 28:02d}/04/2026,Acme {n},{n}.50" for n in range(50)] + ["B,x,Acme,1"]
    whole = told(HEADER, *lines)
    monkeypatch.setattr("pipeline.walk.ROWS", 7)
    parts = told()
    assert parts.rows == whole.rows
    assert parts.issues == whole.issues
    assert parts.excluded == whole.excluded


def test_twice_the_same_record_is_two_payments(
    tmp_path: Path, declared: Declarations, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "may.csv"
    path.write_text("\n".join([HEADER, RIGHT[0], RIGHT[0], RIGHT[1], RIGHT[0]]) + "\n")

    def ids(series: str = "may.csv") -> list[bytes]:
        walked = Walk(path, dataset=declared.dataset("spend"), declarations=declared, series=series)
        return [one for p in walked for one in p.entities["payment"]["payment_id"].to_pylist()]

    assert len(set(ids())) == 4
    assert not set(ids()) & set(ids("june.csv"))
    whole = ids()
    monkeypatch.setattr("pipeline.walk.ROWS", 1)
    assert ids() == whole


def test_an_organisation_is_told_of_once_a_batch(
    told: Callable[..., Told], tmp_path: Path, declared: Declarations
) -> None:
    told(
        HEADER, RIGHT[0], RIGHT[0].replace("Acme Ltd", "ACME LIMITED"), RIGHT[1], "B,13/04/2026,,1"
    )
    walked = Walk(tmp_path / "may.csv", dataset=declared.dataset("spend"), declarations=declared)
    tables = [p.entities for p in walked]
    suppliers = pa.concat_tables(t["organisation:supplier"] for t in tables)
    assert suppliers["row"].to_pylist() == [2, 4]
    assert suppliers["name"].to_pylist() == ["Acme Ltd", "Beta Ltd"]
    payments = pa.concat_tables(t["payment"] for t in tables)
    linked = payments["supplier_id"].to_pylist()
    assert linked[0] == linked[1] == suppliers["organisation_id"][0].as_py()
    assert linked[3] is None


def census(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "census.csv"
    header = "UPN,Forename,Surname,DOB,Sex,URN,NCY,Postcode,Home LA,Entry date"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


@pytest.fixture
def pupils() -> Iterator[list[str]]:
    """Census rows with right check letters."""
    from stdnum.gb import upn

    numbers = [f"8012000050{n:02d}" for n in range(3)]
    yield [
        f"{upn.calc_check_digit('A' + n)}{n},Ann,O'Brien,13/04/2015,F,123456,5,M1 1AE,,01/09/2020"
        for n in numbers
    ]


def test_rows_of_one_key_are_found_when_asked(
    tmp_path: Path, declared: Declarations, pupils: list[str]
) -> None:
    path = census(tmp_path, *pupils, pupils[1].replace("Ann", "Anne"))
    contract = declared.dataset("school_census")

    def codes(**how: Any) -> list[tuple[int, str]]:
        walked = Walk(path, dataset=contract, declarations=declared, **how)
        return [(i["row"], i["code"]) for p in walked for i in p.issues.to_pylist()]

    assert codes(find_duplicates=True) == [(5, "duplicate-key")]
    assert codes() == []


def test_a_quarantined_row_still_tells_which_entity_it_is_of(
    tmp_path: Path, declared: Declarations, pupils: list[str]
) -> None:
    contract = declared.dataset("school_census")
    right = census(tmp_path, *pupils)
    ids = [
        one
        for p in Walk(right, dataset=contract, declarations=declared)
        for one in p.entities["enrolment"]["enrolment_id"].to_pylist()
    ]
    assert len(set(ids)) == 3
    wrong = census(tmp_path, pupils[0], pupils[1].replace("M1 1AE", "nowhere"), pupils[2])
    batches = list(Walk(wrong, dataset=contract, declarations=declared))
    assert [one for p in batches for one in p.quarantined_ids.to_pylist()] == [ids[1]]
    assert [one for p in batches for one in p.quarantined["row"].to_pylist()] == [3]


def test_tables_one_below_the_other(told: Callable[..., Told]) -> None:
    found = told(
        "Payments,,,,", HEADER, *RIGHT, ",,,30.50", ",,,,", "Grants,,,,",
        "Recipient,Grant to,Amount,Payment Date", "Gamma,x,1.00,2026-04-15",
        "Delta,y,2.00,2026-04-01",
    )  # fmt: skip
    assert found.amounts == [Decimal(n) for n in ("10.00", "20.50", "1.00", "2.00")]
    assert [row["supplier"] for row in found.rows] == ["Acme Ltd", "Beta Ltd", "Gamma", "Delta"]
    assert [t.header_row for t in found.walk.tables] == [2, 8]
    assert found.excluded == [(1, "title"), (5, "total"), (6, "blank"), (7, "note")]
    again = told(known=lambda reading: np.sort(np.concatenate([[1], [2]])))
    assert again.rows == found.rows
    assert sum(table.rows_skipped for table in again.walk.tables) == 0


def test_words_in_a_table_below_that_are_no_record_are_notes(told: Callable[..., Told]) -> None:
    found = told(HEADER, *RIGHT, "Please note,that these,are provisional,")
    assert found.excluded == [(4, "note")]
