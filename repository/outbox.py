"""The outbox of lineage events: written with what they tell of, read by whoever sends them.

An event stands from the moment the transaction that it tells of is committed, whether a receiver is
there or not. Each is sent at least once; its number is made of its run and its type, so that one
that is made or sent again is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from repository.feeds import feed_number
from repository.load.opening import LOADING

ADD = """
INSERT INTO watersmeet.lineage_event (event_id, run_id, feed_id, delivery_id, event_type, event)
VALUES (%(event_id)s, %(run)s, %(feed)s, %(delivery)s, %(type)s, %(event)s)
ON CONFLICT DO NOTHING
"""

# Runs that were begun and not ended.
OPEN = """
SELECT s.run_id, s.feed_id, s.delivery_id, s.event FROM watersmeet.lineage_event s
WHERE s.event_type = 'START' AND (%(feed)s::smallint IS NULL OR s.feed_id = %(feed)s)
  AND NOT EXISTS (SELECT FROM watersmeet.lineage_event e
    WHERE e.run_id = s.run_id AND e.event_type <> 'START')
ORDER BY s.number
"""

# The first that may be sent: of one run always the earlier first, whoever else is sending.
NEXT = """
SELECT e.event_id, e.run_id, e.event_type, e.event, e.attempts FROM watersmeet.lineage_event e
WHERE e.state = 'waiting' AND e.run_id <> ALL (%(but)s::uuid[])
  AND (%(now)s OR e.next_attempt_at IS NULL OR e.next_attempt_at <= clock_timestamp())
  AND NOT EXISTS (SELECT FROM watersmeet.lineage_event b
    WHERE b.run_id = e.run_id AND b.number < e.number AND b.state = 'waiting')
ORDER BY e.number LIMIT 1
FOR UPDATE OF e SKIP LOCKED
"""

SENT = """
UPDATE watersmeet.lineage_event
SET state = 'sent', sent_at = clock_timestamp(), attempts = attempts + 1, last_error = NULL,
    next_attempt_at = NULL
WHERE event_id = %s
"""

REFUSED = """
UPDATE watersmeet.lineage_event
SET state = 'refused', attempts = attempts + 1, last_error = %s, next_attempt_at = NULL
WHERE event_id = %s
"""

FAILED = """
UPDATE watersmeet.lineage_event
SET attempts = attempts + 1, last_error = %s,
    next_attempt_at = clock_timestamp() + make_interval(secs => %s)
WHERE event_id = %s
"""

# Until when the receiver itself, not one event, is to be left alone.
LEFT_ALONE = """
SELECT max(next_attempt_at) FROM watersmeet.lineage_event
WHERE state = 'waiting' AND last_error = ANY (%s) AND next_attempt_at > clock_timestamp()
"""

# A run goes as a whole: with its START gone, an ending would mean nothing.
PRUNE = """
WITH gone AS (
    DELETE FROM watersmeet.lineage_event e
    WHERE e.made_at < clock_timestamp() - make_interval(days => %s)
      AND NOT EXISTS (SELECT FROM watersmeet.lineage_event later
        WHERE later.run_id = e.run_id
          AND later.made_at >= clock_timestamp() - make_interval(days => %s))
    RETURNING e.state
)
SELECT count(*), count(*) FILTER (WHERE state <> 'sent') FROM gone
"""

STANDING = """
SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
    count(*) FILTER (WHERE state = 'refused') AS refused,
    count(*) FILTER (WHERE state = 'sent') AS sent,
    min(made_at) FILTER (WHERE state = 'waiting') AS oldest,
    extract(epoch FROM clock_timestamp() - min(made_at) FILTER (WHERE state = 'waiting'))::float8
        AS oldest_seconds,
    max(attempts) FILTER (WHERE state = 'waiting') AS attempts,
    array_agg(DISTINCT last_error) FILTER (WHERE last_error IS NOT NULL) AS errors
FROM watersmeet.lineage_event
"""

OF_FEED = """
SELECT e.event FROM watersmeet.lineage_event e JOIN watersmeet.feed f USING (feed_id)
WHERE f.name = %(feed)s AND e.run_id IN (
    SELECT r.run_id FROM watersmeet.lineage_event r JOIN watersmeet.feed f USING (feed_id)
    WHERE f.name = %(feed)s AND r.event_type = 'START' ORDER BY r.number DESC LIMIT %(most)s
)
ORDER BY e.number
"""

OF_DELIVERY = """
SELECT e.event FROM watersmeet.lineage_event e
WHERE e.run_id IN (SELECT run_id FROM watersmeet.lineage_event WHERE delivery_id = %s)
ORDER BY e.number
"""


@dataclass(frozen=True)
class Waiting:
    """An event whose turn it is, locked for the transaction; ``attempts`` are those before."""

    event_id: UUID
    run_id: UUID
    event_type: str
    event: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True)
class Open:
    """A run that was begun and not ended, with the event that began it."""

    run_id: UUID
    feed_id: int
    delivery_id: int | None
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """How the outbox stands: events by state, and of those that wait the oldest.

    Attributes:
        oldest, oldest_seconds: when the oldest that waits was made, and its age.
        attempts: most tries of one that waits.
        errors: codes of what last went wrong.
    """

    waiting: int
    refused: int
    sent: int
    oldest: datetime | None
    oldest_seconds: float | None
    attempts: int
    errors: tuple[str, ...]


def add(
    conn: psycopg.Connection,
    run_id: UUID,
    feed: str | int,
    delivery_id: int | None,
    event: Mapping[str, Any],
) -> None:
    """Put an event into the outbox, in the connection's transaction.

    An event that stands there stays as it is, and a run that has ended stays ended as it did.

    Args:
        feed: ``<organisation>/<dataset>``, or its number.
    """
    kind = str(event["eventType"])
    conn.execute(
        ADD,
        {
            "event_id": uuid5(run_id, kind),
            "run": run_id,
            "feed": feed if isinstance(feed, int) else feed_number(conn, feed),
            "delivery": delivery_id,
            "type": kind,
            "event": Jsonb(dict(event)),
        },
    )


def clock(conn: psycopg.Connection) -> datetime:
    """The time by the database, with which the order of events agrees."""
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    if row is None:
        raise LookupError("the database told no time")
    moment: datetime = row[0]
    return moment


def open_runs(conn: psycopg.Connection, feed: str | None = None) -> list[Open]:
    """Runs that were begun and not ended, of one feed or of all, in order.

    Whoever holds the feed's lock, or finds it free, knows that they never will be.
    """
    number = None if feed is None else feed_number(conn, feed)
    return [Open(*row) for row in conn.execute(OPEN, {"feed": number})]


def nobody_loads(conn: psycopg.Connection, feed_id: int) -> bool:
    """Whether no load of a feed is under way; none begins before the transaction ends."""
    row = conn.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOADING, feed_id)).fetchone()
    return row is not None and bool(row[0])


def next_waiting(
    conn: psycopg.Connection, *, now: bool, but: Sequence[UUID] = ()
) -> Waiting | None:
    """The event to send next, locked until the transaction ends; None where there is none.

    Args:
        now: also those that were to be left alone for a while.
        but: runs that are left out.
    """
    row = conn.execute(NEXT, {"now": now, "but": list(but)}).fetchone()
    return Waiting(*row) if row else None


def sent(conn: psycopg.Connection, event_id: UUID) -> None:
    """Record that the receiver took an event."""
    conn.execute(SENT, (event_id,))


def refused(conn: psycopg.Connection, event_id: UUID, code: str) -> None:
    """Record that the receiver will not take an event; it is not tried again by itself."""
    conn.execute(REFUSED, (code, event_id))


def failed(conn: psycopg.Connection, event_id: UUID, code: str, wait: float) -> None:
    """Record that an event could not be sent, and for how many seconds to leave it alone."""
    conn.execute(FAILED, (code, wait, event_id))


def left_alone_until(conn: psycopg.Connection, codes: Sequence[str]) -> datetime | None:
    """Until when the receiver is left alone after one of these errors; None where it is not."""
    row = conn.execute(LEFT_ALONE, (list(codes),)).fetchone()
    return row[0] if row else None


def try_refused_again(conn: psycopg.Connection) -> int:
    """Have events wait again that the receiver refused; how many."""
    return conn.execute(
        "UPDATE watersmeet.lineage_event SET state = 'waiting' WHERE state = 'refused'"
    ).rowcount


def prune(conn: psycopg.Connection, days: int) -> tuple[int, int]:
    """Remove runs whose events are all older than so many days.

    Returns:
        Events removed, and how many of them were never sent.
    """
    row = conn.execute(PRUNE, (days, days)).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def standing(conn: psycopg.Connection) -> Standing:
    """How the outbox stands."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(STANDING).fetchone()
    if row is None:
        raise LookupError("the database counted nothing")
    return Standing(
        **{**row, "attempts": row["attempts"] or 0, "errors": tuple(sorted(row["errors"] or ()))}
    )


def of_feed(conn: psycopg.Connection, feed: str, most: int) -> list[dict[str, Any]]:
    """The events of a feed's latest runs, in order; ``most`` runs."""
    return [row[0] for row in conn.execute(OF_FEED, {"feed": feed, "most": most})]


def of_delivery(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """The events of the run that worked a delivery, in order."""
    return [row[0] for row in conn.execute(OF_DELIVERY, (delivery_id,))]
