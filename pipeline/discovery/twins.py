"""Tables that share most of their records: copies with changes, parts, and older versions.

Every table's lowest few hashes are its marks: two tables that share a third of their records or
more share a mark nearly always. Only tables with a mark in common are compared.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipeline.discovery.sketch import Hashes, Sketch, shares

MARKS = 8
LEAST = 0.5
"""Share of the smaller table's records from which on two are told of as near-duplicates."""
_FEWEST = 5
_SAME, _OLDER = 0.995, 0.8
_CROWD = 40
"""Tables with one mark in common, from which on each is compared with the largest of them only."""

Row = tuple[str, int, int, bytes, int]
Pair = tuple[str, int, str, int, float, float, str]
SketchOf = Callable[[str, int], tuple[int, bytes]]


@dataclass(frozen=True)
class _Table:
    path: str
    number: int
    distinct: int
    marks: Hashes
    modified: int


def near_pairs(rows: Iterable[Row], sketch_of: SketchOf) -> Iterator[Pair]:
    """Both ways of every pair of tables alike: the first's path and number, the other's, the share
    of the first's records the other has and the other way round, and in words what the first is.

    Args:
        rows: as :meth:`pipeline.discovery.notebook.Notebook.sketches` gives them. Of each a few
            marks are held in memory.
        sketch_of: distinct records and lowest hashes of one table.
    """
    tables = [
        _Table(path, number, distinct, np.frombuffer(lowest[: 8 * MARKS], np.uint64), modified)
        for path, number, distinct, lowest, modified in rows
        if distinct >= _FEWEST
    ]

    @lru_cache(maxsize=1_000)
    def sketched(place: int) -> Sketch:
        distinct, lowest = sketch_of(tables[place].path, tables[place].number)
        return Sketch(np.frombuffer(lowest, np.uint64), distinct)

    for one, other in sorted(_candidates([table.marks for table in tables], tables)):
        there, back = shares(sketched(one), sketched(other))
        if max(there, back) >= LEAST:
            yield _pair(tables[one], tables[other], there, back)
            yield _pair(tables[other], tables[one], back, there)


def _pair(one: _Table, other: _Table, share: float, back: float) -> Pair:
    relation = _relation(one, other, share, back)
    return one.path, one.number, other.path, other.number, share, back, relation


def _relation(one: _Table, other: _Table, share: float, back: float) -> str:
    if share >= _SAME and back >= _SAME:
        return "the same rows"
    # A part that is about as long is a version; a short one is an extract.
    alike = min(share, back) >= LEAST
    if alike and share >= _OLDER and one.modified < other.modified:
        return "an older version"
    if alike and back >= _OLDER and one.modified > other.modified:
        return "a newer version"
    if share >= _SAME:
        return "a part"
    if back >= _SAME:
        return "the whole"
    return "rows in common"


def _candidates(marks: list[Hashes], tables: list[_Table]) -> set[tuple[int, int]]:
    """Places of tables with a mark in common, the lower first."""
    if not marks:
        return set()
    hashes = np.concatenate(marks)
    owners = np.repeat(np.arange(len(tables)), [len(own) for own in marks])
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    ends = np.flatnonzero(np.append(hashes[1:] != hashes[:-1], True)) + 1
    found: set[tuple[int, int]] = set()
    start = 0
    for end in ends.tolist():
        group = owners[start:end].tolist()
        start = end
        if len(group) > _CROWD:
            largest = max(group, key=lambda place: tables[place].distinct)
            found |= {(min(largest, each), max(largest, each)) for each in group if each != largest}
        else:
            found |= {
                (min(a, b), max(a, b))
                for i, a in enumerate(group)
                for b in group[i + 1 :]
                if a != b
            }
    return found
