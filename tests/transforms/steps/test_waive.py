"""Waivers: one record, one issue, and only where there is something to take."""

import numpy as np
import pyarrow as pa

from contracts.declarations import load
from contracts.model import columns_of
from transforms.steps.issues import Issues
from transforms.steps.parse import Reading
from transforms.steps.split import good_rows
from transforms.steps.waive import Waiver, may_be_empty, waive

ROWS = np.array([2, 3, 4], np.int32)
HASHES = np.array([11, -12, 13], np.int64)


def read(*values: str | None) -> Reading:
    return Reading(pa.array(values, pa.string()), {}, None)


def held_after(*waivers: Waiver, empty: bool = True) -> list[int]:
    """Rows held, of three whose postcode and reference are found wrong."""
    issues = Issues()
    issues.add(ROWS, "postcode", "postcode-invalid")
    issues.add(ROWS[1:2], "reference", "check-digit-wrong")
    readings = {"postcode": read(None, None, "N1"), "reference": read("a", "b", "c")}
    waive(ROWS, HASHES, waivers, readings, {"postcode": empty, "reference": False}, issues)
    good = good_rows(ROWS, issues)
    issues.note_waived(ROWS[good], "issue-waived")
    noted = issues.table().filter(pa.compute.equal(issues.table()["code"], "issue-waived"))
    assert set(noted["row"].to_pylist()) == set(ROWS[good].tolist()), "on those let through only"
    return [int(row) for row in ROWS[~good]]


def test_one_issue_of_one_record() -> None:
    assert held_after() == [2, 3, 4]
    assert held_after(Waiver(11, "postcode-invalid", "postcode")) == [3, 4]
    assert held_after(Waiver(11, "postcode-invalid", "reference")) == [2, 3, 4]
    assert held_after(Waiver(11, "check-digit-wrong", "postcode")) == [2, 3, 4]
    assert held_after(Waiver(99, "postcode-invalid", "postcode")) == [2, 3, 4]


def test_every_issue_that_holds_it() -> None:
    first = Waiver(-12, "postcode-invalid", "postcode")
    assert held_after(first) == [2, 3, 4]
    assert held_after(first, Waiver(-12, "check-digit-wrong", "reference")) == [2, 4]


def test_only_where_there_is_a_value_or_none_is_needed() -> None:
    waivers = [Waiver(n, "postcode-invalid", "postcode") for n in (11, 13)]
    assert held_after(*waivers, empty=False) == [2, 3]
    assert held_after(Waiver(11, "postcode-invalid", "gone")) == [2, 3, 4]


def test_what_may_be_empty_is_so_in_contract_and_repository() -> None:
    declared = load()
    found = may_be_empty(columns_of(declared.datasets["school_census"]), declared.entities)
    assert found["postcode"] and not found["upn"] and not found["sex"]
