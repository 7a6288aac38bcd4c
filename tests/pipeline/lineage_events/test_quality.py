"""Counts and checks: never a value of a personal column, and nothing asserted that did not run."""

from typing import Any

import pytest

from contracts.column import ColumnFacts
from contracts.issues import issue_types
from contracts.kinds import BirthDate, Code, Money, PersonalCode, SpecialCode, WholeNumber
from contracts.promised_checks import DUPLICATE, TOTALS, Check
from pipeline.lineage_events import quality
from pipeline.lineage_events.fields import Fields

TOLD: dict[str, Any] = {
    "rows": 10, "present": 8, "missing": {}, "issues": {"number-unreadable": 2},
    "sum": "4711.25", "min": "-3.50", "max": "4000", "codes": {"canary": 5, "b": 3},
}  # fmt: skip


def metrics_of(kind: Any, personal: Any) -> dict[str, Any]:
    facts = {"x": ColumnFacts("x", kind, "", personal=personal)}
    made = quality.metrics({"x": TOLD}, facts, Fields({"x": ("X",)}), 10, 99, 1)
    assert (made["rowCount"], made["bytes"], made["fileCount"]) == (10, 99, 1)
    found: dict[str, Any] = made["columnMetrics"]["X"]
    return found


@pytest.mark.parametrize("kind", [Money, WholeNumber, BirthDate, PersonalCode, SpecialCode, Code])
@pytest.mark.parametrize("personal", ["personal", "special"])
def test_of_a_personal_column_only_counts_are_told(kind: Any, personal: str) -> None:
    assert metrics_of(kind, personal) == {"nullCount": 2, "count": 8}


def test_of_others_sums_and_bounds_of_numbers_and_how_many_codes() -> None:
    assert metrics_of(Money, "none") == {
        "nullCount": 2, "count": 8, "sum": 4711.25, "min": -3.5, "max": 4000.0, "distinctCount": 2,
    }  # fmt: skip
    assert metrics_of(Code, "none") == {"nullCount": 2, "count": 8, "distinctCount": 2}


def test_checks_that_ran_are_asserted_and_no_others() -> None:
    promised = [
        Check("number-unreadable", "x"), Check("value-missing", "x"),
        Check("value-missing", "gone"),
        Check(DUPLICATE), Check(TOTALS),
    ]  # fmt: skip
    counts = {(DUPLICATE, ""): 3}
    found = {
        (one["name"], one.get("column")): one
        for one in quality.checks(promised, {"x": TOLD}, counts, Fields({"x": ("X",)}), 10)
    }
    assert set(found) == {("number-unreadable", "X"), ("value-missing", "X"), (DUPLICATE, None)}
    assert found["number-unreadable", "X"] | {"description": ""} == {
        "assertion": "number-unreadable", "name": "number-unreadable", "column": "X",
        "success": False, "severity": "warn", "expected": "0", "actual": "2", "description": "",
    }  # fmt: skip
    assert found["value-missing", "X"]["success"] and not found[DUPLICATE, None]["success"]
    assert found["value-missing", "X"]["assertion"] == "not_null"


def test_gates_pass_only_where_they_had_something_to_compare() -> None:
    found = [("rows-fell", None), ("codes-new", "x"), ("unheard-of", None)]
    fields = Fields({"x": ("X",)})
    first = list(quality.gates(found, fields, compared=False))
    assert [(one["name"], one["success"], one.get("column")) for one in first] == [
        ("rows-fell", False, None), ("codes-new", False, "X"),
    ]  # fmt: skip
    assert [one["severity"] for one in first] == ["error", "warn"]
    later = {one["name"]: one["success"] for one in quality.gates(found, fields, compared=True)}
    assert not later["rows-fell"] and later["sum-shifted"] and len(later) == len(quality.GATES) + 2


def test_the_gates_are_those_of_the_catalogue() -> None:
    assert {issue_types()[code].severity for code in quality.GATES} == {"stop"}
