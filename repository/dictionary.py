"""What the record of deliveries says of each feed's columns: headers, missing values, freshness."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

# A feed that has none loaded is told all the same; a replay is the same arrival worked again, so of
# two with one arrival the newer one counts.
FEEDS = """
SELECT f.feed_id, f.name AS feed, d.delivery_id, f.checked_at AS last_checked_at,
    f.latest_as_at, k.name AS kitemark
FROM watersmeet.feed f
LEFT JOIN LATERAL (
    SELECT d.delivery_id FROM watersmeet.delivery d
    WHERE d.feed_id = f.feed_id AND d.state = 'loaded'
    ORDER BY d.as_at DESC, d.landed_at DESC, d.sequence DESC, d.delivery_id DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT k.name FROM watersmeet.kitemark k JOIN watersmeet.delivery m USING (delivery_id)
    WHERE k.feed_id = f.feed_id
    ORDER BY m.landed_at DESC, m.sequence DESC, m.delivery_id DESC LIMIT 1
) k ON true
WHERE f.name = ANY (%(feeds)s)
ORDER BY f.name
"""

HEADERS = """
SELECT DISTINCT t.delivery_id, m ->> 'name' AS "column", m ->> 'header' AS header
FROM watersmeet.delivery_table t, jsonb_array_elements(t.mapping -> 'columns') AS m
WHERE t.delivery_id = ANY (%(deliveries)s) AND m ->> 'header' IS NOT NULL
    AND m -> 'position' <> 'null'
ORDER BY 1, 2, 3
"""

# Of the rows that were loaded: those in quarantine are left out, since readers are not given them.
MISSING = """
SELECT p.delivery_id, p."column", 1 - present / rows::float8 AS missing
FROM watersmeet.profile p, LATERAL (
    SELECT (p.measures ->> 'rows')::bigint - (p.measures #>> '{held,rows}')::bigint AS rows,
        (p.measures ->> 'present')::bigint - (p.measures #>> '{held,present}')::bigint AS present
) AS good
WHERE p.delivery_id = ANY (%(deliveries)s) AND p."column" <> '' AND rows > 0
"""


@dataclass(frozen=True)
class FeedStanding:
    """How a feed stands; ``delivery_id`` is its latest loaded delivery's."""

    feed_id: int
    feed: str
    delivery_id: int | None
    last_checked_at: datetime | None
    latest_as_at: date | None
    kitemark: str | None


def standings(conn: psycopg.Connection, feeds: Iterable[str]) -> dict[str, FeedStanding]:
    """How feeds stand, by name; those the repository does not know yet are left out."""
    with conn.cursor(row_factory=class_row(FeedStanding)) as cursor:
        return {one.feed: one for one in cursor.execute(FEEDS.encode(), {"feeds": list(feeds)})}


def headers(
    conn: psycopg.Connection, deliveries: Iterable[int]
) -> dict[tuple[int, str], tuple[str, ...]]:
    """Headers as deliveries bore them, by delivery and contract column; of several tables, each."""
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    rows = conn.execute(HEADERS.encode(), {"deliveries": list(deliveries)})
    for delivery, column, header in rows:
        found[delivery, column] = (*found.get((delivery, column), ()), header)
    return found


def missing(conn: psycopg.Connection, deliveries: Iterable[int]) -> dict[tuple[int, str], float]:
    """Share, 0 to 1, of loaded rows without a value, by delivery and contract column."""
    rows = conn.execute(MISSING.encode(), {"deliveries": list(deliveries)})
    return {(delivery, column): share for delivery, column, share in rows}
