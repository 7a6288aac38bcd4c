"""Takes every leaf and attribute of XML records."""

from collections.abc import Sequence

from connectors.confined.keyed import Keyed
from connectors.confined.xml.guard import GuardedEvents, split
from connectors.confined.xml.place import MOST_LISTS, Place
from connectors.confined.xml.walk import LONGEST, Walk
from connectors.confined.xml.way import Step


class EveryLeaf(Walk):
    """Takes every leaf and attribute of a record: ``name``, ``supplier/@code``, and of an element
    that is there again ``phone[2]``."""

    def __init__(
        self, file: str, encoding: str | None, records: Sequence[Step], table: Keyed
    ) -> None:
        """Prepare, as for any walk."""
        super().__init__(file, encoding, records, table)
        self._record = self._here = _Leaf(self.xml, None, "")
        self._record.depth = len(records)
        self._found: dict[str, str | None] = {}
        self._pieces: list[str] = []  # Text of the open elements, the innermost one's last.
        self._is_leaf = False  # Whether the innermost element is one, as far as is known.
        self._is_mixed = False
        self.xml.hear_elements(self._start_outside, self._end_outside)

    def _start_outside(self, name: str, flat: list[str]) -> None:
        self.way = self.way[name]
        if self.way.is_record:
            self.row += 1
            self.size = 0
            self._found, self._is_mixed = {}, False
            self._here = self._record
            self._record.row = self.row
            self.xml.hear_elements(self._start, self._end)
            self.xml.hear_text(self._text)
            if flat:
                self._take_attributes(self._record, flat)
        elif flat:
            self.xml.check_attributes(flat)

    def _end_outside(self, _: str) -> None:
        self.way = self.way.parent

    def _start(self, name: str, flat: list[str]) -> None:
        self._here = here = self._here[name]
        if here.row == self.row:
            self._here = here = here.again()
        here.row = self.row
        here.mark = len(self._pieces)
        self._is_leaf = True
        if flat:
            self._take_attributes(here, flat)

    def _take_attributes(self, leaf: "_Leaf", flat: list[str]) -> None:
        self.xml.check_attributes(flat)
        values = flat[1::2]
        self.size += sum(map(len, values))
        self._found.update(zip(leaf.attributes(tuple(flat[0::2])), values, strict=True))

    def _text(self, text: str) -> None:
        self.size += len(text)
        if self.size > LONGEST:
            raise self.too_long()
        self._pieces.append(text)

    def _end(self, _: str) -> None:
        here, pieces = self._here, self._pieces
        self._here = here.parent
        if here.mark:
            text = "".join(pieces[here.mark :])
            del pieces[here.mark :]
        else:
            text = "".join(pieces)
            pieces.clear()
        if self._is_leaf:
            self._is_leaf = False
            self._found[here.column] = text
        else:
            self._end_other(here, text)

    def _end_other(self, here: "_Leaf", text: str) -> None:
        """A record ends, or an element with others: text beside those is a value, too, and is
        reported."""
        if text.strip():
            self._found[here.prefix + "text()"] = text
            self._is_mixed |= here.has_elements()
        if here is self._record:
            if self._is_mixed:
                self.table.problem(self.row, "mixed-content")
            self.table.add(self.row, self._found, self.size)
            self.xml.hear_text(None)
            self.xml.hear_elements(self._start_outside, self._end_outside)
            self.way = self.way.parent


class _Leaf(Place["_Leaf"]):
    """Where one leaf of a record stands, or an element with others; in a record, no more than one
    element does.

    Attributes:
        column: what its text is called.
        prefix: what the names of all within begin with.
        row: the record that it was last in.
        mark: how many pieces of text were there before its own.
    """

    __slots__ = ("_attributes", "_count", "_counted", "_name", "column", "mark", "prefix", "row")

    def __init__(self, xml: GuardedEvents, parent: "_Leaf | None", name: str) -> None:
        super().__init__(xml, parent)
        self._name = name
        self.column: str = name if parent is None else parent.prefix + name
        self.prefix: str = self.column + "/" if parent is not None else ""
        self.row = self.mark = 0
        self._count = self._counted = 0
        self._attributes: dict[tuple[str, ...], list[str]] = {}

    def within(self, name: str) -> "_Leaf":
        """One for each local name."""
        local = split(name)[1]
        if local != name:
            return self[local]
        # However many there are, for it knows whether it is there again.
        leaf = self[name] = _Leaf(self.xml, self, name)
        return leaf

    def again(self) -> "_Leaf":
        """The next of this name beside it."""
        if self._counted != self.row:
            self._counted, self._count = self.row, 1
        self._count += 1
        return self.parent[f"{self._name}[{self._count}]"]

    def has_elements(self) -> bool:
        """Whether the record has others within it."""
        return any(one.row == self.row for one in self.values())

    def attributes(self, names: tuple[str, ...]) -> list[str]:
        """What the attributes of such names are called."""
        columns = self._attributes.get(names)
        if columns is None:
            found: dict[str, None] = {}
            for name in names:
                first = column = f"{self.prefix}@{split(name)[1]}"
                again = 1
                while column in found:
                    again += 1
                    column = f"{first}[{again}]"
                found[column] = None
            columns = list(found)
            if len(self._attributes) < MOST_LISTS:
                self._attributes[names] = columns
        return columns
