"""A table whose records were parsed once and lie in a spool: sheets of workbooks, JSON records."""

import re
from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter

import numpy as np
import pyarrow as pa

from connectors.read.batch import Batch, Int32s, Int64s, TextArray, compute, no_hashes
from connectors.read.hashes import hashes_of, is_known
from connectors.read.parsed.spool import Piece, Spool
from connectors.read.table import SourceTable

_ROW = "row"
_CONTROL = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")
_SUSPECT = (b"\xe2\x80", b"\xe2\x81")  # How those beyond ASCII begin in UTF-8.


class SpooledTable(SourceTable):
    """A table read from a spool.

    Every piece has string columns named by position and an int32 column ``row``. Later pieces may
    have more columns than earlier ones; all batches get as many as the widest.

    Attributes:
        pieces: where the pieces lie, in order.
        found: (row, issue code) of what the parser found wrong, in the order of rows.
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
        there = dict(zip(table.column_names, table.columns, strict=True))
        blank = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
        names = [str(i) for i in range(self.width)]
        return pa.table({**{name: there.get(name, blank) for name in names}, _ROW: there[_ROW]})

    def _problems(self, rows: Int32s) -> list[tuple[int, str]]:
        """What the parser found wrong of some rows; what it found is in the order of rows."""
        if len(rows) == 0:
            return []
        first = bisect_left(self.found, int(rows[0]), key=itemgetter(0))
        last = bisect_right(self.found, int(rows[-1]), key=itemgetter(0))
        found = self.found[first:last]
        there = np.isin(np.array([row for row, _ in found], np.int32), rows)
        return [problem for problem, is_there in zip(found, there, strict=True) if is_there]

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
        problems = self._problems(rows)
        controls = _controls(joined)
        problems += [(int(rows[i]), "control-character") for i in controls]
        names = [str(i) for i in (range(self.width) if columns is None else sorted(set(columns)))]
        there = set(table.column_names)
        table = table.select([name for name in names if name in there])
        if controls:
            cleaned = [compute.replace_substring(c, "\0", "\ufffd") for c in table.columns]
            table = pa.table(cleaned, names=table.column_names)
        return Batch(table, rows, hashes, len(skipped), skipped, problems)


def _controls(joined: TextArray) -> list[int]:
    """Indices of records with characters that text cannot hold; cheap where there are none."""
    data = joined.buffers()[2]
    if len(joined) == 0 or data is None:
        return []
    content = data.to_pybytes()
    # All of them but NUL are beyond ASCII, which is quickest told.
    if b"\0" not in content and (content.isascii() or not any(b in content for b in _SUSPECT)):
        return []
    return [i for i, text in enumerate(joined.to_pylist()) if _CONTROL.search(text or "")]
