"""Brings entity tables that were made before there were two clocks to their present shape.

Before, history held while the repository had known a row (``known_during``), and nothing said when
it was so. A delivery is taken to speak of the day on which it landed, and rows are clipped by those
that followed them, in the order in which they came to be known.
"""

import psycopg
from psycopg import sql

from repository.entity_table import EntityTable

ADD = """
ALTER TABLE {store} ADD COLUMN as_at date;
UPDATE {store} e SET as_at = d.as_at FROM watersmeet.delivery d USING_DELIVERY;
ALTER TABLE {store} ALTER as_at SET NOT NULL,
    ADD COLUMN valid_during daterange GENERATED ALWAYS AS ({stated}) VIRTUAL;
ALTER TABLE {history} DROP CONSTRAINT {key};
ALTER TABLE {history} ADD COLUMN as_at date, ADD COLUMN valid_during daterange,
    ADD COLUMN open_until timestamptz;
UPDATE {history} e SET as_at = d.as_at FROM watersmeet.delivery d USING_DELIVERY;
ALTER TABLE {history} ALTER as_at SET NOT NULL,
    ADD COLUMN stated_during daterange GENERATED ALWAYS AS ({stated}) VIRTUAL;
""".replace("USING_DELIVERY", "WHERE d.delivery_id = e.delivery_id")

# What follows a row clips it: the version after it by its start, its end by the as-at date of the
# delivery that ended it. Of an event only the latest word counts.
CLIP = """
WITH said AS (
    SELECT e.{id} AS id, e.feed_id, e.known_from AS since, NULL::tid AS place,
        {starts} AS starts, NULL::date AS ended, NULL::daterange AS stated
    FROM {store} e
    UNION ALL
    SELECT e.{id}, e.feed_id, lower(e.known_during), e.ctid, {starts},
        CASE WHEN e.ending = 'gone' THEN d.as_at END, e.stated_during
    FROM {history} e JOIN watersmeet.delivery d ON d.delivery_id = e.ended_by
), bounded AS (
    SELECT s.*, LEAST(s.ended, min(LEAST(s.starts, s.ended)) OVER (
        PARTITION BY s.id, s.feed_id ORDER BY s.since
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)) AS bound
    FROM said s
), clipped AS (
    SELECT place, stated, stated * daterange(NULL, CASE WHEN {event} THEN NULL ELSE bound END)
        AS left_over
    FROM bounded WHERE place IS NOT NULL
)
UPDATE {history} h
SET open_until = upper(h.known_during),
    valid_during = CASE WHEN {event} OR isempty(c.left_over) THEN c.stated ELSE c.left_over END,
    known_during = CASE WHEN {event} OR isempty(c.left_over) THEN h.known_during
        ELSE tstzrange(lower(h.known_during), NULL) END,
    ending = CASE WHEN {event} OR isempty(c.left_over) THEN 'corrected' ELSE h.ending END
FROM clipped c
WHERE c.place = h.ctid
"""


def keep_apart(conn: psycopg.Connection, table: EntityTable) -> None:
    """Give a history table its indexes, and see that no two rows that are held to have been so
    cover the same day."""
    conn.execute(
        sql.SQL(
            "ALTER TABLE {} ADD EXCLUDE USING gist ({} WITH =, feed_id WITH =,"
            " valid_during WITH &&) WHERE (upper_inf(known_during))"
        ).format(table.history, sql.Identifier(table.id))
    )
    conn.execute(sql.SQL("CREATE INDEX ON {} ({})").format(table.history, sql.Identifier(table.id)))


def bring_along(conn: psycopg.Connection, table: EntityTable) -> None:
    """Bring the tables of one entity to their present shape; nothing where they have it."""
    row = conn.execute(
        "SELECT c.conname FROM pg_constraint c WHERE c.conrelid = to_regclass(%(history)s)"
        " AND c.contype = 'p' AND NOT EXISTS (SELECT FROM pg_attribute a"
        "  WHERE a.attrelid = to_regclass(%(history)s) AND a.attname = 'open_until')",
        {"history": table.history.as_string(conn)},
    ).fetchone()
    if row is None:
        return
    parts = {
        "store": table.store,
        "history": table.history,
        "id": sql.Identifier(table.id),
        "key": sql.Identifier(row[0]),
        "stated": table.stated(),
        "starts": table.starts("e"),
        "event": sql.Literal(table.event),
    }
    for statement in ADD.split(";"):
        if statement.strip():
            conn.execute(sql.SQL(statement).format(**parts))
    conn.execute(sql.SQL(CLIP).format(**parts))
    conn.execute(sql.SQL("ALTER TABLE {} ALTER valid_during SET NOT NULL").format(table.history))
    keep_apart(conn, table)
