"""Feeds and agreements as the database knows them, and when each source was last looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from contracts.agreement import Agreement
from contracts.declarations import Declarations
from contracts.feed import Feed
from repository.due import record_due


@dataclass(frozen=True)
class Landing:
    """The place of an arrival in the order of arrivals, by the database's clock."""

    sequence: int
    landed_at: datetime


def record_declarations(conn: psycopg.Connection, declarations: Declarations) -> None:
    """Bring the tables of feeds and agreements to what is declared.

    A feed that is no longer declared keeps its row, disabled; an agreement, its row, withdrawn.
    """
    for agreement in declarations.agreements.values():
        record_agreement(conn, agreement)
    conn.execute(
        "UPDATE watersmeet.agreement SET withdrawn = true"
        " WHERE NOT withdrawn AND agreement <> ALL (%s)",
        (list(declarations.agreements),),
    )
    for feed in declarations.feeds.values():
        record_feed(conn, feed)
        record_due(conn, feed)
    conn.execute(
        "UPDATE watersmeet.feed SET enabled = false WHERE enabled AND name <> ALL (%s)",
        (list(declarations.feeds),),
    )


def record_agreement(conn: psycopg.Connection, agreement: Agreement) -> None:
    """Record one agreement as declared."""
    conn.execute(
        """
        INSERT INTO watersmeet.agreement AS a (agreement, title, starts, ends, facts)
        VALUES (%(id)s, %(title)s, %(start)s, %(end)s, %(facts)s)
        ON CONFLICT (agreement) DO UPDATE
        SET (title, starts, ends, facts, withdrawn, declared_at) =
            (EXCLUDED.title, EXCLUDED.starts, EXCLUDED.ends, EXCLUDED.facts, false,
             clock_timestamp())
        WHERE (a.title, a.starts, a.ends, a.facts, a.withdrawn) IS DISTINCT FROM
              (EXCLUDED.title, EXCLUDED.starts, EXCLUDED.ends, EXCLUDED.facts, false)
        """,
        {
            "id": agreement.id,
            "title": agreement.title,
            "start": agreement.start,
            "end": agreement.end,
            "facts": Jsonb(agreement.model_dump(mode="json")),
        },
    )


def record_feed(conn: psycopg.Connection, feed: Feed) -> int:
    """Record one feed as declared; its number."""
    known = conn.execute(
        """
        UPDATE watersmeet.feed
        SET (title, agreement, enabled) = (%(title)s, %(agreement)s, %(enabled)s)
        WHERE name = %(name)s
        RETURNING feed_id
        """,
        _feed_facts(feed),
    ).fetchone()
    # Not INSERT ... ON CONFLICT: every conflict would use up a number, and there are 32,767.
    if known is None:
        conn.execute(
            """
            INSERT INTO watersmeet.feed
                (name, organisation, dataset, title, agreement, enabled)
            VALUES (%(name)s, %(organisation)s, %(dataset)s, %(title)s, %(agreement)s, %(enabled)s)
            ON CONFLICT (name) DO NOTHING
            """,
            _feed_facts(feed),
        )
        return feed_number(conn, feed.id)
    return int(known[0])


def _feed_facts(feed: Feed) -> dict[str, object]:
    return {
        "name": feed.id,
        "organisation": feed.organisation,
        "dataset": feed.dataset,
        "title": feed.title,
        "agreement": feed.agreement,
        "enabled": feed.enabled,
    }


def feed_number(conn: psycopg.Connection, name: str) -> int:
    """The number of a feed, given one where it is new.

    Args:
        conn: a connection.
        name: ``<organisation>/<dataset>``.
    """
    found = conn.execute("SELECT feed_id FROM watersmeet.feed WHERE name = %s", (name,)).fetchone()
    if found is None:
        organisation, _, dataset = name.partition("/")
        conn.execute(
            "INSERT INTO watersmeet.feed (name, organisation, dataset) VALUES (%s, %s, %s)"
            " ON CONFLICT (name) DO NOTHING",
            (name, organisation, dataset),
        )
        found = conn.execute(
            "SELECT feed_id FROM watersmeet.feed WHERE name = %s", (name,)
        ).fetchone()
    if found is None:
        raise LookupError(f"feed {name} was removed while it was being recorded")
    return int(found[0])


MOST_UNFINISHED = 1000
"""Names of what waits at a place that are kept with its feed."""


def record_check(
    conn: psycopg.Connection, feed: str, found: int, unfinished: Sequence[tuple[str, str]] = ()
) -> None:
    """Record that a feed's source was looked at just now.

    Args:
        found: how many arrivals were there.
        unfinished: what is there and waits: its name, and why.
    """
    told = [{"name": name, "why": why} for name, why in unfinished[:MOST_UNFINISHED]]
    conn.execute(
        "UPDATE watersmeet.feed SET checked_at = clock_timestamp(), checked_found = %s,"
        " unfinished = %s WHERE feed_id = %s",
        (found, Jsonb(told), feed_number(conn, feed)),
    )


def record_arrival(conn: psycopg.Connection, feed: str, name: str, sha256: str) -> Landing:
    """The place of an arrival in the order of arrivals.

    The same bytes under the same name, with nothing else under that name since, are the same
    arrival: a retried task gets the place its first try got.
    """
    number = feed_number(conn, feed)
    conn.execute("SELECT 1 FROM watersmeet.feed WHERE feed_id = %s FOR NO KEY UPDATE", (number,))
    last = conn.execute(
        "SELECT sequence, landed_at, sha256 FROM watersmeet.arrival"
        " WHERE feed_id = %s AND name = %s ORDER BY sequence DESC LIMIT 1",
        (number, name),
    ).fetchone()
    if last is None or bytes(last[2]) != bytes.fromhex(sha256):
        last = conn.execute(
            "INSERT INTO watersmeet.arrival (feed_id, name, sha256) VALUES (%s, %s, %s)"
            " RETURNING sequence, landed_at, sha256",
            (number, name, bytes.fromhex(sha256)),
        ).fetchone()
    if last is None:
        raise LookupError(f"feed {feed}: the arrival was not recorded")
    return Landing(last[0], last[1])
