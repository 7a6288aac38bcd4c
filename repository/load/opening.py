"""The beginning of a load: the lock on the feed, and whether there is anything to do."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from repository.entities import EntityTable
from repository.feeds import feed_number
from repository.load.record import DeliveryRecord, Outcome

# First part of two-part advisory lock keys: a feed is being loaded.
LOADING = 0x6C6F6164

LATER = """
SELECT delivery_id, as_at FROM watersmeet.delivery
WHERE feed_id = %s AND series = %s AND state = 'loaded'
  AND (as_at, landed_at, sequence) > (%s, %s, %s)
ORDER BY as_at, landed_at, sequence, delivery_id
"""

# What takes a delivery's place and speaks of the same date leaves nothing of it to be seen, unless
# it held rows back, of which this one may have spoken.
OVERTAKEN = """
SELECT l.as_at = %s AND NOT EXISTS (
    SELECT FROM watersmeet.quarantine q WHERE q.delivery_id = l.delivery_id
) FROM ({later} LIMIT 1) l
""".replace("{later}", LATER)

# The same bytes are no news for the same date, and where nothing but their landing tells the date,
# not for a later one either; but they are, once others took their place, or landed in between to do
# so: those may wait for a person, be loaded after these, and must not have the last word then.
KNOWN = """
SELECT d.delivery_id, d.seconds, d.landed, d.new, d.changed, d.unchanged, d.quarantined,
    d.excluded, d.ended
FROM watersmeet.delivery d
WHERE d.feed_id = %(feed)s AND d.sha256 = %(sha256)s AND d.state = 'loaded'
  AND (d.as_at = %(as_at)s OR NOT %(declared)s AND d.as_at < %(as_at)s)
  AND (
    (d.as_at, d.landed_at, d.sequence) >= (%(as_at)s, %(landed_at)s, %(sequence)s)
    OR d.replaces = 'nothing'
    OR NOT EXISTS (
        SELECT FROM watersmeet.delivery later
        WHERE later.feed_id = d.feed_id AND later.series = d.series AND later.state = 'loaded'
          AND (later.as_at, later.landed_at, later.sequence) > (d.as_at, d.landed_at, d.sequence)
    ) AND NOT EXISTS (
        SELECT FROM watersmeet.arrival other
        WHERE other.feed_id = d.feed_id AND other.sha256 <> d.sha256
          AND (d.replaces <> 'same-name' OR other.name = d.series)
          AND (other.landed_at, other.sequence) > (d.landed_at, d.sequence)
          AND (other.landed_at, other.sequence) < (%(landed_at)s, %(sequence)s)
    )
  )
ORDER BY d.as_at DESC, d.landed_at DESC, d.sequence DESC, d.delivery_id DESC LIMIT 1
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
        newer: deliveries of the feed that come later in its order and are loaded already; where
            there are none, the delivery says the latest there is.
        same: earlier workings of the very same delivery.
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
    same: list[int]
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
    if not record.again:
        known = conn.execute(
            KNOWN,
            {
                "feed": feed_id,
                "sha256": bytes.fromhex(record.sha256),
                "as_at": record.speaks_of,
                "landed_at": record.landed_at,
                "sequence": record.sequence,
                "declared": record.as_at is not None,
            },
        ).fetchone()
        if known is not None:
            counts: dict[str, Any] = dict(zip(COUNTS, known[2:], strict=True))
            return Outcome("already", known[0], seconds=known[1], **counts)
    if record.scope != "everything" or EntityTable.of(record.entities[record.main]).dated:
        # Of several series one may take rows of another over, and end them by lacking them.
        return None
    overtaken = conn.execute(OVERTAKEN, (record.speaks_of, *_later(feed_id, record))).fetchone()
    return _superseded(conn, feed_id, record) if overtaken == (True,) else None


def overtaken_in_series(conn: psycopg.Connection, feed_id: int, record: DeliveryRecord) -> bool:
    """Whether a delivery that takes this one's place is loaded."""
    later = conn.execute(f"{LATER} LIMIT 1", _later(feed_id, record)).fetchone()
    return record.scope != "nothing" and later is not None


def _later(feed_id: int, record: DeliveryRecord) -> tuple[object, ...]:
    return feed_id, record.series, *record.place


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
    newer, same, series = (
        [row[0] for row in conn.execute(query, parameters)]
        for query, parameters in (
            (
                "SELECT delivery_id FROM watersmeet.delivery WHERE feed_id = %s"
                " AND state = 'loaded' AND (as_at, landed_at, sequence) > (%s, %s, %s)",
                (feed_id, *record.place),
            ),
            (
                "SELECT delivery_id FROM watersmeet.delivery WHERE feed_id = %s"
                " AND state = 'loaded' AND (as_at, landed_at, sequence) = (%s, %s, %s)",
                (feed_id, *record.place),
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
        same=same,
        series=series,
        # What comes late is compared with what stood then, which skipped records would not tell.
        known=[] if newer else _known(conn, feed_id, record, series),
        partitions=frozenset(p[0] for p in partitions),
    )


def _known(
    conn: psycopg.Connection, feed_id: int, record: DeliveryRecord, series: list[int]
) -> list[int]:
    same = conn.execute(
        "SELECT delivery_id, steps_version, 1 = row_number() OVER ("
        "   ORDER BY as_at DESC, landed_at DESC, sequence DESC, delivery_id DESC)"
        " FROM watersmeet.delivery"
        " WHERE feed_id = %s AND state = 'loaded' AND series = %s AND replaces = %s"
        " ORDER BY delivery_id DESC",
        (feed_id, record.series, record.scope),
    ).fetchall()
    if record.scope == "nothing":
        # Not those from before other steps: what they brought, the others may have changed.
        latest = takewhile(lambda one: one[1] == record.steps_version, same)
        return [number for number, _, _ in latest]
    newest = next((one for one in same if one[2]), None)
    if newest is None or newest[1] != record.steps_version:
        return []
    # What came late went into the past, by steps of its own.
    late = {number for number, steps, _ in same if number > newest[0] and steps != newest[1]}
    return [number for number in series if number not in late]


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
            sequence, as_at, state, replaces, contract, contract_version, steps_version, agreement,
            code_version, run_id, bundle_version, attributes, replays, started_at, loaded_at,
            seconds, landed, new, changed, unchanged, quarantined, excluded, ended)
        OVERRIDING SYSTEM VALUE
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
            transaction_timestamp(), coalesce(%s::timestamptz, clock_timestamp()), %s,
            %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(delivery_id, feed_id, record.name, record.series, bytes.fromhex(record.sha256)),
            *(record.landed_at, record.sequence, record.speaks_of, outcome.state, record.scope),
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
