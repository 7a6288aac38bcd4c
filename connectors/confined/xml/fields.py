"""Takes the declared fields out of XML records, and out of the elements around them."""

from dataclasses import dataclass, field
from typing import Any

from connectors.confined.xml.guard import Name
from connectors.errors import Unreadable

_Place = tuple[int, int]
"""A field, and how many steps of its path led to an element."""


@dataclass
class _Field:
    """A declared field; see ``contracts.file_forms.xml_records.XmlPath``."""

    name: str
    anchor: int  # Depth of the element its path begins at; the record's, or one above.
    steps: list[tuple[str | None, str, int | None]]
    leaf: str
    attribute: tuple[str | None, str] | None
    join: str | None


@dataclass
class _Element:
    """An element that is open."""

    places: tuple[_Place, ...] = ()
    takes: tuple[int, ...] = ()  # Fields whose value it is.
    counts: dict[tuple[int, int], int] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    has_elements: bool = False
    is_wanted: bool = False  # Whether its text is part of a field's value.


class DeclaredFields:
    """Follows the paths of all fields at once."""

    def __init__(self, fields: dict[str, dict[str, Any]], depth: int, file: str) -> None:
        """Prepare.

        Args:
            fields: as ``connectors.read.parsed.xml_records`` sends them.
            depth: of a record.
        """
        self._fields = [
            _Field(
                name,
                depth - one["up"],
                [(space, local, nth) for space, local, nth in one["steps"]],
                one["leaf"],
                tuple(one["attribute"]) if one["attribute"] else None,
                one["join"],
            )
            for name, one in fields.items()
        ]
        self._file = file
        self._record_depth = depth
        self._open: list[_Element] = []
        self._values: dict[int, list[str]] = {}
        self._mixed = False
        self._reached: set[int] = set()  # Depths of open elements that records were read in.
        self.outside = any(one.anchor < depth for one in self._fields)

    def start(self, name: Name, attributes: dict[Name, str], depth: int, begins: bool) -> None:
        """An element begins."""
        places: list[_Place] = []
        if begins or depth < self._record_depth:
            places += [(i, 0) for i, one in enumerate(self._fields) if one.anchor == depth]
            for i, _ in places:
                self._values.pop(i, None)
        if begins:
            self._mixed = False
            self._reached |= set(range(1, depth))
        else:
            self._reached.discard(depth)
        if self._open:
            self._open[-1].has_elements = True
            places += self._followed(self._open[-1], name)
        within = bool(self._open) and self._open[-1].is_wanted
        element = _Element(tuple((i, n) for i, n in places if n < len(self._fields[i].steps)))
        ended = [i for i, n in places if n == len(self._fields[i].steps)]
        element.takes = tuple(i for i in ended if self._fields[i].attribute is None)
        element.is_wanted = within or bool(element.takes)
        self._open.append(element)
        for i in ended:
            self._take_attribute(i, attributes)

    def _take_attribute(self, i: int, attributes: dict[Name, str]) -> None:
        wanted = self._fields[i].attribute
        if wanted is not None:
            space, local = wanted
            for (its_space, its_local), value in attributes.items():
                if its_local == local and space in (None, its_space):
                    self._take(i, value)

    def _followed(self, parent: _Element, name: Name) -> list[_Place]:
        """The paths that lead from an element to a child of a name."""
        led = []
        for i, n in parent.places:
            space, local, nth = self._fields[i].steps[n]
            if local != name[1] or space not in (None, name[0]):
                continue
            if nth is not None:
                count = parent.counts[i, n] = parent.counts.get((i, n), 0) + 1
                if count != nth:
                    continue
            led.append((i, n + 1))
        return led

    def text(self, text: str) -> None:
        """Characters of the innermost element."""
        if self._open and self._open[-1].is_wanted:
            self._open[-1].own.append(text)
            self._open[-1].whole.append(text)

    def end(self, depth: int) -> None:
        """An element ends."""
        element = self._open.pop()
        for i in element.takes:
            if self._fields[i].leaf == "text":
                self._take(i, "".join(element.own))
            else:
                self._take(i, "".join(element.whole))
                self._mixed |= element.has_elements
        if self._open and self._open[-1].is_wanted:
            self._open[-1].whole += element.whole

    def _take(self, i: int, value: str) -> None:
        one = self._fields[i]
        if one.anchor in self._reached and one.anchor < self._record_depth:
            raise Unreadable(
                "xml-without-records",
                f"{self._file}: what field {one.name!r} reads stands behind a record that it "
                "belongs to, and is not read. Take the field out of the feed's file section, or "
                "ask the supplier to put it first.",
            )
        self._values.setdefault(i, []).append(value)

    def record(self) -> tuple[dict[str, str | None], set[str]]:
        """The values of the record that ended."""
        found: dict[str, str | None] = {}
        wrong = {"mixed-content"} if self._mixed else set()
        for i, one in enumerate(self._fields):
            values = self._values.get(i, [])
            if len(values) > 1 and one.join is None:
                wrong.add("element-repeated")
            joined = one.join.join(values) if one.join is not None else "".join(values[:1])
            found[one.name] = joined if values else None
        return found, wrong
