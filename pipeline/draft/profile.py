"""What the columns of a table hold: how full they are, how many different values they have."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute

from connectors.read.table import SourceTable
from transforms.values import characters
from transforms.values.parsed import Texts

compute = pyarrow.compute

MOST_ROWS = 1_000_000
"""Rows a draft looks at; a guess says so where there are more."""


@dataclass
class ColumnProfile:
    """One column below the header.

    Attributes:
        header: as written.
        filled: rows with a value.
        values: the different values, as written.
        counts: in how many rows each stands.
    """

    position: int
    header: str
    filled: int = 0
    values: Texts = field(default_factory=lambda: pa.array([], pa.string()))
    counts: "pa.Array" = field(default_factory=lambda: pa.array([], pa.int64()))

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.values)

    def add(self, texts: Texts) -> None:
        """Count the values of some more rows."""
        plain = characters.plain(texts)
        trimmed = compute.utf8_trim_whitespace(plain).drop_null()
        some = trimmed.filter(compute.greater(compute.binary_length(trimmed), 0))
        self.filled += len(some)
        counted = some.value_counts()
        both = pa.table(
            {
                "value": pa.concat_arrays([self.values, counted.field("values")]),
                "count": pa.concat_arrays([self.counts, counted.field("counts").cast(pa.int64())]),
            }
        )
        merged = both.group_by("value", use_threads=False).aggregate([("count", "sum")])
        self.values = merged.column("value").combine_chunks()
        self.counts = merged.column("count_sum").combine_chunks()


@dataclass
class TableProfile:
    """A table's columns that have a header or a value, and its rows.

    Attributes:
        rows: filled rows below the header that were looked at.
        whole: whether those are all.
        hashes: of each row's cells by column, to try keys of several columns.
    """

    columns: list[ColumnProfile]
    rows: int = 0
    whole: bool = True
    hashes: list["np.ndarray[tuple[int, int], np.dtype[np.int64]]"] = field(default_factory=list)


def profile(table: SourceTable, header_row: int, headers: list[str]) -> TableProfile:
    """Read a table below its header.

    Raises:
        connectors.errors.Unreadable: it cannot be read.
    """
    found = TableProfile([ColumnProfile(i, header) for i, header in enumerate(headers)])
    for batch in table.batches(header_row=header_row or None):
        below = pa.array(batch.rows > header_row)
        part = batch.table.filter(below)
        blank = pa.nulls(part.num_rows, pa.string())
        columns = [
            characters.plain(part.column(str(one.position)))
            if str(one.position) in part.column_names
            else blank
            for one in found.columns
        ]
        if not columns or part.num_rows == 0:
            continue
        full = np.zeros(part.num_rows, dtype=bool)
        for texts in columns:
            length = compute.binary_length(compute.utf8_trim_whitespace(texts)).fill_null(0)
            full |= length.to_numpy(zero_copy_only=False) > 0
        keep = pa.array(full)
        for one, texts in zip(found.columns, columns, strict=True):
            one.add(texts.filter(keep))
        found.rows += int(full.sum())
        found.hashes.append(_hashes([texts.filter(keep) for texts in columns]))
        if found.rows >= MOST_ROWS:
            found.whole = False
            break
    return found


def _hashes(columns: list[Texts]) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    """A number for each cell that is the same where the text is, within this process."""
    return np.column_stack(
        [np.fromiter(map(hash, texts.to_pylist()), np.int64, len(texts)) for texts in columns]
    )
