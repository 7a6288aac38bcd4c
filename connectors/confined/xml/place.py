"""Remembers what is to be done with elements by the place they stand in."""

from typing import Any, Generic, TypeVar

from connectors.confined.xml.guard import GuardedEvents

MOST_NAMES = 10_000
"""Names a place remembers; what a file has beyond is worked out each time."""

MOST_LISTS = 100
"""Lists of attributes' names that a place remembers; most have one."""

P = TypeVar("P", bound="Place[Any]")


class Place(dict[str, P], Generic[P]):
    """A place for elements: the names that may stand in it, each with the place it makes in turn.

    A file has many elements and few places, and has one element open in a place at a time. So what
    the paths say of an element is worked out once for its place (:meth:`within`), and is found by
    its name from then on; a name that is not known yet is a key that is missing.

    Attributes:
        xml: the file.
        parent: the place around it; the first place, which is the document's, has itself.
        depth: how many elements are open in it.
    """

    __slots__ = ("depth", "parent", "xml")

    def __init__(self, xml: GuardedEvents, parent: P | None) -> None:
        """Prepare.

        Raises:
            Unreadable: elements nest too deeply (``file-too-demanding``).
        """
        self.xml = xml
        self.parent: P = self if parent is None else parent  # type: ignore[assignment]
        self.depth: int = 0 if parent is None else parent.depth + 1
        xml.check_depth(self.depth)

    def __missing__(self, name: str) -> P:
        place = self.within(name)
        if len(self) < MOST_NAMES:
            self[name] = place
        return place

    def within(self, name: str) -> P:
        """The place an element of a name makes; the same one for names that make no difference.

        Raises:
            Unreadable: elements nest too deeply (``file-too-demanding``).
        """
        raise NotImplementedError
