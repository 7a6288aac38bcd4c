"""Reads delimited text in blocks of some 8 MB: cut, hashed, filtered by hash, parsed by Arrow."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import Unreadable
from connectors.read.ahead import ahead
from connectors.read.batch import Batch, Int32s, Int64s, no_hashes
from connectors.read.hashes import hashes_of, is_known
from connectors.read.left_out import Mask, marked, rows_left_out
from connectors.read.table import SourceTable
from connectors.read.text.delimiter import prove_delimiter
from connectors.read.text.dialect import Dialect, Marks, dialect_of
from connectors.read.text.encoding import declared_encoding, prove_encoding
from connectors.read.text.parse import Parser
from connectors.read.text.records import Cut, cut
from connectors.read.text.text_file import TextFile
from contracts.file_forms import Delimited

BLOCK = 8 << 20
HEAD = 200
LONG = 32 << 20
"""A file of more bytes is sampled where a table's whole would be looked at for a hint only."""
STRETCHES = 32
STRETCH = 64 << 10
_HEAD_BLOCK = 256 << 10


class DelimitedTable(SourceTable):
    """The one table of a delimited text file.

    Records at the top and the end of the file and comments that the form declares to be no data
    are counted and listed in ``left_out``.
    """

    def __init__(self, path: Path, form: Delimited, file: str) -> None:
        if form.encoding:
            encoding = declared_encoding(path, form.encoding, file)
        else:
            encoding = prove_encoding(path, file)
        self._text = TextFile(path, encoding, file)
        self._form = form
        self._comment = form.comment.encode(self._text.encoding) if form.comment else None
        delimiter = form.delimiter
        if delimiter is None:
            heads = partial(self._first_records, file=file)
            delimiter = prove_delimiter(heads, file, form.quote_mark)
        super().__init__(
            file,
            "delimited",
            encoding=encoding.name,
            delimiter=delimiter,
            header_row=0 if form.names else form.header_row,
            field_names=form.names or None,
            notes=(f"encoding: {encoding.doubt}",) if encoding.doubt else (),
        )
        self._dialect = dialect_of(form, delimiter)
        self._marks = self._marks_of(self._dialect, file)
        self._undecided = f"[{re.escape(encoding.undecided)}]" if encoding.undecided else None
        self._head: Batch | None = None
        self._counts: dict[int, int] = {}

    def _marks_of(self, dialect: Dialect, file: str) -> Marks:
        try:
            return dialect.marks(self._text.encoding)
        except UnicodeEncodeError:
            raise Unreadable(
                "encoding-wrong",
                f"{file}: the declared delimiter, quote or line_end does not exist in "
                f"{self._text.encoding}; correct it in the feed's file section.",
            ) from None

    def _first_records(self, delimiter: str, file: str) -> list[str]:
        """The head's records as text, as a delimiter would cut them."""
        marks = self._marks_of(dialect_of(self._form, delimiter), file)
        found: list[str] = []
        for block, kept in self._marked(cut(self._text.chunks(_HEAD_BLOCK), marks, file)):
            chosen = range(len(block.records)) if kept is None else np.flatnonzero(kept).tolist()
            encoding = self._text.encoding
            found += [block.records[i].decode(encoding, "replace") for i in chosen]
            if len(found) >= HEAD:
                break
        return found[:HEAD]

    def _cut(self, size: int) -> Iterator[tuple[Cut, Mask | None]]:
        """Blocks of records, with which of them are data."""
        return self._marked(cut(self._text.chunks(size), self._marks, self.file))

    def _hashed(self, seed: int) -> Iterator[tuple[Cut, Mask | None, Int64s]]:
        """Blocks of records, with which of them are data, and their hashes."""
        for block, kept in self._cut(BLOCK):
            yield block, kept, hashes_of(block.records, seed)
            del block, kept

    def _marked(self, blocks: Iterator[Cut]) -> Iterator[tuple[Cut, Mask | None]]:
        form, comment = self._form, self._comment
        if not (form.skip_first or form.skip_last or comment):
            # Nothing else may hold a block while its batch is worked on.
            return zip(blocks, repeat(None))
        is_none = (lambda record: record.startswith(comment)) if comment else None
        return marked(blocks, form.skip_first, form.skip_last, is_none)

    def head(self, n: int = HEAD) -> Batch:
        """The first ``n`` records."""
        if n == HEAD and self._head is not None:
            return self._head
        whole, kept = _first(self._cut(_HEAD_BLOCK), n)
        with self._text.recoding():
            parser = Parser(self._dialect, self._text.encoding, 1)
            parsed = parser.parse(whole, kept, len(whole.records))
        at = np.arange(len(whole.records)) if kept is None else np.flatnonzero(kept)
        rows = (at + 1).astype(np.int32)
        self._counts = dict(zip(rows.tolist(), parsed.counts.tolist(), strict=True))
        problems = [(int(rows[i]), code) for i, code in parsed.problems]
        hashes = hashes_of([whole.records[i] for i in at.tolist()], 0)
        head = Batch(parsed.table, rows, hashes, problems=problems)
        if n == HEAD:
            self._head = head
        return head

    def _width(self, header_row: int | None) -> int:
        """Cells of the header: of the row found, or of the widest record of the head."""
        if self.field_names:
            return len(self.field_names)
        if self._head is None or (header_row or 0) > HEAD:
            self.head(max(HEAD, header_row or 0))
        if header_row and header_row in self._counts:
            return self._counts[header_row]
        return max(self._counts.values(), default=1)

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
        header_row = header_row or self.header_row
        width = self._width(header_row)
        self.left_out = []
        parser = Parser(self._dialect, self._text.encoding, width, columns)
        blocks = self._hashed(seed)
        for block, kept, hashes in ahead(blocks) if self._text.size > BLOCK else blocks:
            self.left_out += rows_left_out(block, kept)
            rows = np.arange(block.first, block.first + len(hashes), dtype=np.int32)
            mask = is_known(hashes, known)
            if mask is not None and kept is not None:
                mask &= kept
            skipped = no_hashes()
            keep = kept
            if mask is not None and mask.any():
                skipped, keep = hashes[mask], ~mask if kept is None else kept & ~mask
            if keep is not None:
                hashes, rows = hashes[keep], rows[keep]
            with self._text.recoding():
                parsed = parser.parse(block, keep, header_row or 0)
            problems = [(int(rows[i]), code) for i, code in parsed.problems]
            problems += self._undecided_rows(parsed.table, rows)
            batch = Batch(parsed.table, rows, hashes, len(skipped), skipped, problems)
            # Nothing of this block but the batch stays in memory while that is worked on.
            del block, parsed, hashes, rows, mask, keep, kept, skipped
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
        return self._text.size > LONG and self._text.transparent and self._dialect.plain

    def sample(self, columns: Sequence[int], header_row: int | None = None) -> list[Batch] | None:
        """Records of stretches of the file, where it is longer than some 32 MB."""
        if not self.is_long:
            return None
        parser = Parser(self._dialect, self._text.encoding, self._width(header_row), columns)
        found = []
        for stretch in self._text.stretches(STRETCHES, STRETCH):
            for block in cut([stretch], self._marks, self.file):
                with self._text.recoding():
                    table = parser.parse(block, None, len(block.records)).table
                rows = np.zeros(table.num_rows, np.int32)
                found.append(Batch(table, rows, rows.astype(np.int64)))
        return found or None

    def cell(self, row: int, position: int) -> str:
        """One cell as it stands."""
        for block, kept in self._cut(BLOCK):
            at = row - block.first
            if at < len(block.records):
                if kept is not None and not kept[at]:
                    return ""
                keep = np.zeros(len(block.records), dtype=bool)
                keep[at] = True
                with self._text.recoding():
                    parser = Parser(self._dialect, self._text.encoding, 1)
                    parsed = parser.parse(block, keep, row)
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


def _first(blocks: Iterator[tuple[Cut, Mask | None]], n: int) -> tuple[Cut, Mask | None]:
    """The first records of some blocks as one, until ``n`` of them are data; which of them are."""
    whole = Cut(1, [])
    masks: list[Mask] = []
    number = 0
    for block, kept in blocks:
        whole.unbalanced += [i + len(whole.records) for i in block.unbalanced]
        whole.records += block.records
        whole.irregular |= block.irregular
        whole.nested |= block.nested
        masks.append(np.ones(len(block.records), bool) if kept is None else kept)
        number += int(masks[-1].sum())
        if number >= n:
            break
    mask = np.concatenate(masks) if masks else np.ones(0, bool)
    size = int(np.flatnonzero(mask)[n - 1]) + 1 if number >= n else len(mask)
    whole.records = whole.records[:size]
    whole.unbalanced = [i for i in whole.unbalanced if i < size]
    return whole, None if mask[:size].all() else mask[:size]
