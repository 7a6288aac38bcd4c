"""Small counts are hidden so that nothing published gives them away.

What is hidden is checked by other means than it was found: linear programmes give, for each hidden
cell, the least and the most it could be by all that is shown (SciPy's HiGHS).
"""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pipeline.release import suppression
from pipeline.release.suppression import ALL, Cell, TooManyCells, cube, determined, suppressed


def ranges(counts: dict[Cell, int], hidden: frozenset[Cell]) -> dict[Cell, tuple[float, float]]:
    """What a reader can work out of each hidden cell: the least and the most it could be."""
    unknown = sorted(hidden, key=repr)
    at = {cell: number for number, cell in enumerate(unknown)}
    rows, known = [], []
    for cell in counts:
        for place, value in enumerate(cell):
            if value is not ALL:
                continue
            row, right = np.zeros(len(unknown)), 0.0
            members = [
                other
                for other in counts
                if other[place] is not ALL
                and other[:place] + other[place + 1 :] == cell[:place] + cell[place + 1 :]
            ]
            for other, factor in [*((one, 1.0) for one in members), (cell, -1.0)]:
                if other in at:
                    row[at[other]] += factor
                else:
                    right -= factor * counts[other]
            rows.append(row)
            known.append(right)
    found = {}
    for cell, number in at.items():
        cost = np.zeros(len(unknown))
        cost[number] = 1
        ends = [
            linprog(sign * cost, A_eq=np.array(rows), b_eq=known, bounds=(0, None))
            for sign in (1, -1)
        ]
        low = ends[0].fun
        high = float("inf") if ends[1].status == 3 else -ends[1].fun
        found[cell] = (low, high)
    return found


def drawn(seed: int, sizes: tuple[int, ...], most: int, empty: float) -> dict[Cell, int]:
    dice = random.Random(seed)
    cells = itertools.product(*(range(size) for size in sizes))
    return {cell: dice.randint(1, most) for cell in cells if dice.random() >= empty}


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([(4,), (3, 4), (5, 5), (2, 3, 3)]),
    st.sampled_from([6, 12, 60]),
    st.sampled_from([0.0, 0.3, 0.6]),
    st.sampled_from([3, 5]),
)
def test_no_hidden_count_can_be_worked_out(
    seed: int, sizes: tuple[int, ...], most: int, empty: float, smallest: int
) -> None:
    counts = cube(drawn(seed, sizes, most, empty))
    hidden = suppressed(counts, smallest)
    assert hidden.primary == {cell for cell, count in counts.items() if count < smallest}
    for cell, (low, high) in ranges(counts, hidden.cells).items():
        assert low - 1e-6 <= counts[cell] <= high + 1e-6, "the check itself is sound"
        assert high - low >= 1 - 1e-6, f"{cell} is {counts[cell]}: between {low} and {high}"


def test_the_check_finds_what_primary_suppression_alone_gives_away() -> None:
    counts = cube({("a", 1): 2, ("a", 2): 40, ("b", 1): 30, ("b", 2): 50})
    only_primary = frozenset({("a", 1)})
    assert ranges(counts, only_primary)[("a", 1)] == pytest.approx((2, 2))
    hidden = suppressed(counts, 5)
    assert hidden.primary == only_primary
    assert hidden.secondary == {("a", 2), ("b", 1), ("b", 2)}


def test_two_hidden_in_every_line_are_not_enough_and_more_are_hidden() -> None:
    """Two blocks of four joined by one cell: every line has two or three hidden, and the joining
    cell follows from the sums of the lines of one block."""
    shape = {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (0, 2)}
    inner: dict[Cell, int] = {
        (row, column): 3 if (row, column) in shape else 90
        for row in range(4)
        for column in range(4)
    }
    counts = cube(inner)
    lines = suppression._lines(counts)
    assert determined(lines, shape) == {(0, 2)}
    low, high = ranges(counts, frozenset(shape))[(0, 2)]
    assert (low, high) == pytest.approx((3, 3))
    hidden = suppressed(counts, 5)
    assert hidden.primary == shape and hidden.secondary
    for low, high in ranges(counts, hidden.cells).values():
        assert high - low >= 1


def test_where_all_is_small_the_totals_are_hidden_too() -> None:
    counts = cube({("a", 1): 1, ("b", 2): 2})
    assert suppressed(counts, 5).cells == set(counts)


def test_hidden_cells_of_a_line_are_no_small_group_together() -> None:
    counts = cube({("a",): 1, ("b",): 2, ("c",): 60, ("d",): 70})
    assert suppressed(counts, 5).cells == {("a",), ("b",), ("c",)}


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert suppressed(cube(drawn(1, (3, 3), 50, 0.0)), 1).cells == frozenset()


def test_a_table_too_large_is_refused() -> None:
    with pytest.raises(TooManyCells, match="group by fewer"):
        suppressed(dict.fromkeys([(n,) for n in range(20_001)], 9), 5)
