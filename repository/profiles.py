"""What deliveries looked like: kept with each, and worked out for records that were not read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from contracts.column import ColumnFacts
from contracts.entity import links_of
from contracts.kinds import BirthDate, Code
from contracts.model import columns_of
from contracts.profiles import ColumnProfile, Measures, TooManyCodes
from repository.load.copy import copy_in
from repository.load.loading import Load
from repository.load.sieve import among

Hashes = npt.NDArray[np.int64]

PROFILED = sql.Identifier("pg_temp", "profiled")
HASHES = sql.Identifier("pg_temp", "profiled_hash")

FINGERPRINT = "fingerprint"
"""Fact of the delivery's profile: the sum of the hashes of the records that its columns count."""

RECORD = """
INSERT INTO watersmeet.profile (delivery_id, "column", measures) VALUES (%s, %s, %s)
"""

SAME_RECORDS = """
SELECT p."column", p.measures FROM watersmeet.profile p
WHERE p."column" <> '' AND p.delivery_id = (
    SELECT delivery_id FROM watersmeet.profile
    WHERE "column" = '' AND delivery_id = ANY (%s) AND measures ->> 'fingerprint' = %s
    ORDER BY delivery_id DESC LIMIT 1
)
"""

# Deliveries a person accepted once only do not teach what is usual, nor do those that were worked
# again since.
USUAL = """
SELECT d.delivery_id, d.name, d.landed_at, encode(d.sha256, 'hex') AS sha256,
    jsonb_object_agg(p."column", p.measures) AS measures
FROM watersmeet.delivery d
JOIN watersmeet.feed f USING (feed_id)
JOIN watersmeet.profile p USING (delivery_id)
WHERE f.name = %(feed)s AND d.state = 'loaded' AND d.baseline
  AND (d.as_at, d.landed_at, d.sequence) < (%(as_at)s, %(landed_at)s, %(sequence)s)
  AND NOT EXISTS (SELECT FROM watersmeet.delivery r WHERE r.replays = d.delivery_id)
GROUP BY d.delivery_id
ORDER BY d.as_at DESC, d.landed_at DESC, d.sequence DESC, d.delivery_id DESC
LIMIT %(most)s
"""

LAST_TABLES = """
SELECT t.number, t.file, t.sheet, t.header_row, t.mapping, t.facts
FROM watersmeet.delivery_table t
WHERE t.delivery_id = (
    SELECT d.delivery_id FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
    WHERE f.name = %(feed)s AND d.state = 'loaded' AND d.baseline
      AND encode(d.sha256, 'hex') <> %(but)s
    ORDER BY d.landed_at DESC, d.sequence DESC, d.delivery_id DESC LIMIT 1
)
ORDER BY t.number
"""


def record(
    conn: psycopg.Connection,
    delivery_id: int,
    measured: Mapping[str, Mapping[str, Any]],
) -> None:
    """Record a delivery's profile, inside the transaction that loads it and after its row.

    Args:
        measured: by contract column, under ``""`` those of the delivery as a whole.
    """
    with conn.cursor() as cursor:
        cursor.executemany(
            RECORD, [(delivery_id, name, Jsonb(dict(told))) for name, told in measured.items()]
        )


def usual(conn: psycopg.Connection, feed: str, place: tuple[date, datetime, int], most: int) -> Any:
    """The accepted deliveries of a feed that come before one in its order, latest first.

    Args:
        place: of that one: the date it speaks of, when it landed, its order of arrival.
        most: no more than so many.

    Columns: ``delivery_id``, ``name``, ``landed_at``, ``sha256``, ``measures`` by contract column.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            USUAL,
            {
                "feed": feed,
                "as_at": place[0],
                "landed_at": place[1],
                "sequence": place[2],
                "most": most,
            },
        ).fetchall()


def last_tables(conn: psycopg.Connection, feed: str, but: str) -> list[dict[str, Any]]:
    """The tables of the last accepted delivery of a feed, with the mapping of their columns.

    Args:
        but: SHA-256 of the delivery in hand, which is not compared with itself.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(LAST_TABLES, {"feed": feed, "but": but}).fetchall()


def fingerprint(hashes: Hashes) -> int:
    """A fingerprint of records that does not depend on their order."""
    return int(np.sum(hashes.astype(np.uint64), dtype=np.uint64))


def of_known(load: Load, skipped: Hashes) -> dict[str, ColumnProfile]:
    """What the records look like that a load left out as known.

    Where the records held are those of an earlier delivery's profile, that profile less the records
    that are gone; else from the rows themselves. Either way the fewer rows are read.

    Args:
        load: all batches added, nothing merged yet.
        skipped: distinct stored hashes of the records left out, sorted.
    """
    load.writer.drain()
    stored = load.stored()
    gone = stored[~among(stored, skipped)]
    if len(gone) <= len(skipped):
        carried = _carried(load.conn, load.basis.known, fingerprint(stored))
        if carried is not None:
            return _less(load, carried, gone)
    return {name: ColumnProfile(good) for name, good in of_rows(load, skipped).items()}


def _carried(
    conn: psycopg.Connection, known: list[int], print_: int
) -> dict[str, ColumnProfile] | None:
    rows = conn.execute(SAME_RECORDS, (known, str(print_))).fetchall()
    try:
        return {name: ColumnProfile.from_json(measures) for name, measures in rows} or None
    except TooManyCodes:
        return None


def _less(load: Load, carried: dict[str, ColumnProfile], gone: Hashes) -> dict[str, ColumnProfile]:
    """A profile without the rows that are gone; where one of them may have been the least or most,
    these are looked up among the others."""
    away = of_rows(load, gone)
    found = {name: ColumnProfile(column.good) for name, column in carried.items()}
    doubtful = [
        name for name, column in found.items()
        if name in away and not column.good.take_away(away[name])
    ]  # fmt: skip
    if doubtful:
        for name, (least, most) in _bounds(load, doubtful, gone).items():
            found[name].good.least, found[name].good.most = least, most
    return found


def _bounds(load: Load, names: list[str], but: Hashes) -> dict[str, tuple[Any, Any]]:
    """Least and most of columns among the rows held, some left out."""
    columns = dict(_where_held(load))
    _put_hashes(load.conn, but)
    try:
        row = load.conn.execute(
            sql.SQL(
                "SELECT {} FROM {} WHERE m.upheld_by = ANY ({}) AND NOT EXISTS"
                " (SELECT FROM {} w WHERE w.record_hash = m.record_hash)"
            ).format(
                sql.SQL(", ").join(
                    sql.SQL("min({0}), max({0})").format(columns[name]) for name in names
                ),
                _held_rows(load),
                sql.Literal(load.basis.known),
                HASHES,
            )
        ).fetchone()
    finally:
        load.conn.execute(sql.SQL("DROP TABLE {}").format(HASHES))
    told = iter(row or ())
    return {name: (next(told), next(told)) for name in names}


def of_rows(load: Load, hashes: Hashes) -> dict[str, Measures]:
    """What held rows look like, by the contract columns they were made of.

    Columns that lead to no entity are not told, nor are issues of whole rows.
    """
    if not len(hashes):
        return {}
    conn = load.conn
    _put_hashes(conn, hashes)
    columns = dict(_where_held(load))
    conn.execute(_profiled(load, columns))
    try:
        facts = columns_of(load.record.dataset)
        found = _sums(conn, {name: facts[name] for name in columns})
        for name in columns:
            if _has_codes(facts[name]):
                found[name].codes = _codes(conn, name)
        _issues(conn, found)
        return found
    finally:
        for made in (PROFILED, HASHES):
            conn.execute(sql.SQL("DROP TABLE {}").format(made))


def _put_hashes(conn: psycopg.Connection, hashes: Hashes) -> None:
    conn.execute(sql.SQL("CREATE TEMPORARY TABLE {} (record_hash bigint)").format(HASHES))
    copy_in(conn, HASHES, pa.table({"record_hash": pa.array(np.unique(hashes), pa.int64())}))
    conn.execute(sql.SQL("ANALYZE {}").format(HASHES))


def _where_held(load: Load) -> Iterable[tuple[str, sql.Composable]]:
    """Contract columns and the column of the main entity's row, or of one it links to."""
    main = load.record.main
    links = {role: link for link, role in links_of(load.record.entities[main]).items()}
    for name, facts in columns_of(load.record.dataset).items():
        places = [target.partition(".")[::2] for target in facts.to]
        own = next((attribute for role, attribute in places if role == main), None)
        if own is not None:
            yield name, sql.Identifier("m", own)
            continue
        for role, attribute in places:
            if role in links:
                yield name, sql.Identifier(f"l_{links[role]}", attribute)
                break


def _held_rows(load: Load) -> sql.Composed:
    """The main entity's rows of the feed, as ``m``, beside those of the entities they link to."""
    joins: list[sql.Composable] = [sql.SQL("{} m").format(load.main.partition)]
    for link, role in links_of(load.record.entities[load.record.main]).items():
        entity = role.partition(":")[0]
        target = load.targets.get(entity)
        alias = f"l_{link}"
        if target is not None and not target.direct:
            joins.append(
                sql.SQL("LEFT JOIN {} {} ON {} = {}").format(
                    target.partition,
                    sql.Identifier(alias),
                    sql.Identifier(alias, f"{entity}_id"),
                    sql.Identifier("m", link),
                )
            )
    return sql.SQL(" ").join(joins)


def _profiled(load: Load, columns: Mapping[str, sql.Composable]) -> sql.Composed:
    return sql.SQL(
        "CREATE TEMPORARY TABLE {} AS SELECT m.delivery_id, m.row_number{} FROM {}"
        " JOIN {} w ON w.record_hash = m.record_hash WHERE m.upheld_by = ANY ({})"
    ).format(
        PROFILED,
        sql.SQL("").join(
            sql.SQL(", {} AS {}").format(place, sql.Identifier(f"c_{name}"))
            for name, place in columns.items()
        ),
        _held_rows(load),
        HASHES,
        sql.Literal(load.basis.known),
    )


def _has_codes(facts: ColumnFacts) -> bool:
    return issubclass(facts.kind, Code) or pa.types.is_boolean(facts.kind.arrow)


def _is_number(facts: ColumnFacts) -> bool:
    kind = facts.kind.arrow
    number = pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(number) and not issubclass(facts.kind, Code)


def _sums(conn: psycopg.Connection, columns: Mapping[str, ColumnFacts]) -> dict[str, Measures]:
    parts: list[sql.Composable] = [sql.SQL("count(*)")]
    for name, facts in columns.items():
        column = sql.Identifier(f"c_{name}")
        parts.append(sql.SQL("count({0})").format(column))
        if _is_number(facts):
            size = "(count({0}) FILTER (WHERE {0} <> 0))"
            logs = "(sum(ln(abs({0}::float8))) FILTER (WHERE {0} <> 0))"
            each = ["sum({0})", "min({0})", "max({0})", logs, size]
        elif _is_day(facts):
            each = ["sum({0} - date '1970-01-01')", "min({0})", "max({0})"]
        else:
            continue
        parts += [sql.SQL(one).format(column) for one in each]
    row = conn.execute(
        sql.SQL("SELECT {} FROM pg_temp.profiled").format(sql.SQL(", ").join(parts))
    ).fetchone()
    told = iter(row or ())
    rows = next(told)
    found = {}
    for name, facts in columns.items():
        present = next(told)
        one = found[name] = Measures(rows, present)
        if present < rows:
            one.missing["blank"] = rows - present
        if _is_number(facts):
            one.total, one.least, one.most, one.logs, one.logged = (next(told) for _ in range(5))
            one.logs = one.logs or 0.0
        elif _is_day(facts):
            one.total, one.least, one.most = (next(told) for _ in range(3))
    return found


def _is_day(facts: ColumnFacts) -> bool:
    return bool(pa.types.is_date32(facts.kind.arrow)) and not issubclass(facts.kind, BirthDate)


def _codes(conn: psycopg.Connection, name: str) -> Counter[str]:
    column = sql.Identifier(f"c_{name}")
    query = sql.SQL(
        "SELECT {0}::text, count(*) FROM pg_temp.profiled WHERE {0} IS NOT NULL GROUP BY 1"
    ).format(column)
    words = {"true": "yes", "false": "no"}
    counted = conn.execute(query).fetchall()
    return Counter({words.get(str(code), str(code)): rows for code, rows in counted})


def _issues(conn: psycopg.Connection, found: Mapping[str, Measures]) -> None:
    """Notes that were made of the rows when they were read, and which of them say why a value is
    missing."""
    told = conn.execute(
        'SELECT DISTINCT i."column" FROM watersmeet.issue i JOIN pg_temp.profiled p'
        " USING (delivery_id, row_number)"
    ).fetchall()
    for (name,) in told:
        if name not in found:
            continue
        query = sql.SQL(
            "SELECT i.code, count(*), count(*) FILTER (WHERE p.{} IS NULL)"
            " FROM watersmeet.issue i JOIN pg_temp.profiled p USING (delivery_id, row_number)"
            ' WHERE i."column" = %s GROUP BY i.code'
        ).format(sql.Identifier(f"c_{name}"))
        one = found[name]
        for code, times, missing in conn.execute(query, (name,)).fetchall():
            one.issues[code] += times
            if missing:
                one.missing[code.removeprefix("missing-")] += missing
                one.missing["blank"] -= missing
        one.missing = +one.missing
