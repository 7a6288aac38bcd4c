"""Reads workbooks saved as XML (Excel 2002 and 2003, "XML Spreadsheet") in the child process.

The elements are those of Microsoft's "XML Spreadsheet Reference" (urn:schemas-microsoft-com:
office:spreadsheet). Values are as a workbook's: dates without the time at midnight, TRUE and FALSE.
"""

import fnmatch
from typing import Any

from connectors.confined.child import Frames
from connectors.confined.grid import Grid
from connectors.confined.xml.guard import GuardedXml, Name
from connectors.errors import Unreadable

SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_OPTIONS = "urn:schemas-microsoft-com:office:excel"
_MIDNIGHT = "T00:00:00.000"
_LONGEST = 64 << 20


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends every sheet asked for; asked by ``connectors.read.parsed.spreadsheet_xml``.

    Raises:
        Unreadable: it is damaged or unsafe, has no such sheets, or hides one that may not be.
    """
    file = request["file"]
    hidden = _Sheets(file)
    GuardedXml(file, None, hidden.start, hidden.end, hidden.text).parse(request["path"])
    wanted = _wanted(hidden, request["sheets"], request["hidden"], file)
    book = _Book(file, frames, wanted, hidden.hidden)
    GuardedXml(file, None, book.start, book.end, book.text).parse(request["path"])


class _Sheets:
    """Names of the sheets, and which are hidden: that is written behind their rows."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._in_visible = False
        self._visible = ""
        self.names: list[str] = []
        self.hidden: set[str] = set()

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        """An element begins."""
        if name == (SPACE, "Worksheet"):
            self.names.append(attributes.get((SPACE, "Name"), f"Sheet{len(self.names) + 1}"))
        self._in_visible = name == (_OPTIONS, "Visible") and bool(self.names)
        self._visible = ""

    def text(self, text: str) -> None:
        """Characters."""
        if self._in_visible:
            self._visible += text[:100]

    def end(self) -> None:
        """An element ends."""
        if self._in_visible and self._visible.strip() in ("SheetHidden", "SheetVeryHidden"):
            self.hidden.add(self.names[-1])
        self._in_visible = False


def _wanted(found: _Sheets, patterns: list[str], hidden: str, file: str) -> set[str]:
    wanted = set()
    for name in found.names:
        names = {name, name.strip()}
        if patterns and not any(fnmatch.fnmatchcase(n, p) for n in names for p in patterns):
            continue
        if name in found.hidden and hidden == "refuse":
            raise Unreadable(
                "sheet-hidden",
                f"{file}: sheet {name!r} is hidden, and the feed refuses hidden sheets. Ask the "
                "supplier to show or remove it.",
            )
        if not (name in found.hidden and hidden == "skip"):
            wanted.add(name)
    if not wanted:
        asked = f" called {' or '.join(map(repr, patterns))}" if patterns else ""
        has = ", ".join(map(repr, found.names[:20]))
        raise Unreadable("sheet-missing", f"{file} has no sheet{asked} to read; it has {has}.")
    return wanted


class _Book:
    """Sends rows as they end."""

    def __init__(self, file: str, frames: Frames, wanted: set[str], hidden: set[str]) -> None:
        self._file = file
        self._frames = frames
        self._wanted = wanted
        self._hidden = hidden
        self._open: list[Name] = []
        self._sheets = 0
        self._grid: Grid | None = None
        self._row = 0
        self._position = -1
        self._across = 0
        self._cells: dict[int, str] = {}
        self._below: list[tuple[int, int]] = []  # First and last row that a cell above reaches to.
        self._notes: set[str] = set()
        self._kind = ""
        self._formula = False
        self._has_data = False
        self._texts: list[str] | None = None
        self._size = 0

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        """An element begins."""
        self._open.append(name)
        if name[0] != SPACE:
            return
        if name[1] == "Worksheet":
            self._begin_sheet(attributes)
        elif self._grid is None:
            return
        elif name[1] in ("Row", "Column") and attributes.get((SPACE, "Hidden")) == "1":
            self._notes.add(f"hidden-{name[1].lower()}s")
        if name[1] == "Row" and self._grid is not None:
            self._row = self._number(attributes, "Index", self._row + 1)
            self._cells, self._position, self._across = {}, -1, 0
        elif name[1] == "Cell":
            self._begin_cell(attributes)
        elif name[1] == "Data" and len(self._open) > 1 and self._open[-2] == (SPACE, "Cell"):
            self._kind = attributes.get((SPACE, "Type"), "String")
            self._texts, self._size = [], 0

    def _begin_sheet(self, attributes: dict[Name, str]) -> None:
        self._sheets += 1
        sheet = attributes.get((SPACE, "Name"), f"Sheet{self._sheets}")
        self._row, self._notes, self._below = 0, set(), []
        if sheet in self._wanted:
            notes = ["hidden-sheet"] if sheet in self._hidden else []
            self._grid = Grid(self._frames, self._file, {"sheet": sheet, "notes": notes})

    def _begin_cell(self, attributes: dict[Name, str]) -> None:
        after = self._position + 1 + self._across
        self._position = self._number(attributes, "Index", after + 1) - 1
        self._across = self._number(attributes, "MergeAcross", 0)
        down = self._number(attributes, "MergeDown", 0)
        if down:
            self._below.append((self._row + 1, self._row + down))
        self._formula = (SPACE, "Formula") in attributes
        self._has_data = False

    def _number(self, attributes: dict[Name, str], name: str, otherwise: int) -> int:
        text = attributes.get((SPACE, name))
        if text is None:
            return otherwise
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            raise Unreadable(
                "file-damaged", f"{self._file} is a damaged workbook: a place in it is no number."
            )
        return int(text)

    def text(self, text: str) -> None:
        """Characters."""
        if self._texts is not None:
            self._size += len(text)
            if self._size > _LONGEST:
                raise Unreadable(
                    "record-too-long",
                    f"{self._file}: a cell in row {self._row} is over {_LONGEST >> 20} MB long.",
                )
            self._texts.append(text)

    def end(self) -> None:
        """An element ends."""
        name = self._open.pop()
        if name[0] != SPACE or self._grid is None:
            return
        if name[1] == "Data" and self._texts is not None:
            text, self._texts = _value("".join(self._texts), self._kind), None
            self._has_data = True
            if text:
                self._cells[self._position] = text
        elif name[1] == "Cell" and self._formula and not self._has_data:
            self._grid.problem(self._row, "formula-without-value")
        elif name[1] == "Row":
            self._grid.add(self._row, self._cells)
            if any(first <= self._row <= last for first, last in self._below):
                self._grid.problem(self._row, "merged-cell")
            self._below = [one for one in self._below if one[1] > self._row]
        elif name[1] == "Worksheet":
            self._grid.close(notes=sorted(self._notes))
            self._grid = None


def _value(text: str, kind: str) -> str:
    if kind == "Boolean":
        return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
    if kind == "DateTime":
        return text.strip().removesuffix(_MIDNIGHT).removesuffix(".000")
    return text.strip() if kind in ("Number", "Error") else text
