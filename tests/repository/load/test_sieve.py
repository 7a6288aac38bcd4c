"""Identifiers seen before are found, exactly, in bounded memory."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from repository.load.extras import cell_names, letters_of
from repository.load.sieve import Firsts, Suspects, among, distinct, halves, once

BATCHES = st.lists(st.lists(st.integers(0, 12), max_size=9), max_size=8)


def ids(numbers: list[int]) -> pa.Array:
    """Identifiers of which some share their first eight bytes."""
    made = [bytes([n % 3] * 8) + n.to_bytes(8, "big") for n in numbers]
    return pa.array(made, pa.binary(16))


@settings(max_examples=60, deadline=None)
@given(BATCHES)
def test_firsts_are_all_marked(batches: list[list[int]]) -> None:
    firsts, seen = Firsts(), set()
    for batch in batches:
        expected = []
        for number in batch:
            # Identifiers alike in their first half are told apart by the second.
            expected.append(number not in seen)
            seen.add(number)
        marked = firsts.mark(*halves(ids(batch)))
        assert all(m for m, e in zip(marked, expected, strict=True) if e)


def test_repetitions_are_not_marked() -> None:
    firsts = Firsts()
    assert firsts.mark(*halves(ids([1, 2, 1]))).tolist() == [True, True, False]
    assert firsts.mark(*halves(ids([2, 3, 1]))).tolist() == [False, True, False]
    few = Firsts(most=1)
    assert few.mark(*halves(ids([1, 2]))).all() and few.full
    assert few.mark(*halves(ids([1, 2]))).sum() == 1


@settings(max_examples=60, deadline=None)
@given(BATCHES)
def test_suspects_leave_out_nothing(batches: list[list[int]]) -> None:
    suspects, seen = Suspects(), set()
    for batch in batches:
        expected = []
        for number in batch:
            expected.append(number % 3 in seen)
            seen.add(number % 3)
        assert suspects.mark(halves(ids(batch))[0]).tolist() == expected


def test_slices_and_chunks_give_their_own_halves() -> None:
    whole = ids(list(range(10)))
    assert halves(whole.slice(4, 3))[1].tolist() == halves(whole)[1].tolist()[4:7]
    assert halves(pa.chunked_array([whole[:3], whole[3:]]))[1].tolist() == halves(whole)[1].tolist()


def test_sorted_numbers() -> None:
    numbers = np.array([1, 1, 2, 5, 5, 5, 9], dtype=np.int64)
    assert distinct(numbers).tolist() == [1, 2, 5, 9]
    assert once(numbers).tolist() == [2, 9]
    assert among(np.array([0, 1, 9, 10]), numbers).tolist() == [False, True, True, False]


def test_cells_in_spreadsheet_letters() -> None:
    assert [letters_of(n) for n in (0, 25, 26, 51, 701, 702)] == ["A", "Z", "AA", "AZ", "ZZ", "AAA"]
    cells = cell_names(pa.array([12, 3], pa.int32()), pa.array([7, None], pa.int16()))
    assert cells.to_pylist() == ["H12", "3:3"]
    rows, positions = pa.array([12, 3], pa.int32()), pa.array([1, None], pa.int16())
    named = cell_names(rows, positions, {"pages": [], "keys": ["REF", "AMOUNT"]})
    assert named.to_pylist() == ["record 12, AMOUNT", "3:3"]
    paged = cell_names(
        pa.array([2, 3, 5], pa.int32()),
        pa.array([1, 0, None], pa.int16()),
        {"pages": [["page-0001.json", 2], ["page-0002.json", 5]], "keys": ["REF", "AMOUNT"]},
    )
    assert paged.to_pylist() == [
        "page-0001.json record 2, AMOUNT",
        "page-0002.json record 1, REF",
        "5:5",
    ]
    fixed = cell_names(rows, positions, {"fields": [[1, "REF"], [9, "AMOUNT"]]})
    assert fixed.to_pylist() == ["line 12, position 9 (AMOUNT)", "3:3"]
