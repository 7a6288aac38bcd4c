"""Finds identifiers that were there before, in memory of a few bytes an identifier.

Identifiers are kept in sorted runs that are merged as they grow, so that a look-up is a binary
search in few arrays and no hash table is needed.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


def halves(ids: pa.ChunkedArray | pa.Array) -> tuple[Words, Words]:
    """The two 8-byte halves of 16-byte identifiers."""
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    if whole.null_count:
        raise ValueError("an entity's row has no identifier; leave the row out of its table")
    if whole.type != pa.binary(16):
        whole = whole.cast(pa.binary(16))
    words = np.frombuffer(
        whole.buffers()[1], dtype=np.uint64, count=2 * (len(whole) + whole.offset)
    )
    pairs = words.reshape(-1, 2)[whole.offset :]
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])


class Suspects:
    """Tells which identifiers may have been seen before, by their first 8 bytes.

    What it does not mark was certainly not seen. Takes 8 bytes an identifier.
    """

    def __init__(self) -> None:
        self._runs: list[Words] = []

    def mark(self, first: Words) -> Mask:
        """Mark the identifiers that may stand earlier, in this batch or one before; keep them."""
        order = np.argsort(first, kind="stable")
        ordered = first[order]
        repeated = np.zeros(len(ordered), dtype=np.bool_)
        repeated[1:] = ordered[1:] == ordered[:-1]
        for run in self._runs:
            repeated |= _member(run, ordered)[0]
        self._runs.append(ordered[~repeated])
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last, before = self._runs.pop(), self._runs.pop()
            merged = np.concatenate([before, last])
            merged.sort(kind="stable")
            self._runs.append(merged)
        marked = np.empty(len(first), dtype=np.bool_)
        marked[order] = repeated
        return marked


class Firsts:
    """Tells which identifiers stand for the first time; takes 16 bytes an identifier.

    What it does not mark has certainly stood before. It keeps no more than ``most`` identifiers;
    beyond, and where the first halves of two collide, it may mark a repetition.
    """

    def __init__(self, most: int = 1_000_000) -> None:
        self.most = most
        self.kept = 0
        self.full = False
        self._runs: list[tuple[Words, Words]] = []

    def mark(self, first: Words, second: Words) -> Mask:
        """Mark the identifiers that did not stand before, in this batch or one before."""
        order = np.lexsort((second, first))
        one, two = first[order], second[order]
        known = np.zeros(len(one), dtype=np.bool_)
        known[1:] = (one[1:] == one[:-1]) & (two[1:] == two[:-1])
        for run_one, run_two in self._runs:
            hit, place = _member(run_one, one)
            known |= hit & (run_two[place] == two)
        if not self.full:
            self._keep(one[~known], two[~known])
        marked = np.empty(len(first), dtype=np.bool_)
        marked[order] = ~known
        return marked

    def _keep(self, one: Words, two: Words) -> None:
        room = self.most - self.kept
        if len(one) > room:
            self.full = True
            one, two = one[:room], two[:room]
        if not len(one):
            return
        self.kept += len(one)
        self._runs.append((one, two))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            last, before = self._runs.pop(), self._runs.pop()
            one, two = np.concatenate([before[0], last[0]]), np.concatenate([before[1], last[1]])
            order = np.lexsort((two, one))
            self._runs.append((one[order], two[order]))


def _member(run: Words, asked: Words) -> tuple[Mask, npt.NDArray[np.intp]]:
    if not len(run):
        return np.zeros(len(asked), dtype=np.bool_), np.zeros(len(asked), dtype=np.intp)
    place = np.searchsorted(run, asked)
    place[place == len(run)] = 0
    return run[place] == asked, place


def among(asked: npt.NDArray[np.int64], sorted_: npt.NDArray[np.int64]) -> Mask:
    """Mark the numbers that are among others, which are sorted; fastest where both are."""
    if not len(sorted_):
        return np.zeros(len(asked), dtype=np.bool_)
    place = np.searchsorted(sorted_, asked)
    place[place == len(sorted_)] = 0
    return np.asarray(sorted_[place] == asked)


def distinct(sorted_: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The distinct ones of sorted numbers."""
    if not len(sorted_):
        return sorted_
    return sorted_[np.concatenate(([True], sorted_[1:] != sorted_[:-1]))]


def once(sorted_: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Those of sorted numbers that stand once."""
    if len(sorted_) < 2:
        return sorted_
    same = sorted_[1:] == sorted_[:-1]
    return sorted_[~(np.concatenate(([False], same)) | np.concatenate((same, [False])))]
