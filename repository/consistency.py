"""How many rows of one feed are found in another's, and how many known ones say something else."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from contracts.consistency import FoundIn
from contracts.entity import Entity
from contracts.kinds import Code, Date
from contracts.model import columns_of
from repository.entities import EntityTable
from repository.load.loading import Load

SAMPLE = 20_000
"""Staged rows that are compared with what is held, at most."""

OTHERS = """
SELECT f.feed_id FROM watersmeet.feed f
WHERE f.dataset = %(dataset)s AND f.feed_id <> %(feed)s
  AND (NOT %(same)s OR f.organisation =
       (SELECT organisation FROM watersmeet.feed WHERE feed_id = %(feed)s))
  AND EXISTS (SELECT FROM watersmeet.delivery d
              WHERE d.feed_id = f.feed_id AND d.state = 'loaded')
"""

FOUND = """
WITH mine AS (SELECT {by} FROM {store} WHERE feed_id = {feed} AND {given})
SELECT count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM {store} o WHERE o.feed_id = ANY ({others}) AND {same}
)) FROM mine
"""


def found_in(
    conn: psycopg.Connection, feed_id: int, declared: FoundIn, entity: type[Entity]
) -> dict[str, int] | None:
    """How many rows of a feed's entity are found in other feeds.

    Returns:
        ``of`` and ``found``; None where no such feed has been loaded.
    """
    others = [
        row[0]
        for row in conn.execute(
            OTHERS,
            {"dataset": declared.dataset, "feed": feed_id, "same": declared.same_organisation},
        )
    ]
    if not others:
        return None
    names = [sql.Identifier(name) for name in declared.by]
    query = sql.SQL(FOUND).format(
        by=sql.SQL(", ").join(names),
        store=EntityTable.of(entity).store,
        feed=sql.Literal(feed_id),
        others=sql.Literal(others),
        given=sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(name) for name in names),
        same=sql.SQL(" AND ").join(sql.SQL("o.{0} = mine.{0}").format(name) for name in names),
    )
    row = conn.execute(query).fetchone()
    return {"of": row[0], "found": row[1]} if row else None


def changed_values(load: Load, skipped: int) -> dict[str, dict[str, int]]:
    """Of the records that were known before, how many have another value now, by contract column.

    Only columns of codes, numbers, dates and yes or no: a change of unit or of code list shows
    there. Of many staged rows the first ones stand for all.

    Args:
        load: all batches added, nothing merged yet.
        skipped: records left out because nothing about them changed.
    """
    load.writer.drain()
    found: dict[str, dict[str, int]] = {}
    for entity, target in load.targets.items():
        if target.main and target.record_is_identity:
            continue  # a record with another value is another record
        columns = dict(_compared(load, entity))
        if target.direct or "staged" not in target.made or not columns:
            continue
        parts: Sequence[sql.Composable] = [
            sql.SQL("count(*) FILTER (WHERE n.{0} IS DISTINCT FROM h.{0})").format(
                sql.Identifier(attribute)
            )
            for attribute in columns.values()
        ]
        row = load.conn.execute(
            sql.SQL(
                "WITH sampled AS (SELECT * FROM {staged} LIMIT {most}) SELECT"
                " (SELECT count(*) FROM {staged}), (SELECT count(*) FROM sampled), count(*),"
                " {parts}"
                # OFFSET 0 has the few looked up one by one: without statistics of the rows held the
                # planner would rather walk all of them.
                " FROM sampled n"
                " CROSS JOIN LATERAL (SELECT * FROM {held} h WHERE h.{id} = n.{id} OFFSET 0) h"
            ).format(
                staged=target.staged,
                most=sql.Literal(SAMPLE),
                parts=sql.SQL(", ").join(parts),
                held=target.partition,
                id=sql.Identifier(target.table.id),
            )
        ).fetchone()
        if row is None or not row[2]:
            continue
        times = row[0] / row[1]
        for (name, _), rows in zip(columns.items(), row[3:], strict=True):
            known = round(row[2] * times) + skipped
            found[name] = {"of": known, "rows": round(rows * times)}
    return found


def _compared(load: Load, entity: str) -> list[tuple[str, str]]:
    """Contract columns and the attributes of one entity that hold their values."""
    found: Mapping[str, Any] = columns_of(load.record.dataset)
    return [
        (name, attribute)
        for name, facts in found.items()
        for role, _, attribute in [target.partition(".") for target in facts.to]
        if role == entity
        and (issubclass(facts.kind, Code | Date) or facts.kind.sql in ("boolean", "bigint")
             or facts.kind.sql.startswith("numeric"))
    ]  # fmt: skip
