"""How alike two tables are, from a few hashes of their records.

Bottom-k sketches (Cohen 1997; Broder, On the resemblance of documents, 1997): of all records'
hashes the lowest are kept. The lowest of both tables together are a sample of all their records,
and the share of it that lies in both is the share of all records that does.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

KEPT = 256
"""Hashes kept of a table: an estimate is then right to some 3 in 100, near the ends better."""

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Sketch:
    """A table's records.

    Attributes:
        lowest: the lowest hashes of its distinct records, in order, at most :data:`KEPT`.
        distinct: how many distinct records there are.
    """

    lowest: Hashes
    distinct: int


def sketch(hashes: Hashes) -> Sketch:
    """The sketch of records' hashes."""
    distinct = np.unique(hashes)
    return Sketch(distinct[:KEPT].copy(), len(distinct))


def shares(one: Sketch, other: Sketch) -> tuple[float, float]:
    """The share of the first table's distinct records that the second has, and the other way
    round. Exact where both have at most :data:`KEPT`."""
    if not one.distinct or not other.distinct:
        return 0.0, 0.0
    together = np.union1d(one.lowest, other.lowest)
    whole = one.distinct == len(one.lowest) and other.distinct == len(other.lowest)
    sample = together if whole else together[:KEPT]
    both = np.intersect1d(one.lowest, other.lowest, assume_unique=True)
    alike = float(np.isin(sample, both, assume_unique=True).sum()) / len(sample)
    common = alike * (one.distinct + other.distinct) / (1 + alike)
    return min(1.0, common / one.distinct), min(1.0, common / other.distinct)
