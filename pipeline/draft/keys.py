"""Which columns may tell one record from another."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pyarrow.compute

from contracts import kinds
from contracts.kinds import Kind
from pipeline.draft.guess import LONGEST_CODE, is_of_notes
from pipeline.draft.profile import ColumnProfile, TableProfile

compute = pyarrow.compute

_MOST_COLUMNS = 8
_AMOUNTS = (kinds.Money, kinds.DecimalNumber)


def candidate_keys(table: TableProfile, guessed: Sequence[type[Kind]]) -> list[tuple[int, ...]]:
    """Positions in ``table.columns`` of columns, or pairs of them, that no two rows have alike and
    every row has; single columns first, those to the left first. At most five.

    Sums, fractions and free text are no part of a key, though in a short file no two may be alike:
    the next delivery corrects a sum or a remark, and the record would be another.

    Args:
        guessed: the kind of each column.
    """
    if table.rows < 2:
        return []
    full = [
        place
        for place, (one, kind) in enumerate(zip(table.columns, guessed, strict=True))
        if one.filled == table.rows and one.distinct > 1 and _may_tell(one, kind)
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


def _may_tell(column: ColumnProfile, kind: type[Kind]) -> bool:
    """Whether a column holds what may be an identifier, a code, a name or a date."""
    if issubclass(kind, _AMOUNTS):
        return False
    if not issubclass(kind, kinds.Text):
        return True
    texts = column.values
    long = texts.filter(compute.greater(compute.utf8_length(texts), LONGEST_CODE))
    # Without a space it is no sentence but a hash, or an address on the web.
    is_prose = compute.any(compute.match_substring(long, " ")).as_py()
    return not is_of_notes(column.header) and not is_prose


def _distinct(pairs: "np.ndarray[tuple[int, int], np.dtype[np.int64]]") -> int:
    mixed = pairs[:, 0] * np.int64(1_000_003) ^ pairs[:, 1]
    return len(np.unique(mixed))
