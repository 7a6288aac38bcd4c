"""Where each field of a record stands, for given counts of what occurs a varying number of times.

Fields after such a table follow its last occurrence at once, as IBM has it, or stand where they
would if the table were full (Micro Focus, GnuCOBOL without ``-fodoslide``). Synchronized fields
begin at multiples of 2, 4 or 8 bytes from the start of the record, with slack bytes before them and
between the occurrences of a table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from contracts.cobol.copybook import Item

MOST_COLUMNS = 10_000
LONGEST_RECORD = 16 << 20
Storage = Literal[
    "text", "national", "edited", "zoned", "packed", "binary", "native", "float", "double"
]


@dataclass(frozen=True)
class Field:
    """A field of one layout.

    Attributes:
        name: its column: ``CUST-NAME``, ``ADDRESS.LINE``, ``AMOUNT(2)``, ``CELL(1,3)``.
        start: its first byte, from 0.
        size: its bytes.
        storage: how they hold it.
        sign: where a zoned number's sign stands, and whether in a byte of its own.
        needs: labels of the descriptions of storage it is part of, which must hold for a record.
        moves: whether it begins at another byte in other records.
    """

    name: str
    start: int
    size: int
    storage: Storage
    digits: int = 0
    scale: int = 0
    signed: bool = False
    sign: tuple[Literal["leading", "trailing"], bool] = ("trailing", False)
    blank_when_zero: bool = False
    justified: bool = False
    needs: tuple[str, ...] = ()
    moves: bool = False


@dataclass(frozen=True)
class Layout:
    """Where the fields are, and how many bytes a record has."""

    fields: tuple[Field, ...]
    size: int

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {one.name: one for one in self.fields}


@dataclass
class Shape:
    """What a record can look like.

    Args:
        record: the record.
        also: labels of redefinitions that become columns beside what they redefine.
        of_eight: what binary numbers of eight bytes are aligned to where they are synchronized: 4
            by IBM's compilers, 8 by others.
        slide: whether fields after a table of varying length follow its last occurrence.
    """

    record: Item
    also: Collection[str] = ()
    of_eight: int = 4
    slide: bool = True
    _known: dict[tuple[int, ...], Layout] = field(default_factory=dict)

    @cached_property
    def counters(self) -> tuple[Item, ...]:
        """The fields that say how often others occur, in order of their tables."""
        found: dict[str, Item] = {}
        for item in self.record.all():
            if item.occurs and item.occurs.depending:
                counter = self._counter(item)
                found.setdefault(counter.label, counter)
        return tuple(found.values())

    def _counter(self, table: Item) -> Item:
        assert table.occurs is not None and table.occurs.depending is not None
        word = table.occurs.depending
        for item in self.record.all():
            if item is table:
                break
            if item.entry.name == word.text:
                picture = item.entry.picture
                repeated = any(one.occurs for one in (item, *item.within))
                whole = picture and picture.category == "number" and picture.scale == 0
                if repeated or not whole or picture is None or picture.digits > 9:
                    raise word.wrong(f"{word.text} must be a whole number that does not repeat")
                return item
        raise word.wrong(f"there is no field {word.text} before the table it counts")

    def most(self, counter: Item) -> tuple[int, int]:
        """The least and the most times that a counter may say."""
        tables = [
            item.occurs
            for item in self.record.all()
            if item.occurs and item.occurs.depending and self._counter(item) is counter
        ]
        return max(one.least for one in tables), min(one.most for one in tables)

    @cached_property
    def widest(self) -> Layout:
        """The layout of the longest record; its fields are the columns of the table.

        Raises:
            contracts.cobol.source.BadCopybook: there are too many of them, or the record is too
                long.
        """
        return self.layout(tuple(self.most(one)[1] for one in self.counters))

    @cached_property
    def shortest(self) -> Layout:
        """The layout of the shortest record."""
        return self.layout(tuple(self.most(one)[0] for one in self.counters))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(one.name for one in self.widest.fields)

    def layout(self, counts: tuple[int, ...]) -> Layout:
        """The layout where the counters say so."""
        if counts not in self._known:
            if len(self._known) > 256:
                self._known.clear()
            labels = [one.label for one in self.counters]
            placed = _Placed(self, dict(zip(labels, counts, strict=True)))
            placed.item(self.record, 0, (), ())
            self._known[counts] = Layout(tuple(placed.fields), placed.size)
        return self._known[counts]

    def reads(self, item: Item) -> bool:
        """Whether a description of storage becomes columns."""
        return item.base is None or item.label in self.also

    @cached_property
    def unread(self) -> tuple[tuple[str, str], ...]:
        """(label, label of what it redefines) of redefinitions that do not become columns."""
        return tuple(
            (item.label, item.base.label or "FILLER")
            for item in self.record.all()
            if item.base is not None and not self.reads(item)
        )


class _Placed:
    """Places items one after the other.

    Attributes:
        fields: those that become columns.
        size: the byte after the last one that the record has.
    """

    def __init__(self, shape: Shape, counts: Mapping[str, int]) -> None:
        self._shape = shape
        self._counts = counts
        self._moved = False
        self._there = True
        self.fields: list[Field] = []
        self.size = 0

    def item(
        self, item: Item, at: int, places: tuple[int, ...], needs: tuple[str, ...] | None
    ) -> int:
        """Place an item from a byte on, and give the byte after it.

        ``places`` are the numbers of the occurrences it is in. ``needs`` is None where it is not
        to become columns.
        """
        if needs is not None and item.is_described_anew:
            needs = (*needs, item.label) if self._shape.reads(item) else None
        at = _aligned(at, item.alignment(self._shape.of_eight))
        if item.occurs is None:
            return self._once(item, at, places, needs)
        times = item.occurs.most
        if item.occurs.depending:
            counter = self._shape._counter(item)
            times = min(self._counts[counter.label], item.occurs.most)
        slack = max(one.alignment(self._shape.of_eight) for one in item.all())
        for number in range(1, times + 1):
            # Every occurrence has the same inner layout: its size is rounded up, not its end.
            at += _aligned(self._once(item, at, (*places, number), needs) - at, slack)
            self.size = max(self.size, at if self._there else 0)
        if item.occurs.depending is None:
            return at
        if self._shape.slide:
            self._moved = True
            return at
        there, self._there = self._there, False
        for _ in range(times, item.occurs.most):
            at += _aligned(self._once(item, at, places, None) - at, slack)
        self._there = there
        return at

    def _once(
        self, item: Item, at: int, places: tuple[int, ...], needs: tuple[str, ...] | None
    ) -> int:
        end = at
        if not item.children:
            end += item.size
            self._add(item, at, places, needs)
            self.size = max(self.size, end if self._there else 0)
        starts: dict[Item, int] = {}
        for child in item.children:
            alignment = child.alignment(self._shape.of_eight)
            start = starts[child.base] if child.base else _aligned(end, alignment)
            starts[child] = start
            end = max(end, self.item(child, start, places, needs))
        if end > LONGEST_RECORD:
            raise item.entry.word.wrong(f"a record of over {LONGEST_RECORD >> 20} MB is not read")
        return end

    def _add(
        self, item: Item, at: int, places: tuple[int, ...], needs: tuple[str, ...] | None
    ) -> None:
        if item.entry.name is None or needs is None:
            return
        if len(self.fields) >= MOST_COLUMNS:
            raise item.entry.word.wrong(f"a record of over {MOST_COLUMNS:,} fields is not read")
        numbers = f"({','.join(map(str, places))})" if places else ""
        picture = item.entry.picture
        name, moves = item.label + numbers, self._moved
        made = Field(name, at, item.size, _storage(item), needs=needs, moves=moves)
        if picture is not None:
            entry = item.entry
            made = Field(
                *(name, at, item.size, made.storage),
                digits=picture.digits,
                scale=picture.scale,
                signed=picture.signed,
                sign=entry.sign or ("trailing", False),
                blank_when_zero=entry.blank_when_zero,
                justified=entry.justified,
                needs=needs,
                moves=moves,
            )
        self.fields.append(made)


def _storage(item: Item) -> Storage:
    if item.usage == "display":
        assert item.entry.picture is not None
        category = item.entry.picture.category
        return "zoned" if category == "number" else category
    return item.usage


def _aligned(at: int, alignment: int) -> int:
    return -(-at // alignment) * alignment
