"""Reads records out of XML in the child process, element by element: nothing of a record is kept
once it is sent.

Where fields are declared, :mod:`connectors.confined.xml.fields` finds their values. Otherwise each
leaf is a column, named by its path as one would declare it.
"""

from collections import Counter
from typing import Any, Protocol

from connectors.confined.child import Frames
from connectors.confined.keyed import Keyed
from connectors.confined.xml.fields import DeclaredFields
from connectors.confined.xml.guard import GuardedXml, Name
from connectors.confined.xml.outline import find_records
from connectors.errors import Unreadable

LONGEST = 64 << 20  # Characters of one record, at most.


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends the one table of a file; the request is that of ``connectors.read.parsed.xml_records``.

    Raises:
        Unreadable: it is damaged or unsafe, or has no records where they are declared.
    """
    path, file, encoding = request["path"], request["file"], request["encoding"]
    records = request["records"]
    if records is None:
        records = find_records(path, file, encoding)
    table = Keyed(frames, file, list(request["fields"]))
    fields: _Values
    if request["fields"]:
        fields = DeclaredFields(request["fields"], len(records), file)
    else:
        fields = EveryLeaf()
    _Walk(records, fields, table, file).parse(path, encoding)
    table.close()


class _Values(Protocol):
    """What takes values out of the elements of a record."""

    def start(self, name: Name, attributes: dict[Name, str], depth: int, begins: bool) -> None:
        """An element begins; ``begins`` where it is a record's own, ``depth`` from 1, the root."""

    def text(self, text: str) -> None:
        """Characters of the innermost element."""

    def end(self, depth: int) -> None:
        """An element ends."""

    def record(self) -> tuple[dict[str, str | None], set[str]]:
        """The values of the record that ended, and codes of what is wrong with it."""

    @property
    def outside(self) -> bool:
        """Whether elements that are no part of a record are of interest."""


class _Walk:
    """Goes through a file and stops at each record."""

    def __init__(
        self, records: list[list[str | None]], values: _Values, table: Keyed, file: str
    ) -> None:
        self._path = records
        self._values = values
        self._table = table
        self._file = file
        self._matched = 0  # How many of the open elements are those of the path, from the root.
        self._depth = 0
        self._row = 0
        self._size = 0
        self._seen: Counter[str] = Counter()
        self._open: list[str] = []

    def parse(self, path: str, encoding: str | None) -> None:
        """Parses the file and adds its records to the table."""
        xml = GuardedXml(self._file, encoding, self._start, self._end, self._text)
        xml.parse(path)
        if self._row == 0:
            raise self._none()

    def _inside(self) -> bool:
        return self._matched == len(self._path)

    def _start(self, name: Name, attributes: dict[Name, str]) -> None:
        self._depth += 1
        begins = False
        if not self._inside():
            self._note(name)
            if self._matched == self._depth - 1:
                space, local = self._path[self._matched]
                if name[1] == local and space in (None, name[0]):
                    self._matched += 1
                    begins = self._inside()
        if begins:
            self._row += 1
            self._size = 0
        if self._inside() or self._values.outside:
            self._size += sum(map(len, attributes.values()))
            self._values.start(name, attributes, self._depth, begins)

    def _note(self, name: Name) -> None:
        """Remembers what there is, to say it where no record is found."""
        if self._row == 0:
            self._open[self._depth - 1 :] = [name[1]]
            if len(self._seen) < 1000:
                self._seen["/".join(self._open)] += 1

    def _text(self, text: str) -> None:
        if self._inside() or self._values.outside:
            self._size += len(text)
            if self._size > LONGEST:
                raise Unreadable(
                    "record-too-long",
                    f"{self._file}: record {self._row} is over {LONGEST >> 20} MB long. Ask for "
                    "the file again, or correct the path of the records in the feed.",
                )
            self._values.text(text)

    def _end(self) -> None:
        if self._inside() or self._values.outside:
            self._values.end(self._depth)
        if self._inside() and self._depth == len(self._path):
            record, wrong = self._values.record()
            for code in wrong:
                self._table.problem(self._row, code)
            self._table.add(self._row, record, self._size)
            self._size = 0
        self._depth -= 1
        self._matched = min(self._matched, self._depth)

    def _none(self) -> Unreadable:
        wanted = "/".join(str(local) for _, local in self._path)
        there = ", ".join(f"{path} ({n})" for path, n in self._seen.most_common(8))
        return Unreadable(
            "xml-without-records",
            f"{self._file} has no element at {wanted!r}, or not in the namespace declared; correct "
            f"the path of the records in the feed. It has {there}.",
        )


class EveryLeaf:
    """Takes every leaf and attribute of a record: ``name``, ``supplier/@code``, and of an element
    that is there again ``phone[2]``."""

    outside = False

    def __init__(self) -> None:
        self._found: dict[str, str | None] = {}
        self._wrong: set[str] = set()
        self._labels: list[str] = []
        self._texts: list[list[str]] = []
        self._children: list[Counter[str]] = []

    def start(self, name: Name, attributes: dict[Name, str], depth: int, begins: bool) -> None:
        """An element begins."""
        if begins:
            self._found, self._wrong = {}, set()
            label = ""
        else:
            siblings = self._children[-1]
            siblings[name[1]] += 1
            again = siblings[name[1]]
            label = self._labels[-1] + name[1] + (f"[{again}]" if again > 1 else "") + "/"
        self._labels.append(label)
        self._texts.append([])
        self._children.append(Counter())
        for (_, local), value in attributes.items():
            key, again = f"{label}@{local}", 1
            while key in self._found:
                again += 1
                key = f"{label}@{local}[{again}]"
            self._found[key] = value

    def text(self, text: str) -> None:
        """Characters of the innermost element."""
        self._texts[-1].append(text)

    def end(self, depth: int) -> None:
        """An element ends: a leaf is a value; text beside elements is one too, and is reported."""
        label, children = self._labels.pop(), self._children.pop()
        text = "".join(self._texts.pop())
        if not children:
            if label or text.strip():
                self._found[label.removesuffix("/") or "text()"] = text
        elif text.strip():
            self._found[f"{label}text()"] = text
            self._wrong.add("mixed-content")

    def record(self) -> tuple[dict[str, str | None], set[str]]:
        """What was found in the record."""
        return self._found, self._wrong
