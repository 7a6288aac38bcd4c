"""A table read once for all that is noted of it: its first records, some from all of it, counts."""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute
import xxhash

from connectors.errors import Unreadable
from connectors.read.batch import Batch, Int32s
from connectors.read.table import SourceTable
from pipeline.discovery.sketch import Hashes
from transforms.values import characters
from transforms.values.parsed import Texts

compute = pyarrow.compute
HEAD = 60
"""First records among which a header is looked for."""
MOST_COLUMNS = 300
A_BATCH = 500
MOST_ROWS = 2_000
_SEPARATOR = "\x1f"


@dataclass
class Sampled:
    """What one reading of a table gave.

    Attributes:
        table: the table.
        head: its first records.
        values: some values of each column, by position.
        rows: the records they stand in, for each column alike.
        filled: records that hold anything, header and titles among them.
        first_rows: source rows of the first records, filled ones only.
        hashes: of each filled record's cells, white space at their ends and blank cells on the
            right left out, so that the same table is known in another form of file.
        hash_rows: their source rows.
        width: columns.
        broken: why it could not be read to its end, where it could not.
    """

    table: SourceTable
    head: Batch
    values: dict[int, list[Texts]] = field(default_factory=dict)
    rows: list[Int32s] = field(default_factory=list)
    filled: int = 0
    hashes: list[Hashes] = field(default_factory=list)
    hash_rows: list[Int32s] = field(default_factory=list)
    width: int = 0
    broken: Unreadable | None = None
    _below: dict[tuple[int, int], Texts] = field(default_factory=dict)

    def below(self, position: int, header_row: int) -> Texts:
        """The sample's values of a column, below the header."""
        if (position, header_row) not in self._below:
            self._below[position, header_row] = self._cut(position, header_row)
        return self._below[position, header_row]

    def _cut(self, position: int, header_row: int) -> Texts:
        parts = [
            part.filter(pa.array(rows > header_row)) if header_row else part
            for part, rows in zip(self.values.get(position, ()), self.rows, strict=False)
        ]
        return pa.concat_arrays(parts) if parts else pa.array([], pa.string())

    def records_below(self, header_row: int) -> int:
        """Filled records below the header."""
        return sum(int((rows > header_row).sum()) for rows in self.hash_rows)

    def hashes_below(self, header_row: int) -> Hashes:
        """Hashes of the filled records below the header."""
        parts = [
            hashes[rows > header_row]
            for hashes, rows in zip(self.hashes, self.hash_rows, strict=True)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def sampled(table: SourceTable, seed: int) -> Sampled:
    """Read a table to its end.

    Raises:
        Unreadable: not even its first records can be read.
    """
    found = Sampled(table, _first(table.head()))
    taken = 0
    try:
        for batch in table.batches():
            found.width = max(found.width, batch.table.num_columns)
            _hash(found, batch, seed)
            if taken < MOST_ROWS and len(batch.rows):
                taken += _take(found, batch, min(A_BATCH if taken else 1_000, MOST_ROWS - taken))
    except Unreadable as error:
        found.broken = error
    return found


def _first(head: Batch) -> Batch:
    """The first records of those that a table has at hand."""
    return replace(
        head, table=head.table.slice(0, HEAD), rows=head.rows[:HEAD], hashes=head.hashes[:HEAD]
    )


def _take(found: Sampled, batch: Batch, most: int) -> int:
    """Keep values of records evenly apart in a batch."""
    size = len(batch.rows)
    places = np.unique(np.linspace(0, size - 1, min(most, size)).astype(np.int64))
    chosen = pa.array(places)
    earlier = sum(len(rows) for rows in found.rows)
    for position in range(min(batch.table.num_columns, MOST_COLUMNS)):
        column = characters.plain(batch.table.column(position)).take(chosen)
        parts = found.values.setdefault(
            position, [pa.nulls(len(rows), pa.string()) for rows in found.rows] if earlier else []
        )
        parts.append(column)
    for position, parts in found.values.items():
        if len(parts) == len(found.rows):
            parts.append(pa.nulls(len(places), pa.string()))
        assert len(parts) == len(found.rows) + 1, position
    found.rows.append(batch.rows[places])
    return len(places)


def _hash(found: Sampled, batch: Batch, seed: int) -> None:
    columns = [
        compute.utf8_trim_whitespace(characters.plain(column)) for column in batch.table.columns
    ]
    if not columns or not len(batch.rows):
        return
    joined = compute.utf8_rtrim(
        compute.binary_join_element_wise(
            *columns, _SEPARATOR, null_handling="replace", null_replacement=""
        ),
        _SEPARATOR,
    )
    filled = np.asarray(compute.binary_length(joined).to_numpy(zero_copy_only=False)) > 0
    texts = joined.filter(pa.array(filled)).cast(pa.binary()).to_pylist()
    words = (xxhash.xxh3_64_intdigest(text, seed) for text in texts)
    found.hashes.append(np.fromiter(words, np.uint64, len(texts)))
    found.hash_rows.append(batch.rows[filled])
    found.filled += len(texts)
