"""One table of a delivery, found and mapped; and the values of its columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.read.batch import Int32s
from connectors.read.table import SourceTable
from contracts.column import ColumnFacts
from contracts.dataset import Dataset
from contracts.feed import Feed
from contracts.register import Register
from transforms.mapping import Mapping, Pins, Refused
from transforms.steps.watch_dates import DateWatch
from transforms.values import characters
from transforms.values.parsed import Texts


@dataclass(frozen=True)
class Terms:
    """What the tables of a delivery are read by.

    Attributes:
        columns: contract columns that may land.
        outside: contract columns that may not.
        schemes: code lists by name.
        pinned: from which headers the columns were taken in the delivery accepted before.
    """

    dataset: type[Dataset]
    columns: dict[str, ColumnFacts]
    outside: tuple[str, ...]
    feed: Feed | None
    seed: int
    schemes: dict[str, Register]
    pinned: Pins


@dataclass(frozen=True)
class Surveyed:
    """One table of a delivery, ready to be walked.

    Attributes:
        mapping: None where the table is not read; then ``reason`` says why.
        before: (row, reason) of the records above the header.
        shared: whether another table stands in the same place, above or below.
        until: the last row, where another table with a header of its own follows; None to the end.
        head_only: whether only its first records were looked at.
        watches: of date columns whose formats were proved by the first records, to be held against
            all others.
        refused: why a table that may be of the dataset could not be mapped; it counts where no
            other table is.
    """

    table: SourceTable
    mapping: Mapping | None
    reason: str | None = None
    before: tuple[tuple[int, str], ...] = ()
    until: int | None = None
    shared: bool = False
    head_only: bool = False
    watches: dict[str, DateWatch] = field(default_factory=dict)
    refused: Refused | None = None

    @property
    def place(self) -> str:
        """File and sheet, for people."""
        return place_of(self.table)

    def inside(self, rows: Int32s) -> npt.NDArray[np.bool_]:
        """Which rows stand below the header and above any other table."""
        below = rows > (self.mapping.header_row if self.mapping else 0)
        return below if self.until is None else below & (rows <= self.until)

    def above_header(self, rows: Int32s) -> list[tuple[int, str]]:
        """The records above the header among the rows of a batch."""
        if len(rows) == 0 or not self.before or rows[0] > self.before[-1][0]:
            return []
        present = set(rows[: len(self.before) + 1].tolist())
        return [(row, reason) for row, reason in self.before if row in present]


def place_of(table: SourceTable) -> str:
    """File and sheet of a table, for people."""
    return f'{table.file}, sheet "{table.sheet}"' if table.sheet else table.file


def values_below(
    table: SourceTable, positions: Sequence[int], header_row: int, seed: int
) -> dict[int, Texts]:
    """Whole columns of a table below its header, as written, by position."""
    parts: dict[int, list[Texts]] = {position: [] for position in positions}
    for batch in table.batches(columns=positions, seed=seed, header_row=header_row or None):
        below = pa.array(batch.rows > header_row)
        for position in positions:
            if str(position) in batch.table.column_names:
                parts[position].append(batch.table.column(str(position)).filter(below))
    return {
        position: pa.concat_arrays([characters.plain(part) for part in some])
        if some
        else pa.array([], pa.string())
        for position, some in parts.items()
    }
