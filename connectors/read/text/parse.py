"""Parses records into Arrow columns: in bulk where they are all alike, one by one where not."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from connectors.read.text.controls import fit, has_control, may_have_controls
from connectors.read.text.dialect import Dialect
from connectors.read.text.records import Cut
from connectors.read.text.text_file import to_utf8

# Arrow's stubs want a path or a Python file here.
_read_csv: Any = pacsv.read_csv

LONGEST_VALUE = 131_072
"""Characters a value may have; Python's ``csv`` and most spreadsheets draw the line at or below."""

# Our own limit is a reported row; csv's would be an exception in the middle of a file.
csv.field_size_limit(1 << 30)

_PLAIN = "\x1f"
"""What stands in for a delimiter that Arrow does not know: ASCII's unit separator."""


def _in_order(pieces: list[pa.Table], order: npt.NDArray[np.int64]) -> pa.Table:
    """Tables one under the other, null where one lacks a column, rows sorted by ``order``."""
    table = pa.concat_tables(pieces, promote_options="default")
    names = sorted(table.column_names, key=int)
    return table.select(names).take(np.argsort(order, kind="stable"))


@dataclass
class Parsed:
    """Parsed records: columns by position, how many cells each record has, what is wrong."""

    table: pa.Table
    counts: npt.NDArray[np.int32]
    problems: list[tuple[int, str]] = field(default_factory=list)


class Parser:
    """Parses the records of one table.

    Args:
        dialect: what parts cells.
        encoding: what the records' bytes are in.
        width: cells of the header; fewer or more in a record are reported.
        columns: positions to make columns of; None for all.
    """

    def __init__(
        self, dialect: Dialect, encoding: str, width: int, columns: Sequence[int] | None = None
    ) -> None:
        self._dialect = dialect
        self._marks = dialect.marks("utf-8")
        self._encoding = encoding
        self._width = width
        self._columns = None if columns is None else sorted(set(columns))
        # What was right for the last block is tried first on the next.
        self._likely = width

    def parse(self, block: Cut, keep: npt.NDArray[np.bool_] | None, after: int) -> Parsed:
        """The records of a block as text columns.

        Args:
            block: the records.
            keep: which of them to parse; all where None.
            after: rows up to here are not reported as ragged (titles and header).

        Problems are (index among the parsed records, issue code).
        """
        if keep is None:
            records, rows = block.records, np.arange(len(block.records)) + block.first
        else:
            at = np.flatnonzero(keep)
            records, rows = [block.records[i] for i in at.tolist()], at + block.first
        body = block.body if keep is None else None
        if body is not None and not self._dialect.plain and b"\r" in body:
            body = None  # Other dialects are turned into lines that end with LF.
        # A line end after the last record keeps a blank one from getting lost.
        text = self._utf8(b"\n".join([*records, b""]) if body is None else body)
        controls = self._controls(text, records)
        if controls:
            text = fit(text)
        table, counts = self._tabulate(text, records, block, self._flagged(block, keep))
        found = Parsed(table, counts, [(i, "control-character") for i in controls])
        self._report(found, records, rows, after, block.longest)
        flagged = sorted(self._flagged(block, keep))
        found.problems += [(i, "unbalanced-quote") for i in flagged]
        return found

    def _tabulate(
        self, text: bytes, records: list[bytes], block: Cut, flagged: set[int]
    ) -> tuple[pa.Table, npt.NDArray[np.int32]]:
        """Columns and numbers of cells, by the quickest way the records allow."""
        if not records:
            return self._empty(), np.empty(0, dtype=np.int32)
        bulk = None
        if not block.irregular:
            bulk = self._in_bulk(text, self._likely, nested=block.nested)
        whole = bulk is not None and bulk[0].num_rows + len(bulk[1]) == len(records)
        if bulk is not None and whole and not bulk[1]:
            return bulk[0], np.full(len(records), self._likely, dtype=np.int32)
        if bulk is not None and whole and len(bulk[1]) * 2 < len(records):
            table, others = bulk
            return self._mixed(len(records), table, {i: self._fit(records[i]) for i in others})
        return self._one_by_one([self._fit(record) for record in records], flagged)

    def _utf8(self, raw: bytes) -> bytes:
        return to_utf8(raw, self._encoding)

    def _fit(self, raw: bytes) -> bytes:
        """A record in UTF-8, what text cannot hold replaced."""
        return fit(self._utf8(raw))

    def _controls(self, text: bytes, records: list[bytes]) -> list[int]:
        """Indices of records with characters that text cannot hold; cheap where there are none."""
        if not may_have_controls(text):
            return []
        return [i for i, record in enumerate(records) if has_control(self._utf8(record))]

    def _in_bulk(
        self, text: bytes, width: int, *, nested: bool
    ) -> tuple[pa.Table, list[int]] | None:
        """All records at once: those of ``width`` cells, and the indices of the others.

        None where the text is not what Arrow can read, or most records have other lengths. A blank
        line passes as a record of blank cells.
        """
        simple = self._simple(text)
        if simple is None:
            return None
        names = [str(i) for i in range(width)]
        wanted = names if self._columns is None else [str(i) for i in self._columns if i < width]
        others: list[int] = []

        def pass_over(row: pacsv.InvalidRow) -> Literal["skip", "error"]:
            others.append((row.number or 0) - 1)
            return "error" if len(others) > 1000 and len(others) * 100 > len(text) else "skip"

        try:
            table = _read_csv(
                pa.BufferReader(simple),
                read_options=pacsv.ReadOptions(
                    column_names=names, use_threads=False, block_size=len(simple) + 1
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=self._dialect.delimiter if self._dialect.plain else _PLAIN,
                    quote_char=(self._dialect.plain and self._dialect.quote) or False,
                    ignore_empty_lines=False,
                    newlines_in_values=nested,
                    invalid_row_handler=pass_over,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types={name: pa.string() for name in names},
                    include_columns=wanted,
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:  # Its message quotes the row; what is wrong is found below.
            return None
        return table, others

    def _simple(self, text: bytes) -> bytes | None:
        """Records as Arrow can read them; None where it cannot."""
        if self._dialect.plain:
            return text
        if any(mark in text for mark in (_PLAIN.encode(), b"\r", *self._marks.telling)):
            return None
        return text.replace(self._marks.delimiter, _PLAIN.encode())

    def _mixed(
        self, size: int, table: pa.Table, others: dict[int, bytes]
    ) -> tuple[pa.Table, npt.NDArray[np.int32]]:
        """A table that lacks some of ``size`` records, those of other lengths, with those, by their
        indices, put in their places."""
        counts = np.full(size, self._likely, dtype=np.int32)
        places = np.fromiter(others, dtype=np.int64, count=len(others))
        cells = [self._cells(record) for record in others.values()]
        counts[places] = [len(one) for one in cells]
        regular = np.ones(size, dtype=bool)
        regular[places] = False
        order = np.concatenate([np.flatnonzero(regular), places])
        return _in_order([table, self._columns_of(cells)], order), counts

    def _one_by_one(
        self, records: list[bytes], flagged: set[int]
    ) -> tuple[pa.Table, npt.NDArray[np.int32]]:
        """Records of many lengths: those of one length together, quoted and rare ones singly."""
        singly: dict[int, list[str]] = {}
        counts = np.empty(len(records), dtype=np.int32)
        for i, record in enumerate(records):
            if i in flagged:
                singly[i] = record.decode().split(self._dialect.delimiter)
            elif any(mark in record for mark in self._marks.telling):
                singly[i] = self._cells(record)
            mark = self._marks.delimiter
            counts[i] = len(singly[i]) if i in singly else record.count(mark) + 1
        widths, numbers = np.unique(counts, return_counts=True)
        if len(widths):
            self._likely = int(widths[numbers.argmax()])
        pieces: list[pa.Table] = []
        order: list[list[int]] = []
        for width in widths.tolist():
            plain = [i for i in np.flatnonzero(counts == width).tolist() if i not in singly]
            bulk = None
            if len(plain) >= 64:
                text = b"\n".join([*[records[i] for i in plain], b""])
                bulk = self._in_bulk(text, width, nested=False)
            if bulk is not None and bulk[0].num_rows == len(plain):
                pieces.append(bulk[0])
                order.append(plain)
            else:
                parted = self._dialect.delimiter
                singly.update({i: records[i].decode().split(parted) for i in plain})
        if singly:
            order.append(sorted(singly))
            pieces.append(self._columns_of([singly[i] for i in order[-1]]))
        if not pieces:
            return self._empty(), counts
        places = np.concatenate([np.array(one, dtype=np.int64) for one in order])
        return _in_order(pieces, places), counts

    def _flagged(self, block: Cut, keep: npt.NDArray[np.bool_] | None) -> set[int]:
        if keep is None or not block.unbalanced:
            return set(block.unbalanced)
        place = np.cumsum(keep) - 1
        return {int(place[i]) for i in block.unbalanced if keep[i]}

    def _columns_of(self, cells: list[list[str]]) -> pa.Table:
        """Columns from lists of cells, null where a record is too short; where all are, a column
        of nulls, since a table without columns has no rows."""
        columns = list(zip_longest(*cells))
        wanted = range(len(columns)) if self._columns is None else self._columns
        return pa.table(
            {
                str(i): pa.array(columns[i], pa.string())
                if i < len(columns)
                else pa.nulls(len(cells), pa.string())
                for i in wanted
            }
        )

    def _empty(self) -> pa.Table:
        wanted = range(self._width) if self._columns is None else self._columns
        return pa.table({str(i): pa.array([], pa.string()) for i in wanted})

    def _report(
        self,
        found: Parsed,
        records: list[bytes],
        rows: npt.NDArray[np.int64],
        after: int,
        longest: int,
    ) -> None:
        """Adds what is wrong with the length of records, and pads the table to the header."""
        odd = np.flatnonzero((found.counts != self._width) & (rows > after))
        for i in odd.tolist():
            if code := self._ragged(self._utf8(records[i]), int(found.counts[i])):
                found.problems.append((i, code))
        if longest > LONGEST_VALUE:
            for i, record in enumerate(records):
                if len(record) > LONGEST_VALUE and self._has_long_value(self._utf8(record)):
                    found.problems.append((i, "value-too-long"))
        wanted = range(self._width) if self._columns is None else self._columns
        have = set(found.table.column_names)
        missing = [str(i) for i in wanted if str(i) not in have]
        if missing:
            blank = pa.nulls(found.table.num_rows, pa.string())
            for name in missing:
                found.table = found.table.append_column(name, blank)
            found.table = found.table.select(sorted(found.table.column_names, key=int))

    def _ragged(self, record: bytes, count: int) -> str | None:
        quote = self._marks.quote
        bare = record.replace(self._marks.delimiter, b"")
        if not (bare.replace(quote, b"") if quote else bare).strip():
            return None
        if count < self._width:
            return "ragged-row"
        beyond = self._cells(record)[self._width :]
        return "ragged-row-excess" if any(cell.strip() for cell in beyond) else "ragged-row"

    def _cells(self, record: bytes) -> list[str]:
        text = fit(record).decode()
        dialect = self._dialect
        if not dialect.plain:
            return dialect.cells(text)
        if not dialect.quote or dialect.quote not in text:
            return text.split(dialect.delimiter)
        # An empty record has one blank cell here, none for csv.
        found = csv.reader([text], delimiter=dialect.delimiter, quotechar=dialect.quote)
        return next(found, [""])

    def _has_long_value(self, record: bytes) -> bool:
        return max(map(len, self._cells(record))) > LONGEST_VALUE
