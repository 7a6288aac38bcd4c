"""Reads delimited text in blocks of some 8 MB: cut, hashed, filtered by hash, parsed by Arrow."""

import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from connectors.read.batch import Batch, Int32s, Int64s, no_hashes
from connectors.read.delimiter import CANDIDATES, prove_delimiter
from connectors.read.encoding import declared_encoding, prove_encoding
from connectors.read.parse import Parser
from connectors.read.records import Cut, cut
from connectors.read.table import SourceTable
from connectors.read.text_file import TextFile
from contracts.file_forms import Delimited

BLOCK = 8 << 20
HEAD = 200
LONG = 32 << 20
"""A file of more bytes is sampled where a table's whole would be looked at for a hint only."""
STRETCHES = 32
STRETCH = 64 << 10
_HEAD_BLOCK = 256 << 10


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


class DelimitedTable(SourceTable):
    """The one table of a delimited text file."""

    def __init__(self, path: Path, form: Delimited, file: str) -> None:
        if form.encoding:
            encoding = declared_encoding(path, form.encoding, file)
        else:
            encoding = prove_encoding(path, file)
        self._text = TextFile(path, encoding, file)
        delimiter = form.delimiter
        if delimiter is None:
            heads = {mark: self._first_records(mark, file) for mark in CANDIDATES}
            delimiter = prove_delimiter(heads, file)
        super().__init__(
            file,
            "delimited",
            encoding=encoding.name,
            delimiter=delimiter,
            header_row=form.header_row,
            notes=(f"encoding: {encoding.doubt}",) if encoding.doubt else (),
        )
        self._undecided = f"[{re.escape(encoding.undecided)}]" if encoding.undecided else None
        self._head: Batch | None = None
        self._counts: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)

    def _first_records(self, delimiter: str, file: str) -> list[str]:
        """The head's records as text, as a delimiter would cut them."""
        found: list[str] = []
        for block in cut(self._text.chunks(_HEAD_BLOCK), delimiter.encode(), file):
            found += [r.decode(self._text.encoding, "replace") for r in block.records]
            if len(found) >= HEAD:
                break
        return found[:HEAD]

    def _cut(self, size: int) -> Iterator[Cut]:
        assert self.delimiter is not None
        return cut(self._text.chunks(size), self.delimiter.encode(), self.file)

    def head(self, n: int = HEAD) -> Batch:
        """The first ``n`` records."""
        if n == HEAD and self._head is not None:
            return self._head
        blocks: list[Cut] = []
        number = 0
        for block in self._cut(_HEAD_BLOCK):
            blocks.append(block)
            number += len(block.records)
            if number >= n:
                break
        whole = _first(blocks, n)
        assert self.delimiter is not None
        with self._text.recoding():
            parsed = Parser(self.delimiter, self._text.encoding, 1).parse(whole, None, n)
        self._counts = parsed.counts
        rows = np.arange(1, len(whole.records) + 1, dtype=np.int32)
        problems = [(int(rows[i]), code) for i, code in parsed.problems]
        head = Batch(parsed.table, rows, hashes_of(whole.records, 0), problems=problems)
        if n == HEAD:
            self._head = head
        return head

    def _width(self, header_row: int | None) -> int:
        """Cells of the header: of the row found, or of the widest record of the head."""
        if self._head is None or (header_row or 0) > HEAD:
            self.head(max(HEAD, header_row or 0))
        if header_row and header_row <= len(self._counts):
            return int(self._counts[header_row - 1])
        return int(self._counts.max(initial=1))

    def batches(
        self,
        known: Int64s | None = None,
        columns: Sequence[int] | None = None,
        seed: int = 0,
        header_row: int | None = None,
    ) -> Iterator[Batch]:
        """Every record of the file; see :meth:`SourceTable.batches`.

        The hash of a record is that of its bytes as they stand, without the line end.
        """
        assert self.delimiter is not None
        header_row = header_row or self.header_row
        width = self._width(header_row)
        parser = Parser(self.delimiter, self._text.encoding, width, columns)
        for block in self._cut(BLOCK):
            hashes = hashes_of(block.records, seed)
            rows = np.arange(block.first, block.first + len(hashes), dtype=np.int32)
            mask = is_known(hashes, known)
            skipped = no_hashes()
            keep = None
            if mask is not None and mask.any():
                keep = ~mask
                skipped, hashes, rows = hashes[mask], hashes[keep], rows[keep]
            with self._text.recoding():
                parsed = parser.parse(block, keep, header_row or 0)
            problems = [(int(rows[i]), code) for i, code in parsed.problems]
            problems += self._undecided_rows(parsed.table, rows)
            batch = Batch(parsed.table, rows, hashes, len(skipped), skipped, problems)
            # Nothing of this block but the batch stays in memory while that is worked on.
            del block, parsed, hashes, rows, mask, keep, skipped
            yield batch
            del batch

    def _undecided_rows(self, table: pa.Table, rows: Int32s) -> list[tuple[int, str]]:
        """Rows that hold a character whose byte may be another, in a column that is read."""
        if self._undecided is None:
            return []
        found = np.zeros(len(rows), dtype=bool)
        for column in table.columns:
            met = pc.match_substring_regex(column, self._undecided).fill_null(False)
            found |= met.to_numpy(zero_copy_only=False)
        return [(int(row), "encoding-undecided") for row in rows[found]]

    @property
    def is_long(self) -> bool:
        """Whether the file is longer than some 32 MB, and its bytes are lines."""
        return self._text.size > LONG and self._text.transparent

    def sample(self, columns: Sequence[int], header_row: int | None = None) -> list[Batch] | None:
        """Records of stretches of the file, where it is longer than some 32 MB."""
        if not self.is_long:
            return None
        assert self.delimiter is not None
        parser = Parser(self.delimiter, self._text.encoding, self._width(header_row), columns)
        found = []
        for stretch in self._text.stretches(STRETCHES, STRETCH):
            for block in cut([stretch], self.delimiter.encode(), self.file):
                with self._text.recoding():
                    table = parser.parse(block, None, len(block.records)).table
                rows = np.zeros(table.num_rows, np.int32)
                found.append(Batch(table, rows, rows.astype(np.int64)))
        return found or None

    def cell(self, row: int, position: int) -> str:
        """One cell as it stands."""
        assert self.delimiter is not None
        for block in self._cut(BLOCK):
            if row < block.first + len(block.records):
                keep = np.zeros(len(block.records), dtype=bool)
                keep[row - block.first] = True
                with self._text.recoding():
                    parsed = Parser(self.delimiter, self._text.encoding, 1).parse(block, keep, row)
                name = str(position)
                if name not in parsed.table.column_names:
                    return ""
                return parsed.table.column(name)[0].as_py() or ""
        return ""


def open_delimited(path: Path, form: Delimited, file: str) -> list[SourceTable]:
    """The one table of a delimited text file.

    Raises:
        Unreadable: encoding or delimiter are not what is declared, or nothing proves them.
    """
    return [DelimitedTable(path, form, file)]


def _first(blocks: list[Cut], n: int) -> Cut:
    """The first records of some blocks as one."""
    whole = Cut(1, [])
    for block in blocks:
        whole.unbalanced += [i + len(whole.records) for i in block.unbalanced]
        whole.records += block.records
        whole.irregular |= block.irregular
        whole.nested |= block.nested
    whole.records = whole.records[:n]
    whole.unbalanced = [i for i in whole.unbalanced if i < n]
    return whole
