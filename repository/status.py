"""What the repository knows of feeds and deliveries, for the command line and the pages."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from repository.load.opening import LOADING

Rows = list[dict[str, Any]]

FEEDS = """
SELECT f.name AS feed, f.title, f.organisation, f.dataset, f.agreement, f.enabled, f.checked_at,
    f.due_at, f.unfinished, d.delivery_id, d.name AS delivery, d.state, d.landed_at, d.loaded_at,
    d.seconds, d.landed, d.new, d.changed, d.unchanged, d.quarantined, d.excluded, d.ended,
    coalesce(f.enabled AND clock_timestamp() > f.due_at, false) AS overdue,
    p.step, p.rows, p.updated_at,
    -- Who was killed cannot say so: only who holds the feed's lock is at work.
    CASE WHEN p.state = 'working' AND NOT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = %(loading)s AND objid = f.feed_id
    ) THEN 'stopped' ELSE p.state END AS progress,
    (SELECT k.name FROM watersmeet.kitemark k JOIN watersmeet.delivery m USING (delivery_id)
     WHERE k.feed_id = f.feed_id
     ORDER BY m.landed_at DESC, m.sequence DESC, m.delivery_id DESC LIMIT 1) AS kitemark
FROM watersmeet.feed f
LEFT JOIN LATERAL (
    SELECT * FROM watersmeet.delivery d WHERE d.feed_id = f.feed_id
    ORDER BY d.landed_at DESC, d.sequence DESC, d.delivery_id DESC LIMIT 1
) d ON true
LEFT JOIN watersmeet.progress p ON p.feed = f.name
ORDER BY f.name
"""

DELIVERIES = """
SELECT d.delivery_id, f.name AS feed, d.name AS delivery, d.state,
    encode(d.sha256, 'hex') AS sha256, d.landed_at, d.loaded_at, d.seconds, d.landed, d.new,
    d.changed, d.unchanged, d.quarantined, d.excluded, d.ended, d.contract, d.contract_version,
    d.agreement, d.code_version, d.run_id
FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
WHERE %(feed)s::text IS NULL OR f.name = %(feed)s
ORDER BY d.delivery_id DESC
LIMIT %(most)s
"""

ISSUES = """
SELECT i.code, i."column", count(*) AS count, count(DISTINCT i.row_number) AS rows,
    (array_agg(i.cell ORDER BY i.row_number))[1:3] AS cells
FROM watersmeet.issue i
WHERE i.delivery_id = %(delivery)s
GROUP BY i.code, i."column"
ORDER BY count(*) DESC, i.code, i."column"
"""


def feeds(conn: psycopg.Connection) -> Rows:
    """Every feed with its latest delivery and how far the one at work has come.

    Columns: ``feed``, ``title``, ``organisation``, ``dataset``, ``agreement``, ``enabled``,
    ``checked_at``, ``due_at``, ``overdue``; ``unfinished``, what waits at the place (a list of
    ``name`` and ``why``); of the latest delivery ``delivery_id``,
    ``delivery``, ``state``, ``landed_at``, ``loaded_at``, ``seconds`` and the counts; ``step``,
    ``rows``, ``progress`` and ``updated_at`` of the one at work; ``kitemark``, the level's name.
    Times with zone.
    """
    return _rows(conn, FEEDS, {"loading": LOADING})


def deliveries(conn: psycopg.Connection, feed: str | None = None, most: int = 50) -> Rows:
    """Deliveries, latest first, of one feed or of all, with provenance and counts."""
    return _rows(conn, DELIVERIES, {"feed": feed, "most": most})


def issues(conn: psycopg.Connection, delivery_id: int) -> Rows:
    """The issues of a delivery by ``code`` and ``column``: ``count``, ``rows``, three ``cells``."""
    return _rows(conn, ISSUES, {"delivery": delivery_id})


def _rows(conn: psycopg.Connection, query: str, parameters: dict[str, Any]) -> Rows:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()
