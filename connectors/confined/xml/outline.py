"""Finds the element that is a record, in XML of which nothing is declared."""

from collections import Counter

from connectors.confined.xml.guard import GuardedXml, Name
from connectors.errors import Unreadable

_MOST_PATHS = 10_000
_Path = tuple[Name, ...]


def find_records(path: str, file: str, encoding: str | None) -> list[list[str]]:
    """The path of the one element that repeats in its parent and holds elements or attributes;
    where there is none such, of the one leaf that repeats.

    Returns:
        namespace and local name of each element from the root.

    Raises:
        Unreadable: there is no such element, or more than one; the message names them.
    """
    outline = _Outline(file)
    GuardedXml(file, encoding, outline.start, outline.end, lambda _: None).parse(path)
    found = [one for one in outline.counts if one in outline.repeated & outline.structured]
    if not found:
        found = [one for one in outline.counts if one in outline.repeated]
    if len(found) == 1:
        return [[space, local] for space, local in found[0]]
    if found:
        found.sort(key=lambda one: -outline.counts[one])
        shown = ", ".join(
            f"{'/'.join(local for _, local in one)} ({outline.counts[one]:,})" for one in found[:8]
        )
        said = f"has several elements that repeat: {shown}"
    else:
        said = "has no element that repeats"
    raise Unreadable(
        "xml-without-records",
        f"{file} {said}. Declare which of them are the records, by the path from the root "
        "(`records: payments/payment`), in the feed's file section.",
    )


class _Outline:
    """Counts elements by their path.

    Attributes:
        counts: how many there are.
        repeated: those of which a parent has several.
        structured: those that hold elements or attributes.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[Name] = []
        self._children: list[Counter[Name]] = []
        self.counts: Counter[_Path] = Counter()
        self.repeated: set[_Path] = set()
        self.structured: set[_Path] = set()

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        """An element begins."""
        if self._open:
            self.structured.add(tuple(self._open))
            self._children[-1][name] += 1
        self._open.append(name)
        path = tuple(self._open)
        self.counts[path] += 1
        if len(self.counts) > _MOST_PATHS:
            raise Unreadable(
                "xml-without-records",
                f"{self._file} has elements of over {_MOST_PATHS:,} different paths. Declare which "
                "are the records (`records: payments/payment`) in the feed's file section.",
            )
        if attributes:
            self.structured.add(path)
        if self._children and self._children[-1][name] > 1:
            self.repeated.add(path)
        self._children.append(Counter())

    def end(self) -> None:
        """An element ends."""
        self._open.pop()
        self._children.pop()
