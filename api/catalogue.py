"""The open tables as the database tells of them now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import dict_row

from api.problems import Problem

TABLES = "SELECT name, facts, state, declared_at FROM open._table ORDER BY name"
SOURCES = """
SELECT open_table, feed, supplied_by, last_checked_at, latest_as_at, delivery_id, loaded_at,
    kitemark
FROM open._source ORDER BY open_table, feed
"""


@dataclass(frozen=True)
class Column:
    """A column: its PostgreSQL type as declared, and what else is known of it."""

    name: str
    meaning: str
    kind: str
    type: str
    unit: str | None
    code_list: str | None

    @property
    def family(self) -> str:
        """``text``, ``date``, ``numeric``, ``bigint``, ``boolean`` or ``uuid``."""
        return self.type.partition("(")[0]

    @property
    def scale(self) -> int:
        """Decimals of a ``numeric``."""
        return int(self.type.rstrip(")").rpartition(",")[2])


@dataclass(frozen=True)
class Source:
    """A feed whose rows a table shows: as at which date, when loaded and last looked at."""

    feed: str
    supplied_by: str
    last_checked_at: datetime | None
    latest_as_at: date | None
    delivery_id: int | None
    loaded_at: datetime | None
    kitemark: str | None


@dataclass(frozen=True)
class Table:
    """An open table.

    Attributes:
        facts: what is declared of it.
        state: a fingerprint of its declaration and conditions.
    """

    name: str
    facts: Mapping[str, Any]
    state: str
    declared_at: datetime
    sources: tuple[Source, ...]

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Its columns in their order."""
        return {one["name"]: Column(**one) for one in self.facts["columns"]}

    @property
    def parts(self) -> int:
        """2 where rows of which something is hidden come after the others, else 1."""
        return 1 + any(one["columns"] for one in self.facts["redacted"])

    @property
    def version(self) -> tuple[object, ...]:
        """Differs whenever its content does.

        Rows change with a delivery of one of its feeds only, in the delivery's own transaction;
        which feeds, columns and rows are shown, with the declaration and the agreements' dates,
        after whose end a feed is no longer among the sources.
        """
        return (self.name, self.state, *((one.feed, one.delivery_id) for one in self.sources))

    @property
    def modified_at(self) -> datetime:
        """When it last changed, but for agreements that have begun or ended since."""
        loaded = (one.loaded_at for one in self.sources if one.loaded_at is not None)
        return max([self.declared_at, *loaded])

    @property
    def as_at(self) -> date | None:
        """The latest date any of its feeds speaks of."""
        told = (one.latest_as_at for one in self.sources if one.latest_as_at is not None)
        return max(told, default=None)


def tables(conn: psycopg.Connection) -> dict[str, Table]:
    """Every open table by name."""
    sources: dict[str, list[Source]] = {}
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(SOURCES):
            sources.setdefault(row.pop("open_table"), []).append(Source(**row))
        return {
            row["name"]: Table(**row, sources=tuple(sources.get(row["name"], ())))
            for row in cursor.execute(TABLES)
        }


def table(conn: psycopg.Connection, name: str) -> Table:
    """The open table of a name.

    Raises:
        Problem: 404, there is none.
    """
    found = tables(conn).get(name)
    if found is None:
        raise Problem(404, "There is no open table of that name; /v1/tables lists them.")
    return found
