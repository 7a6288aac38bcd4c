"""Replays: which deliveries hold rows to be worked again, and what became of those rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from repository.quarantine import NoSuchRow

# Whoever names a delivery means its last working, whether that holds rows or not.
WAITING = """
WITH asked AS (
    SELECT max(e.delivery_id) AS delivery_id
    FROM watersmeet.delivery d
    JOIN watersmeet.feed f USING (feed_id)
    JOIN watersmeet.delivery e USING (feed_id, sha256, sequence)
    WHERE f.name = %(feed)s AND d.delivery_id = %(delivery)s AND e.state = 'loaded'
)
SELECT d.delivery_id, d.name, encode(d.sha256, 'hex') AS sha256, d.landed_at, d.sequence, d.as_at,
    count(q.row_number) AS rows,
    (SELECT jsonb_agg(jsonb_build_object('name', x.name, 'key', x.landed_key,
            'sha256', encode(x.sha256, 'hex'), 'bytes', x.bytes) ORDER BY x.number)
     FROM watersmeet.delivery_file x WHERE x.delivery_id = d.delivery_id) AS files
FROM watersmeet.delivery d
JOIN watersmeet.feed f USING (feed_id)
LEFT JOIN watersmeet.quarantine q ON q.delivery_id = d.delivery_id AND q.state = 'held'
WHERE f.name = %(feed)s AND (
    %(delivery)s::int IS NULL AND q.state IS NOT NULL OR d.delivery_id = (TABLE asked)
)
GROUP BY d.delivery_id
ORDER BY d.as_at, d.landed_at, d.sequence
"""

# A row that is worked again and still bad is held by the delivery that worked it last.
FATES = """
SELECT o.state FROM watersmeet.quarantine q
JOIN watersmeet.delivery d USING (delivery_id)
JOIN watersmeet.feed f USING (feed_id)
JOIN watersmeet.delivery e ON e.feed_id = d.feed_id AND e.sha256 = d.sha256
  AND e.sequence = d.sequence
JOIN watersmeet.quarantine o ON o.delivery_id = e.delivery_id
  AND o.record_hash = q.record_hash AND o.source_row = q.source_row
WHERE f.name = %s AND q.delivery_id = %s AND q.row_number = %s
"""


@dataclass(frozen=True)
class Waiting:
    """A delivery to be worked again, mostly since it holds rows: its number, its landed files and
    its place in the order.

    ``files`` are ``name``, ``key``, ``sha256`` and ``bytes`` of each, in order.
    """

    delivery_id: int
    name: str
    sha256: str
    landed_at: datetime
    sequence: int
    as_at: date
    rows: int
    files: Sequence[dict[str, Any]]


def waiting(conn: psycopg.Connection, feed: str, delivery_id: int | None = None) -> list[Waiting]:
    """Deliveries of a feed that hold rows, in their order.

    Args:
        delivery_id: only the last working of this delivery's bytes, also where it holds no row.

    Raises:
        NoSuchRow: the feed has no such delivery.
    """
    if delivery_id is not None:
        known = conn.execute(
            "SELECT 1 FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)"
            " WHERE f.name = %s AND d.delivery_id = %s",
            (feed, delivery_id),
        ).fetchone()
        if known is None:
            raise NoSuchRow(f"feed {feed} has no delivery {delivery_id}")
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(WAITING, {"feed": feed, "delivery": delivery_id}).fetchall()
    return [Waiting(**row) for row in found]


def counts_of_replay(
    conn: psycopg.Connection, delivery_id: int
) -> tuple[int, int, tuple[str, ...]]:
    """Rows that a replay released, rows it holds still, and what else was found of it."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM watersmeet.quarantine WHERE released_by = %(d)s),"
        " (SELECT count(*) FROM watersmeet.quarantine WHERE delivery_id = %(d)s"
        "  AND state = 'held'),"
        " ARRAY(SELECT message FROM watersmeet.finding WHERE delivery_id = %(d)s"
        "  ORDER BY finding_id)",
        {"d": delivery_id},
    ).fetchone()
    released, held, findings = row or (0, 0, [])
    return released, held, tuple(findings)


def is_released(conn: psycopg.Connection, feed: str, delivery_id: int, row_number: int) -> bool:
    """Whether a row was released, by whichever working of its delivery."""
    states = {one[0] for one in conn.execute(FATES, (feed, delivery_id, row_number))}
    return "released" in states and "held" not in states
