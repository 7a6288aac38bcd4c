"""Reads a copybook as the records it describes, each a tree of groups and fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.cobol.entry import Entry, Occurs, Usage, entries
from contracts.cobol.source import BadCopybook, Source

_HALF, _WORD, _DOUBLE = 2, 4, 8


@dataclass(eq=False)
class Item:
    """A group or field of a record.

    Attributes:
        entry: as written.
        parent: the group it is in.
        children: its parts; none where it is a field.
        base: the item whose storage it describes anew.
        label: its name in the record: with the names of groups before it where it alone is not
            enough, and ``X/2`` for a filler that is the second description of X.
        usage: how it is stored, from its own entry or the groups it is in.
    """

    entry: Entry
    parent: "Item | None" = None
    children: list["Item"] = field(default_factory=list)
    base: "Item | None" = None
    label: str = ""
    usage: Usage = "display"

    @property
    def occurs(self) -> Occurs | None:
        """How often it is there."""
        return self.entry.occurs

    def all(self) -> Iterator["Item"]:
        """It and all that it holds, in the order written."""
        yield self
        for child in self.children:
            yield from child.all()

    @property
    def within(self) -> Iterator["Item"]:
        """The groups it is in, from the innermost."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def alternatives(self) -> list["Item"]:
        """The descriptions of its storage, itself the first; itself alone where there are no
        others."""
        siblings = self.parent.children if self.parent else []
        return [self, *(one for one in siblings if one.base is self)]

    @property
    def is_described_anew(self) -> bool:
        """Whether it redefines something or is redefined."""
        return self.base is not None or len(self.alternatives()) > 1

    @property
    def size(self) -> int:
        """Bytes of a field, once."""
        picture = self.entry.picture
        if self.usage in ("float", "double"):
            return _WORD if self.usage == "float" else _DOUBLE
        assert picture is not None
        if self.usage in ("binary", "native"):
            return _HALF if picture.digits < 5 else _WORD if picture.digits < 10 else _DOUBLE
        if self.usage == "packed":
            return picture.digits // 2 + 1
        separate = self.entry.sign is not None and self.entry.sign[1] and picture.signed
        return picture.size + int(separate)

    def alignment(self, of_eight: int) -> int:
        """Bytes a synchronized field begins at a multiple of.

        Args:
            of_eight: that of binary numbers of eight bytes: 4 by IBM's compilers, 8 by others.
        """
        if not self.entry.synchronized or self.children:
            return 1
        if self.usage in ("binary", "native"):
            return of_eight if self.size == _DOUBLE else self.size
        return self.size if self.usage in ("float", "double") else 1


@dataclass(frozen=True)
class Book:
    """The records a copybook describes, by name, in the order written."""

    records: dict[str, Item]

    def record(self, name: str | None) -> Item | None:
        """The record of a name; where None, the only one. None where there is none, or several."""
        if name is None:
            return next(iter(self.records.values())) if len(self.records) == 1 else None
        return self.records.get(name.upper())


def read_copybook(text: str, source: Source | None = None) -> Book:
    """The records of a copybook.

    Args:
        text: the copybook.
        source: fixed or free format; told from the lines where None.

    Raises:
        BadCopybook: with line, column and remedy of the first thing that is wrong.
    """
    records: dict[str, Item] = {}
    stack: list[Item] = []
    for entry in entries(text, source):
        item = Item(entry)
        while stack and stack[-1].entry.level >= entry.level:
            stack.pop()
        if entry.level in (1, 77) or not stack:
            stack = [_top(item, records)]
            if entry.level in (1, 77):
                continue
        item.parent = stack[-1]
        if item.parent.entry.picture is not None:
            raise entry.word.wrong(
                f"it stands under {item.parent.entry.name}, which has a picture; correct the level"
            )
        item.parent.children.append(item)
        stack.append(item)
    if not records:
        raise BadCopybook(1, 1, "the copybook describes no record")
    for record in records.values():
        _settle(record)
        _name_all(record)
    return Book(records)


def _top(item: Item, records: dict[str, Item]) -> Item:
    """The record that begins with an item: itself, or one made for it where level 01 lacks."""
    if item.entry.level not in (1, 77):
        made = Entry(item.entry.word, 0, "RECORD")
        item = Item(made)
    name = item.entry.name
    if name is None:
        raise item.entry.word.wrong("a record needs a name")
    if name in records:
        if item.entry.level == 0:
            return records[name]
        raise item.entry.word.wrong(f"there are two records {name}; keep one")
    item.entry.redefines = None  # every record of a file describes the same storage
    records[name] = item
    return item


def _settle(record: Item) -> None:
    """Hands usage and sign down, finds what is redefined, and checks what must hold."""
    for item in record.all():
        entry = item.entry
        above = item.parent
        item.usage = entry.usage or (above.usage if above else "display")
        if entry.sign is None and above is not None:
            entry.sign = above.entry.sign
        if entry.redefines is not None:
            item.base = _redefined(item)
        if entry.synchronized and item.children:
            for one in item.all():
                one.entry.synchronized = True
        if item.children:
            if entry.picture is not None or entry.justified or entry.blank_when_zero:
                raise entry.word.wrong("a group has no picture, nor clauses that go with one")
        else:
            _check_field(item)


def _redefined(item: Item) -> Item:
    word = item.entry.redefines
    assert word is not None and item.parent is not None
    for before in item.parent.children:
        if before is item:
            break
        if before.entry.name == word.text and before.entry.level == item.entry.level:
            base = before.base or before
            if base.occurs is not None:
                raise word.wrong(f"{word.text} occurs several times and cannot be redefined")
            if any(x.occurs and x.occurs.depending for one in (base, item) for x in one.all()):
                raise word.wrong("OCCURS ... DEPENDING ON and REDEFINES do not go together")
            return base
    raise word.wrong(f"there is no {word.text} of this level before it in its group")


def _check_field(item: Item) -> None:
    entry, picture = item.entry, item.entry.picture
    if item.usage in ("float", "double"):
        if picture is not None and entry.picture_word is not None:
            raise entry.picture_word.wrong("a floating-point field has no picture")
        return
    if picture is None:
        raise entry.word.wrong(
            f"{entry.name or 'FILLER'} has no picture, and no fields under it; a level may be wrong"
        )
    assert entry.picture_word is not None
    if item.usage != "display" and item.usage != "national" and picture.category != "number":
        raise entry.picture_word.wrong("only numbers are binary or packed")
    if item.usage == "national" and picture.category != "national":
        raise entry.picture_word.wrong("only text of N is read as national")
    if item.usage in ("binary", "native") and picture.digits > 18:
        raise entry.picture_word.wrong("a binary number has 18 digits at most")


def _name_all(record: Item) -> None:
    """Gives every item its label."""
    named: dict[str, list[Item]] = {}
    for item in record.all():
        if item.entry.name is not None and item is not record:
            named.setdefault(item.entry.name, []).append(item)
    for name, items in named.items():
        for item in items:
            item.label = name if len(items) == 1 else _qualified(item, items)
    record.label = record.entry.name or ""
    for item in record.all():
        if item.base is not None and item.entry.name is None:
            number = item.base.alternatives().index(item) + 1
            item.label = f"{item.base.label or 'FILLER'}/{number}"


def _qualified(item: Item, others: list[Item]) -> str:
    """The name of an item after those of as few groups as tell it from others of its name."""
    mine = _path(item)
    for size in range(2, len(mine) + 1):
        ending = mine[-size:]
        if sum(_path(other)[-size:] == ending for other in others) == 1:
            return ".".join(ending)
    if sum(_path(other) == mine for other in others) > 1:
        raise item.entry.word.wrong(f"{item.entry.name} stands twice in the same group; keep one")
    return ".".join(mine)


def _path(item: Item) -> list[str]:
    names = [one.entry.name for one in item.within if one.entry.name]
    return [*reversed(names), item.entry.name or ""]
