"""A table whose records were parsed once and lie in a spool: sheets of workbooks, JSON records."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from connectors.read.batch import Batch, Int32s, Int64s, TextArray, compute, no_hashes
from connectors.read.delimited import hashes_of, is_known
from connectors.read.spool import Piece, Spool
from connectors.read.table import SourceTable

_ROW = "row"
_CONTROL = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")
_SUSPECT = re.compile(rb"\x00|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


class SpooledTable(SourceTable):
    """A table read from a spool.

    Every piece has string columns named by position and an int32 column ``row``. Later pieces may
    have more columns than earlier ones; all batches get as many as the widest.

    Attributes:
        pieces: where the pieces lie, in order.
        found: (row, issue code) of what the parser found wrong.
        width: columns of the widest piece.
    """

    spool: Spool
    pieces: list[Piece]
    found: list[tuple[int, str]]
    width: int

    @abstractmethod
    def _joined(self, table: pa.Table) -> TextArray:
        """Each record as one text that is the same whenever the record is."""

    def head(self, n: int = 200) -> Batch:
        """The first ``n`` records."""
        taken: list[pa.Table] = []
        number = 0
        for table in self.spool.tables(self.pieces):
            taken.append(self._full(table.slice(0, n - number)))
            number += taken[-1].num_rows
            if number >= n:
                break
        whole = pa.concat_tables(taken) if taken else self._nothing()
        return self._batch(whole, None, None, 0)

    def batches(
        self,
        known: Int64s | None = None,
        columns: Sequence[int] | None = None,
        seed: int = 0,
        header_row: int | None = None,
    ) -> Iterator[Batch]:
        """Every record; see :meth:`SourceTable.batches`. Records are never ragged here."""
        for table in self.spool.tables(self.pieces):
            yield self._batch(self._full(table), known, columns, seed)

    def cell(self, row: int, position: int) -> str:
        """One cell as it stands."""
        for table in self.spool.tables(self.pieces):
            numbers = table.column(_ROW).to_numpy()
            at = int(np.searchsorted(numbers, row))
            if at < len(numbers) and numbers[at] == row:
                name = str(position)
                return (table.column(name)[at].as_py() or "") if name in table.column_names else ""
        return ""

    def _nothing(self) -> pa.Table:
        empty = {str(i): pa.array([], pa.string()) for i in range(self.width)}
        return pa.table({**empty, _ROW: pa.array([], pa.int32())})

    def _full(self, table: pa.Table) -> pa.Table:
        """A piece with all columns of the table, in order, the row numbers last."""
        names = [str(i) for i in range(self.width)]
        for name in set(names) - set(table.column_names):
            table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
        return table.select([*names, _ROW])

    def _batch(
        self,
        table: pa.Table,
        known: Int64s | None,
        columns: Sequence[int] | None,
        seed: int,
    ) -> Batch:
        joined = self._joined(table)
        rows: Int32s = table.column(_ROW).to_numpy()
        hashes = hashes_of([text or b"" for text in joined.cast(pa.binary()).to_pylist()], seed)
        skipped = no_hashes()
        mask = is_known(hashes, known)
        if mask is not None and mask.any():
            keep = pa.array(~mask)
            skipped, hashes, rows = hashes[mask], hashes[~mask], rows[~mask]
            table, joined = table.filter(keep), joined.filter(keep)
        problems = [(row, code) for row, code in self.found if row in _Between(rows)]
        controls = _controls(joined)
        problems += [(int(rows[i]), "control-character") for i in controls]
        names = [str(i) for i in (range(self.width) if columns is None else sorted(set(columns)))]
        table = table.select([name for name in names if name in table.column_names])
        if controls:
            cleaned = [compute.replace_substring(c, "\0", "\ufffd") for c in table.columns]
            table = pa.table(cleaned, names=table.column_names)
        return Batch(table, rows, hashes, len(skipped), skipped, problems)


class _Between:
    """Membership in sorted row numbers."""

    def __init__(self, rows: Int32s) -> None:
        self._rows = rows

    def __contains__(self, row: object) -> bool:
        at = int(np.searchsorted(self._rows, row))  # type: ignore[call-overload]
        return at < len(self._rows) and int(self._rows[at]) == row


def _controls(joined: TextArray) -> list[int]:
    """Indices of records with characters that text cannot hold; cheap where there are none."""
    data = joined.buffers()[2]
    if len(joined) == 0 or data is None or not _SUSPECT.search(data):
        return []
    return [i for i, text in enumerate(joined.to_pylist()) if _CONTROL.search(text or "")]
