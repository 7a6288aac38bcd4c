"""What has arrived before: known again without fetching it, and what was refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from repository.feeds import Landing, feed_number, record_arrival
from repository.load.opening import LOADING

SETTLED = """
SELECT asked.sequence FROM unnest(
    %(sums)s::bytea[], %(sequences)s::bigint[], %(dates)s::date[]
) AS asked (sha256, sequence, as_at)
WHERE EXISTS (
    -- Loaded; and where other bytes took their place since, it was this very arrival that was.
    -- Where the name tells another date, they say something of that date too.
    SELECT FROM watersmeet.delivery d
    WHERE d.feed_id = %(feed)s AND d.sha256 = asked.sha256 AND d.state = 'loaded'
      AND (asked.as_at IS NULL OR d.as_at = asked.as_at)
      AND (
        d.sequence >= asked.sequence OR d.replaces = 'nothing' OR NOT EXISTS (
            SELECT FROM watersmeet.delivery later
            WHERE later.feed_id = d.feed_id AND later.series = d.series AND later.state = 'loaded'
              AND (later.as_at, later.landed_at, later.sequence)
                > (d.as_at, d.landed_at, d.sequence)
        ) AND NOT EXISTS (
            -- Others that landed in between may be loaded yet; see repository.load.opening.
            SELECT FROM watersmeet.arrival other
            WHERE other.feed_id = d.feed_id AND other.sha256 <> d.sha256
              AND (d.replaces <> 'same-name' OR other.name = d.series)
              AND other.sequence > d.sequence AND other.sequence < asked.sequence
        )
    )
) OR EXISTS (
    SELECT FROM watersmeet.delivery
    WHERE feed_id = %(feed)s AND sha256 = asked.sha256 AND sequence = asked.sequence
      AND state = 'superseded'
) OR EXISTS (
    SELECT FROM watersmeet.refusal
    WHERE feed_id = %(feed)s AND sha256 = asked.sha256 AND steps_version = %(steps)s
      -- What was refused for its name is not when it comes under another.
      AND (code <> 'delivery-undated' OR name = (
        SELECT a.name FROM watersmeet.arrival a WHERE a.sequence = asked.sequence
      ))
) OR EXISTS (
    -- Stopped by these very steps and limits, and nobody has decided; or refused by a person.
    SELECT FROM watersmeet.hold
    WHERE feed_id = %(feed)s AND sha256 = asked.sha256
      AND (state = 'waiting' AND steps_version = %(judged)s AND sequence >= asked.sequence
           OR state = 'refused')
)
"""


@dataclass(frozen=True)
class Landed:
    """The newest arrival of a name: its stamp, SHA-256 (hexadecimal), place in the order, and the
    date the name tells."""

    name: str
    stamp: str | None
    sha256: str
    sequence: int
    as_at: date | None = None


def settled_stamps(
    conn: psycopg.Connection,
    feed: str,
    steps: str,
    judged: str = "",
    as_at: Callable[[str], date | None] = lambda name: None,
) -> dict[str, str]:
    """Name to stamp of the newest arrival of each name with which there is nothing more to do.

    Args:
        steps, judged: as for :func:`settled`.
        as_at: the date a name tells; None where it tells none.
    """
    number = feed_number(conn, feed)
    rows = conn.execute(
        "SELECT DISTINCT ON (name) name, stamp, encode(sha256, 'hex'), sequence"
        " FROM watersmeet.arrival WHERE feed_id = %s ORDER BY name, sequence DESC",
        (number,),
    ).fetchall()
    asked = [
        Landed(name, stamp, sha256, sequence, as_at(name))
        for name, stamp, sha256, sequence in rows
        if stamp is not None
    ]
    done = _settled(conn, number, asked, steps, judged)
    return {one.name: one.stamp for one in asked if one.stamp and one.sequence in done}


def settled(
    conn: psycopg.Connection,
    feed: str,
    sha256: str,
    sequence: int,
    steps: str,
    judged: str = "",
    as_at: date | None = None,
) -> bool:
    """Whether there is nothing to do for landed bytes: they are loaded and stand, they were
    overtaken, these very steps refused them, or they wait for a person.

    Args:
        sequence: their place in the order of arrivals. Bytes that come again after others took
            their place are a new arrival, and not settled by the old one's receipt.
        steps: the steps version that would work them.
        judged: the version of steps and limits that would judge them.
        as_at: the date the arrival's name tells; None where it tells none.
    """
    one = Landed("", None, sha256, sequence, as_at)
    return sequence in _settled(conn, feed_number(conn, feed), [one], steps, judged)


def _settled(
    conn: psycopg.Connection, feed: int, asked: Sequence[Landed], steps: str, judged: str
) -> set[int]:
    """The sequences of those with which there is nothing more to do."""
    rows = conn.execute(
        SETTLED,
        {
            "feed": feed,
            "sums": [bytes.fromhex(one.sha256) for one in asked],
            "sequences": [one.sequence for one in asked],
            "dates": [one.as_at for one in asked],
            "steps": steps,
            "judged": judged,
        },
    )
    return {int(row[0]) for row in rows}


def cursor_reached(conn: psycopg.Connection, feed: str) -> str | None:
    """What the newest loaded delivery of a feed got up to; None before there is one.

    What was refused or waits for a person does not count: it is fetched again.
    """
    row = conn.execute(
        """
        SELECT a.cursor FROM watersmeet.arrival a
        WHERE a.feed_id = %(feed)s AND a.cursor IS NOT NULL AND EXISTS (
            SELECT FROM watersmeet.receipt r WHERE r.feed_id = a.feed_id AND r.sha256 = a.sha256
        )
        ORDER BY a.sequence DESC LIMIT 1
        """,
        {"feed": feed_number(conn, feed)},
    ).fetchone()
    return str(row[0]) if row else None


def at_work(conn: psycopg.Connection, feed: str) -> str | None:
    """The name of the delivery that is being loaded on a feed just now; None where none is."""
    row = conn.execute(
        "SELECT p.delivery FROM watersmeet.progress p JOIN watersmeet.feed f ON f.name = p.feed"
        " WHERE p.feed = %s AND p.state = 'working' AND EXISTS ("
        "  SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
        "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        "  AND classid = %s AND objid = f.feed_id)",
        (feed, LOADING),
    ).fetchone()
    return str(row[0]) if row else None


def remember(
    conn: psycopg.Connection,
    feed: str,
    name: str,
    sha256: str,
    stamp: str | None,
    cursor: str | None = None,
) -> Landing:
    """Record an arrival with its stamp, and what its fetch got up to; its place in the order of
    arrivals."""
    landing = record_arrival(conn, feed, name, sha256)
    conn.execute(
        "UPDATE watersmeet.arrival SET stamp = %(stamp)s, cursor = %(cursor)s, gone_at = NULL"
        " WHERE sequence = %(sequence)s"
        " AND (stamp, cursor, gone_at) IS DISTINCT FROM (%(stamp)s, %(cursor)s, NULL)",
        {"stamp": stamp, "cursor": cursor, "sequence": landing.sequence},
    )
    return landing


def record_refusal(
    conn: psycopg.Connection,
    feed: str,
    name: str,
    sha256: str,
    *,
    steps: str,
    code: str,
    message: str,
    run_id: str | None,
) -> None:
    """Record that a delivery was refused, and why; the last reason stands."""
    conn.execute(
        """
        INSERT INTO watersmeet.refusal
            (feed_id, sha256, steps_version, name, code, message, run_id)
        VALUES (%(feed)s, %(sha256)s, %(steps)s, %(name)s, %(code)s, %(message)s, %(run)s)
        ON CONFLICT (feed_id, sha256, steps_version) DO UPDATE
        SET (name, code, message, run_id, refused_at) =
            (EXCLUDED.name, EXCLUDED.code, EXCLUDED.message, EXCLUDED.run_id, clock_timestamp())
        """,
        {
            "feed": feed_number(conn, feed),
            "sha256": bytes.fromhex(sha256),
            "steps": steps,
            "name": name,
            "code": code,
            "message": message,
            "run": run_id,
        },
    )


def not_announced(conn: psycopg.Connection, feed: str) -> dict[str, Any] | None:
    """The delivery a feed was given last, where it is loaded and was not announced; else None.

    Columns: ``name``, ``sha256``. Whoever loaded it was stopped in between.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT name, encode(sha256, 'hex') AS sha256 FROM (
                SELECT d.* FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
                WHERE f.name = %s AND d.state = 'loaded'
                ORDER BY d.loaded_at DESC, d.delivery_id DESC LIMIT 1
            ) last
            WHERE NOT EXISTS (SELECT FROM watersmeet.kitemark k
                WHERE k.delivery_id = last.delivery_id)
            """,
            (feed,),
        ).fetchone()


def hash_seed(conn: psycopg.Connection) -> int:
    """The seed of record hashes, drawn once for this repository, so that they tell no record."""
    row = conn.execute("SELECT hash_seed FROM watersmeet.installation").fetchone()
    if row is None:
        raise LookupError("watersmeet.installation is empty; restore it from the backup")
    return int(row[0])


def refusals(conn: psycopg.Connection) -> list[dict[str, Any]]:
    """Deliveries that were refused, and neither they nor others of their name loaded since.

    Columns: ``feed``, ``name``, ``sha256``, ``code``, ``message``, ``refused_at``, ``run_id``.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT DISTINCT ON (r.feed_id, r.sha256) f.name AS feed, r.name,
                encode(r.sha256, 'hex') AS sha256, r.code, r.message, r.refused_at, r.run_id
            FROM watersmeet.refusal r JOIN watersmeet.feed f USING (feed_id)
            WHERE NOT EXISTS (
                SELECT FROM watersmeet.delivery d
                WHERE d.feed_id = r.feed_id AND d.state = 'loaded' AND d.loaded_at > r.refused_at
                  AND (d.sha256 = r.sha256 OR d.name = r.name)
            )
            ORDER BY r.feed_id, r.sha256, r.refused_at DESC
            """
        ).fetchall()


def loaded_so_far(conn: psycopg.Connection, feed: str) -> int:
    """How many deliveries of a feed are loaded."""
    row = conn.execute(
        "SELECT count(*) FROM watersmeet.delivery WHERE feed_id = %s AND state = 'loaded'",
        (feed_number(conn, feed),),
    ).fetchone()
    return int(row[0]) if row else 0
