"""What the repository holds to be so or to have been known, as the fold tells it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg

from tests.repository.load.folded import OPEN, Piece, joined
from tests.repository.load.ordered import FIRST_DAY, ids

NOW = """
SELECT reference, value, starts, ends, body_id, valid_during FROM store.{kind} WHERE {ours}
UNION ALL
SELECT reference, value, starts, ends, body_id, valid_during FROM history.{kind}
WHERE upper_inf(known_during) AND NOT isempty(valid_during) AND {ours}
"""
THEN = """
SELECT reference, value, starts, ends, body_id, valid_during FROM store.{kind}
WHERE known_from <= %(at)s AND {ours}
UNION ALL
SELECT reference, value, starts, ends, body_id,
    CASE WHEN %(at)s < open_until THEN stated_during ELSE valid_during END
FROM history.{kind} WHERE known_during @> %(at)s::timestamptz AND {ours}
"""
OURS = "feed_id = (SELECT feed_id FROM watersmeet.feed WHERE name = %(feed)s)"
BODIES = """
SELECT name, valid_during FROM store.body WHERE {ours}
UNION ALL
SELECT name, valid_during FROM history.body WHERE upper_inf(known_during) AND {ours}
"""
CURRENT = """
SELECT reference, value, starts, ends, body_id FROM store.{kind}
WHERE (%(at)s::timestamptz IS NULL OR known_from <= %(at)s) AND {ours}
UNION ALL
SELECT reference, value, starts, ends, body_id FROM history.{kind}
WHERE known_during @> %(at)s::timestamptz AND %(at)s < open_until AND {ours}
"""

BOTH_SO = """
WITH every AS (
    SELECT {kind}_id AS id, feed_id, tstzrange(known_from, NULL) AS known, valid_during
    FROM store.{kind} WHERE {ours}
    UNION ALL
    SELECT {kind}_id, feed_id, known_during * tstzrange(NULL, open_until), stated_during
    FROM history.{kind} WHERE open_until IS NOT NULL AND {ours}
    UNION ALL
    SELECT {kind}_id, feed_id, known_during * tstzrange(open_until, NULL), valid_during
    FROM history.{kind} WHERE {ours}
), numbered AS (
    SELECT row_number() OVER () AS number, * FROM every
    WHERE NOT isempty(known) AND NOT isempty(valid_during)
)
SELECT count(*) FROM numbered a JOIN numbered b
  ON a.id = b.id AND a.feed_id = b.feed_id AND a.number < b.number
 AND a.known && b.known AND a.valid_during && b.valid_during
"""
"""Pairs of rows that are both held to have been so, of one identifier and feed, at some moment of
some day. There are none."""

_names = {ids("body", name): name for name in ("x", "y", "z")}


def _row(row: Sequence[Any]) -> tuple[object, ...]:
    value, starts, ends, body = row[1:5]
    days = [None if d is None else (d - FIRST_DAY).days for d in (starts, ends)]
    return (value, *days, _names[body.bytes] if body else "")


def _span(during: Any) -> tuple[int, int]:
    upper = OPEN if during.upper is None else (during.upper - FIRST_DAY).days
    return (during.lower - FIRST_DAY).days, upper


def _ask(conn: psycopg.Connection, query: str, kind: str, **facts: object) -> list[Any]:
    return conn.execute(query.format(kind=kind, ours=OURS).encode(), facts).fetchall()


def told(
    conn: psycopg.Connection, feed: str, kind: str
) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """What the repository holds now, as :meth:`tests.repository.load.folded.Truth.told`."""
    bodies: dict[Any, list[Piece]] = {}
    for name, during in _ask(conn, BODIES, "body", feed=feed):
        if not during.isempty:
            bodies.setdefault(name, []).append((("",), *_span(during)))
    return (
        _pieces(_ask(conn, NOW, kind, feed=feed)),
        current(conn, feed, kind),
        {name: joined(some) for name, some in bodies.items()},
    )


def known(conn: psycopg.Connection, feed: str, kind: str, at: datetime) -> dict[Any, Any]:
    """What the repository held at a moment to be so."""
    return _pieces(_ask(conn, THEN, kind, feed=feed, at=at))


def current(
    conn: psycopg.Connection, feed: str, kind: str, at: datetime | None = None
) -> dict[Any, Any]:
    """The current rows, of now or of a moment."""
    rows = _ask(conn, CURRENT, kind, feed=feed, at=at)
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: _row(row) for row in rows}


def both_so(conn: psycopg.Connection, feed: str, kind: str) -> int:
    """How many pairs of rows are both held to have been so."""
    count: int = _ask(conn, BOTH_SO, kind, feed=feed)[0][0]
    return count


def _pieces(rows: Iterable[Sequence[Any]]) -> dict[Any, Any]:
    found: dict[Any, list[Piece]] = {}
    for row in rows:
        if not row[5].isempty:
            found.setdefault(row[0], []).append((_row(row), *_span(row[5])))
    return {key: joined(some) for key, some in found.items()}
