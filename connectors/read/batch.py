"""The plain form in which records leave a file, whatever the file is."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from connectors.cells import cell_name, column_letters, column_position

__all__ = [
    "Batch",
    "Int32s",
    "Int64s",
    "TextArray",
    "cell_name",
    "column_letters",
    "column_position",
    "compute",
    "no_hashes",
]

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
TextArray: TypeAlias = "pa.Array[Any]"
# Arrow's stubs know fewer of its functions' arguments than it takes.
compute: Any = pyarrow.compute


def no_hashes() -> Int64s:
    """An empty array of record hashes."""
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Batch:
    """Some consecutive records of one table, as text.

    Attributes:
        table: string columns named by their 0-based position in the source: ``"0"``, ``"1"`` ...
            A cell the record does not reach is null; a blank one is ``""`` or null. A batch may
            have more columns than the one before it, where its records are longer.
        rows: 1-based number of each record in the source: CSV record, sheet row, line, or record
            of a JSON list counted over all pages. Titles, header and blank records count.
        hashes: xxh3_64 of each record as it stands, to tell records already known.
        skipped: how many records were left out because their hash was known.
        skipped_hashes: the hashes of those records.
        problems: (row, issue code) of what is wrong with the form of a record.
    """

    table: pa.Table
    rows: Int32s
    hashes: Int64s
    skipped: int = 0
    skipped_hashes: Int64s = field(default_factory=no_hashes)
    problems: list[tuple[int, str]] = field(default_factory=list)
