"""Rows of the entity tables that hang on something: how many now and formerly, the first ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

# Of one feed always: its rows are a part of the table by themselves, and no other is read.
COUNT = """
SELECT count(*) FROM {table} e
WHERE e.feed_id = (SELECT feed_id FROM watersmeet.feed WHERE name = %(feed)s) AND {where}
"""

# In the order in which they were delivered. By itself, for few are kept at a time then.
FIRST = """
SELECT e.{id}::text FROM {table} e
WHERE e.feed_id = (SELECT feed_id FROM watersmeet.feed WHERE name = %(feed)s) AND {where}
ORDER BY e.delivery_id, e.row_number LIMIT %(most)s
"""

OF_FILE = "e.delivery_id = %(delivery)s AND e.row_number <@ %(rows)s::int4multirange"
UPHELD = "e.upheld_by = %(delivery)s AND e.delivery_id <> %(delivery)s"
OF_FEED = "true"

FILLED = """
SELECT f.name AS feed, count(*) AS rows, count(e.{column}) AS filled
FROM {table} e JOIN watersmeet.feed f USING (feed_id)
WHERE %(feed)s::text IS NULL OR f.name = %(feed)s
GROUP BY f.name ORDER BY f.name
"""

HOLDING = """
SELECT f.name AS feed, count(*) AS rows
FROM {table} e JOIN watersmeet.feed f USING (feed_id)
WHERE e.{column} = ANY (%(values)s) GROUP BY f.name ORDER BY f.name
"""


@dataclass(frozen=True)
class Rows:
    """Rows of one entity and one feed.

    Attributes:
        now, formerly: how many stand, and how many are history.
        first: identifiers of the first of them, of those that stand where any do.
    """

    feed: str
    now: int
    formerly: int
    first: tuple[str, ...] = ()


def entities_held(conn: psycopg.Connection) -> dict[str, list[str]]:
    """The entities that have tables, with their columns."""
    return {
        entity: [column["name"] for column in columns]
        for entity, columns in conn.execute(
            "SELECT entity, columns FROM watersmeet.entity ORDER BY entity"
        )
    }


def of_file(
    conn: psycopg.Connection,
    entity: str,
    feed: str,
    delivery_id: int,
    rows: Sequence[tuple[int, int]],
    most: int,
) -> Rows | None:
    """Rows that some row numbers of a delivery of a feed brought, both ends included; None where
    there are none."""
    ranges = "{" + ",".join(f"[{first},{last}]" for first, last in rows) + "}"
    asked = {"feed": feed, "delivery": delivery_id, "rows": ranges, "most": most}
    return _counted(conn, entity, OF_FILE, asked)


def upheld(
    conn: psycopg.Connection, entity: str, feed: str, delivery_id: int, most: int
) -> Rows | None:
    """Rows that another delivery of a feed brought and this one repeated: they stand or fall with
    it; None where there are none."""
    asked = {"feed": feed, "delivery": delivery_id, "most": most}
    return _counted(conn, entity, UPHELD, asked)


def of_feed(conn: psycopg.Connection, entity: str, feed: str, most: int) -> Rows | None:
    """Rows a feed brought; None where there are none."""
    return _counted(conn, entity, OF_FEED, {"feed": feed, "most": most})


def filled(
    conn: psycopg.Connection, entity: str, column: str, feed: str | None = None
) -> list[dict[str, Any]]:
    """How many rows have a value in a column: ``feed``, ``rows``, ``filled`` (with a value) of the
    current ones, ``formerly`` (with a value) of history."""
    found = _by_feed(conn, FILLED, ("store", entity), column, {"feed": feed})
    before = _by_feed(conn, FILLED, ("history", entity), column, {"feed": feed})
    return [
        {
            "feed": name,
            "rows": found.get(name, {}).get("rows", 0),
            "filled": found.get(name, {}).get("filled", 0),
            "formerly": before.get(name, {}).get("filled", 0),
        }
        for name in sorted({*found, *before})
    ]


def holding(
    conn: psycopg.Connection, entity: str, column: str, values: Sequence[str]
) -> list[Rows]:
    """How many rows hold one of some values in a column."""
    asked = {"values": list(values)}
    now = _by_feed(conn, HOLDING, ("store", entity), column, asked)
    before = _by_feed(conn, HOLDING, ("history", entity), column, asked)
    return [
        Rows(name, now.get(name, {}).get("rows", 0), before.get(name, {}).get("rows", 0))
        for name in sorted({*now, *before})
    ]


def _by_feed(
    conn: psycopg.Connection,
    query: str,
    table: tuple[str, str],
    column: str,
    asked: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    composed = sql.SQL(query).format(table=sql.Identifier(*table), column=sql.Identifier(column))
    with conn.cursor(row_factory=dict_row) as cursor:
        return {row["feed"]: row for row in cursor.execute(composed, asked)}


def _counted(
    conn: psycopg.Connection, entity: str, where: str, asked: Mapping[str, Any]
) -> Rows | None:
    def composed(query: str, schema: str) -> sql.Composed:
        return sql.SQL(query).format(
            id=sql.Identifier(f"{entity}_id"),
            table=sql.Identifier(schema, entity),
            where=sql.SQL(where),
        )

    counts = {
        schema: conn.execute(composed(COUNT, schema), asked).fetchone()
        for schema in ("store", "history")
    }
    now, before = (row[0] if row else 0 for row in counts.values())
    if not now and not before:
        return None
    first = conn.execute(composed(FIRST, "store" if now else "history"), asked).fetchall()
    return Rows(asked["feed"], now, before, tuple(row[0] for row in first))
