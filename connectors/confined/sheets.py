"""Reads the sheets of a workbook in the child process: calamine in bulk, the rest from the XML."""

import fnmatch
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from connectors.confined.child import Frames
from connectors.confined.sheet_xml import Lost, look, refuse_dtd, sheet_parts
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"

_EXACT = 1e15  # Whole numbers below have at most 15 digits, which a workbook keeps exactly.
_CELLS = 400_000  # Cells a batch has at most.


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends every sheet asked for; the request is that of ``connectors.read.workbook``.

    Raises:
        Unreadable: the workbook is encrypted, damaged, or has no such sheets.
    """
    path, file = request["path"], request["file"]
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            wanted = _wanted(workbook, request["sheets"], request["hidden"], file)
            archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
            parts = _parts(archive, file)
            notes = _notes(archive)
            for name, is_hidden in wanted:
                sent = _Sheet(workbook, name, archive, parts.get(name))
                sent.send_to(frames, [*notes, *(["hidden-sheet"] if is_hidden else [])])
            if archive:
                archive.close()
    except PasswordError:
        raise Unreadable(
            "workbook-encrypted",
            f"{file} is protected with a password; ask the supplier to send it without one.",
        ) from None
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, EOFError):
        raise Unreadable(
            "file-damaged",
            f"{file} is a damaged workbook, or one of a kind not known; ask for it again.",
        ) from None


def _wanted(
    workbook: CalamineWorkbook, patterns: list[str], hidden: str, file: str
) -> list[tuple[str, bool]]:
    """Names of the sheets to read, each with whether it is hidden."""
    found: list[tuple[str, bool]] = []
    for sheet in workbook.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        names = {sheet.name, sheet.name.strip()}
        if patterns and not any(fnmatch.fnmatchcase(n, p) for n in names for p in patterns):
            continue
        is_hidden = sheet.visible != SheetVisibleEnum.Visible
        if is_hidden and hidden == "refuse":
            raise Unreadable(
                "sheet-hidden",
                f"{file}: sheet {sheet.name!r} is hidden, and the feed refuses hidden sheets. Ask "
                "the supplier to show or remove it.",
            )
        if not (is_hidden and hidden == "skip"):
            found.append((sheet.name, is_hidden))
    if not found:
        asked = f" called {' or '.join(map(repr, patterns))}" if patterns else " with cells"
        has = ", ".join(repr(sheet.name) for sheet in workbook.sheets_metadata)
        raise Unreadable("sheet-missing", f"{file} has no sheet{asked} to read; it has {has}.")
    return found


def _parts(archive: zipfile.ZipFile | None, file: str) -> dict[str, str]:
    if archive is None:
        return {}
    for member in ("xl/sharedStrings.xml", "xl/styles.xml", "content.xml"):
        if member in archive.NameToInfo:
            refuse_dtd(archive, member, file)
    parts = sheet_parts(archive, file)
    for member in parts.values():
        refuse_dtd(archive, member, file)
    return {name: member for name, member in parts.items() if member.endswith(".xml")}


def _notes(archive: zipfile.ZipFile | None) -> list[str]:
    names = archive.namelist() if archive else []
    notes = []
    if any(name.endswith("vbaProject.bin") for name in names):
        notes.append("macros")
    if any(name.startswith("xl/externalLinks/") for name in names):
        notes.append("external-links")
    return notes


class _Sheet:
    """One sheet on its way to the parent."""

    def __init__(
        self,
        workbook: CalamineWorkbook,
        name: str,
        archive: zipfile.ZipFile | None,
        part: str | None,
    ) -> None:
        self._name = name
        self._archive = archive
        self._part = part
        self._long = False
        self._rounded: list[int] = []
        # The search of the XML runs beside calamine: both spend their time outside Python.
        with ThreadPoolExecutor(1) as beside:
            looked: Future[Lost] | None = None
            if archive and part:
                looked = beside.submit(look, archive, part, long_numbers=False)
            self._sheet: CalamineSheet = workbook.get_sheet_by_name(name)
            self._lost = looked.result() if looked else Lost()

    def send_to(self, frames: Frames, notes: list[str]) -> None:
        """Sends facts, batches and problems."""
        notes = notes + [f"hidden-{what}" for what in sorted(self._lost.hidden)]
        frames.send_json("S", {"sheet": self._name, "notes": notes})
        start = self._sheet.start
        left = start[1] if start else 0
        height = self._last_row() + 1
        size = max(1000, _CELLS // max(1, self._sheet.width))
        rows = self._rows()
        for first in range(0, height, size):
            texts = self._texts(list(islice(rows, size)), first, left)
            length = min(size, height - first)
            frames.send("B", _stream(self._table(texts, first, left, length)))
        frames.send_json("P", self._problems())

    def _rows(self) -> Iterator[list[Any]]:
        """Rows from the top of the sheet down, each from the left edge of what is used."""
        return iter(self._sheet.iter_rows()) if self._sheet.start else iter(())

    def _last_row(self) -> int:
        """The last row with anything in it, uncomputed formulas and errors included; from 0."""
        last = self._sheet.end[0] if self._sheet.end else -1
        others = [row for row, _ in [*self._lost.valueless, *self._lost.texts]]
        return max([last, *others])

    def _texts(self, rows: list[list[Any]], first: int, left: int) -> list[TextArray]:
        """The cells of some rows as text, by column."""
        columns: list[TextArray] = []
        for position, cells in enumerate(zip(*rows, strict=True)):
            if float in (kinds := set(map(type, cells))):
                self._note_long(cells, first, left + position)
            columns.append(_column(cells, kinds))
        return columns

    def _note_long(self, cells: tuple[Any, ...], first: int, position: int) -> None:
        """Looks up numbers that calamine rounded; a cell then says what the file says."""
        long = [i for i, c in enumerate(cells) if type(c) is float and abs(c) >= _EXACT]
        if not long:
            return
        if not self._long and self._archive and self._part:
            exact = look(self._archive, self._part, long_numbers=True).texts
            self._lost.texts.update(exact)
        self._long = True
        self._rounded += [first + i for i in long if (first + i, position) not in self._lost.texts]

    def _table(self, columns: list[TextArray], first: int, left: int, length: int) -> pa.Table:
        """Columns by true position, with what calamine lost put in, and the row numbers."""
        lost = {
            place: text
            for place, text in self._lost.texts.items()
            if first <= place[0] < first + length
        }
        width = max([left + len(columns), *(position + 1 for _, position in lost)])
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
        found += [(row + 1, "digits-lost") for row in self._rounded]
        for (top, _), (bottom, _) in self._sheet.merged_cell_ranges or ():
            last = min(bottom, self._last_row())
            found += [(row + 1, "merged-cell") for row in range(top + 1, last + 1)]
        return sorted(set(found))


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def _lengthened(column: TextArray, length: int) -> TextArray:
    return pa.concat_arrays([column, pa.nulls(length - len(column), pa.string())])


def _column(cells: tuple[Any, ...], kinds: set[type]) -> TextArray:
    """A column as text; in bulk where all cells, but for texts, are of one kind."""
    others = kinds - {str}
    if not others:
        return pa.array(cells, pa.string())
    values = cells if kinds == others else [cell for cell in cells if cell.__class__ is not str]
    if others == {float}:
        bulk: TextArray = _numbers(np.array(values))
    elif others == {date}:
        bulk = pa.array(values, pa.date32()).cast(pa.string())
    else:
        return pa.array([_TEXT[type(cell)](cell) for cell in cells], pa.string())
    if kinds == others:
        return bulk
    texts = iter(bulk.to_pylist())
    return pa.array([c if c.__class__ is str else next(texts) for c in cells], pa.string())


def _numbers(values: npt.NDArray[np.float64]) -> TextArray:
    """Numbers as text, as :func:`_number` has them."""
    whole = values == np.floor(values)
    small = np.abs(values) < _EXACT
    if (whole & small).all():
        return pa.array(values.astype(np.int64)).cast(pa.string())
    return pa.array([_number(value) for value in values.tolist()], pa.string())


def _number(value: float) -> str:
    """A number as a person would write it: no ``.0``, no exponent for whole numbers."""
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else f"{Decimal(repr(value)):f}".split(".")[0]
    return repr(value)


def _moment(value: datetime) -> str:
    if value.time() == time(0):
        return value.date().isoformat()
    return value.isoformat()


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours}:{rest // 60:02d}:{rest % 60:02d}"


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    timedelta: _duration,
}
