"""What the catalogue shows of the repository: counts, deliveries, and rows everybody may see.

Every table is counted once, by one statement; nothing here returns a value of a row but
:func:`preview`, which is asked only for what may be published (:mod:`pipeline.catalogue.preview`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from contracts.open_table import OpenTable
from repository.open.redaction import kept, shown

Rows = list[dict[str, Any]]

# A delivery's kitemark is that of the arrival: one that was worked again stands for it.
DELIVERIES = """
SELECT feed, delivery_id, name, state, landed_at, loaded_at, as_at, landed, new, changed, unchanged,
    quarantined, excluded, ended, contract_version, agreement, replays, level, level_name, of
FROM (
    SELECT f.name AS feed, d.delivery_id, d.name, d.state, d.landed_at, d.loaded_at,
        d.as_at, d.landed, d.new, d.changed, d.unchanged,
        d.quarantined, d.excluded, d.ended, d.contract_version, d.agreement, d.replays, k.level,
        k.name AS level_name, count(*) OVER (PARTITION BY d.feed_id) AS of,
        row_number() OVER (
            PARTITION BY d.feed_id ORDER BY d.landed_at DESC, d.sequence DESC, d.delivery_id DESC
        ) AS age
    FROM watersmeet.delivery d
    JOIN watersmeet.feed f USING (feed_id)
    LEFT JOIN watersmeet.kitemark k USING (feed_id, delivery_id)
    WHERE f.name = ANY (%(feeds)s)
) d
WHERE age <= %(most)s
ORDER BY feed, landed_at DESC, delivery_id DESC
"""

NEWEST = """
SELECT greatest(
    (SELECT max(loaded_at) FROM watersmeet.delivery),
    (SELECT max(checked_at) FROM watersmeet.feed)
)
"""

# Of rows that were loaded only, and never of a column whose codes were too many to be kept.
CODES = """
SELECT p.delivery_id, p."column", p.measures -> 'codes' AS codes
FROM watersmeet.profile p
WHERE p.delivery_id = ANY (%(deliveries)s) AND p.measures ? 'codes'
"""


@dataclass(frozen=True)
class Counted:
    """One table, counted.

    Attributes:
        rows: feed number to rows.
        months: date column to feed number to first day of a month to rows.
    """

    rows: Mapping[int, int]
    months: Mapping[str, Mapping[int, Mapping[date, int]]] = field(default_factory=dict)


def newest(conn: psycopg.Connection) -> datetime | None:
    """When the repository last learnt something: loaded a delivery, or looked for one."""
    row = conn.execute(NEWEST.encode()).fetchone()
    found: datetime | None = row[0] if row else None
    return found


def deliveries(conn: psycopg.Connection, feeds: Sequence[str], most: int) -> Rows:
    """The last deliveries of each feed, latest first, with counts and kitemark.

    Columns: ``feed``, ``delivery_id``, ``name``, ``state``, ``landed_at``, ``loaded_at``,
    ``as_at``, the counts, ``contract_version``, ``agreement``, ``replays``, ``level``,
    ``level_name``, ``of`` (how many there are of the feed).
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        asked = {"feeds": list(feeds), "most": most}
        return cursor.execute(DELIVERIES.encode(), asked).fetchall()


def codes(
    conn: psycopg.Connection, deliveries_: Sequence[int]
) -> dict[tuple[int, str], dict[str, int]]:
    """Rows by code, by delivery and contract column, as the deliveries' profiles keep them."""
    rows = conn.execute(CODES.encode(), {"deliveries": list(deliveries_)}).fetchall()
    return {(delivery, column): dict(counts) for delivery, column, counts in rows}


def counted(conn: psycopg.Connection, entity: str, dates: Sequence[str]) -> Counted:
    """Rows of an entity's table by feed and, of some date columns, by feed and month.

    One pass over the table; dates are grouped as they are and put together by month afterwards.
    """
    columns = [sql.Identifier("e", name) for name in dates]
    sets: list[sql.Composable] = [sql.SQL("(e.feed_id)")]
    sets += [sql.SQL("(e.feed_id, {})").format(column) for column in columns]
    query = sql.SQL("SELECT e.feed_id, count(*){}{} FROM {} e GROUP BY GROUPING SETS ({})").format(
        sql.SQL("").join(sql.SQL(", grouping({})").format(one) for one in columns),
        sql.SQL("").join(sql.SQL(", {}").format(one) for one in columns),
        sql.Identifier("store", entity),
        sql.SQL(", ").join(sets),
    )
    rows: dict[int, int] = {}
    months: dict[str, dict[int, dict[date, int]]] = {name: {} for name in dates}
    for feed, count, *told in conn.execute(query):
        left_out, days = told[: len(dates)], told[len(dates) :]
        if all(left_out):
            rows[feed] = count
        for name, gone, day in zip(dates, left_out, days, strict=True):
            if not gone and day is not None:
                of = months[name].setdefault(feed, {})
                month = day.replace(day=1)
                of[month] = of.get(month, 0) + count
    return Counted(rows, months)


def preview(
    conn: psycopg.Connection,
    entity: str,
    columns: Sequence[str],
    feeds: Sequence[int],
    rules: Sequence[OpenTable],
    most: int,
) -> list[tuple[Any, ...]]:
    """Some rows of an entity, the same ones while the table stays as it is.

    Args:
        columns: those shown.
        feeds: numbers of the feeds whose rows may be shown.
        rules: open tables of the entity: what they redact is redacted here too.
        most: rows at most.
    """
    said = [sql.SQL("{}").format(_redacted(name, rules)) for name in columns]
    query = sql.SQL(
        "SELECT {} FROM {} e WHERE e.feed_id = ANY (%s) AND {} ORDER BY e.{}, e.feed_id LIMIT %s"
    ).format(
        sql.SQL(", ").join(said),
        sql.Identifier("store", entity),
        sql.SQL(" AND ").join([kept(table, "e") for table in rules] or [sql.SQL("true")]),
        sql.Identifier(f"{entity}_id"),
    )
    return conn.execute(query, (list(feeds), most)).fetchall()


def _redacted(column: str, rules: Sequence[OpenTable]) -> sql.Composable:
    """A column as it is shown: empty where any rule hides it."""
    hidden = [
        shown(table, column, "e")
        for table in rules
        if any(column in rule.hide for rule in table.disclosure.redact)
    ]
    if not hidden:
        return sql.Identifier("e", column)
    # Each is the value or null: the value only where none of them hides it.
    whole = hidden[0]
    for one in hidden[1:]:
        whole = sql.SQL("CASE WHEN ({}) IS NULL THEN NULL ELSE ({}) END").format(one, whole)
    return whole
