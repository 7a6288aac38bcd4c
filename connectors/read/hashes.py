"""Hashes of records, by which those already known are told."""

from collections.abc import Sequence
from itertools import repeat

import numpy as np
import numpy.typing as npt
import xxhash

from connectors.read.batch import Int64s


def hashes_of(records: Sequence[bytes], seed: int) -> Int64s:
    """xxh3_64 of each record, seeded, as signed words (what PostgreSQL's bigint holds)."""
    words = map(xxhash.xxh3_64_intdigest, records, repeat(seed & 0xFFFF_FFFF_FFFF_FFFF))
    return np.fromiter(words, dtype=np.uint64, count=len(records)).view(np.int64)


def is_known(hashes: Int64s, known: Int64s | None) -> npt.NDArray[np.bool_] | None:
    """Which hashes are among the sorted known ones; None where none can be."""
    if known is None or not len(known):
        return None
    at = np.searchsorted(known, hashes)
    found: npt.NDArray[np.bool_] = known[np.minimum(at, len(known) - 1)] == hashes
    return found
