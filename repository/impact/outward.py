"""What left the repository and hangs on something: releases of open tables, and exports."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

Lines = list[dict[str, Any]]

RELEASES = """
SELECT r.name || ' ' || r.version AS name, r.made_at, r.rows
FROM watersmeet.release r
WHERE (%(entity)s::text IS NULL OR r.entity = %(entity)s)
  AND (%(column)s::text IS NULL OR %(column)s = ANY (r.columns))
  AND (%(deliveries)s::int[] IS NULL OR r.deliveries && %(deliveries)s::int[])
  AND (%(feed)s::text IS NULL OR EXISTS (
    SELECT FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
    WHERE f.name = %(feed)s AND d.delivery_id = ANY (r.deliveries)))
ORDER BY r.name, r.made_at
"""

EXPORTS = """
SELECT x.file AS name, x.purpose, x."table", x.format, x.rows, x.exported_at, x.exported_by
FROM watersmeet.export x
WHERE x.entity = ANY (%(entities)s)
  AND (%(column)s::text IS NULL OR %(column)s = ANY (x.columns))
  AND (%(purposes)s::text[] IS NULL OR x.purpose = ANY (%(purposes)s))
  AND (%(since)s::timestamptz IS NULL OR x.exported_at >= %(since)s)
ORDER BY x.exported_at
"""


def releases(
    conn: psycopg.Connection,
    *,
    entity: str | None = None,
    column: str | None = None,
    deliveries: list[int] | None = None,
    feed: str | None = None,
) -> Lines:
    """Published versions of open tables: ``name`` and version, ``made_at``, ``rows``.

    Args:
        entity: only those of this entity.
        column: only those made from this column of it.
        deliveries: only those with rows of any of these.
        feed: only those with rows of this feed.
    """
    asked = {"entity": entity, "column": column, "deliveries": deliveries, "feed": feed}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(RELEASES, asked).fetchall()


def exports(
    conn: psycopg.Connection,
    entities: list[str],
    *,
    column: str | None = None,
    purposes: list[str] | None = None,
    since: Any = None,
) -> Lines:
    """Exports that may hold rows of some entities, for some purposes: ``name`` (of the file),
    ``purpose``, ``table``, ``format``, ``rows``, ``exported_at``, ``exported_by``.

    Which rows an export held is not recorded, only from which view and when.

    Args:
        since: only those made at this moment or later.
    """
    asked = {"entities": entities, "column": column, "purposes": purposes, "since": since}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(EXPORTS, asked).fetchall()
