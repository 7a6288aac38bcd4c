"""What the record of a delivery says of its quality, and the kitemarks worked out from it.

Everything is counted in the database, from tables the load itself wrote; nothing is typed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

Rows = list[dict[str, Any]]

DELIVERY = """
SELECT d.delivery_id, d.feed_id, d.series, d.replaces, d.sha256, d.landed_at, d.sequence,
    d.loaded_at, d.landed - d.excluded AS records
FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
WHERE f.name = %(feed)s AND d.sha256 = %(sha256)s AND d.state = 'loaded'
ORDER BY d.delivery_id DESC LIMIT 1
"""

ARRIVED_BEFORE = """
SELECT max(landed_at) FROM watersmeet.delivery
WHERE feed_id = %(feed_id)s AND state = 'loaded'
  AND (landed_at, sequence) < (%(landed_at)s, %(sequence)s)
"""

PROFILE = """
SELECT "column", (measures->>'rows')::bigint AS rows, (measures->>'present')::bigint AS present
FROM watersmeet.profile WHERE delivery_id = %(delivery_id)s
"""

TOTALS = """
SELECT count(*) FROM watersmeet.excluded_row
WHERE delivery_id = %(delivery_id)s AND reason = 'total'
"""

# Records known from the delivery before are not worked again, so their issues stand where they were
# found: rows of other deliveries that this one upholds.
CARRIED = """
SELECT i.delivery_id, i.row_number, i."column", i.code FROM {main} e
JOIN watersmeet.issue i USING (delivery_id, row_number)
WHERE e.feed_id = %(feed_id)s AND e.delivery_id = ANY (%(upheld)s)
"""

# One number for a row, since telling pairs apart takes five times as long.
ISSUES = """
WITH catalogue AS (
    SELECT * FROM unnest(%(codes)s::text[], %(dimensions)s::text[]) AS c (code, dimension)
), met AS (
    SELECT delivery_id, row_number, "column", code FROM watersmeet.issue
    WHERE delivery_id = %(delivery_id)s
    {carried}
)
SELECT c.dimension, m.code, m."column",
    count(DISTINCT m.delivery_id::bigint << 32 | m.row_number) AS rows,
    grouping(m.code) = 1 AS whole
FROM met m JOIN catalogue c USING (code)
GROUP BY GROUPING SETS ((c.dimension), (c.dimension, m.code, m."column"))
"""

UPHELD = """
SELECT array_agg(delivery_id) FROM watersmeet.delivery
WHERE feed_id = %(feed_id)s AND series = %(series)s AND state = 'loaded'
  AND delivery_id <> %(delivery_id)s
"""

# What a delivery was held for may be recorded as its findings too; once counts.
FINDINGS = """
SELECT code, coalesce("column", '') FROM watersmeet.finding WHERE delivery_id = %(delivery_id)s
UNION
SELECT one->>'code', coalesce(one->>'column', '')
FROM watersmeet.hold h, jsonb_array_elements(h.findings) AS one
WHERE h.feed_id = %(feed_id)s AND h.sha256 = %(sha256)s
  AND h.state IN ('accepted-once', 'accepted') AND one->>'code' <> 'contract-updated'
"""

CORRECTED = """
SELECT coalesce(sum(rows), 0)::bigint FROM watersmeet.correction_use
WHERE delivery_id = %(delivery_id)s AND state = 'applied'
"""

# Bytes that were refused and then loaded after all were good: the refusal was not the supplier's.
BROKEN_OFF = """
SELECT max(at) FROM (
    SELECT r.refused_at AS at FROM watersmeet.refusal r
    WHERE r.feed_id = %(feed_id)s AND NOT EXISTS (
        SELECT FROM watersmeet.receipt t WHERE t.feed_id = r.feed_id AND t.sha256 = r.sha256)
    UNION ALL
    SELECT decided_at FROM watersmeet.hold WHERE feed_id = %(feed_id)s AND state = 'refused'
) AS no WHERE at < %(loaded_at)s
"""

# A replay works the same arrival again; it is no further delivery, and what it found counts.
BEFORE = """
SELECT dimensions, %(broken_off)s::timestamptz IS NULL OR loaded_at > %(broken_off)s FROM (
    SELECT DISTINCT ON (d.sequence) d.sequence, d.landed_at, d.loaded_at, k.dimensions
    FROM watersmeet.delivery d LEFT JOIN watersmeet.kitemark k USING (feed_id, delivery_id)
    WHERE d.feed_id = %(feed_id)s AND d.state = 'loaded'
      AND (d.landed_at, d.sequence) < (%(landed_at)s, %(sequence)s)
    ORDER BY d.sequence, d.delivery_id DESC
) AS arrived
ORDER BY landed_at DESC, sequence DESC LIMIT %(most)s
"""

STORE = """
INSERT INTO watersmeet.kitemark AS k
    (feed_id, delivery_id, level, name, dimensions, short_of, ladder_version)
VALUES (%(feed_id)s, %(delivery_id)s, %(level)s, %(name)s, %(dimensions)s, %(short_of)s, %(ladder)s)
ON CONFLICT (feed_id, delivery_id) DO UPDATE
SET (level, name, dimensions, short_of, ladder_version, computed_at) = (EXCLUDED.level,
    EXCLUDED.name, EXCLUDED.dimensions, EXCLUDED.short_of, EXCLUDED.ladder_version,
    clock_timestamp())
"""

STANDING = """
WITH marked AS (
    SELECT DISTINCT ON (d.feed_id, d.sequence) k.*, d.name AS delivery, d.landed_at, d.sequence
    FROM watersmeet.kitemark k JOIN watersmeet.delivery d USING (feed_id, delivery_id)
    ORDER BY d.feed_id, d.sequence, d.delivery_id DESC
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY feed_id ORDER BY landed_at DESC, sequence DESC) AS age
    FROM marked
)
SELECT f.name AS feed, f.title, f.organisation, f.dataset, k.level, k.name, k.delivery_id,
    k.delivery, k.landed_at, k.computed_at, k.ladder_version, coalesce(k.dimensions, '{}') AS
    dimensions, coalesce(k.short_of, '[]') AS short_of,
    coalesce((SELECT array_agg(r.level ORDER BY r.landed_at, r.sequence) FROM ranked r
              WHERE r.feed_id = f.feed_id AND r.age <= %(most)s), '{}') AS levels,
    coalesce(f.enabled AND clock_timestamp() > f.due_at, false) AS overdue
FROM watersmeet.feed f LEFT JOIN ranked k ON k.feed_id = f.feed_id AND k.age = 1
WHERE %(feeds)s::text[] IS NULL OR f.name = ANY (%(feeds)s)
ORDER BY f.name
"""


@dataclass(frozen=True)
class Delivered:
    """The delivery a kitemark is for; ``records`` are its rows but for those excluded."""

    delivery_id: int
    feed_id: int
    series: str
    replaces: str
    sha256: bytes
    landed_at: datetime
    sequence: int
    loaded_at: datetime
    records: int


@dataclass(frozen=True)
class Profiled:
    """What a delivery's profile says of one column: rows worked, and rows with a value."""

    rows: int
    present: int


@dataclass(frozen=True)
class Met:
    """Rows with one issue in one column (empty: the whole row is meant)."""

    dimension: str
    code: str
    column: str
    rows: int


@dataclass(frozen=True)
class Issues:
    """Rows with issues: by dimension, each row once, and by issue and column."""

    rows: Mapping[str, int]
    met: tuple[Met, ...]


@dataclass(frozen=True)
class Earlier:
    """A delivery before: its dimensions (None where it has no kitemark), and whether none was
    refused since."""

    dimensions: Mapping[str, Any] | None
    unbroken: bool


def delivered(conn: psycopg.Connection, feed: str, sha256: str) -> Delivered | None:
    """A loaded delivery by its bytes; None where it was not loaded. A replay's counts win."""
    with conn.cursor(row_factory=class_row(Delivered)) as cursor:
        return cursor.execute(
            DELIVERY.encode(), {"feed": feed, "sha256": bytes.fromhex(sha256)}
        ).fetchone()


def arrived_before(conn: psycopg.Connection, what: Delivered) -> datetime | None:
    """When the delivery before it arrived; None where it is the first."""
    found: datetime | None = _value(conn, ARRIVED_BEFORE, what)
    return found


def profiles(conn: psycopg.Connection, what: Delivered) -> dict[str, Profiled]:
    """The profile of a delivery by contract column; empty where none was taken.

    ``""`` stands for the delivery: its rows are those worked.
    """
    with conn.cursor() as cursor:
        rows = cursor.execute(PROFILE.encode(), vars(what)).fetchall()
    return {column: Profiled(all_rows or 0, present or 0) for column, all_rows, present in rows}


def totals(conn: psycopg.Connection, what: Delivered) -> int:
    """Rows of a delivery that were known as totals, and so compared with the rows above them."""
    return int(_value(conn, TOTALS, what) or 0)


def issues(
    conn: psycopg.Connection, what: Delivered, dimensions: Mapping[str, str], main: str
) -> Issues:
    """Rows with issues, those carried over from deliveries before it included.

    Args:
        dimensions: issue code to dimension.
        main: the entity every row yields one of.
    """
    upheld = _value(conn, UPHELD, what) if what.replaces != "nothing" else None
    carried: sql.Composable = sql.SQL("")
    if upheld:
        table = sql.Identifier("store", main)
        carried = sql.SQL("UNION ALL ") + sql.SQL(CARRIED).format(main=table)
    asked = {
        **vars(what),
        "upheld": upheld,
        "codes": list(dimensions),
        "dimensions": list(dimensions.values()),
    }
    rows: dict[str, int] = {}
    met: list[Met] = []
    with conn.cursor() as cursor:
        for dimension, code, column, count, whole in cursor.execute(
            sql.SQL(ISSUES).format(carried=carried), asked
        ):
            if whole:
                rows[dimension] = count
            else:
                met.append(Met(dimension, code, column or "", count))
    met.sort(key=lambda one: (-one.rows, one.code, one.column))
    return Issues(rows, tuple(met))


def findings(conn: psycopg.Connection, what: Delivered) -> list[str]:
    """Codes found of the delivery as a whole, those a person accepted it with included."""
    with conn.cursor() as cursor:
        return [code for code, _ in cursor.execute(FINDINGS.encode(), vars(what))]


def corrected(conn: psycopg.Connection, what: Delivered) -> int:
    """Rows a steward's corrections changed."""
    return int(_value(conn, CORRECTED, what) or 0)


def before(conn: psycopg.Connection, what: Delivered, most: int) -> list[Earlier]:
    """The deliveries before, the last first."""
    asked = {**vars(what), "broken_off": _value(conn, BROKEN_OFF, what), "most": most}
    with conn.cursor() as cursor:
        return [Earlier(*row) for row in cursor.execute(BEFORE.encode(), asked)]


def store(
    conn: psycopg.Connection,
    what: Delivered,
    level: tuple[int, str],
    dimensions: Mapping[str, Any],
    short_of: Sequence[Mapping[str, Any]],
    ladder_version: str,
) -> None:
    """Keep the kitemark of a feed after a delivery; worked out again, it takes its own place."""
    conn.execute(
        STORE.encode(),
        {
            "feed_id": what.feed_id,
            "delivery_id": what.delivery_id,
            "level": level[0],
            "name": level[1],
            "dimensions": Jsonb(dict(dimensions)),
            "short_of": Jsonb([dict(one) for one in short_of]),
            "ladder": ladder_version,
        },
    )


def standing(conn: psycopg.Connection, most: int, feeds: Iterable[str] | None = None) -> Rows:
    """The kitemark of every feed, or of these, after its last delivery.

    Columns: ``feed``, ``title``, ``organisation``, ``dataset``; ``level``, ``name``,
    ``delivery_id``, ``delivery``, ``landed_at``, ``computed_at``, ``ladder_version`` (None where it
    has none yet); ``dimensions``, ``short_of``; ``levels`` after the last ``most`` deliveries, the
    latest last; ``overdue``.
    """
    asked = {"most": most, "feeds": None if feeds is None else list(feeds)}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(STANDING.encode(), asked).fetchall()


def _value(conn: psycopg.Connection, query: str, what: Delivered) -> Any:
    row = conn.execute(query.encode(), vars(what)).fetchone()
    return None if row is None else row[0]
