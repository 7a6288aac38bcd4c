"""Finds in the records of an xlsb sheet what calamine loses: error cells, formulas not yet
computed, numbers that are no date, hidden rows and columns, merged cells. Records and their fields
are those of [MS-XLSB]."""

import struct
import zipfile
from collections.abc import Iterator

import numpy as np

from connectors.confined.workbooks.lost import ERRORS, Lost, Place, is_no_date
from connectors.confined.workbooks.search import Bytes, Places, places
from connectors.confined.workbooks.xls_cells import number_of_rk
from connectors.errors import Unreadable

_ROW, _RK, _ERROR, _REAL, _FORMULA_NUMBER, _FORMULA_ERROR = 0, 2, 3, 5, 9, 11
_COLINFO, _MERGED, _SHEET, _BEGIN_DATA = 60, 176, 156, 145
_MOST = 256 << 20
_LONGEST = 21  # Bytes of a record that tell whether something of it is lost, its header included.
_TO_COMPUTE = 2  # The flag of a formula that is to be worked out when the workbook is opened.
_END_CELLS = b"\x92\x01\x00"


def sheet_parts(archive: zipfile.ZipFile, links: dict[str, str], file: str) -> dict[str, str]:
    """The sheets of the workbook: name to the archive member that holds it.

    Args:
        links: relationship to member, of ``xl/_rels/workbook.bin.rels``.
    """
    content = _content(archive, "xl/workbook.bin", file)
    parts: dict[str, str] = {}
    for kind, at, length in _records(content):
        if kind == _SHEET and length > 16:
            link, after = _text(content, at + 8)
            name, _ = _text(content, after)
            if link in links:
                parts[name] = links[link]
    return parts


def look(archive: zipfile.ZipFile, member: str, file: str) -> Lost:
    """What calamine loses of a sheet."""
    return _read(_content(archive, member, file), numbers=False)[0]


def exact(archive: zipfile.ZipFile, member: str, file: str) -> dict[Place, str]:
    """Numbers that are no date, as they are written."""
    return _read(_content(archive, member, file), numbers=True)[1]


def _read(content: bytes, *, numbers: bool) -> tuple[Lost, dict[Place, str]]:
    found, odd = Lost(), dict[Place, str]()
    every = numbers or len(places(content, _worth, _LONGEST)) > 0
    row = -1
    for kind, at, length in _records(content) if every else _around(content):
        if kind == _ROW and length >= 12:
            row = int.from_bytes(content[at : at + 4], "little")
            if content[at + 11] & 0x10:
                found.hidden.add("rows")
        elif kind == _COLINFO and length >= 18 and content[at + 16] & 1:
            found.hidden.add("columns")
        elif kind == _MERGED and length >= 16:
            top, bottom, left, right = struct.unpack_from("<IIII", content, at)
            found.merged.append(((top, left), (bottom, right)))
        elif kind in (_ERROR, _FORMULA_ERROR) and length >= 9:
            found.texts[row, _position(content, at)] = ERRORS.get(content[at + 8], "#N/A")
        # Programs that do not compute write nought and ask for it to be worked out at opening.
        elif kind == _FORMULA_NUMBER and length >= 18 and _is_blank(content, at):
            found.valueless.append((row, _position(content, at)))
        elif numbers and kind in (_REAL, _FORMULA_NUMBER) and length >= 16:
            _keep(row, content, at, struct.unpack_from("<d", content, at + 8)[0], odd)
        elif numbers and kind == _RK and length >= 12:
            _keep(row, content, at, number_of_rk(content[at + 8 : at + 12]), odd)
    return found, odd


def _worth(data: Bytes) -> Places:
    """Where there may be an error cell, a formula whose value is an error or was never computed, or
    a row that is hidden, of at most five stretches of 1,024 columns: places of what has their
    bytes, be it a record or not; in no order."""
    first, second = data[:-_LONGEST], data[1 : 1 - _LONGEST]
    errors = _errors(data, np.flatnonzero((first == _ERROR) & (second == 9)) + 2)
    formulas = _errors(data, _contents(data, np.flatnonzero(first == _FORMULA_ERROR)))
    for byte in (10, 13, 14):  # Of the flags, and of the length of the formula.
        formulas = formulas[data[formulas + byte] == 0]
    blank = _contents(data, np.flatnonzero(first == _FORMULA_NUMBER))
    for byte in (2, 3, 6, *range(8, 16), 17):  # Of column and style, the value, and of the flags.
        blank = blank[data[blank + byte] == 0]
    blank = blank[data[blank + 16] & _TO_COMPUTE != 0]
    stretches = (second & 0xC7 == 0x01) & (second >= 0x11)
    rows = np.flatnonzero((first == _ROW) & stretches)
    for byte in (5, 9):  # The last bytes of the row's number and of its style's.
        rows = rows[data[rows + byte] == 0]
    return np.concatenate([errors, formulas, blank, rows[data[rows + 13] & 0x10 != 0]])


def _contents(data: Bytes, at: Places) -> Places:
    """Where records begin of which the kind stands there: the length takes one byte or two."""
    is_short = data[at + 1] < 0x80
    return np.concatenate([at[is_short] + 2, at[~is_short] + 3])


def _errors(data: Bytes, at: Places) -> Places:
    """Those places at which a cell with the number of an error for its value may begin."""
    for byte in (2, 3, 6):  # Of the column, which is below 16,384, and of the style.
        at = at[data[at + byte] == 0]
    return at[np.isin(data[at + 8], list(ERRORS))]


def _around(content: bytes) -> Iterator[tuple[int, int, int]]:
    """The records before the cells and behind them."""
    end = content.rfind(_END_CELLS)
    for kind, at, length in _records(content):
        if kind == _BEGIN_DATA:
            break
        yield kind, at, length
    if end >= 0:
        yield from ((kind, at + end, length) for kind, at, length in _records(content[end:]))


def _is_blank(content: bytes, at: int) -> bool:
    """Whether a formula has no value yet ([MS-XLSB] BrtFmlaNum; GrbitFmla, fAlwaysCalc)."""
    return content[at + 8 : at + 16] == bytes(8) and bool(content[at + 16] & _TO_COMPUTE)


def _keep(row: int, content: bytes, at: int, number: float, odd: dict[Place, str]) -> None:
    if is_no_date(number):
        text = str(int(number)) if number.is_integer() else repr(number)
        odd[row, _position(content, at)] = text


def _position(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")


def _records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of the records; both numbers are written in groups of seven bits."""
    at, end = 0, len(content)
    while at < end:
        kind = content[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = (kind & 0x7F) | (content[at] & 0x7F) << 7
            at += 1
        length, shift = 0, 0
        while at < end and shift < 28:
            group = content[at]
            at += 1
            length |= (group & 0x7F) << shift
            shift += 7
            if not group & 0x80:
                break
        if at + length > end:
            return
        yield kind, at, length
        at += length


def _text(content: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends."""
    after = at + 4 + 2 * int.from_bytes(content[at : at + 4], "little")
    return content[at + 4 : after].decode("utf-16-le", "replace"), after


def _content(archive: zipfile.ZipFile, member: str, file: str) -> bytes:
    with archive.open(member) as stream:
        content = stream.read(_MOST + 1)
    if len(content) > _MOST:
        raise Unreadable(
            "file-too-demanding",
            f"{file} holds a sheet of more than {_MOST >> 20} MB and was refused. Ask the supplier "
            "for the same as delimited text.",
        )
    return content
