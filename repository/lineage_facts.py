"""What the record of a delivery says that lineage events tell of, read in its own transaction."""

from typing import Any

import psycopg

MEASURES = 'SELECT "column", measures FROM watersmeet.profile WHERE delivery_id = %s'

ISSUES = """
SELECT code, coalesce("column", ''), count(*) FROM watersmeet.issue
WHERE delivery_id = %s GROUP BY 1, 2
"""

# Deliveries a person accepted once only teach nothing.
COMPARED = """
SELECT EXISTS (
    SELECT FROM watersmeet.delivery d JOIN watersmeet.delivery o USING (feed_id)
    WHERE d.delivery_id = %s AND d.replays IS NULL
      AND o.state = 'loaded' AND o.baseline AND o.sha256 <> d.sha256
)
"""


def measures_of(conn: psycopg.Connection, delivery_id: int) -> dict[str, dict[str, Any]]:
    """The profile of a delivery, by contract column, under ``""`` that of the delivery."""
    return dict(conn.execute(MEASURES, (delivery_id,)).fetchall())


def issue_counts(conn: psycopg.Connection, delivery_id: int) -> dict[tuple[str, str], int]:
    """Issues of a delivery's rows by code and contract column (empty: the whole row)."""
    found = conn.execute(ISSUES, (delivery_id,))
    return {(code, column): count for code, column, count in found}


def was_compared(conn: psycopg.Connection, delivery_id: int) -> bool:
    """Whether there were deliveries that the gates compared it with."""
    row = conn.execute(COMPARED, (delivery_id,)).fetchone()
    return row is not None and bool(row[0])
