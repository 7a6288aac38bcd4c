"""Cells as text: in bulk they are what they are one by one."""

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.confined.workbooks.sheet_text import numbers_of, text_of, texts_only

CELLS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(codec="utf-8"), max_size=4),
    "whole": st.integers(-(2**62), 2**62),
    "float": st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 5.0, 2.5]),
    "day": st.dates(date(1900, 1, 1)),
}


def as_text(cells: list[Any]) -> list[str]:
    kinds = set(map(type, cells))
    column = texts_only(cells)
    if column is None:
        column = text_of(cells, kinds, numbers_of(cells, kinds))
    found: list[str] = column.to_pylist()
    return found


@given(
    st.sets(st.sampled_from(sorted(CELLS)), min_size=1).flatmap(
        lambda kinds: st.lists(st.one_of([CELLS[kind] for kind in sorted(kinds)]), min_size=1)
    )
)
def test_a_column_is_what_its_cells_are_one_by_one(cells: list[Any]) -> None:
    assert as_text(cells) == [as_text([cell])[0] for cell in cells]


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ([2**60 + 1, 1.5], ["1152921504606846977", "1.5"]),
        ([2**60 + 1, 7], ["1152921504606846977", "7"]),
        ([7, 2.5, "", "x"], ["7", "2.5", "", "x"]),
        ([5.0, -0.0, 1e21, 1e-7], ["5", "0", "1000000000000000000000", "1e-07"]),
        ([True, 1, "1"], ["TRUE", "1", "1"]),
        ([date(2026, 3, 14), ""], ["2026-03-14", ""]),
        (
            [datetime(2026, 3, 14), datetime(2026, 3, 14, 9, 30)],
            ["2026-03-14", "2026-03-14T09:30:00"],
        ),
        ([time(9, 30)], ["09:30:00"]),
    ],
)
def test_how_cells_are_written(cells: list[Any], texts: list[str]) -> None:
    assert as_text(cells) == texts
