"""The worklist of stewards: written codes no register knows, and which listed writings were met.

What stands in a column of codes may be anything, a name too. Of a column that holds personal data
the writing is sealed (:mod:`repository.sealing`) and known by a keyed digest of the form in which
writings are compared; it is opened for somebody, for a reason, and that is on record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from contracts.claims import normalised
from repository.feeds import feed_number
from repository.quarantine import Reader, account
from repository.sealing import Keys, Sealer

STATES = ("open", "accepted", "refused")

# Accepted and met unknown again: the alias is gone, or is not for these dates. It is asked anew.
RECORD = """
INSERT INTO watersmeet.unknown_code AS known
    (feed_id, "column", scheme, written, sealed, rows, first_delivery, last_delivery,
     first_as_at, last_as_at)
SELECT %(feed)s, u."column", u.scheme, u.written, u.sealed, u.rows, %(delivery)s, %(delivery)s,
    u.first, u.last
FROM unnest(%(columns)s::text[], %(schemes)s::text[], %(written)s::text[], %(sealed)s::bytea[],
            %(rows)s::bigint[], %(first)s::date[], %(last)s::date[])
    AS u("column", scheme, written, sealed, rows, first, last)
ON CONFLICT (feed_id, "column", scheme, written) DO UPDATE SET
    rows = EXCLUDED.rows,
    last_delivery = EXCLUDED.last_delivery,
    first_as_at = least(known.first_as_at, EXCLUDED.first_as_at),
    last_as_at = greatest(known.last_as_at, EXCLUDED.last_as_at),
    state = CASE known.state WHEN 'accepted' THEN 'open' ELSE known.state END,
    code = CASE known.state WHEN 'accepted' THEN NULL ELSE known.code END,
    decided_at = CASE known.state WHEN 'accepted' THEN NULL ELSE known.decided_at END,
    decided_by = CASE known.state WHEN 'accepted' THEN NULL ELSE known.decided_by END,
    reason = CASE known.state WHEN 'accepted' THEN NULL ELSE known.reason END
"""

RECORD_MET = """
INSERT INTO watersmeet.code_met (feed_id, scheme, writing, first_delivery, last_delivery)
SELECT %(feed)s, m.scheme, m.writing, %(delivery)s, %(delivery)s
FROM unnest(%(schemes)s::text[], %(writings)s::text[]) AS m(scheme, writing)
ON CONFLICT (feed_id, scheme, writing) DO UPDATE SET last_delivery = EXCLUDED.last_delivery
"""

LISTED = """
SELECT f.name AS feed, u.feed_id, u."column", u.scheme, u.written AS key,
    CASE WHEN u.sealed IS NULL THEN u.written END AS written, u.sealed,
    u.rows, u.first_as_at, u.last_as_at,
    first.landed_at AS first_landed_at, last.landed_at AS last_landed_at, last.name AS delivery,
    u.last_delivery AS delivery_id, u.state, u.code, u.decided_at, u.decided_by, u.reason
FROM watersmeet.unknown_code u
JOIN watersmeet.feed f USING (feed_id)
JOIN watersmeet.delivery first ON first.delivery_id = u.first_delivery
JOIN watersmeet.delivery last ON last.delivery_id = u.last_delivery
WHERE u.state = ANY (%(states)s)
ORDER BY u.rows DESC, u.scheme, u.written, f.name
"""

DECIDE = """
UPDATE watersmeet.unknown_code u
SET state = %(state)s, code = %(code)s, decided_at = clock_timestamp(), decided_by = %(by)s,
    reason = %(reason)s
FROM watersmeet.feed f
WHERE f.feed_id = u.feed_id AND u.scheme = %(scheme)s AND u.written = ANY (%(keys)s)
  AND (%(feed)s::text IS NULL OR f.name = %(feed)s)
  AND (u.state, u.code) IS DISTINCT FROM (%(state)s::text, %(code)s::text)
RETURNING f.name
"""

HELD = """
SELECT DISTINCT f.name
FROM watersmeet.unknown_code u
JOIN watersmeet.feed f USING (feed_id)
JOIN watersmeet.delivery d ON d.feed_id = f.feed_id
JOIN watersmeet.quarantine q ON q.delivery_id = d.delivery_id
WHERE u.scheme = %(scheme)s AND u.written = ANY (%(keys)s) AND q.state = 'held'
  AND 'code-unknown' = ANY (q.codes)
  AND (%(feed)s::text IS NULL OR f.name = %(feed)s)
ORDER BY 1
"""


class UnknownCode(Protocol):
    """One writing no register knows, as the steps gathered it
    (:class:`transforms.steps.gather_codes.Unknown`)."""

    @property
    def column(self) -> str: ...
    @property
    def scheme(self) -> str: ...
    @property
    def written(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def first(self) -> Any: ...
    @property
    def last(self) -> Any: ...
    @property
    def personal(self) -> bool: ...


@dataclass
class _Line:
    """One line to be written: its key, and the text where that is to be sealed."""

    column: str
    scheme: str
    key: str
    rows: int
    first: date
    last: date
    secret: str | None = None


def record(
    conn: psycopg.Connection,
    feed: str,
    delivery_id: int,
    unknown: Iterable[UnknownCode],
    met: Iterable[tuple[str, str]],
) -> None:
    """Record what a delivery's codes held, inside the transaction that loads it.

    Args:
        unknown: the writings no register knows.
        met: (scheme, writing) of listed writings.

    Raises:
        repository.sealing.KeyMissing: personal writings cannot be sealed.
    """
    number = feed_number(conn, feed)
    lines = _lines(conn, unknown)
    if lines:
        conn.execute(
            RECORD,
            {
                "feed": number,
                "delivery": delivery_id,
                "columns": [one.column for one in lines],
                "schemes": [one.scheme for one in lines],
                "written": [one.key for one in lines],
                "sealed": _sealed(conn, number, lines),
                "rows": [one.rows for one in lines],
                "first": [one.first for one in lines],
                "last": [one.last for one in lines],
            },
        )
    pairs = list(met)
    if pairs:
        schemes, writings = (list(side) for side in zip(*pairs, strict=True))
        conn.execute(
            RECORD_MET,
            {"feed": number, "delivery": delivery_id, "schemes": schemes, "writings": writings},
        )


def _lines(conn: psycopg.Connection, unknown: Iterable[UnknownCode]) -> list[_Line]:
    """What to write: personal writings that are one but for case and white space are one line."""
    lines: list[_Line] = []
    personal: dict[tuple[str, str, str], _Line] = {}
    for one in unknown:
        line = _Line(one.column, one.scheme, one.written, one.rows, one.first, one.last)
        if not one.personal:
            lines.append(line)
            continue
        known = personal.setdefault((one.column, one.scheme, normalised(one.written)), line)
        if known is not line:
            known.rows += line.rows
            known.first, known.last = min(known.first, line.first), max(known.last, line.last)
    if personal:
        digest = Keys().digest(conn)
        for line in personal.values():
            line.secret, line.key = line.key, _key(digest, line.scheme, line.key)
    return [*lines, *personal.values()]


def _sealed(conn: psycopg.Connection, feed_id: int, lines: list[_Line]) -> list[bytes | None]:
    secrets = [line for line in lines if line.secret is not None]
    if not secrets:
        return [None] * len(lines)
    sealer = Sealer.sealing(conn, Keys(), feed_id, 0)
    made = iter(
        sealer.seal([_place(line.key) for line in secrets], [str(line.secret) for line in secrets])
    )
    return [None if line.secret is None else next(made) for line in lines]


def _key(digest: Any, scheme: str, written: str) -> str:
    return str(digest(f"code|{scheme}|{normalised(written)}").hex())


def _place(key: str) -> int:
    """What binds a sealed writing to its line: below zero, where no correction's number is."""
    return -1 - int(key[:15], 16)


def keys_of(conn: psycopg.Connection, scheme: str, written: str) -> list[str]:
    """The keys of the lines whose writing is one with this, case and white space aside."""
    rows = [row for row in listed(conn, STATES) if row["scheme"] == scheme]
    plain = {
        row["key"] for row in rows
        if row["written"] is not None and normalised(row["written"]) == normalised(written)
    }  # fmt: skip
    if any(row["sealed"] is not None for row in rows):
        hidden = _key(Keys().digest(conn), scheme, written)
        plain |= {row["key"] for row in rows if row["key"] == hidden and row["sealed"] is not None}
    return sorted(plain)


def open_writings(conn: psycopg.Connection, rows: list[dict[str, Any]], reader: Reader) -> None:
    """Open the sealed writings of some lines of :func:`listed`, in place; on record before.

    Raises:
        repository.sealing.KeyMissing, repository.sealing.SealBroken
    """
    hidden = [row for row in rows if row["sealed"] is not None]
    for feed_id in sorted({row["feed_id"] for row in hidden}):
        some = [row for row in hidden if row["feed_id"] == feed_id]
        account(conn, feed_id, len(some), reader)
        sealer = Sealer(Keys(), feed_id, 0)
        for row in some:
            row["written"] = sealer.open(_place(row["key"]), row["sealed"])


def listed(conn: psycopg.Connection, states: Iterable[str] = ("open",)) -> list[dict[str, Any]]:
    """The worklist, what most rows wait for first: one row for each feed, column and writing.

    Columns: ``feed``, ``feed_id``, ``column``, ``scheme``, ``key``, ``written`` (None while
    ``sealed``), ``sealed``, ``rows`` (of the latest delivery that had it), ``first_as_at``,
    ``last_as_at``, ``first_landed_at``, ``last_landed_at``, ``delivery`` and ``delivery_id`` (the
    latest), ``state``, ``code``, ``decided_at``, ``decided_by``, ``reason``.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(LISTED, {"states": list(states)}).fetchall()


def decide(
    conn: psycopg.Connection,
    scheme: str,
    keys: Iterable[str],
    *,
    feed: str | None,
    state: str,
    code: str | None,
    by: str,
    reason: str,
) -> list[str]:
    """Record what a steward decided; the feeds whose list changed.

    Args:
        keys: the lines meant (:func:`keys_of`).
        feed: the only feed it is for; None for every feed.
        state: ``accepted`` (for ``code``) or ``refused``.
    """
    decided = conn.execute(
        DECIDE,
        {
            "scheme": scheme,
            "keys": list(keys),
            "feed": feed,
            "state": state,
            "code": code,
            "by": by,
            "reason": reason,
        },
    ).fetchall()
    return sorted({row[0] for row in decided})


def held_feeds(
    conn: psycopg.Connection, scheme: str, keys: Iterable[str], feed: str | None
) -> list[str]:
    """The feeds with rows in quarantine for an unknown code, that have had these writings."""
    rows = conn.execute(HELD, {"scheme": scheme, "keys": list(keys), "feed": feed})
    return [row[0] for row in rows]


def accepted_feeds(conn: psycopg.Connection) -> list[str]:
    """The feeds with rows in quarantine for an unknown code, and an answer that was accepted."""
    rows = conn.execute(
        """
        SELECT DISTINCT f.name
        FROM watersmeet.unknown_code u
        JOIN watersmeet.feed f USING (feed_id)
        JOIN watersmeet.delivery d ON d.feed_id = f.feed_id
        JOIN watersmeet.quarantine q ON q.delivery_id = d.delivery_id
        WHERE u.state = 'accepted' AND q.state = 'held' AND 'code-unknown' = ANY (q.codes)
        ORDER BY 1
        """
    )
    return [row[0] for row in rows]


def met_writings(conn: psycopg.Connection) -> set[tuple[str, str, str]]:
    """(feed, scheme, writing) of all listed writings that were ever met."""
    rows = conn.execute(
        "SELECT f.name, m.scheme, m.writing FROM watersmeet.code_met m"
        " JOIN watersmeet.feed f USING (feed_id)"
    )
    return {(row[0], row[1], row[2]) for row in rows}


def feeds_loaded(conn: psycopg.Connection) -> set[str]:
    """The feeds that have a loaded delivery."""
    rows = conn.execute(
        "SELECT DISTINCT f.name FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)"
        " WHERE d.state = 'loaded'"
    )
    return {row[0] for row in rows}
