"""Finds the element that is a record, in XML of which nothing is declared."""

from collections import Counter

from connectors.confined.xml.guard import GuardedEvents, GuardedXml, Name, split
from connectors.confined.xml.place import Place
from connectors.errors import Unreadable

_MOST_PATHS = 10_000
_MOST_SHOWN = 1_000


def find_records(path: str, file: str, encoding: str | None) -> list[Name]:
    """The path of the one element that repeats in its parent and holds elements or attributes;
    where there is none such, of the one leaf that repeats.

    Returns:
        namespace and local name of each element from the root.

    Raises:
        Unreadable: there is no such element, or more than one; the message names them.
    """
    paths = _Outline(file, encoding).parse(path)
    repeated = [one for one in paths if one.is_repeated]
    found = [one for one in repeated if one or one.has_attributes] or repeated
    if len(found) == 1:
        return found[0].names()
    if found:
        found.sort(key=lambda one: -one.count)
        shown = ", ".join(
            f"{'/'.join(local for _, local in one.names())} ({one.count:,})" for one in found[:8]
        )
        said = f"has several elements that repeat: {shown}"
    else:
        said = "has no element that repeats"
    raise Unreadable(
        "xml-without-records",
        f"{file} {said}. Declare which of them are the records, by the path from the root "
        "(`records: payments/payment`), in the feed's file section.",
    )


class _Path(Place["_Path"]):
    """The elements of one path.

    Attributes:
        count: how many there are.
        family: which of the elements around them the last one was in.
        is_repeated: whether one of those has several.
    """

    __slots__ = ("_name", "count", "family", "has_attributes", "is_repeated")

    def __init__(self, xml: GuardedEvents, parent: "_Path | None", name: str) -> None:
        super().__init__(xml, parent)
        self._name = name
        self.count = self.family = 0
        self.has_attributes = self.is_repeated = False

    def within(self, name: str) -> "_Path":
        """A path for every name."""
        # Kept however many there are, for it counts.
        path = self[name] = _Path(self.xml, self, name)
        return path

    def names(self) -> list[Name]:
        """Those of the elements from the root."""
        return [*self.parent.names(), split(self._name)] if self.depth else []


class _Outline:
    """Counts elements by their path."""

    def __init__(self, file: str, encoding: str | None) -> None:
        self._file = file
        self._paths: list[_Path] = []
        self.xml = GuardedEvents(file, encoding)
        self.xml.hear_elements(self._start, self._end)
        self._here = _Path(self.xml, None, "")
        self._here.count = 1  # A file is one document.

    def parse(self, path: str) -> list[_Path]:
        """The paths there are, as they come."""
        self.xml.parse(path)
        return self._paths

    def _start(self, name: str, flat: list[str]) -> None:
        parent = self._here
        self._here = here = parent[name]
        if flat:
            self.xml.check_attributes(flat)
            here.has_attributes = True
        if here.count == 0:
            self._add(here)
        here.count += 1
        if here.family == parent.count:
            here.is_repeated = True
        else:
            here.family = parent.count

    def _add(self, path: _Path) -> None:
        if len(self._paths) == _MOST_PATHS:
            raise Unreadable(
                "xml-without-records",
                f"{self._file} has elements of over {_MOST_PATHS:,} different paths. Declare which "
                "are the records (`records: payments/payment`) in the feed's file section.",
            )
        self._paths.append(path)

    def _end(self, _: str) -> None:
        self._here = self._here.parent


def shown_paths(path: str, file: str, encoding: str | None) -> str:
    """The paths that most elements of a file have, for one who looked for another."""
    counts: Counter[str] = Counter()
    names: list[str] = []

    def start(name: Name, _: dict[Name, str]) -> None:
        names.append(name[1])
        if len(counts) < _MOST_SHOWN:
            counts["/".join(names)] += 1

    def end() -> None:
        names.pop()

    GuardedXml(file, encoding, start, end, lambda _: None).parse(path)
    return ", ".join(f"{one} ({count})" for one, count in counts.most_common(8))
