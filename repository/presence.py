"""What a place still has of what it had: arrivals that are gone from it, and that are back."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from repository.feeds import feed_number

TOLD_FOR_DAYS = 30
"""How long it is told that something is gone from a place that still has other things."""

MOST_NAMES = 3


def record_presence(conn: psycopg.Connection, feed: str, present: frozenset[str]) -> list[str]:
    """Record which arrivals of a feed its place no longer has, and which are back.

    Args:
        present: names of all that a look at the place has just found.

    Returns:
        The names of those that were there at the last look and are gone now, in order.
    """
    facts = {"feed": feed_number(conn, feed), "present": list(present)}
    conn.execute(
        """
        UPDATE watersmeet.arrival a SET gone_at = NULL
        FROM unnest(%(present)s::text[]) AS there (name)
        WHERE a.feed_id = %(feed)s AND a.name = there.name AND a.gone_at IS NOT NULL
        """,
        facts,
    )
    rows = conn.execute(
        """
        WITH last AS (
            SELECT DISTINCT ON (name) name, sequence, gone_at FROM watersmeet.arrival
            WHERE feed_id = %(feed)s ORDER BY name, sequence DESC
        )
        UPDATE watersmeet.arrival a SET gone_at = statement_timestamp()
        FROM last
        WHERE a.sequence = last.sequence AND last.gone_at IS NULL AND NOT EXISTS (
            SELECT FROM unnest(%(present)s::text[]) AS there (name) WHERE there.name = last.name
        )
        RETURNING a.name
        """,
        facts,
    )
    return sorted(str(row[0]) for row in rows)


def gone(conn: psycopg.Connection) -> list[dict[str, Any]]:
    """Feeds whose places lack something they had: all of it, or some of it lately.

    Columns: ``feed``; ``gone``, how many; ``of``, how many arrivals were there in all; ``names`` of
    those that went last; ``gone_at``.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT f.name AS feed, count(last.gone_at) AS gone, count(*) AS of,
                (array_agg(last.name ORDER BY last.gone_at DESC, last.name)
                    FILTER (WHERE last.gone_at IS NOT NULL))[1:%(most)s::int] AS names,
                max(last.gone_at) AS gone_at
            FROM (
                SELECT DISTINCT ON (feed_id, name) feed_id, name, gone_at FROM watersmeet.arrival
                ORDER BY feed_id, name, sequence DESC
            ) last JOIN watersmeet.feed f USING (feed_id)
            WHERE f.enabled
            GROUP BY f.name
            HAVING count(*) > 1 AND count(last.gone_at) = count(*)
                OR max(last.gone_at) > clock_timestamp() - make_interval(days => %(days)s)
            ORDER BY f.name
            """,
            {"most": MOST_NAMES, "days": TOLD_FOR_DAYS},
        ).fetchall()
