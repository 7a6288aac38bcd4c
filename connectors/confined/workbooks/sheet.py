"""One sheet of a workbook on its way from calamine to the parent, what calamine lost put in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineSheet, CalamineWorkbook

from connectors.confined.child import Frames
from connectors.confined.workbooks.book import Search
from connectors.confined.workbooks.lost import Lost, Place, is_no_date, no_date
from connectors.confined.workbooks.sheet_text import (
    EXACT,
    TextArray,
    numbers_of,
    text_of,
    texts_only,
)
from connectors.errors import Unreadable

LONGEST_VALUE = 131_072
"""Characters a value may have, as in delimited text (``value-too-long``)."""
_CELLS = 400_000  # Cells a batch has at most.
# Cells that are turned into text at a time: few enough that they are still in the processor's cache
# when their columns are taken, which halves the time.
_HANDFUL = 64_000
_BYTES = 32 << 20  # Bytes of text a batch has at most, so that a frame stays small.
_SPREAD = 1 << 28  # Cells from the first to the last: a million rows of 256 columns.
_ROWS, _COLUMNS = 1 << 20, 1 << 14  # What a sheet can have at most, in any format.
_NO_DAY = date(1900, 2, 28)  # What calamine makes of the 29 February that never was.
_AFTER_NO_DAY = datetime(1900, 3, 1)


class Sheet:
    """One sheet, read; what calamine lost of it is searched for beside."""

    def __init__(self, workbook: CalamineWorkbook, name: str, search: Search, file: str) -> None:
        self._name, self._file = name, file
        self._exact_search = search.exact
        self._exact: dict[Place, str] | None = None
        self._texts: dict[Place, str] = {}
        self._found: list[tuple[int, str]] = []
        # The search runs beside calamine: both spend their time outside Python.
        with ThreadPoolExecutor(1) as beside:
            looked = beside.submit(search.look)
            self._sheet: CalamineSheet = workbook.get_sheet_by_name(name)
            self._lost: Lost = looked.result()
        self._texts.update(self._lost.texts)

    def send_to(self, frames: Frames, notes: list[str]) -> None:
        """Sends facts, batches and problems."""
        notes = notes + [f"hidden-{what}" for what in sorted(self._lost.hidden)]
        frames.send_json("S", {"sheet": self._name, "notes": notes})
        start = self._sheet.start
        left = start[1] if start else 0
        height = self._last_row() + 1
        self._refuse_spread(height, left + self._sheet.width)
        for batch in self._batches(height, left):
            for part in _parts(batch):
                frames.send("B", part)
        frames.send_json("P", self._problems())

    def _batches(self, height: int, left: int) -> Iterator[pa.Table]:
        """The rows in batches, each of some handfuls that are as wide."""
        width = max(1, left + self._sheet.width)
        size = max(1, min(_HANDFUL // width, 8_192))
        rows = self._rows()
        handfuls: list[pa.Table] = []
        for first in range(0, height, size):
            texts = self._columns(list(islice(rows, size)), first, left)
            handful = self._table(texts, first, left, min(size, height - first))
            is_full = sum(one.num_rows for one in handfuls) * width >= _CELLS
            if handfuls and (is_full or handful.num_columns != handfuls[0].num_columns):
                yield pa.concat_tables(handfuls)
                handfuls = []
            handfuls.append(handful)
        if handfuls:
            yield pa.concat_tables(handfuls)

    def _refuse_spread(self, height: int, width: int) -> None:
        """Refuses a sheet of which almost all is blank: one stray cell at the end of all."""
        if height > _ROWS or width > _COLUMNS:
            raise ValueError("more rows or columns than a sheet has")
        if height * width > _SPREAD:
            raise Unreadable(
                "file-too-demanding",
                f"{self._file}: what sheet {self._name!r} holds is spread over {height:,} rows and "
                f"{width:,} columns, most of them blank. Ask the supplier to clear what stands far "
                "from the table.",
            )

    def _rows(self) -> Iterator[list[Any]]:
        """Rows from the top of the sheet down, each from the left edge of what is used."""
        rows = iter(self._sheet.iter_rows()) if self._sheet.start else iter(())
        number = 0
        while True:
            number += 1
            try:
                yield next(rows)
            except StopIteration:
                return
            except OverflowError:
                # A time span no calendar holds. The row is kept, and kept out, by its problem.
                self._found.append((number, "cell-unreadable"))
                yield ["#NUM!"] * self._sheet.width

    def _last_row(self) -> int:
        """The last row with anything in it, uncomputed formulas and errors included; from 0."""
        last = self._sheet.end[0] if self._sheet.end else -1
        others = [row for row, _ in [*self._lost.valueless, *self._lost.texts]]
        return max([last, *others])

    def _columns(self, rows: list[list[Any]], first: int, left: int) -> list[TextArray]:
        """The cells of some rows as text, by column."""
        columns: list[TextArray] = []
        for position, cells in enumerate(_by_column(rows), left):
            column = texts_only(cells)
            if column is None:
                column = self._mixed(cells, first, position)
            columns.append(self._shortened(column, first))
        return columns

    def _mixed(self, cells: list[Any], first: int, position: int) -> TextArray:
        """A column as text whose cells are not all texts."""
        kinds = set(map(type, cells))
        numbers = numbers_of(cells, kinds)
        if (np.abs(numbers) >= EXACT).any():
            self._note_long(cells, first, position)
        if time in kinds or _may_have_no_day(cells, kinds):
            self._note_no_dates(cells, first, position)
        return text_of(cells, kinds, numbers)

    def _written(self, place: Place) -> str | None:
        """A number as the file has it, of those that calamine may give as something else."""
        if self._exact is None:
            self._exact = self._exact_search()
        return self._exact.get(place)

    def _note_long(self, cells: list[Any], first: int, position: int) -> None:
        """Looks up numbers that calamine rounded; a cell then says what the file says."""
        for i, cell in enumerate(cells):
            if type(cell) is float and abs(cell) >= EXACT:
                place = (first + i, position)
                written = self._written(place)
                if written is not None and written.lstrip("-").isdecimal():
                    self._texts[place] = written
                else:
                    self._found.append((first + i + 1, "digits-lost"))

    def _note_no_dates(self, cells: list[Any], first: int, position: int) -> None:
        """Looks up numbers that a date format makes nonsense of: calamine gives times of day for
        those below nought, and the day before for a 29 February that never was."""
        for i, cell in enumerate(cells):
            kind = type(cell)
            if kind is time or (kind is date and cell == _NO_DAY):
                pass
            elif not (kind is datetime and cell.date() == _NO_DAY):
                continue
            place = (first + i, position)
            written = self._written(place)
            if written is not None and is_no_date(float(written)):
                self._texts[place] = no_date(float(written), written)

    def _shortened(self, column: TextArray, first: int) -> TextArray:
        """The column with values cut that are longer than any may be; their rows are told."""
        longest = pc.max(pc.binary_length(column)).as_py() or 0
        if longest <= LONGEST_VALUE:
            return column
        lengths = pc.utf8_length(column).to_pylist()
        for i, length in enumerate(lengths):
            if length is not None and length > LONGEST_VALUE:
                self._found.append((first + i + 1, "value-too-long"))
        return pc.utf8_slice_codeunits(column, 0, LONGEST_VALUE)

    def _table(self, columns: list[TextArray], first: int, left: int, length: int) -> pa.Table:
        """Columns by true position, with what calamine lost put in, and the row numbers."""
        lost = {
            place: text for place, text in self._texts.items() if first <= place[0] < first + length
        }
        width = max([left + len(columns), *(position + 1 for _, position in lost)])
        if width > _COLUMNS:
            raise ValueError("more columns than a sheet has")
        blank = pa.nulls(length, pa.string())
        full = [blank] * left + columns + [blank] * (width - left - len(columns))
        full = [c if len(c) == length else _lengthened(c, length) for c in full]
        for position in {position for _, position in lost}:
            texts = full[position].to_pylist()
            for (row, at), text in lost.items():
                if at == position:
                    texts[row - first] = text
            full[position] = pa.array(texts, pa.string())
        rows = pa.array(np.arange(first + 1, first + length + 1, dtype=np.int32))
        return pa.table({**{str(i): c for i, c in enumerate(full)}, "row": rows})

    def _problems(self) -> list[tuple[int, str]]:
        """Problems of rows (1-based)."""
        found = [(row + 1, "formula-without-value") for row, _ in self._lost.valueless]
        found += self._found
        for (top, _), (bottom, _) in [*(self._merged()), *self._lost.merged]:
            last = min(bottom, self._last_row())
            found += [(row + 1, "merged-cell") for row in range(top + 1, last + 1)]
        return sorted(set(found))

    def _merged(self) -> list[tuple[Place, Place]]:
        return self._sheet.merged_cell_ranges or []


def _by_column(rows: list[list[Any]]) -> Iterator[list[Any]]:
    """The cells of rows that are alike in length, by column; half again as quick as ``zip``."""
    flat = list(chain.from_iterable(rows))
    width = len(rows[0]) if rows else 0
    if len(flat) != len(rows) * width:
        raise ValueError("rows of several lengths")
    return (flat[position::width] for position in range(width))


def _may_have_no_day(cells: list[Any], kinds: set[type]) -> bool:
    """Whether a date may stand for the 29 February that never was."""
    if date in kinds and _NO_DAY in cells:
        return True
    moments = [cell for cell in cells if cell.__class__ is datetime] if datetime in kinds else []
    return bool(moments) and min(moments) < _AFTER_NO_DAY


def _parts(table: pa.Table) -> Iterator[memoryview]:
    """The table as Arrow streams that are not too large."""
    pieces = max(1, min(table.num_rows, -(-table.nbytes // _BYTES)))
    size = -(-table.num_rows // pieces)
    for start in range(0, table.num_rows, size):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.slice(start, size))
        yield memoryview(sink.getvalue())


def _lengthened(column: TextArray, length: int) -> TextArray:
    return pa.concat_arrays([column, pa.nulls(length - len(column), pa.string())])
