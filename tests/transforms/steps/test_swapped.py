"""A spreadsheet's swap of day and month is undone only where the whole column proves it."""

import numpy as np
import pytest

from transforms.mapping import SWAPPED_BACK, MappedColumn, Mapping, Refused
from transforms.steps.date_shapes import DateColumn
from transforms.steps.issues import Issues
from transforms.steps.prove_dates import DateProof, prove_dates
from transforms.steps.select import distinct
from transforms.steps.swapped import back, note_swaps

MONTH_FIRST = ["6/15/2010", "6/17/2010", "6/30/2010"]
DAY_FIRST = ["15/06/2010", "17/06/2010", "30/06/2010"]
SWAPPED = ["2010-01-06T00:00:00", "2010-02-06T00:00:00", "2010-11-06T00:00:00"]


def prove(*values: str, **how: str) -> DateProof:
    column = DateColumn()
    for row, value in enumerate(values, start=2):
        column.add(value, 1, row)
    return prove_dates(column, "dmy", **how)  # type: ignore[arg-type]


def test_stored_dates_are_read_back_where_the_text_says_the_months() -> None:
    proof = prove(*SWAPPED, *MONTH_FIRST)
    assert proof.formats == ("%Y-%d-%m", "%m/%d/%Y")
    assert proof.swapped
    assert "2010-06" in proof.evidence
    assert "3 of 3 do not" in proof.evidence


def test_either_order_may_have_been_swapped() -> None:
    assert prove(*SWAPPED, *DAY_FIRST).formats == ("%Y-%d-%m", "%d/%m/%Y")


def test_a_declared_order_does_not_hide_a_swap() -> None:
    assert prove(*SWAPPED, *MONTH_FIRST, declared_order="mdy").swapped


@pytest.mark.parametrize(
    "stored",
    [
        SWAPPED[:2],  # too few to prove it
        ["2010-06-01", "2010-06-02", "2010-06-03"],  # in the text's month as they are stored
        [*SWAPPED, "2010-03-09"],  # swapped back it is of September
        ["40184", "40215", "40487"],  # numbers: which format would say it?
    ],
)
def test_what_is_not_proved_is_refused_with_its_remedies(stored: list[str]) -> None:
    for how in ({}, {"declared_order": "mdy"}):
        with pytest.raises(Refused) as caught:
            prove(*stored, *MONTH_FIRST, **how)
        assert caught.value.code == "date-swapped"
        assert "date_format: [" in caught.value.message
        assert "%m/%d/%Y" in caught.value.message


@pytest.mark.parametrize(
    "values",
    [
        [*SWAPPED, "2010-06-13", *MONTH_FIRST],  # a day above the 12th is stored
        [*SWAPPED, *MONTH_FIRST, "6/11/2010"],  # a text could have been read as well
    ],
)
def test_without_its_mark_there_is_no_swap(values: list[str]) -> None:
    proof = prove(*values)
    assert not proof.swapped
    assert "%Y-%m-%d" in proof.formats


def test_the_format_changed_about() -> None:
    assert back("%Y-%m-%d") == "%Y-%d-%m"


def test_each_row_read_back_is_noted() -> None:
    import pyarrow as pa

    column = MappedColumn("paid_on", 0, "Date", "exact", options={SWAPPED_BACK: True})
    issues = Issues({"paid_on": 0})
    written = distinct(pa.array([SWAPPED[0], MONTH_FIRST[0], None, SWAPPED[1]]))
    note_swaps({"paid_on": written}, Mapping(1, (column,)), np.arange(2, 6), issues)
    told = issues.table().to_pylist()
    assert [(one["row"], one["code"]) for one in told] == [
        (2, "date-swapped-back"), (5, "date-swapped-back"),
    ]  # fmt: skip
