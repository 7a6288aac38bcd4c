"""What a file says of itself: of its table, and of each of its columns."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

KEY = b"watersmeet"
"""Under this key of an Arrow schema's metadata stand the facts of the table, as JSON."""


@dataclass(frozen=True)
class ColumnFacts:
    """One column of a file.

    Attributes:
        name, meaning: as in the dictionary.
        sql_type: its PostgreSQL type.
        arrow: the Arrow type of its values.
        kind: the kind of value; empty for columns that stand beside the data.
        unit, code_list: None where there is none.
        personal: its personal-data class.
        nullable: whether a row may lack the value.
        headers: what suppliers call it, one text each.
        missing: feed to share, 0 to 1, of rows without it.
    """

    name: str
    meaning: str
    sql_type: str
    arrow: pa.DataType
    kind: str = ""
    unit: str | None = None
    code_list: str | None = None
    personal: str = "none"
    nullable: bool = True
    headers: tuple[str, ...] = ()
    missing: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class TableFacts:
    """A file's table.

    Attributes:
        name: the table's name.
        title: for people.
        meaning: what a row is, and the caveats.
        columns: in their order.
        key: columns that tell one row from another; empty where nothing is known to.
        made_at: when it was read.
        about: further lines, what is said and what it says, such as purpose and as-at date.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[ColumnFacts, ...]
    key: tuple[str, ...]
    made_at: datetime
    about: tuple[tuple[str, str], ...] = ()

    def schema(self, *, timed: bool = True) -> pa.Schema:
        """The Arrow schema, with what is known of each column in its metadata.

        Args:
            timed: tell when it was read; without, the same rows make the same bytes.
        """
        told: dict[str, Any] = {"name": self.name, "title": self.title, "meaning": self.meaning}
        told |= {"key": list(self.key), **dict(self.about)}
        if timed:
            told["made_at"] = self.made_at.isoformat()
        return pa.schema(
            [_field(one) for one in self.columns],
            metadata={KEY: json.dumps(told, ensure_ascii=False).encode()},
        )


def key_of(schema: pa.Schema) -> tuple[str, ...]:
    """The key a file of ours says its rows have; empty for another's file."""
    told = json.loads((schema.metadata or {}).get(KEY, b"{}"))
    return tuple(one for one in told.get("key", ()) if one in schema.names)


def plain_schema(columns: Iterable[ColumnFacts]) -> pa.Schema:
    """The Arrow schema alone."""
    return pa.schema([pa.field(one.name, one.arrow) for one in columns])


def names(columns: Sequence[ColumnFacts]) -> list[str]:
    """The names of columns."""
    return [one.name for one in columns]


def _field(column: ColumnFacts) -> pa.Field:
    told = {
        "meaning": column.meaning,
        "kind": column.kind,
        "sql_type": column.sql_type,
        "unit": column.unit,
        "code_list": column.code_list,
        "personal": column.personal,
    }
    metadata = {name: text for name, text in told.items() if text}
    return pa.field(column.name, column.arrow, metadata=metadata)
