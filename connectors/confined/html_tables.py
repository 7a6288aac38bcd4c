"""Reads the tables of a web page in the child process, as the page shows them.

libxml2's parser for HTML gives elements one by one and mends what is not closed, as browsers do.
Text is that which a browser shows: runs of white space are one space, ``<br>`` is a line end, a
cell of nothing but non-breaking spaces is blank. Numbers a spreadsheet program wrote beside the
text (``x:num``) are not read.
"""

import codecs
import fnmatch
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.confined.child import Frames
from connectors.confined.grid import MOST_COLUMNS, Grid
from connectors.errors import Unreadable

_CHUNK = 1 << 20
_DEEPEST = 1_000
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "svg", "select"})
_LONGEST = 64 << 20
_BLOCKS = frozenset({"p", "div", "li"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
_AROUND_BREAK = re.compile(r" ?\x1e ?")
_BREAK = "\x1e"
_NUL = "\ufdd0"  # Stands for NUL, at which the parser would stop; it is no character itself.
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_TO_THE_END = 1 << 30
_MOST_WORK = 20_000_000


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends every table asked for; the request is that of ``connectors.read.parsed.html``.

    Raises:
        Unreadable: the page has no table with text in a cell, or none of those asked for.
    """
    file, patterns = request["file"], request["tables"]
    page = _Page(file)
    make: Any = etree.HTMLParser  # Its stubs want more of a target than it calls.
    parser = make(target=page, huge_tree=True, encoding="utf-8", no_network=True, recover=True)
    decoder = codecs.getincrementaldecoder(request["encoding"])()
    try:
        with Path(request["path"]).open("rb") as content:
            more = True
            while more:
                block = content.read(_CHUNK)
                more = bool(block)
                text = decoder.decode(block, final=not more).replace("\0", _NUL)
                if text:
                    parser.feed(text.encode("utf-8", "replace"))
        parser.close()
    except UnicodeDecodeError:
        raise Unreadable(
            "encoding-wrong",
            f"{file} is not in {request['encoding']}, which it says it is in. Declare its encoding "
            "in the feed's file section, or ask for it in UTF-8.",
        ) from None
    except (etree.LxmlError, ValueError):
        raise Unreadable("file-damaged", f"{file} is a damaged web page.") from None
    _send(page, patterns, file, frames, request["encoding"])


def _send(page: "_Page", patterns: list[str], file: str, frames: Frames, encoding: str) -> None:
    filled = [table for table in page.tables if table.filled]
    if not filled:
        raise Unreadable(
            "html-without-tables",
            f"{file} is a web page without tables; it may be a page to log in at, or one that "
            "says what went wrong. Look at it, and fetch it again.",
        )
    names = _names(filled)
    sent = False
    for table, name in zip(filled, names, strict=True):
        if patterns and not any(fnmatch.fnmatchcase(name, one) for one in patterns):
            continue
        sent = True
        notes = ["hidden-rows"] if table.hidden else []
        grid = Grid(frames, file, {"sheet": name, "notes": notes, "encoding": encoding})
        for number, cells in enumerate(table.rows, 1):
            grid.add(number, cells)
        for number in table.merged:
            grid.problem(number, "merged-cell")
        grid.close()
    if not sent:
        raise Unreadable(
            "sheet-missing",
            f"{file} has no table called {' or '.join(map(repr, patterns))}; it has "
            f"{', '.join(map(repr, names[:20]))}.",
        )


def _names(tables: "list[_Table]") -> list[str]:
    """A name for each table that no other has: its caption, its id, or its number."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for table in tables:
        caption = _shown("".join(table.caption))[:100]
        name = caption or table.id[:100] or f"table {table.number}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _shown(text: str) -> str:
    """Text as a browser shows it."""
    text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text)).strip(" \n")
    return "" if not text.strip("\xa0 \n") else text.replace(_NUL, "\0")


@dataclass
class _Cell:
    position: int
    columns: int
    rows: int
    texts: list[str] = field(default_factory=list)


@dataclass
class _Table:
    """A table, complete when it is closed.

    Attributes:
        spans: positions that cells above reach down to, with for how many rows to come.
        covered: those of the row that is open.
    """

    number: int
    id: str
    caption: list[str] = field(default_factory=list)
    in_caption: bool = False
    rows: list[Mapping[int, str]] = field(default_factory=list)
    merged: set[int] = field(default_factory=set)
    hidden: bool = False
    filled: bool = False
    row: dict[int, str] | None = None
    cell: _Cell | None = None
    at: int = 0
    spans: dict[int, int] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)

    def begin_row(self) -> None:
        """A row begins; one that is open ends."""
        self.end_row()
        self.row, self.at = {}, 0
        self.covered = set(self.spans)
        self.spans = {position: more - 1 for position, more in self.spans.items() if more > 1}

    def end_row(self) -> None:
        """The row ends."""
        self.end_cell()
        if self.row is None:
            return
        self.rows.append(self.row)
        self.filled |= bool(self.row)
        if self.covered:
            self.merged.add(len(self.rows))
        self.row = None

    def begin_cell(self, attributes: Mapping[str, str]) -> None:
        """A cell begins; one that is open ends."""
        if self.row is None:
            self.begin_row()
        self.end_cell()
        while self.at in self.covered:
            self.at += 1
        columns = _span(attributes.get("colspan"), 1_000) or 1
        rows = _span(attributes.get("rowspan"), 65_534)
        self.cell = _Cell(self.at, columns, _TO_THE_END if rows == 0 else rows)
        self.at += columns

    def end_cell(self) -> None:
        """The cell ends: its text stands in its first row and column, as in a workbook."""
        cell, self.cell = self.cell, None
        if cell is None or self.row is None:
            return
        text = _shown("".join(cell.texts))
        if text:
            self.row[cell.position] = text
        if cell.rows > 1:
            for position in range(cell.position, cell.position + cell.columns):
                self.spans[position] = max(self.spans.get(position, 0), cell.rows - 1)


def _span(text: str | None, most: int) -> int:
    number = (text or "1").strip()
    return min(int(number), most) if number.isascii() and number.isdigit() else 1


class _Page:
    """Takes the parser's events and keeps tables; a table in a cell is a table of its own."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[_Table] = []
        self._unseen = 0
        self._depth = 0
        self._size = 0
        self._work = 0
        self.tables: list[_Table] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._too_much(f"over {_DEEPEST:,} elements one in the other")
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self.tables.append(_Table(len(self.tables) + 1, attributes.get("id", "").strip()))
            self._open.append(self.tables[-1])
        elif self._open:
            self._start_inside(self._open[-1], tag, attributes)

    def _start_inside(self, table: _Table, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "tr":
            table.begin_row()
            self._work += len(table.covered)
            if self._work > _MOST_WORK:
                raise self._too_much("cells that reach over too many rows")
        elif tag in ("td", "th"):
            table.begin_cell(attributes)
            if table.at > MOST_COLUMNS:
                raise self._too_much(f"over {MOST_COLUMNS:,} cells in a row")
            self._size = 0
        elif tag in ("thead", "tbody", "tfoot"):
            table.end_row()
            table.spans = {}  # No cell reaches out of its group of rows.
        elif tag == "caption":
            table.in_caption = True
        elif tag == "br" or (tag in _BLOCKS and table.cell is not None and table.cell.texts):
            self.data(_BREAK)
        if tag in ("tr", "td", "th") and _HIDDEN.search(attributes.get("style", "")):
            table.hidden = True

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        if tag in _UNSEEN:
            self._unseen -= 1
        elif not self._open:
            return
        elif tag == "table":
            self._open.pop().end_row()
        elif tag == "tr":
            self._open[-1].end_row()
        elif tag in ("td", "th"):
            self._open[-1].end_cell()
        elif tag == "caption":
            self._open[-1].in_caption = False

    def data(self, text: str) -> None:
        """Characters."""
        if self._unseen or not self._open:
            return
        table = self._open[-1]
        if table.cell is not None:
            self._size += len(text)
            if self._size > _LONGEST:
                raise self._too_much(f"a cell of over {_LONGEST >> 20} MB")
            table.cell.texts.append(text)
        elif table.in_caption:
            table.caption.append(text)

    def comment(self, text: str) -> None:
        """Comments show nothing."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Processing instructions neither."""

    def close(self) -> None:
        """The page ends, and with it what was left open."""
        while self._open:
            self._open.pop().end_row()

    def _too_much(self, what: str) -> Unreadable:
        return Unreadable(
            "file-too-demanding",
            f"{self._file} has {what} and was refused. Ask the supplier for a workbook, or for the "
            "same as delimited text.",
        )
