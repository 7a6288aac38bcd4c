"""Finds in the XML of an OpenDocument spreadsheet what calamine loses: error cells, formulas never
computed, long numbers, hidden rows and columns, merged cells. Elements are those of OpenDocument
1.3, part 3, and of LibreOffice's extension ``calcext``."""

import re
import zipfile
from collections.abc import Mapping

from connectors.confined.workbooks.lost import Lost, Place, is_telling
from connectors.confined.xml.elements import parse

_CONTENT = "content.xml"
_CHUNK = 1 << 20
_LEFT_OVER = 1024
_SPACES = {
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
}
# What is nowhere in a sheet of which calamine loses nothing.
_WORTH = (b'="error"', b'formula="', b'visibility="', b"-spanned=", b"table-source", b"='")
_LONG = re.compile(rb'value="-?\d{16}')
_LINK = re.compile(rb"formula=\"[^\"]*(?:'|&apos;)(?:file|https?)://")
_MOST = 1 << 20  # Rows and columns a sheet can have; what repeats beyond is filling.


class OdsCells:
    """What calamine loses of an OpenDocument spreadsheet.

    Attributes:
        sheets: of each sheet by its name.
        numbers: numbers as they are written, of those calamine may give as something else.
        notes: ``external-links``, where formulas point to other workbooks.
        linked: names of sheets that are copies of another workbook's, kept for its formulas.
    """

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        self.sheets: dict[str, Lost] = {}
        self.numbers: dict[str, dict[Place, str]] = {}
        self.linked: set[str] = set()
        self.notes: list[str] = []
        if self._is_worth_it(archive):
            taken = _Elements(self)
            with archive.open(_CONTENT) as stream:
                parse(stream, file, taken.start, taken.end, taken.text, spaces=_SPACES)
        if self.linked:
            self.notes = ["external-links"]

    def _is_worth_it(self, archive: zipfile.ZipFile) -> bool:
        """Whether the document holds anything that calamine loses."""
        rest, is_so = b"", False
        with archive.open(_CONTENT) as stream:
            while data := stream.read(_CHUNK):
                whole = rest + data
                is_so = is_so or any(mark in whole for mark in _WORTH) or bool(_LONG.search(whole))
                if is_so and not self.notes and _LINK.search(whole):
                    self.notes = ["external-links"]
                rest = whole[-_LEFT_OVER:]
        return is_so


class _Elements:
    """Takes the elements of the document."""

    def __init__(self, found: OdsCells) -> None:
        self._found = found
        self._depth = 0
        self._sheet = ""
        self._lost, self._numbers = Lost(), dict[Place, str]()
        self._row = self._position = 0
        self._rows = self._columns = 1
        self._cell: Mapping[str, str] = {}
        self._text = ""
        self._in_text = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self._begin_sheet(attributes)
        elif self._depth != 1:
            return  # A table in a cell is no part of the sheet.
        elif name == "table:table-source":
            self._found.linked.add(self._sheet)
        elif name == "table:table-column":
            self._note_hidden("columns", attributes)
        elif name == "table:table-row":
            self._rows = _count(attributes, "table:number-rows-repeated")
            self._position = 0
            self._note_hidden("rows", attributes)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._columns = _count(attributes, "table:number-columns-repeated")
            self._cell, self._text = attributes, ""
        elif name == "text:p":
            self._in_text = True

    def text(self, text: str) -> None:
        """Characters."""
        if self._in_text and len(self._text) < 64:
            self._text += text

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "table:table":
            self._depth -= 1
        elif self._depth != 1:
            return
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._judge()
            self._position += self._columns
        elif name == "table:table-row":
            self._row += self._rows
        elif name == "text:p":
            self._in_text = False

    def _begin_sheet(self, attributes: Mapping[str, str]) -> None:
        self._sheet = attributes.get("table:name", "")
        self._lost = self._found.sheets.setdefault(self._sheet, Lost())
        self._numbers = self._found.numbers.setdefault(self._sheet, {})
        self._row = self._position = 0

    def _note_hidden(self, what: str, attributes: Mapping[str, str]) -> None:
        if attributes.get("table:visibility") in ("collapse", "filter"):
            self._lost.hidden.add(what)

    def _judge(self) -> None:
        cell = self._cell
        kind = cell.get("office:value-type")
        if cell.get("calcext:value-type") == "error":
            self._put(self._lost.texts, self._text.strip() or "#N/A")
        elif "table:formula" in cell and kind is None and not self._text.strip():
            self._lost.valueless += self._places()
        elif kind in ("float", "currency", "percentage"):
            written = cell.get("office:value", "")
            if len(written) > 15 and is_telling(written):
                self._put(self._numbers, written)
        down = _count(cell, "table:number-rows-spanned")
        across = _count(cell, "table:number-columns-spanned")
        if down > 1 or across > 1:
            first = (self._row, self._position)
            last = (self._row + down - 1, self._position + across - 1)
            self._lost.merged.append((first, last))

    def _put(self, where: dict[Place, str], text: str) -> None:
        where.update(dict.fromkeys(self._places(), text))

    def _places(self) -> list[Place]:
        """The places of the cell, which may stand for many."""
        if self._rows * self._columns > _MOST:
            raise ValueError("more cells of one kind than a sheet holds")
        return [
            (row, position)
            for row in range(self._row, self._row + self._rows)
            for position in range(self._position, self._position + self._columns)
        ]


def _count(attributes: Mapping[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return min(int(text), _MOST) if text.isdecimal() else 1
