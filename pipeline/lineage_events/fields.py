"""Which columns of a delivery's tables may be named, and under which name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transforms.mapping import MappedColumn
from transforms.mapping import Mapping as TableMapping

KNOWN = ("exact", "declared")


@dataclass(frozen=True)
class Fields:
    """The fields of what was supplied.

    Attributes:
        read: contract column to the fields it was taken from, mostly one.
        dropped: contract columns that were there and that the agreement does not let land.
    """

    read: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()

    @classmethod
    def of(cls, mappings: Iterable[TableMapping]) -> "Fields":
        """The fields of the tables of a delivery. Headers that nothing declares are left out."""
        read: dict[str, list[str]] = {}
        dropped: dict[str, None] = {}
        for mapping in mappings:
            for column in mapping.columns:
                if column.position is None:
                    continue  # a constant of the feed's file
                named = name_of(column)
                if named not in read.setdefault(column.name, []):
                    read[column.name].append(named)
            dropped.update(dict.fromkeys(mapping.outside_agreement))
        return cls({name: tuple(found) for name, found in read.items()}, tuple(dropped))

    def first(self, column: str) -> str:
        """The field a contract column is best known by."""
        return self.read.get(column, (column,))[0]

    def to_json(self) -> dict[str, Any]:
        """As plain dictionary."""
        return {"read": {k: list(v) for k, v in self.read.items()}, "dropped": list(self.dropped)}


def name_of(column: MappedColumn) -> str:
    """The header as the supplier writes it, where it can hold nothing but the declared name.

    Headers are compared by their letters a to z and digits, so these are known where a header is;
    letters of other scripts are not compared, and a header that was taken for its likeness may hold
    more words than the declared one. Those are told by the contract column's name.
    """
    header = column.header.strip()
    plain = all(char.isascii() or not char.isalnum() for char in header)
    return header if header and column.how in KNOWN and plain else column.name
