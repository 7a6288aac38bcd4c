"""Finds in the records of an xls workbook what calamine loses: error cells, formulas not yet
computed, numbers that are no date, hidden rows and columns, and what the workbook links to.

Records and their fields are those of [MS-XLS]. A walk over all records of a sheet is made only
where a search of its bytes shows that there may be something to find.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from xlrd.compdoc import SIGNATURE, CompDoc

from connectors.confined.workbooks.lost import ERRORS, Lost, Place, is_no_date
from connectors.confined.workbooks.search import Bytes, Places, places

_BOF = (0x0009, 0x0209, 0x0409, 0x0809)
_EOF, _BOUNDSHEET, _SUPBOOK, _OBPROJ, _FILEPASS = 0x000A, 0x0085, 0x01AE, 0x00D3, 0x002F
_COLINFO, _DIMENSIONS, _ROW = 0x007D, 0x0200, 0x0208
_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR = (0x0006, 0x0206, 0x0406), 0x0203, 0x027E, 0x00BD, 0x0205
_HEAD = struct.Struct("<HH")
_CELL = struct.Struct("<HH")
_LONGEST = 19  # Bytes of a record that tell whether something of it is lost.


class XlsCells:
    """The records of an xls workbook.

    Attributes:
        notes: ``external-links`` and ``macros``, where it has any.
        is_locked: whether its records are encrypted, by whatever method.
    """

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        self.notes: list[str] = []
        self.is_locked = False
        self._content, self._starts = content, [0]
        self._bundle(content)
        self._worth = places(self._content, _worth, _LONGEST)

    def _bundle(self, content: bytes) -> None:
        """Finds the stream of records, where the sheets begin in it, and what goes with them."""
        if content.startswith(SIGNATURE):
            document = CompDoc(content, logfile=io.StringIO())
            for name in ("Workbook", "Book"):
                memory, base, length = document.locate_named_stream(name)
                if memory:
                    self._content = bytes(memory[base : base + length])
                    break
            if any(entry.name.startswith("_VBA_PROJECT") for entry in document.dirlist):
                self.notes.append("macros")
        starts: list[int] = []
        for kind, at, length in self._records(0):
            if kind == _BOUNDSHEET and length >= 6:
                starts.append(int.from_bytes(self._content[at : at + 4], "little"))
            elif kind == _FILEPASS:
                self.is_locked = True
            elif kind == _OBPROJ and "macros" not in self.notes:
                self.notes.append("macros")
            elif kind == _SUPBOOK and self._content[at + 2 : at + 4] not in (
                b"\x01\x04",
                b"\x01\x3a",
            ):
                self.notes.append("external-links")
        self.notes = sorted(set(self.notes))
        self._starts = starts or [0]

    def look(self, index: int) -> Lost:
        """What calamine loses of a sheet, by its number in the workbook."""
        return self._read(index, numbers=False)[0]

    def exact(self, index: int) -> dict[Place, str]:
        """Numbers that are no date, as they are written."""
        return self._read(index, numbers=True)[1]

    def _read(self, index: int, *, numbers: bool) -> tuple[Lost, dict[Place, str]]:
        found, odd = Lost(), dict[Place, str]()
        if index >= len(self._starts):
            return found, odd
        start = self._starts[index]
        after = [other for other in self._starts if other > start]
        worth = np.searchsorted(self._worth, [start, min(after, default=len(self._content))])
        every = numbers or worth[0] < worth[1]
        for kind, at, length in self._records(start):
            if kind == _COLINFO and length >= 9 and self._content[at + 8] & 1:
                found.hidden.add("columns")
            elif kind == _DIMENSIONS and not every:
                break
            elif kind == _ROW and length >= 13 and self._content[at + 12] & 0x20:
                found.hidden.add("rows")
            elif kind == _BOOLERR and length >= 8 and self._content[at + 7]:
                found.texts[self._place(at)] = ERRORS.get(self._content[at + 6], "#N/A")
            elif kind in _FORMULA and length >= 16:
                self._judge_formula(at, found, odd)
            elif numbers:
                self._take_numbers(kind, at, length, odd)
        return found, odd

    def _place(self, at: int) -> Place:
        row, position = _CELL.unpack_from(self._content, at)
        return row, position

    def _judge_formula(self, at: int, found: Lost, odd: dict[Place, str]) -> None:
        value = self._content[at + 6 : at + 14]
        if value[6:] == b"\xff\xff":
            if value[0] == 2:
                found.texts[self._place(at)] = ERRORS.get(value[2], "#N/A")
        # Programs that do not compute write nought and ask for it to be worked out at opening.
        elif value == bytes(8) and self._content[at + 14] & 2:
            found.valueless.append(self._place(at))
        else:
            _keep(self._place(at), struct.unpack("<d", value)[0], odd)

    def _take_numbers(self, kind: int, at: int, length: int, odd: dict[Place, str]) -> None:
        """Numbers that are no date, of one record of numbers."""
        if kind == _NUMBER and length >= 14:
            _keep(self._place(at), struct.unpack_from("<d", self._content, at + 6)[0], odd)
        elif kind == _RK and length >= 10:
            _keep(self._place(at), number_of_rk(self._content[at + 6 : at + 10]), odd)
        elif kind == _MULRK:
            row, first = self._place(at)
            for number in range((length - 6) // 6):
                begin = at + 6 + 6 * number
                _keep((row, first + number), number_of_rk(self._content[begin : begin + 4]), odd)

    def _records(self, start: int) -> Iterator[tuple[int, int, int]]:
        """Kind, place and length of the records from a BOF to its EOF, without those of charts
        within."""
        content, at, depth = self._content, start, 0
        end = len(content)
        while at + 4 <= end:
            kind, length = _HEAD.unpack_from(content, at)
            at += 4
            if kind in _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    return
            elif depth <= 1 and at + length <= end:
                yield kind, at, length
            at += length


def _worth(data: Bytes) -> Places:
    """Where there may be an error cell, a formula whose value is an error or was never computed, or
    a hidden row: places of what has their bytes, be it a record or not; rising."""
    low, high = data[:-_LONGEST], data[1 : 1 - _LONGEST]
    at = np.flatnonzero((low == 0x05) & (high == 0x02))
    errors = at[(data[at + 2] == 8) & (data[at + 3] == 0) & (data[at + 11] == 1)]
    at = np.flatnonzero((low == 0x08) & (high == 0x02))
    rows = at[(data[at + 2] == 16) & (data[at + 3] == 0) & (data[at + 16] & 0x20 != 0)]
    at = np.flatnonzero((low == 0x06) & (high & 0xF9 == 0))
    wrong = at[(data[at + 10] == 2) & (data[at + 16] == 0xFF) & (data[at + 17] == 0xFF)]
    for byte in range(10, 18):
        at = at[data[at + byte] == 0]
    blank = at[data[at + 18] & 2 != 0]
    return np.sort(np.concatenate([errors, rows, wrong, blank]))


def _keep(place: Place, number: float, odd: dict[Place, str]) -> None:
    if is_no_date(number):
        odd[place] = str(int(number)) if number.is_integer() else repr(number)


def number_of_rk(raw: bytes) -> float:
    """The number of an RK value: 30 bits of a double or of an integer, perhaps in hundredths."""
    bits = int.from_bytes(raw, "little")
    if bits & 2:
        number = float(int.from_bytes(raw, "little", signed=True) >> 2)
    else:
        number = float(struct.unpack("<d", bytes(4) + (bits & ~3).to_bytes(4, "little"))[0])
    return number / 100 if bits & 1 else number
