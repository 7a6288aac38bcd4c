"""Finds records by the path of their elements from the root."""

from collections.abc import Sequence

from connectors.confined.xml.guard import GuardedEvents, split
from connectors.confined.xml.place import Place

Step = tuple[str | None, str]
"""An element on a path: its namespace, None for any, and its local name."""


def is_at(step: Step, name: str) -> bool:
    """Whether an element or attribute of a name is what a step says."""
    space, local = split(name)
    return local == step[1] and step[0] in (None, space)


class Way(Place["Way"]):
    """A place on the way to the records, or beside it.

    Attributes:
        is_record: whether an element in it is a record.
    """

    __slots__ = ("_beside", "_next", "_steps", "is_record")

    def __init__(
        self, xml: GuardedEvents, steps: Sequence[Step], parent: "Way | None" = None
    ) -> None:
        """Prepare.

        Args:
            steps: what is still to go; none where it leads no further.
        """
        super().__init__(xml, parent)
        self._steps = steps
        self._next: Way | None = None
        self._beside: Way | None = None
        self.is_record = False

    def within(self, name: str) -> "Way":
        """One place for the next step, one for all that lies beside it."""
        if self._steps and is_at(self._steps[0], name):
            if self._next is None:
                self._next = Way(self.xml, self._steps[1:], self)
                self._next.is_record = len(self._steps) == 1
            return self._next
        if self._beside is None:
            self._beside = Way(self.xml, (), self)
        return self._beside
