"""Quarantine: what is held and why, one row whole, and who looked at records that are personal."""

import json
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from contracts.issues import issue_types, quarantining
from repository.sealing import Keys, Sealer

Rows = list[dict[str, Any]]

GROUPS = """
SELECT f.name AS feed, f.title, f.organisation, f.dataset, i.code, i."column",
    count(DISTINCT (q.delivery_id, q.row_number)) AS rows,
    (array_agg(i.cell ORDER BY q.delivery_id DESC, q.row_number))[1:3] AS cells,
    min(d.landed_at) AS since, max(d.delivery_id) AS delivery_id
FROM watersmeet.quarantine q
JOIN watersmeet.delivery d USING (delivery_id)
JOIN watersmeet.feed f USING (feed_id)
JOIN watersmeet.issue i ON i.delivery_id = q.delivery_id AND i.row_number = q.row_number
WHERE q.state = 'held' AND i.code = ANY (%(codes)s)
  AND (%(feed)s::text IS NULL OR f.name = %(feed)s)
  AND (%(organisation)s::text IS NULL OR f.organisation = %(organisation)s)
GROUP BY f.feed_id, i.code, i."column"
ORDER BY rows DESC, feed, i.code, i."column"
"""

HELD = """
FROM watersmeet.quarantine q
JOIN watersmeet.delivery d USING (delivery_id)
JOIN watersmeet.feed f USING (feed_id)
LEFT JOIN watersmeet.delivery_table t
  ON t.delivery_id = q.delivery_id AND t.number = q.table_number
WHERE q.state = 'held' AND f.name = %(feed)s
  AND (%(delivery)s::int IS NULL OR q.delivery_id = %(delivery)s)
  AND (%(code)s::text IS NULL OR EXISTS (
    SELECT FROM watersmeet.issue i WHERE i.delivery_id = q.delivery_id
      AND i.row_number = q.row_number AND i.code = %(code)s
      AND (%(column)s::text IS NULL OR i."column" = %(column)s)
  ))
"""

COUNT = "SELECT count(*) AS rows, count(q.sealed) AS sealed " + HELD

LIST = (
    """
SELECT q.delivery_id, q.row_number, d.name AS delivery, d.landed_at, t.file, t.sheet, q.source_row,
    q.codes, q.sealed IS NOT NULL AS personal
"""
    + HELD
    + """
  AND (q.delivery_id, q.row_number) > (%(after_delivery)s, %(after_row)s)
ORDER BY q.delivery_id, q.row_number LIMIT %(most)s
"""
)

RECORDS = (
    """
SELECT q.delivery_id, q.row_number, d.name AS delivery, t.file, t.sheet, q.source_row, q.codes,
    q.record, q.sealed, d.feed_id
"""
    + HELD
    + """
  AND (q.delivery_id, q.row_number) > (%(after_delivery)s, %(after_row)s)
ORDER BY q.delivery_id, q.row_number LIMIT %(most)s
"""
)

ONE = """
SELECT q.delivery_id, q.row_number, d.name AS delivery, d.landed_at, t.file, t.sheet, q.source_row,
    q.codes, q.record_hash, q.state, q.released_by, q.record, q.sealed, d.feed_id, f.name AS feed
FROM watersmeet.quarantine q
JOIN watersmeet.delivery d USING (delivery_id)
JOIN watersmeet.feed f USING (feed_id)
LEFT JOIN watersmeet.delivery_table t
  ON t.delivery_id = q.delivery_id AND t.number = q.table_number
WHERE f.name = %(feed)s AND q.delivery_id = %(delivery)s AND q.row_number = %(row)s
"""

ISSUES = """
SELECT code, "column", cell FROM watersmeet.issue
WHERE delivery_id = %(delivery)s AND row_number = %(row)s ORDER BY position, code
"""

ISSUES_OF = (
    """
SELECT i.delivery_id, i.row_number, i.code, i."column", i.cell
FROM watersmeet.issue i WHERE (i.delivery_id, i.row_number) IN (
    SELECT q.delivery_id, q.row_number
"""
    + HELD
    + """
) ORDER BY i.delivery_id, i.row_number, i.position, i.code
"""
)

HEADERS = """
SELECT m ->> 'name' AS name, max(m ->> 'header') AS header
FROM watersmeet.delivery_table t
JOIN watersmeet.delivery d USING (delivery_id)
JOIN watersmeet.feed f USING (feed_id),
LATERAL jsonb_array_elements(t.mapping -> 'columns') m
WHERE f.name = %s AND m ->> 'position' IS NOT NULL
  AND EXISTS (SELECT FROM watersmeet.quarantine q
              WHERE q.delivery_id = t.delivery_id AND q.state = 'held')
GROUP BY 1 ORDER BY min((m ->> 'position')::int)
"""

LOOKED = """
INSERT INTO watersmeet.quarantine_read (reader, feed_id, rows, why) VALUES (%s, %s, %s, %s)
"""

AT_ONCE = 10_000


class NoSuchRow(LookupError):
    """Quarantine holds, and held, no such row, or the feed has no such delivery."""


class Unaccounted(ValueError):
    """Records that are personal are opened only for somebody, for a reason."""


@dataclass(frozen=True)
class Reader:
    """Who opens records, and what for; both are recorded."""

    name: str
    why: str

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.why.strip():
            raise Unaccounted("say who opens the records and what for; both are recorded")


def groups(
    conn: psycopg.Connection, feed: str | None = None, organisation: str | None = None
) -> Rows:
    """What is held, by feed, issue and column; most rows first.

    Columns: ``feed``, ``title``, ``organisation``, ``dataset``, ``code``, ``column`` (None: the
    whole row), ``rows``, ``cells`` (three), ``since`` (when the oldest landed), ``delivery_id``
    (the latest that holds some), ``message``, ``whose``, ``dimension``, ``waivable``. A row with
    two issues is in two groups.
    """
    asked = {"feed": feed, "organisation": organisation, "codes": sorted(quarantining())}
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(GROUPS, asked).fetchall()
    return [row | _of_catalogue(row["code"]) for row in found]


def count(
    conn: psycopg.Connection, feed: str, code: str | None = None, column: str | None = None
) -> int:
    """How many rows of a feed are held, or of one group."""
    return _count(conn, feed, code, column, None)[0]


def rows(
    conn: psycopg.Connection,
    feed: str,
    code: str | None = None,
    column: str | None = None,
    *,
    delivery_id: int | None = None,
    after: tuple[int, int] = (0, 0),
    most: int = 50,
) -> Rows:
    """Rows that are held, of one group or of all; places and codes, no values.

    Columns: ``delivery_id`` and ``row_number`` (which name the row), ``delivery``, ``landed_at``,
    ``file``, ``sheet``, ``source_row``, ``codes``, ``personal``.

    Args:
        after: the last row of the page before.
        most: rows of a page.
    """
    asked = _asked(feed, code, column, delivery_id, after, most)
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(LIST.encode(), asked).fetchall()


def row(
    conn: psycopg.Connection,
    keys: Keys,
    feed: str,
    delivery_id: int,
    row_number: int,
    reader: Reader,
) -> dict[str, Any]:
    """One row whole, with its issues; that it was opened is on record before it is.

    Columns: those of :func:`rows`, ``record`` (text as it stood, by contract column),
    ``record_hash``, ``state``, ``released_by``, ``issues`` (``code``, ``column``, ``cell``,
    ``message``, ``whose``, ``dimension``, ``severity``, ``waivable``).

    Raises:
        NoSuchRow: there is no such row.
        repository.sealing.KeyMissing, repository.sealing.SealBroken: it cannot be opened.
    """
    asked = {"feed": feed, "delivery": delivery_id, "row": row_number}
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(ONE, asked).fetchone()
        if found is None:
            raise NoSuchRow(f"feed {feed} has no row {delivery_id}/{row_number} in quarantine")
        issues = cursor.execute(ISSUES, asked).fetchall()
    personal = found["sealed"] is not None
    if personal:
        account(conn, found["feed_id"], 1, reader)
    told = _opened(found, Sealer(keys, found.pop("feed_id"), delivery_id))
    kinds = issue_types()
    told["issues"] = [
        one | {"severity": kinds[one["code"]].severity} | _of_catalogue(one["code"])
        for one in issues
        if one["code"] in kinds
    ]
    return told | {"personal": personal}


def facts(
    conn: psycopg.Connection, feed: str, delivery_id: int, row_number: int
) -> dict[str, Any] | None:
    """What is known of a row without opening it: ``record_hash``, ``state`` and ``issues`` (code,
    column and cell of each); None where there is no such row."""
    asked = {"feed": feed, "delivery": delivery_id, "row": row_number}
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(ONE, asked).fetchone()
        if found is None:
            return None
        issues = cursor.execute(ISSUES, asked).fetchall()
    return {
        "record_hash": found["record_hash"],
        "state": found["state"],
        "issues": [(one["code"], one["column"], one["cell"]) for one in issues],
    }


def records(
    conn: psycopg.Connection,
    keys: Keys,
    feed: str,
    reader: Reader,
    code: str | None = None,
    column: str | None = None,
    delivery_id: int | None = None,
) -> Rows:
    """All rows that are held, of one group or of all, whole; on record before they are opened.

    Columns: ``delivery_id``, ``row_number``, ``delivery``, ``file``, ``sheet``, ``source_row``,
    ``codes``, ``record``.
    """
    _, sealed, feed_id = _count(conn, feed, code, column, delivery_id)
    if sealed:
        account(conn, feed_id, sealed, reader)
    found: Rows = []
    sealers: dict[int, Sealer] = {}
    after = (0, 0)
    while True:
        asked = _asked(feed, code, column, delivery_id, after, AT_ONCE)
        with conn.cursor(row_factory=dict_row) as cursor:
            page = cursor.execute(RECORDS.encode(), asked).fetchall()
        for one in page:
            number = one["delivery_id"]
            if number not in sealers:
                sealers[number] = Sealer(keys, one["feed_id"], number)
            del one["feed_id"]
            found.append(_opened(one, sealers[number]))
        if len(page) < AT_ONCE:
            return found
        after = (page[-1]["delivery_id"], page[-1]["row_number"])


def issues_of(
    conn: psycopg.Connection,
    feed: str,
    code: str | None = None,
    column: str | None = None,
    delivery_id: int | None = None,
) -> dict[tuple[int, int], list[tuple[str, str | None, str]]]:
    """Code, column and cell of the issues of held rows, by delivery and row number."""
    asked = _asked(feed, code, column, delivery_id, (0, 0), 0)
    found: dict[tuple[int, int], list[tuple[str, str | None, str]]] = {}
    for number, row_number, *issue in conn.execute(ISSUES_OF.encode(), asked):
        found.setdefault((number, row_number), []).append((issue[0], issue[1], issue[2]))
    return found


def headers(conn: psycopg.Connection, feed: str) -> dict[str, str]:
    """The supplier's headers in deliveries that hold rows, by contract column, in their order."""
    return dict(conn.execute(HEADERS, (feed,)).fetchall())


def account(conn: psycopg.Connection, feed_id: int, opened: int, reader: Reader) -> None:
    """Record that records are about to be opened, and commit it: no record of it, no data."""
    conn.execute(LOOKED, (reader.name, feed_id, opened, reader.why))
    conn.commit()


def readings(conn: psycopg.Connection, feed: str | None = None, most: int = 100) -> Rows:
    """Who opened what, latest first: ``read_at``, ``reader``, ``feed``, ``rows``, ``why``."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT r.read_at, r.reader, f.name AS feed, r.rows, r.why"
            " FROM watersmeet.quarantine_read r JOIN watersmeet.feed f USING (feed_id)"
            " WHERE %(feed)s::text IS NULL OR f.name = %(feed)s"
            " ORDER BY r.read_id DESC LIMIT %(most)s",
            {"feed": feed, "most": most},
        ).fetchall()


def _opened(found: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    sealed = found.pop("sealed")
    if sealed is not None:
        found["record"] = json.loads(sealer.open(found["row_number"], sealed))
    return found


def _of_catalogue(code: str) -> dict[str, Any]:
    kind = issue_types()[code]
    return {
        "message": kind.message,
        "whose": kind.whose,
        "dimension": kind.dimension,
        "waivable": kind.waivable == "yes",
    }


def _count(
    conn: psycopg.Connection,
    feed: str,
    code: str | None,
    column: str | None,
    delivery_id: int | None,
) -> tuple[int, int, int]:
    """Rows, those of them that are sealed, and the feed's number."""
    asked = _asked(feed, code, column, delivery_id, (0, 0), 0)
    held = conn.execute(COUNT.encode(), asked).fetchone() or (0, 0)
    number = conn.execute("SELECT feed_id FROM watersmeet.feed WHERE name = %s", (feed,)).fetchone()
    return held[0], held[1], number[0] if number else 0


def _asked(
    feed: str,
    code: str | None,
    column: str | None,
    delivery_id: int | None,
    after: tuple[int, int],
    most: int,
) -> dict[str, Any]:
    return {
        "feed": feed,
        "code": code,
        "column": column,
        "delivery": delivery_id,
        "after_delivery": after[0],
        "after_row": after[1],
        "most": most,
    }
