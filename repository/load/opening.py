"""The beginning of a load: the lock on the feed, and whether there is anything to do."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from repository.feeds import feed_number
from repository.load.record import DeliveryRecord, Outcome

# First part of two-part advisory lock keys: a feed is being loaded.
LOADING = 0x6C6F6164

LATER = """
SELECT 1 FROM watersmeet.delivery
WHERE feed_id = %s AND series = %s AND state = 'loaded' AND (landed_at, sequence) > (%s, %s)
LIMIT 1
"""

COUNTS = ("landed", "new", "changed", "unchanged", "quarantined", "excluded", "ended")


class NotMigrated(Exception):
    """The database lacks tables the load needs."""


@dataclass(frozen=True)
class Opened:
    """What a load stands on once it holds the lock.

    Attributes:
        feed_id, delivery_id: numbers.
        known_from: the database's time from which on the repository knows what is loaded, later
            than that of every delivery of the feed before.
        newer: deliveries of the feed that arrived later and are loaded already.
        series: deliveries whose rows this one replaces.
        known: deliveries whose records need not be worked again: they were worked by the same
            steps. Where deliveries replace one another, every row that stands after a delivery
            went through that delivery's steps, or was known to have gone through the same: so
            the latest delivery speaks for all.
        partitions: the feed's own tables that exist.
    """

    feed_id: int
    delivery_id: int
    known_from: str
    newer: list[int]
    series: list[int]
    known: list[int]
    partitions: frozenset[str]


def lock_feed(conn: psycopg.Connection, record: DeliveryRecord) -> int:
    """Take the feed's lock for the rest of the transaction; the feed's number."""
    with conn.transaction():
        if conn.execute("SELECT to_regclass('watersmeet.delivery')").fetchone() == (None,):
            raise NotMigrated("the repository has no tables yet; run `watersmeet migrate`")
        feed_id = feed_number(conn, record.feed)
    # The number is committed before the lock is taken, or a second load of a new feed would wait
    # for the first on the feed's row and not on the lock.
    conn.commit()
    conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOADING, feed_id))
    return feed_id


def earlier(conn: psycopg.Connection, feed_id: int, record: DeliveryRecord) -> Outcome | None:
    """The outcome of a delivery there is nothing to do for; None where it is to be loaded."""
    mine = (record.landed_at, record.sequence)
    loaded = conn.execute(
        """
        SELECT d.delivery_id, d.landed_at, d.sequence, d.seconds, d.landed, d.new, d.changed,
            d.unchanged, d.quarantined, d.excluded, d.ended,
            EXISTS (
                SELECT FROM watersmeet.delivery later
                WHERE later.feed_id = d.feed_id AND later.series = d.series
                  AND later.state = 'loaded' AND d.replaces <> 'nothing'
                  AND (later.landed_at, later.sequence) > (d.landed_at, d.sequence)
            )
        FROM watersmeet.receipt r JOIN watersmeet.delivery d USING (delivery_id)
        WHERE r.feed_id = %s AND r.sha256 = %s
        """,
        (feed_id, bytes.fromhex(record.sha256)),
    ).fetchone()
    if loaded is not None and not record.again:
        replaced_since = loaded[11]
        # The same bytes, supplied anew after others took their place, are news again.
        if not replaced_since or mine <= (loaded[1], loaded[2]):
            counts: dict[str, Any] = dict(zip(COUNTS, loaded[4:11], strict=True))
            return Outcome("already", loaded[0], seconds=loaded[3], **counts)
    if record.scope == "nothing":
        return None
    overtaken = conn.execute(LATER, (feed_id, record.series, *mine)).fetchone()
    return None if overtaken is None else _superseded(conn, feed_id, record)


def _superseded(conn: psycopg.Connection, feed_id: int, record: DeliveryRecord) -> Outcome:
    before = conn.execute(
        "SELECT delivery_id FROM watersmeet.delivery WHERE feed_id = %s AND sha256 = %s"
        " AND sequence = %s AND landed_at = %s AND state = 'superseded'",
        (feed_id, bytes.fromhex(record.sha256), record.sequence, record.landed_at),
    ).fetchone()
    if before is None:
        delivery_id = next_delivery(conn)
        insert_delivery(conn, feed_id, delivery_id, record, Outcome("superseded", delivery_id))
        return Outcome("superseded", delivery_id)
    return Outcome("superseded", before[0])


def opened(conn: psycopg.Connection, feed_id: int, record: DeliveryRecord) -> Opened:
    """What the load stands on."""
    # Not transaction_timestamp(): that was before the wait for the lock. Never before what is
    # known already, even where the server's clock was put back.
    now = conn.execute(
        "SELECT greatest(clock_timestamp(), max(loaded_at) + interval '1 microsecond')::text"
        " FROM watersmeet.delivery WHERE feed_id = %s",
        (feed_id,),
    ).fetchone()
    newer, series = (
        [row[0] for row in conn.execute(query, parameters)]
        for query, parameters in (
            (
                "SELECT delivery_id FROM watersmeet.delivery WHERE feed_id = %s"
                " AND state = 'loaded' AND (landed_at, sequence) > (%s, %s)",
                (feed_id, record.landed_at, record.sequence),
            ),
            (
                "SELECT delivery_id FROM watersmeet.delivery WHERE feed_id = %s"
                " AND state = 'loaded' AND (%s OR series = %s)",
                (feed_id, record.scope != "same-name", record.series),
            ),
        )
    )
    partitions = conn.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'store' AND c.relispartition",
    ).fetchall()
    if now is None:
        raise LookupError("the database does not tell the time")
    return Opened(
        feed_id=feed_id,
        delivery_id=next_delivery(conn),
        known_from=now[0],
        newer=newer,
        series=series,
        known=_known(conn, feed_id, record, series),
        partitions=frozenset(p[0] for p in partitions),
    )


def _known(
    conn: psycopg.Connection, feed_id: int, record: DeliveryRecord, series: list[int]
) -> list[int]:
    same = conn.execute(
        "SELECT delivery_id, steps_version FROM watersmeet.delivery WHERE feed_id = %s"
        " AND state = 'loaded' AND series = %s AND replaces = %s ORDER BY delivery_id DESC",
        (feed_id, record.series, record.scope),
    ).fetchall()
    if record.scope == "nothing":
        # Not those from before other steps: what they brought, the others may have changed.
        latest = takewhile(lambda one: one[1] == record.steps_version, same)
        return [number for number, _ in latest]
    return series if same and same[0][1] == record.steps_version else []


def next_delivery(conn: psycopg.Connection) -> int:
    """A new delivery number."""
    row = conn.execute(
        "SELECT nextval(pg_get_serial_sequence('watersmeet.delivery', 'delivery_id'))::int"
    ).fetchone()
    if row is None:
        raise LookupError("the database gives no delivery number")
    return int(row[0])


def insert_delivery(
    conn: psycopg.Connection,
    feed_id: int,
    delivery_id: int,
    record: DeliveryRecord,
    outcome: Outcome,
    known_from: str | None = None,
) -> None:
    """Record a delivery, its counts and its files."""
    version = record.dataset._dataset.version
    conn.execute(
        """
        INSERT INTO watersmeet.delivery (delivery_id, feed_id, name, series, sha256, landed_at,
            sequence, state, replaces, contract, contract_version, steps_version, agreement,
            code_version, run_id, bundle_version, attributes, replays, started_at, loaded_at,
            seconds, landed, new, changed, unchanged, quarantined, excluded, ended)
        OVERRIDING SYSTEM VALUE
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
            transaction_timestamp(), coalesce(%s::timestamptz, clock_timestamp()), %s,
            %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(delivery_id, feed_id, record.name, record.series, bytes.fromhex(record.sha256)),
            *(record.landed_at, record.sequence, outcome.state, record.scope),
            *(record.dataset._dataset.name, version, record.steps_version, record.agreement),
            *(record.code_version, record.run_id, record.bundle_version),
            *(Jsonb(record.attributes()), record.replays, known_from, outcome.seconds),
            *(getattr(outcome, name) for name in COUNTS),
        ),
    )
    for number, file in enumerate(record.files, 1):
        conn.execute(
            "INSERT INTO watersmeet.delivery_file"
            " (delivery_id, number, name, sha256, bytes, landed_key, modified_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                *(delivery_id, number, file.name, bytes.fromhex(file.sha256), file.bytes),
                *(file.landed_key, file.modified_at),
            ),
        )
