"""Which columns may tell one record from another."""

from itertools import combinations

import numpy as np

from pipeline.draft.profile import TableProfile

_MOST_COLUMNS = 8
_FULL = 1.0


def candidate_keys(table: TableProfile) -> list[tuple[int, ...]]:
    """Positions in ``table.columns`` of columns, or pairs of them, that no two rows have alike and
    every row has; single columns first, those to the left first. At most five.

    Columns that hold fractions or long texts are not looked at in pairs.
    """
    if table.rows < 2:
        return []
    full = [
        place
        for place, one in enumerate(table.columns)
        if one.filled >= _FULL * table.rows and one.distinct > 1
    ]
    single: list[tuple[int, ...]] = [
        (place,) for place in full if table.columns[place].distinct == table.rows
    ]
    if single:
        return single[:5]
    hashes = np.concatenate(table.hashes)
    likely = sorted(full, key=lambda place: -table.columns[place].distinct)[:_MOST_COLUMNS]
    found: list[tuple[int, ...]] = [
        pair
        for pair in combinations(sorted(likely), 2)
        if table.columns[pair[0]].distinct * table.columns[pair[1]].distinct >= table.rows
        and _distinct(hashes[:, pair]) == table.rows
    ]
    return found[:5]


def _distinct(pairs: "np.ndarray[tuple[int, int], np.dtype[np.int64]]") -> int:
    mixed = pairs[:, 0] * np.int64(1_000_003) ^ pairs[:, 1]
    return len(np.unique(mixed))
