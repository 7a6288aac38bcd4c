"""Reads the XML of a sheet element by element, for sheets that no known program writes so: other
prefixes, cells without a place, comments, white space between cells.

Slower than the search of ``sheet_xml`` and true to any XML.
"""

import zipfile
from collections.abc import Mapping

from connectors.cells import column_position
from connectors.confined.workbooks.lost import Lost, Place, is_telling
from connectors.confined.xml.elements import parse

_ROW, _CELL, _VALUE, _FORMULA, _TEXT = "row", "c", "v", "f", "is"


def look(archive: zipfile.ZipFile, member: str, file: str) -> Lost:
    """What ``sheet_xml.look`` looks for."""
    return _read(archive, member, file).lost


def exact(archive: zipfile.ZipFile, member: str, file: str) -> dict[Place, str]:
    """What ``sheet_xml.exact`` looks for."""
    return _read(archive, member, file).numbers


def _read(archive: zipfile.ZipFile, member: str, file: str) -> "_Cells":
    found = _Cells()
    with archive.open(member) as stream:
        parse(stream, file, found.start, found.end, found.text)
    return found


class _Cells:
    """Takes the elements of one sheet."""

    def __init__(self) -> None:
        self.lost = Lost()
        self.numbers: dict[Place, str] = {}
        self._row = self._position = -1
        self._kind = ""
        self._has: set[str] = set()
        self._in_value = False
        self._value = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == _ROW:
            number = attributes.get("r", "")
            self._row = int(number) - 1 if number.isdecimal() else self._row + 1
            self._position = -1
            self._note_hidden("rows", attributes)
        elif name == "col":
            self._note_hidden("columns", attributes)
        elif name == _CELL:
            self._begin_cell(attributes)
        elif name in (_VALUE, _FORMULA, _TEXT):
            self._has.add(name)
            self._in_value = name == _VALUE

    def text(self, text: str) -> None:
        """Characters."""
        if self._in_value and len(self._value) < 64:
            self._value += text

    def end(self, name: str) -> None:
        """An element ends."""
        if name == _VALUE:
            self._in_value = False
        elif name == _CELL:
            self._judge((self._row, self._position), self._value.strip())

    def _note_hidden(self, what: str, attributes: Mapping[str, str]) -> None:
        if attributes.get("hidden") in ("1", "true"):
            self.lost.hidden.add(what)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        self._position = column_position(letters) if letters.isalpha() else self._position + 1
        self._kind = attributes.get("t", "n")
        self._has, self._value = set(), ""

    def _judge(self, place: Place, text: str) -> None:
        if self._kind == "s" and text and not text.isdecimal():
            raise ValueError("no number of a shared text")
        if self._kind == "e":
            self.lost.texts[place] = text or "#N/A"
        elif not text and _FORMULA in self._has and _TEXT not in self._has and self._kind != "str":
            self.lost.valueless.append(place)
        elif self._kind == "n" and is_telling(text):
            self.numbers[place] = text
