"""Reads fixed-width text: a line is a record, a field is a place in it; cut column by column."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.read.batch import Batch, Int64s, TextArray, compute, no_hashes
from connectors.read.hashes import hashes_of, is_known
from connectors.read.table import SourceTable
from connectors.read.text import delimited
from connectors.read.text.controls import fit, has_control, may_have_controls
from connectors.read.text.encoding import declared_encoding
from connectors.read.text.records import Cut, cut
from connectors.read.text.text_file import TextFile
from contracts.file_forms import FixedWidth


class FixedWidthTable(SourceTable):
    """The one table of a fixed-width file.

    Blanks that fill a field up on the right are no part of the cell. Rows are lines, header and
    trailer records counted; those are left out and listed in ``left_out``. Where nine in ten lines
    of the head have one length, a line of another is reported (``record-length-wrong``), but for a
    blank one.
    """

    def __init__(self, path: Path, form: FixedWidth, file: str) -> None:
        names = tuple(field.name for field in form.fields)
        encoding = declared_encoding(path, form.encoding, file)
        super().__init__(
            file, "fixed-width", encoding=form.encoding, header_row=0, field_names=names
        )
        self._form = form
        self._text = TextFile(path, encoding, file)
        self._length = self._usual_length()

    def _usual_length(self) -> int | None:
        """The length that nine in ten lines of the head have, in characters."""
        lengths: Counter[int] = Counter()
        for block in self._records(256 << 10):
            lengths.update(len(r.decode(self._text.encoding, "replace")) for r in block.records)
            break
        if not lengths:
            return None
        length, number = lengths.most_common(1)[0]
        return length if number >= 0.9 * lengths.total() else None

    def _records(self, size: int) -> Iterator[Cut]:
        """Blocks of lines, without header and trailer records."""
        self.left_out = list(range(1, self._form.skip_first + 1))
        blocks = cut(self._text.chunks(size), None, self.file)
        if not self._form.skip_last:
            return self._below_first(blocks)
        return self._above_last(self._below_first(blocks))

    def _below_first(self, blocks: Iterable[Cut]) -> Iterator[Cut]:
        for block in blocks:
            over = min(len(block.records), max(0, self._form.skip_first + 1 - block.first))
            yield Cut(block.first + over, block.records[over:]) if over else block

    def _above_last(self, blocks: Iterable[Cut]) -> Iterator[Cut]:
        """Holds the last lines back until it is known that more follow."""
        held: deque[bytes] = deque()
        first = self._form.skip_first + 1
        for block in blocks:
            held.extend(block.records)
            ready = [held.popleft() for _ in range(max(0, len(held) - self._form.skip_last))]
            if ready:
                yield Cut(first, ready)
                first += len(ready)
        self.left_out += range(first, first + len(held))

    def head(self, n: int = 200) -> Batch:
        """The first ``n`` records."""
        for block in self._records(256 << 10):
            return self._batch(Cut(block.first, block.records[:n]), None, None, 0)
        return self._batch(Cut(1, []), None, None, 0)

    def batches(
        self,
        known: Int64s | None = None,
        columns: Sequence[int] | None = None,
        seed: int = 0,
        header_row: int | None = None,
    ) -> Iterator[Batch]:
        """Every record; see :meth:`SourceTable.batches`. There is no header row to find."""
        for block in self._records(delimited.BLOCK):
            yield self._batch(block, known, columns, seed)

    def _batch(
        self, block: Cut, known: Int64s | None, columns: Sequence[int] | None, seed: int
    ) -> Batch:
        hashes = hashes_of(block.records, seed)
        rows = np.arange(block.first, block.first + len(hashes), dtype=np.int32)
        records = block.records
        skipped = no_hashes()
        mask = is_known(hashes, known)
        if mask is not None and mask.any():
            skipped, hashes, rows = hashes[mask], hashes[~mask], rows[~mask]
            records = [block.records[i] for i in np.flatnonzero(~mask).tolist()]
        with self._text.recoding():
            lines, controls = self._lines(records)
        wanted = range(len(self._form.fields)) if columns is None else sorted(set(columns))
        table = pa.table({str(i): self._field(lines, i) for i in wanted})
        problems = [(int(rows[i]), "control-character") for i in controls]
        problems += [(int(rows[i]), "record-length-wrong") for i in self._wrong_length(lines)]
        return Batch(table, rows, hashes, len(skipped), skipped, problems)

    def _lines(self, records: list[bytes]) -> tuple[TextArray, list[int]]:
        """The lines as text, and the indices of those with a character that text cannot hold, which
        becomes U+FFFD."""
        encoding = self._text.encoding
        if encoding != "utf-8":
            records = [record.decode(encoding).encode() for record in records]
        controls: list[int] = []
        if may_have_controls(b"\n".join(records)):
            controls = [i for i, record in enumerate(records) if has_control(record)]
            records = [fit(record) for record in records]
        return pa.array(records, pa.binary()).cast(pa.string()), controls

    def _field(self, lines: TextArray, position: int) -> TextArray:
        field = self._form.fields[position]
        start = field.start - 1
        cut_out = compute.utf8_slice_codeunits(lines, start, start + field.length)
        cell: TextArray = compute.utf8_rtrim(cut_out, " ")
        return cell

    def _wrong_length(self, lines: TextArray) -> list[int]:
        if self._length is None or len(lines) == 0:
            return []
        lengths: npt.NDArray[np.int32] = compute.utf8_length(lines).to_numpy(zero_copy_only=False)
        odd = np.flatnonzero(lengths != self._length).tolist()
        return [i for i in odd if lines[i].as_py().strip()]

    def cell(self, row: int, position: int) -> str:
        """One field as it stands, without the blanks that fill it up."""
        for block in self._records(delimited.BLOCK):
            if block.first <= row < block.first + len(block.records):
                one = Cut(row, [block.records[row - block.first]])
                return str(self._batch(one, None, [position], 0).table.column(0)[0].as_py())
        return ""

    def place(self, row: int, position: int) -> tuple[str, str | None, str]:
        """File, no sheet, and the line with the field's name and first position."""
        field = self._form.fields[position]
        return self.file, None, f"line {row}, position {field.start} ({field.name})"

    @property
    def places(self) -> dict[str, Any]:
        """First position and name of each field."""
        return {"fields": [[field.start, field.name] for field in self._form.fields]}


def open_fixed_width(path: Path, form: FixedWidth, file: str) -> list[SourceTable]:
    """The one table of a fixed-width file.

    Raises:
        Unreadable: its encoding is not what is declared.
    """
    return [FixedWidthTable(path, form, file)]
