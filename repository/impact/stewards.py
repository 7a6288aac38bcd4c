"""What stewards and deliveries say of a feed or a column: corrections, codes, holds, headers."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

Lines = list[dict[str, Any]]

CORRECTIONS = """
SELECT c.correction_id::text AS name, f.name AS feed, c."column", c.author, c.reason,
    coalesce(u.rows, 0)::bigint AS rows
FROM watersmeet.correction c JOIN watersmeet.feed f USING (feed_id)
LEFT JOIN LATERAL (SELECT sum(x.rows) AS rows FROM watersmeet.correction_use x
    WHERE x.correction_id = c.correction_id AND x.state = 'applied') u ON true
WHERE c.withdrawn_at IS NULL AND f.name = ANY (%(feeds)s)
  AND (%(columns)s::text[] IS NULL OR c."column" = ANY (%(columns)s))
ORDER BY c.correction_id
"""

# How many writings and rows, never the writings: of a personal column they are sealed.
UNKNOWN_CODES = """
SELECT u."column" || ', ' || u.scheme || ', ' || u.state AS name, f.name AS feed,
    count(*) AS writings, sum(u.rows)::bigint AS rows
FROM watersmeet.unknown_code u JOIN watersmeet.feed f USING (feed_id)
WHERE (%(feeds)s::text[] IS NULL OR f.name = ANY (%(feeds)s))
  AND (%(columns)s::text[] IS NULL OR u."column" = ANY (%(columns)s))
  AND (%(schemes)s::text[] IS NULL OR u.scheme = ANY (%(schemes)s))
  AND (%(code)s::text IS NULL OR u.code = %(code)s) AND u.state = ANY (%(states)s)
GROUP BY f.name, u."column", u.scheme, u.state ORDER BY 1, 2
"""

HOLDS = """
SELECT h.hold_id::text AS name, h.name AS delivery, h.state
FROM watersmeet.hold h JOIN watersmeet.feed f USING (feed_id)
WHERE f.name = %(feed)s AND h.state = 'waiting' ORDER BY h.hold_id
"""

FEED = """
SELECT f.feed_id, f.latest_as_at, f.checked_at,
    (SELECT count(*) FROM watersmeet.delivery d
     WHERE d.feed_id = f.feed_id AND d.state = 'loaded') AS deliveries,
    (SELECT count(*) FROM watersmeet.quarantine q JOIN watersmeet.delivery d USING (delivery_id)
     WHERE d.feed_id = f.feed_id AND q.state = 'held') AS held,
    (SELECT k.name FROM watersmeet.kitemark k WHERE k.feed_id = f.feed_id
     ORDER BY k.delivery_id DESC LIMIT 1) AS kitemark
FROM watersmeet.feed f WHERE f.name = %s
"""

# As the newest loaded delivery has them.
HEADERS = """
SELECT f.name AS feed, m ->> 'name' AS "column", m ->> 'header' AS header, m ->> 'how' AS how,
    (m ->> 'position') IS NULL AS constant
FROM watersmeet.feed f
JOIN LATERAL (
    SELECT d.delivery_id FROM watersmeet.delivery d
    WHERE d.feed_id = f.feed_id AND d.state = 'loaded'
    ORDER BY d.as_at DESC, d.landed_at DESC, d.sequence DESC LIMIT 1
) d ON true
JOIN watersmeet.delivery_table t USING (delivery_id)
CROSS JOIN LATERAL jsonb_array_elements(t.mapping -> 'columns') m
WHERE f.name = ANY (%(feeds)s)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3
"""


def corrections(
    conn: psycopg.Connection, feeds: list[str], columns: list[str] | None = None
) -> Lines:
    """Standing corrections: ``name`` (number), ``feed``, ``column``, ``author``, ``reason``,
    ``rows`` (changed so far)."""
    return _lines(conn, CORRECTIONS, {"feeds": feeds, "columns": columns})


def unknown_codes(
    conn: psycopg.Connection,
    *,
    feeds: list[str] | None = None,
    columns: list[str] | None = None,
    schemes: list[str] | None = None,
    code: str | None = None,
    states: tuple[str, ...] = ("open",),
) -> Lines:
    """Writings no register knew: ``name`` (column, scheme, state), ``feed``, ``writings`` (how
    many), ``rows``.

    Args:
        code: only those accepted for this code.
    """
    asked = {
        "feeds": feeds, "columns": columns, "schemes": schemes, "code": code,
        "states": list(states),
    }  # fmt: skip
    return _lines(conn, UNKNOWN_CODES, asked)


def holds(conn: psycopg.Connection, feed: str) -> Lines:
    """Deliveries of a feed that wait for a person: ``name`` (number), ``delivery``, ``state``."""
    return _lines(conn, HOLDS, {"feed": feed})


def feed_facts(conn: psycopg.Connection, feed: str) -> dict[str, Any] | None:
    """``feed_id``, ``latest_as_at``, ``checked_at``, ``deliveries`` (loaded), ``held`` (rows),
    ``kitemark``; None where the repository does not know the feed."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(FEED, (feed,)).fetchone()


def headers(conn: psycopg.Connection, feeds: list[str]) -> Lines:
    """The headers of feeds' newest deliveries: ``feed``, ``column``, ``header``, ``how``,
    ``constant``."""
    return _lines(conn, HEADERS, {"feeds": feeds})


def known_feeds(conn: psycopg.Connection) -> list[str]:
    """Every feed the repository knows."""
    return [row[0] for row in conn.execute("SELECT name FROM watersmeet.feed ORDER BY name")]


def _lines(conn: psycopg.Connection, query: str, asked: dict[str, Any]) -> Lines:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), asked).fetchall()
