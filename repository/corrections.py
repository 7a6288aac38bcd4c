"""Corrections: stewards' logged changes to supplied values, sealed, and what each did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from repository.quarantine import Reader, account
from repository.sealing import Keys, Sealer

LONGEST_DAYS = 366
"""A correction is for the time until the supplier has mended the source: a year at most."""

STANDING = """
SELECT c.correction_id, c.feed_id, c."column", c.record_key, c.was, c.becomes, c.reason, c.author,
    c.made_at, c.expires_on,
    c.expires_on < (clock_timestamp() AT TIME ZONE 'Europe/London')::date AS expired
FROM watersmeet.correction c JOIN watersmeet.feed f USING (feed_id)
WHERE f.name = %s AND c.withdrawn_at IS NULL
ORDER BY c.correction_id
"""

LIST = """
SELECT c.correction_id, f.name AS feed, c."column", c.record_key IS NOT NULL AS one_record,
    c.reason, c.author, c.made_at, c.expires_on, c.withdrawn_at, c.withdrawn_by,
    u.state AS last_state, u.rows AS last_rows, u.delivery_id AS last_delivery,
    coalesce(a.rows, 0)::bigint AS rows,
    CASE WHEN c.withdrawn_at IS NOT NULL THEN 'withdrawn'
         WHEN c.expires_on < (clock_timestamp() AT TIME ZONE 'Europe/London')::date THEN 'expired'
         WHEN u.state = 'not-needed' THEN 'not-needed'
         WHEN u.state IS NULL THEN 'not used yet'
         ELSE 'in use' END AS state
FROM watersmeet.correction c
JOIN watersmeet.feed f USING (feed_id)
LEFT JOIN LATERAL (
    SELECT x.state, x.rows, x.delivery_id FROM watersmeet.correction_use x
    WHERE x.correction_id = c.correction_id ORDER BY x.delivery_id DESC LIMIT 1
) u ON true
LEFT JOIN LATERAL (
    SELECT sum(x.rows) AS rows FROM watersmeet.correction_use x
    WHERE x.correction_id = c.correction_id AND x.state = 'applied'
) a ON true
WHERE (%(feed)s::text IS NULL OR f.name = %(feed)s)
  AND (%(withdrawn)s OR c.withdrawn_at IS NULL)
ORDER BY f.name, c.correction_id
"""

ADD = """
INSERT INTO watersmeet.correction (correction_id, feed_id, "column", record_key, was, becomes,
    reason, author, expires_on)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(feed)s, %(column)s, %(record)s, %(was)s, %(becomes)s, %(reason)s, %(author)s,
    %(expires)s)
"""

# Of deliveries that replace one another by name, only one of the same name can show that a source
# was mended.
USED_BEFORE = """
SELECT DISTINCT u.correction_id FROM watersmeet.correction_use u
JOIN watersmeet.delivery d USING (delivery_id)
WHERE d.feed_id = %s AND u.state = 'applied' AND (%s <> 'same-name' OR d.series = %s)
"""

USE = """
INSERT INTO watersmeet.correction_use (correction_id, delivery_id, rows, state)
VALUES (%s, %s, %s, %s)
"""

OF_ROW = """
SELECT c.correction_id, c.feed_id, c."column", c.was, c.becomes, c.reason, c.author, c.made_at
FROM watersmeet.corrected_row r JOIN watersmeet.correction c USING (correction_id)
WHERE r.delivery_id = %s AND r.row_number = %s AND c."column" = %s
"""


class NotACorrection(ValueError):
    """A correction that lacks what it must have, or changes nothing."""


@dataclass(frozen=True)
class Correction:
    """One correction, opened.

    Attributes:
        number: by which it is known.
        was, becomes: the texts; never to be logged.
        record: keyed digest of the one record it is for; None for every record of the feed.
        expired: whether its last day has passed.
    """

    number: int
    column: str
    was: str = field(repr=False)
    becomes: str = field(repr=False)
    record: bytes | None
    reason: str
    author: str
    made_at: Any
    expires_on: date
    expired: bool

    def told(self) -> dict[str, Any]:
        """Who made it and why, without its texts."""
        return {
            "number": self.number,
            "author": self.author,
            "reason": self.reason,
            "made_at": self.made_at,
        }


def add(
    conn: psycopg.Connection,
    keys: Keys,
    feed_id: int,
    column: str,
    *,
    was: str,
    becomes: str,
    record: bytes | None,
    reason: str,
    author: str,
    expires_on: date,
) -> int:
    """Make a correction; its number.

    Args:
        column: the contract column.
        was: the exact text supplied.
        becomes: what is to stand in its place, as the supplier would write it.
        record: keyed digest of the one record it is for; None for every record of the feed.
        expires_on: the last day it is applied.

    Raises:
        NotACorrection: it lacks reason or author, changes nothing, or its expiry is past or more
            than a year away.
        repository.sealing.KeyMissing
    """
    if not reason.strip() or not author.strip():
        raise NotACorrection("a correction needs an author and a reason; both are recorded")
    _see_changes(was, becomes, record)
    _see_lasts(conn, expires_on)
    number = _drawn(conn)
    sealer = Sealer.sealing(conn, keys, feed_id, 0)
    sealed = sealer.seal([2 * number, 2 * number + 1], [was, becomes])
    conn.execute(
        ADD,
        {
            "id": number,
            "feed": feed_id,
            "column": column,
            "record": record,
            "was": sealed[0],
            "becomes": sealed[1],
            "reason": reason,
            "author": author,
            "expires": expires_on,
        },
    )
    return number


def _see_changes(was: str, becomes: str, record: bytes | None) -> None:
    """See that a correction changes something, and fills blank cells of one record only.

    Raises:
        NotACorrection: it does not.
    """
    if was == becomes:
        raise NotACorrection("the correction changes nothing: both texts are the same")
    if record is None and not was.strip():
        raise NotACorrection("a blank cell is filled for one record only; name the record")


def _see_lasts(conn: psycopg.Connection, expires_on: date) -> None:
    """See that a correction's last day is neither past nor too far away.

    Raises:
        NotACorrection: it is.
    """
    today = conn.execute("SELECT (clock_timestamp() AT TIME ZONE 'Europe/London')::date").fetchone()
    if today is None or not today[0] <= expires_on <= today[0] + timedelta(days=LONGEST_DAYS):
        raise NotACorrection(
            f"the correction would expire on {expires_on}; its last day is today at the earliest "
            "and a year from now at the latest. Have the supplier mend the source meanwhile"
        )


def _drawn(conn: psycopg.Connection) -> int:
    """The next number: the texts are sealed under it before the row is there."""
    drawn = conn.execute(
        "SELECT nextval(pg_get_serial_sequence('watersmeet.correction', 'correction_id'))::int"
    ).fetchone()
    if drawn is None:
        raise LookupError("the database gives no number for the correction")
    return int(drawn[0])


def standing(conn: psycopg.Connection, keys: Keys, feed: str) -> list[Correction]:
    """A feed's corrections that are not withdrawn, opened, in the order they were made."""
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(STANDING, (feed,)).fetchall()
    return [_opened(keys, row) for row in found]


def corrections(
    conn: psycopg.Connection, feed: str | None = None, *, withdrawn: bool = False
) -> list[dict[str, Any]]:
    """Corrections without their texts, and how their guards stand.

    Columns: ``correction_id``, ``feed``, ``column``, ``one_record``, ``reason``, ``author``,
    ``made_at``, ``expires_on``, ``withdrawn_at``, ``withdrawn_by``, ``state`` (``in use``, ``not
    used yet``, ``not-needed``, ``expired``, ``withdrawn``), ``rows`` (changed so far, over all
    deliveries), ``last_state``, ``last_rows`` and ``last_delivery`` of its last use.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(LIST, {"feed": feed, "withdrawn": withdrawn}).fetchall()


def texts(
    conn: psycopg.Connection, keys: Keys, feed: str, feed_id: int, reader: Reader
) -> dict[int, tuple[str, str]]:
    """The texts of a feed's standing corrections, by number; on record before they are opened."""
    account(conn, feed_id, len(corrections(conn, feed)), reader)
    return {one.number: (one.was, one.becomes) for one in standing(conn, keys, feed)}


def withdraw(conn: psycopg.Connection, number: int, by: str) -> None:
    """Take a correction back; it stays on record.

    Raises:
        NotACorrection: there is none of that number, it is withdrawn already, or nobody is named.
    """
    if not by.strip():
        raise NotACorrection("say who withdraws the correction; it is recorded")
    done = conn.execute(
        "UPDATE watersmeet.correction SET withdrawn_at = clock_timestamp(), withdrawn_by = %s"
        " WHERE correction_id = %s AND withdrawn_at IS NULL",
        (by, number),
    )
    if not done.rowcount:
        raise NotACorrection(f"there is no standing correction {number}")


def of_row(
    conn: psycopg.Connection, keys: Keys, delivery_id: int, row_number: int, column: str
) -> Correction | None:
    """The correction that was applied to a cell of a delivery, opened; None where none was."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(OF_ROW, (delivery_id, row_number, column)).fetchone()
    if row is None:
        return None
    return _opened(keys, {**row, "record_key": None, "expires_on": date.max, "expired": False})


def record_uses(
    conn: psycopg.Connection,
    delivery_id: int,
    found: Mapping[int, int],
    standing_: list[Correction],
) -> list[tuple[Correction, str, int]]:
    """Record what each correction did to a delivery, after its row is there; what its guard says.

    A correction for one record of a feed whose deliveries add to one another is not missed in
    those that do not bring that record. One that was never applied is missed only where a delivery
    is the feed's whole content.

    Args:
        found: rows each correction was found in.
        standing_: the feed's corrections.

    Returns:
        Corrections whose guard fails, with ``not-needed`` or ``expired`` and the rows found.
    """
    if not standing_:
        return []
    row = conn.execute(
        "SELECT feed_id, replaces, series FROM watersmeet.delivery WHERE delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    if row is None:
        raise LookupError(f"delivery {delivery_id} is not recorded")
    feed_id, replaces, series = row
    before = {one[0] for one in conn.execute(USED_BEFORE, (feed_id, replaces, series))}
    failed: list[tuple[Correction, str, int]] = []
    for one in standing_:
        rows = found.get(one.number, 0)
        missed = replaces == "everything" or (
            one.number in before and not (one.record is not None and replaces == "nothing")
        )
        state = "expired" if one.expired else "applied" if rows else "not-needed"
        if state == "not-needed" and not missed:
            continue
        conn.execute(USE, (one.number, delivery_id, rows, state))
        if state == "not-needed" or (state == "expired" and rows):
            failed.append((one, state, rows))
    return failed


def _opened(keys: Keys, row: Mapping[str, Any]) -> Correction:
    number = row["correction_id"]
    sealer = Sealer(keys, row["feed_id"], 0)
    key = row["record_key"]
    return Correction(
        number=number,
        column=row["column"],
        was=sealer.open(2 * number, row["was"]),
        becomes=sealer.open(2 * number + 1, row["becomes"]),
        record=None if key is None else bytes(key),
        reason=row["reason"],
        author=row["author"],
        made_at=row["made_at"],
        expires_on=row["expires_on"],
        expired=row["expired"],
    )
