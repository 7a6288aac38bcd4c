"""Finds in the records of an xlsb sheet what calamine loses: error cells, numbers that are no date,
hidden rows and columns, merged cells. Records and their fields are those of [MS-XLSB]."""

import re
import struct
import zipfile
from collections.abc import Iterator

from connectors.confined.workbooks.lost import ERRORS, Lost, Place, is_no_date
from connectors.confined.workbooks.xls_cells import number_of_rk
from connectors.errors import Unreadable

_ROW, _RK, _ERROR, _REAL, _FORMULA_NUMBER, _FORMULA_ERROR = 0, 2, 3, 5, 9, 11
_COLINFO, _MERGED, _SHEET, _BEGIN_DATA = 60, 176, 156, 145
_MOST = 256 << 20
_CODE = rb"[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]"
_PLACE = rb".[\x00-\x3f]\x00\x00..\x00[\x00\x01]"
_HIDES = bytes(flags for flags in range(256) if flags & 0x10)
# An error cell; a formula whose value is an error; a row that is hidden, of at most three stretches
# of 1,024 columns. Each begins with what a search finds quickly.
_WORTH = tuple(
    re.compile(expression, re.DOTALL)
    for expression in (
        rb"\x03\x09" + _PLACE + _CODE,
        rb"\x0b(?:[\x0e-\x7f]|[\x80-\xff][\x01-\x7f])" + _PLACE + _CODE + rb".\x00..\x00\x00",
        *(
            rb"\x00" + length + rb"..[\x00-\x0f]\x00...\x00...[" + re.escape(_HIDES) + rb"]"
            for length in (rb"\x11", rb"\x19", rb"\x21", rb"\x29")
        ),
    )
)
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
    every = numbers or any(expression.search(content) for expression in _WORTH)
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
        elif numbers and kind in (_REAL, _FORMULA_NUMBER) and length >= 16:
            _keep(row, content, at, struct.unpack_from("<d", content, at + 8)[0], odd)
        elif numbers and kind == _RK and length >= 12:
            _keep(row, content, at, number_of_rk(content[at + 8 : at + 12]), odd)
    return found, odd


def _around(content: bytes) -> Iterator[tuple[int, int, int]]:
    """The records before the cells and behind them."""
    end = content.rfind(_END_CELLS)
    for kind, at, length in _records(content):
        if kind == _BEGIN_DATA:
            break
        yield kind, at, length
    if end >= 0:
        yield from ((kind, at + end, length) for kind, at, length in _records(content[end:]))


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
