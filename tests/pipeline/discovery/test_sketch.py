"""Sketches against the sets they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.discovery.sketch import KEPT, Hashes, shares, sketch
from pipeline.discovery.twins import near_pairs

SMALL = st.sets(st.integers(0, 2**64 - 1), max_size=KEPT)


def of(numbers: set[int]) -> Hashes:
    return np.array(sorted(numbers), np.uint64)


@given(SMALL, SMALL)
def test_small_tables_are_compared_exactly(one: set[int], other: set[int]) -> None:
    got = shares(sketch(of(one)), sketch(of(other)))
    both = len(one & other)
    right = (both / len(one), both / len(other)) if one and other else (0.0, 0.0)
    assert got == pytest.approx(right)


@pytest.mark.parametrize("common", [0.0, 0.5, 0.9, 0.97, 1.0])
def test_long_tables_are_compared_nearly(common: float) -> None:
    rng = np.random.default_rng(7)
    size = 50_000
    one = rng.integers(0, 2**64, size, np.uint64)
    other = rng.integers(0, 2**64, size, np.uint64)
    other[: int(common * size)] = one[: int(common * size)]
    there, back = shares(sketch(one), sketch(other))
    assert abs(there - common) < 0.1 and abs(back - common) < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_a_part_of_a_long_table_is_told_as_one(seed: int) -> None:
    one = np.random.default_rng(seed).integers(0, 2**64, 20_000, np.uint64)
    there, back = shares(sketch(one), sketch(one[:5_000]))
    assert abs(there - 0.25) < 0.1 and 0.8 < back <= 1.0


def test_rows_that_come_twice_count_once() -> None:
    made = sketch(np.array([5, 5, 9, 5], np.uint64))
    assert (made.distinct, made.lowest.tolist()) == (2, [5, 9])


def pairs(*tables: tuple[str, int, set[int]]) -> dict[tuple[str, str], tuple[float, str]]:
    made = {name: sketch(of(numbers)) for name, _, numbers in tables}
    rows = [(n, 0, made[n].distinct, made[n].lowest.tobytes(), when) for n, when, _ in tables]
    found = near_pairs(rows, lambda name, _: (made[name].distinct, made[name].lowest.tobytes()))
    return {(one[0], one[2]): (round(one[4], 2), one[6]) for one in found}


def test_pairs_are_told_both_ways_in_words() -> None:
    rng = np.random.default_rng(3)
    a = set(rng.integers(0, 2**63, 1_000).tolist())
    more = a | set(rng.integers(0, 2**63, 50).tolist())
    few = set(sorted(a)[:400])
    other = set(rng.integers(0, 2**63, 1_000).tolist())
    found = pairs(("a", 1, a), ("more", 2, more), ("few", 3, few), ("other", 4, other))
    assert found["a", "more"][1] == "an older version"
    assert found["more", "a"][1] == "a newer version"
    assert found["few", "a"][1] == "a part"
    assert found["a", "few"][1] == "the whole"
    assert not any("other" in pair for pair in found)
    assert pairs(("a", 1, a), ("b", 2, a))["a", "b"] == (1.0, "the same rows")
    assert pairs(("a", 1, {1, 2}), ("b", 2, {1, 2})) == {}, "two rows tell nothing"


def test_how_much_two_tables_must_share() -> None:
    five = set(range(5))
    assert pairs(("a", 1, five), ("b", 2, five)).keys() == {("a", "b"), ("b", "a")}
    own, others = set(range(1_000, 1_070)), set(range(2_000, 2_070))
    third = set(range(30))
    assert pairs(("a", 1, third | own), ("b", 2, third | others)) == {}
    most = set(range(10, 120))
    found = pairs(("a", 1, most | own), ("b", 1, most | others))
    assert found["a", "b"] == (round(110 / 180, 2), "rows in common")
    # What each has alone may come first of all.
    assert len(pairs(("a", 1, most | {1}), ("b", 1, most | {2}))) == 2


def test_a_short_part_is_an_extract_however_old() -> None:
    whole, part = set(range(200)), set(range(40))
    for when in (1, 3):
        found = pairs(("whole", 2, whole), ("part", when, part))
        assert found["part", "whole"] == (1.0, "a part")
        assert found["whole", "part"] == (0.2, "the whole")


def test_a_crowd_of_tables_alike_is_not_compared_each_with_each() -> None:
    numbers = set(range(1, 40))
    found = pairs(*((f"{place:03}", place, numbers) for place in range(200)))
    assert len(found) == 2 * 199
