"""Rows that a reader could not read are kept, to be told of, and all else is left out as it was."""

import numpy as np
import pytest

from contracts.issues import issue_types
from transforms.steps.exclude import LOST, Excluded, Reason, keep_damaged


def kept(
    left_out: list[tuple[int, Reason]], problems: list[tuple[int, str]]
) -> tuple[list[int], list[tuple[int, Reason]]]:
    """Of rows 5 to 9, which are records afterwards, and what is left out still."""
    rows = np.arange(5, 10, dtype=np.int32)
    found = Excluded(~np.isin(rows, [row for row, _ in left_out]), list(left_out))
    keep_damaged(found, rows, problems)
    return rows[found.keep].tolist(), found.rows


@pytest.mark.parametrize("code", sorted(LOST))
def test_a_row_that_is_blank_for_want_of_reading_is_kept(code: str) -> None:
    assert kept([(6, "blank")], [(6, code)]) == ([5, 6, 7, 8, 9], [])


@pytest.mark.parametrize("reason", ["title", "note", "total", "repeated-header", "error-only"])
def test_a_row_that_is_left_out_for_what_it_says_stays_out(reason: Reason) -> None:
    """A total of which one cell could not be read is a total still."""
    assert kept([(6, reason), (7, "blank")], [(6, "cell-unreadable")]) == (
        [5, 8, 9],
        [(6, reason), (7, "blank")],
    )


def test_a_problem_by_which_nothing_is_lost_keeps_no_row() -> None:
    assert kept([(6, "blank")], [(6, "merged-cell"), (6, "ragged-row")]) == (
        [5, 7, 8, 9],
        [(6, "blank")],
    )


def test_codes_by_which_something_is_lost_are_issues() -> None:
    assert set(issue_types()) >= LOST
    named = {"cell-unreadable", "value-unreadable", "record-damaged", "formula-without-value"}
    assert named <= LOST, "what the readers say"
