"""What is known of a place before it is looked at, and what a look at it noticed."""

import logging
from datetime import date

import psycopg

from connectors.fetch import Found, Standing
from pipeline.journey import Journey
from pipeline.streamed import as_at_of
from repository import arrivals
from repository.feeds import record_check
from repository.presence import record_presence
from transforms.mapping import Refused

MOST_NAMES = 10

log = logging.getLogger(__name__)


def standing_of(conn: psycopg.Connection, journey: Journey) -> Standing:
    """What is known of a feed's place before it is looked at."""
    return Standing(
        cursor=arrivals.cursor_reached(conn, journey.feed.id),
        stamps=arrivals.settled_stamps(
            conn,
            journey.feed.id,
            journey.steps,
            journey.judged_by,
            lambda name: told_date(journey, name),
        ),
    )


def told_date(journey: Journey, name: str) -> date | None:
    """The date the name of an arrival tells; None where it does not, so that it is refused."""
    try:
        return as_at_of(journey, name)
    except Refused:
        return None


def record_look(conn: psycopg.Connection, feed_id: str, found: Found) -> None:
    """Record that a feed's place was looked at: what was there, what waits, and what is gone.

    What is gone is never taken for empty: it makes no delivery, and what was loaded of it stays.
    """
    waiting = [(one.name, one.why) for one in found.unfinished]
    record_check(conn, feed_id, len(found.arrivals), waiting)
    if waiting:
        log.info("%s: not finished yet: %s", feed_id, _named([f"{n} {why}" for n, why in waiting]))
    if found.present is None:
        return
    gone = record_presence(conn, feed_id, found.present)
    if len(gone) > 1 and not found.present:
        log.warning(
            "%s: the place is empty, and had %d deliveries at the last look. Is the share mounted? "
            "Nothing was taken for empty.",
            feed_id,
            len(gone),
        )
    elif gone:
        log.warning("%s: gone since the last look: %s", feed_id, _named(gone))


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return "; ".join(names[:MOST_NAMES]) + (f"; and {more:,} more" if more > 0 else "")
