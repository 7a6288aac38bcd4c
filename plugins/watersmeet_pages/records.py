"""What the pages show of the repository: places, codes and counts, never a supplied value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row


@dataclass(frozen=True)
class FeedLine:
    """A feed and its last delivery; what belongs to the delivery is None where there was none."""

    feed: str
    title: str
    enabled: bool
    checked_at: datetime | None
    overdue: bool
    deliveries: int
    delivery_id: int | None
    name: str | None
    loaded_at: datetime | None
    landed: int | None
    new: int | None
    changed: int | None
    unchanged: int | None
    quarantined: int | None
    excluded: int | None
    ended: int | None
    held: int
    kitemark: str | None

    @property
    def dag_id(self) -> str:
        """The feed's DAG."""
        return self.feed.replace("/", "__")


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery of a feed."""

    delivery_id: int
    feed: str
    name: str
    state: str
    landed_at: datetime
    loaded_at: datetime
    seconds: float
    landed: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    excluded: int
    ended: int
    held: int
    run_id: str | None
    agreement: str
    contract: str
    contract_version: str
    code_version: str

    @property
    def dag_id(self) -> str:
        """The feed's DAG."""
        return self.feed.replace("/", "__")


HELD = """
    SELECT delivery_id, count(*) AS held FROM watersmeet.quarantine
    WHERE state = 'held' GROUP BY delivery_id
"""

FEEDS = """
    WITH held AS (SELECT d.feed_id, count(*) AS held FROM watersmeet.quarantine q
                  JOIN watersmeet.delivery d USING (delivery_id)
                  WHERE q.state = 'held' GROUP BY d.feed_id),
         ranked AS (SELECT *, count(*) OVER (PARTITION BY feed_id) AS deliveries,
                        row_number() OVER (PARTITION BY feed_id ORDER BY sequence DESC) AS age
                    FROM watersmeet.delivery)
    SELECT f.name AS feed, f.title, f.enabled, f.checked_at,
        coalesce(f.enabled AND clock_timestamp() > f.due_at, false) AS overdue,
        coalesce(d.deliveries, 0) AS deliveries, d.delivery_id, d.name, d.loaded_at, d.landed,
        d.new, d.changed, d.unchanged, d.quarantined, d.excluded, d.ended,
        coalesce(h.held, 0) AS held,
        (SELECT k.name FROM watersmeet.kitemark k JOIN watersmeet.delivery m USING (delivery_id)
         WHERE k.feed_id = f.feed_id
         ORDER BY m.landed_at DESC, m.sequence DESC, m.delivery_id DESC LIMIT 1) AS kitemark
    FROM watersmeet.feed f LEFT JOIN ranked d ON d.feed_id = f.feed_id AND d.age = 1
        LEFT JOIN held h ON h.feed_id = f.feed_id
    WHERE f.name = ANY (%s) ORDER BY f.organisation, f.dataset
"""

DELIVERIES = f"""
    SELECT d.delivery_id, f.name AS feed, d.name, d.state, d.landed_at, d.loaded_at, d.seconds,
        d.landed, d.new, d.changed, d.unchanged, d.quarantined, d.excluded, d.ended,
        coalesce(h.held, 0) AS held, d.run_id, d.agreement, d.contract, d.contract_version,
        d.code_version
    FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
        LEFT JOIN ({HELD}) h USING (delivery_id)
"""  # noqa: S608 - made of constants


def known_feeds(conn: psycopg.Connection) -> list[str]:
    """The name of every feed the repository knows."""
    return [name for (name,) in conn.execute("SELECT name FROM watersmeet.feed")]


def feeds(conn: psycopg.Connection, names: Sequence[str]) -> list[FeedLine]:
    """These feeds, each with its last delivery."""
    with conn.cursor(row_factory=class_row(FeedLine)) as rows:
        return rows.execute(FEEDS, (list(names),)).fetchall()


def deliveries(conn: psycopg.Connection, feed: str, most: int = 100) -> list[DeliveryLine]:
    """A feed's deliveries, the last first."""
    with conn.cursor(row_factory=class_row(DeliveryLine)) as rows:
        where = " WHERE f.name = %s ORDER BY d.sequence DESC LIMIT %s"
        return rows.execute(DELIVERIES + where, (feed, most)).fetchall()


def delivery(conn: psycopg.Connection, delivery_id: int) -> DeliveryLine | None:
    """One delivery."""
    with conn.cursor(row_factory=class_row(DeliveryLine)) as rows:
        return rows.execute(DELIVERIES + " WHERE d.delivery_id = %s", (delivery_id,)).fetchone()


def files(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """A delivery's files: name, bytes, sha256."""
    return _rows(
        conn,
        "SELECT name, bytes, encode(sha256, 'hex') AS sha256 FROM watersmeet.delivery_file"
        " WHERE delivery_id = %s ORDER BY number",
        delivery_id,
    )


def tables(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """The tables found in a delivery's files, each with how its headers were mapped."""
    return _rows(
        conn,
        "SELECT file, sheet, header_row, mapping FROM watersmeet.delivery_table"
        " WHERE delivery_id = %s ORDER BY number",
        delivery_id,
    )


def issues(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """How often each issue was found in a delivery, by column, and the first cell it is in."""
    return _rows(
        conn,
        'SELECT code, "column", count(*) AS cells, count(DISTINCT row_number) AS rows,'
        " (array_agg(cell ORDER BY row_number))[1] AS first FROM watersmeet.issue"
        ' WHERE delivery_id = %s GROUP BY code, "column" ORDER BY rows DESC, code, "column"',
        delivery_id,
    )


def excluded(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """How many rows of a delivery were no records, by reason."""
    return _rows(
        conn,
        "SELECT reason, count(*) AS rows FROM watersmeet.excluded_row"
        " WHERE delivery_id = %s GROUP BY reason ORDER BY rows DESC, reason",
        delivery_id,
    )


def _rows(conn: psycopg.Connection, query: Any, delivery_id: int) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as rows:
        return rows.execute(query, (delivery_id,)).fetchall()


def findings(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """What was found of a delivery as a whole: code, column, message."""
    return _rows(
        conn,
        'SELECT code, "column", message FROM watersmeet.finding WHERE delivery_id = %s'
        " ORDER BY finding_id",
        delivery_id,
    )


def kitemarks(conn: psycopg.Connection, feed: str, most: int = 50) -> list[dict[str, Any]]:
    """The kitemarks of a feed after each delivery, the last first: level, name, delivery."""
    with conn.cursor(row_factory=dict_row) as rows:
        return rows.execute(
            "SELECT k.level, k.name, k.delivery_id, d.name AS delivery, d.landed_at,"
            " k.ladder_version FROM watersmeet.kitemark k"
            " JOIN watersmeet.delivery d USING (delivery_id)"
            " JOIN watersmeet.feed f ON f.feed_id = k.feed_id"
            " WHERE f.name = %s ORDER BY d.landed_at DESC, d.sequence DESC, d.delivery_id DESC"
            " LIMIT %s",
            (feed, most),
        ).fetchall()


def held_row(
    conn: psycopg.Connection, feed: str, delivery_id: int, row_number: int
) -> dict[str, Any] | None:
    """Where a row in quarantine stands, and what became of it; never what it holds."""
    with conn.cursor(row_factory=dict_row) as rows:
        return rows.execute(
            "SELECT q.delivery_id, q.row_number, q.source_row, q.state, q.released_by,"
            " q.sealed IS NOT NULL AS personal, d.name AS delivery, d.landed_at, t.file, t.sheet"
            " FROM watersmeet.quarantine q JOIN watersmeet.delivery d USING (delivery_id)"
            " JOIN watersmeet.feed f USING (feed_id) LEFT JOIN watersmeet.delivery_table t"
            " ON t.delivery_id = q.delivery_id AND t.number = q.table_number"
            " WHERE f.name = %s AND q.delivery_id = %s AND q.row_number = %s",
            (feed, delivery_id, row_number),
        ).fetchone()


def issues_of_row(
    conn: psycopg.Connection, delivery_id: int, row_number: int
) -> list[dict[str, Any]]:
    """The issues of a row: code, column, cell."""
    with conn.cursor(row_factory=dict_row) as rows:
        return rows.execute(
            'SELECT code, "column", cell FROM watersmeet.issue'
            " WHERE delivery_id = %s AND row_number = %s ORDER BY position, code",
            (delivery_id, row_number),
        ).fetchall()
