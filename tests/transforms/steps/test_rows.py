"""Records, and what stands between them; identities; quarantine; validation."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.datasets.spend import Spend
from contracts.declarations import load
from contracts.model import columns_of
from transforms.mapping import MappedColumn, Mapping
from transforms.steps.exclude import Excluded, Totals, exclude, keep_damaged
from transforms.steps.harmonise import harmonise
from transforms.steps.identify import Seen, identify
from transforms.steps.issues import Issues
from transforms.steps.parse import Memory, parse
from transforms.steps.select import select
from transforms.steps.split import good_rows, quarantine
from transforms.steps.validate import validate

COLUMNS = columns_of(Spend)
MAPPING = Mapping(
    1,
    (
        MappedColumn("body", 0, "Body", "exact"),
        MappedColumn("paid_on", 1, "Date", "exact", ("%d/%m/%Y",)),
        MappedColumn("supplier", 2, "Supplier", "exact"),
        MappedColumn("amount", 3, "Amount", "exact"),
    ),
)


def frame(*lines: tuple[str | None, ...]) -> pa.Table:
    return pa.table({str(i): pa.array([line[i] for line in lines], pa.string()) for i in range(4)})


def judged(*lines: tuple[str | None, ...], totals: Totals | None = None) -> Excluded:
    written = select(frame(*lines), MAPPING)
    readings = parse(written, MAPPING, COLUMNS, {})
    rows = np.arange(2, len(lines) + 2, dtype=np.int32)
    return exclude(written, readings, COLUMNS, MAPPING, rows, totals or Totals())


ONE = ("B", "01/02/2020", "Acme", "10.00")
TWO = ("B", "02/02/2020", "Acme", "£1,005.50")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ((None, "", " ", "\xa0"), "blank"),
        (("", "", "#REF!", ""), "error-only"),
        (("#REF!", "#REF!", "#N/A", "#VALUE!"), "error-only"),
        (("Body", "Date", "Supplier", "Amount"), "repeated-header"),
        ((" BODY ", " date", "SUPPLIER", "Amount "), "repeated-header"),
        (("NOTE: amounts include VAT", "", "", ""), "note"),
        (("", "", "Figures are provisional", ""), "note"),
        (("DEFRA", "", "", ""), "note"),
        (("", "", "", "1015.50"), "total"),
        (("", "", "Total", "1015.50"), "total"),
        (("Grand Total:", "", "", "1,015.50"), "total"),
        (("", "Sum:", "", "£1,015.50"), "total"),
        (("", "Total for 2020", "", "£1,015.50"), "total"),
        (("", "", "Total for April 2020", "1015.50"), "total"),
        (("", "", "Acme Total", "1015.50"), "total"),
        (("", "01/02/2020", "TOTAL", "1015.50"), "total"),
    ],
)
def test_what_is_no_record(line: tuple[str | None, ...], reason: str) -> None:
    found = judged(ONE, TWO, line)
    assert found.rows == [(4, reason)]
    assert found.keep.tolist() == [True, True, False]
    assert found.noted == []


@pytest.mark.parametrize(
    "line",
    [
        ("B", "01/02/2020", "Acme", "#REF!"),
        ("B", "", "Acme", "5"),
        ("B", "01/02/2020", "", "5"),
        ("", "", "", "7.00"),
        ("B", "31/02/2020", "Acme", "5"),
        ("B", "01/02/2020", "Total Gas Ltd", "5"),
        ("B", "01/02/2020", "Sum Of Parts Ltd", "5"),
        ("B", "01/02/2020", "Total", "5"),
        ("B", "31/02/2020", "Sum of Parts Ltd", "5"),
        ("B", "", "Acme Total", "5"),
        ("", "01/02/2020", "", ""),
    ],
)
def test_what_may_be_a_record_stays_one(line: tuple[str | None, ...]) -> None:
    found = judged(ONE, TWO, line)
    assert found.rows == []
    assert found.keep.all()


def test_a_labelled_total_that_does_not_add_up_is_said() -> None:
    found = judged(ONE, TWO, ("", "", "Total", "1015.60"))
    assert found.rows == [(4, "total")]
    assert found.noted == [(4, "total-differs")]


def test_subtotals_and_the_total_of_all() -> None:
    lines = [ONE, TWO, ("", "", "", "1015.50"), ONE, ("", "", "", "10.00"), ("", "", "", "1025.50")]
    assert [row for row, _ in judged(*lines).rows] == [4, 6, 7]


def test_sums_go_on_from_batch_to_batch() -> None:
    totals = Totals()
    assert judged(ONE, TWO, totals=totals).rows == []
    assert judged(ONE, ("", "", "", "1025.50"), totals=totals).rows == [(3, "total")]
    assert judged(TWO, ("", "", "", "1005.50"), totals=totals).rows == [(3, "total")]


def test_sums_of_records_that_were_not_read_again_are_asked_for() -> None:
    totals = Totals(above=lambda row: {3: 250_000}[row])
    assert judged(ONE, ("", "", "", "2,500.00"), totals=totals).rows == [(3, "total")]


def test_a_value_met_again_is_read_alike() -> None:
    memory = Memory()
    for lines in ((ONE, TWO), (TWO, ONE), (("B", "03/02/2020", "Ltd X", "x"), ONE)):
        written = select(frame(*lines), MAPPING)
        kept = parse(written, MAPPING, COLUMNS, {}, None, memory)
        fresh = parse(written, MAPPING, COLUMNS, {})
        for name, reading in fresh.items():
            assert kept[name].values.equals(reading.values)
            assert (kept[name].problems is None) == (reading.problems is None)


def test_a_column_of_distinct_values_and_one_of_few_are_read_alike() -> None:
    many = [("B", "01/02/2020", f"Acme {i}", f"{i}.50") for i in range(5000)]
    written = select(frame(*many), MAPPING)
    assert written["supplier"].codes is None
    assert written["body"].codes is not None
    readings = parse(written, MAPPING, COLUMNS, {})
    assert readings["supplier"].values[4999].as_py() == "Acme 4999"
    assert readings["body"].values[4999].as_py() == "B"


def worked(*lines: tuple[str | None, ...]) -> tuple[dict[str, Any], Issues, Any]:
    written = select(frame(*lines), MAPPING)
    readings = parse(written, MAPPING, COLUMNS, {})
    rows = np.arange(2, len(lines) + 2, dtype=np.int32)
    issues = Issues({"paid_on": 1, "amount": 3})
    for name, reading in readings.items():
        if reading.problems is not None:
            issues.add(rows, name, reading.problems)
    values = {name: reading.values for name, reading in readings.items()}
    validate(Spend, values, rows, issues, broken="value-outside-contract")
    return {"written": written, "readings": readings}, issues, rows


def test_every_issue_of_a_row_is_told_once() -> None:
    made, issues, rows = worked(
        ONE, ("B", "31/02/2020", "Acme", "x"), ("B", "", "Acme", "5"), ("B", "", "", "")
    )
    told = sorted(
        zip(*(issues.table()[c].to_pylist() for c in ("row", "column", "code")), strict=True)
    )
    assert told == [
        (3, "amount", "money-unreadable"),
        (3, "paid_on", "date-unreadable"),
        (4, "paid_on", "value-missing"),
        (5, "amount", "value-missing"),
        (5, "paid_on", "value-missing"),
    ]
    good = good_rows(rows, issues)
    assert good.tolist() == [True, False, False, False]
    kept = quarantine(rows, made["written"], ~good, issues).to_pylist()
    assert [one["row"] for one in kept] == [3, 4, 5]
    assert kept[0]["codes"] == ["date-unreadable", "money-unreadable"]
    record = {"body": "B", "paid_on": "31/02/2020", "supplier": "Acme", "amount": "x"}
    assert json.loads(kept[0]["record"]) == record


def test_identities() -> None:
    entities = load().entities
    made, _, rows = worked(ONE, TWO, ("B", "03/02/2020", "ACME", "1"), ("B", "03/02/2020", "", "1"))
    frames = harmonise(Spend, made["readings"], entities, rows)
    assert list(frames) == ["payment", "organisation:supplier"]
    hashes = np.array([5, 6, 7, 5], np.int64)
    times = np.array([0, 0, 0, 1], np.int64)
    found = identify(frames, entities, hashes, times, "northmoor/spend", "may.csv")
    payments = found["payment"]["payment_id"].tolist()
    assert len(set(payments)) == 4
    suppliers = found["payment"]["supplier_id"].tolist()
    assert suppliers[0] == suppliers[1] == suppliers[2]
    assert found["payment"]["supplier_id"].isna().tolist() == [False, False, False, True]
    again = identify(frames, entities, hashes, times, "northmoor/spend", "may.csv")
    assert again["payment"]["payment_id"].tolist() == payments
    other = identify(frames, entities, hashes, times, "eastvale/spend", "may.csv")
    assert not set(other["payment"]["payment_id"]) & set(payments)
    assert other["payment"]["supplier_id"].tolist()[:3] == suppliers[:3]
    june = identify(frames, entities, hashes, times, "northmoor/spend", "june.csv")
    assert not set(june["payment"]["payment_id"]) & set(payments)


def test_an_identity_is_the_hash_that_is_promised() -> None:
    import xxhash

    made, _, rows = worked(ONE)
    frames = harmonise(Spend, made["readings"], load().entities, rows)
    zero = np.zeros(1, np.int64)
    found = identify(frames, load().entities, zero, zero, "northmoor/spend", "")
    right = xxhash.xxh3_128_digest(b"organisation\x1f\x1fACME")
    assert found["organisation:supplier"]["organisation_id"].tolist() == [right]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(-3, 12), max_size=20), max_size=8))
def test_seen_counts_over_batches(batches: list[list[int]]) -> None:
    seen, met = Seen(), dict[int, int]()
    for batch in batches:
        right = []
        for value in batch:
            right.append(met.get(value, 0))
            met[value] = right[-1] + 1
        assert seen.times_before(np.array(batch, np.int64)).tolist() == right


def test_an_issue_that_the_catalogue_does_not_list_is_an_error() -> None:
    issues = Issues()
    issues.add(np.array([1], np.int32), None, "no-such-code")
    with pytest.raises(LookupError, match="no-such-code"):
        good_rows(np.array([1], np.int32), issues)


def test_a_row_that_could_not_be_read_is_not_blank() -> None:
    rows = np.array([5, 6, 7], np.int32)
    found = Excluded(np.array([False, False, True]), [(5, "blank"), (6, "blank")])
    keep_damaged(found, rows, [(5, "record-damaged"), (6, "merged-cell"), (9, "record-damaged")])
    assert found.rows == [(6, "blank")]
    assert found.keep.tolist() == [True, False, True]
