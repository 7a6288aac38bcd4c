"""Rows that a replay gives other identifiers: the old ones lead to the new.

An identifier is made of what tells one from another. Where today's steps read that otherwise, the
same record has another identifier, and whoever noted the old one is to find it.
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from contracts.entity import Entity
from repository.entities import EntityTable

STEPS = "steps"
"""Stands for the author of a redirect that no person decided."""

# The same record, known by its hash or by its place in the same bytes; not one that a person
# corrected, for that is told another identity and not read otherwise. Only where nothing has the
# old identifier any more, and where it leads to one other.
LEAVE = """
WITH gone AS (
    SELECT h.{id} AS id, h.record_hash, h.delivery_id, h.row_number
    FROM {history} h
    WHERE h.ended_by = %(delivery)s AND h.feed_id = %(feed)s
      AND NOT EXISTS (SELECT FROM {store} s WHERE s.{id} = h.{id})
), came AS (
    SELECT s.{id} AS id, s.record_hash, s.delivery_id, s.row_number FROM {store} s
    WHERE s.feed_id = %(feed)s AND s.delivery_id = %(delivery)s
      AND NOT EXISTS (
        SELECT FROM watersmeet.corrected_row c
        WHERE c.delivery_id = s.delivery_id AND c.row_number = s.row_number
      )
      AND EXISTS (SELECT FROM gone)
), place AS (
    SELECT d.delivery_id, t.file, coalesce(t.sheet, '') AS sheet, t.first_number,
        lead(t.first_number) OVER (PARTITION BY d.delivery_id ORDER BY t.first_number) AS next
    FROM watersmeet.delivery d JOIN watersmeet.delivery n
      ON n.feed_id = d.feed_id AND n.sha256 = d.sha256 AND n.sequence = d.sequence
    JOIN watersmeet.delivery_table t ON t.delivery_id = d.delivery_id
    WHERE n.delivery_id = %(delivery)s
), pair AS (
    SELECT g.id AS from_id, c.id AS to_id FROM gone g JOIN came c USING (record_hash)
    UNION
    SELECT g.id, c.id
    FROM gone g
    JOIN place o ON o.delivery_id = g.delivery_id AND g.row_number >= o.first_number
      AND (o.next IS NULL OR g.row_number < o.next)
    JOIN place n ON n.file = o.file AND n.sheet = o.sheet AND n.delivery_id = %(delivery)s
    JOIN came c ON c.row_number - n.first_number = g.row_number - o.first_number
      AND c.row_number >= n.first_number AND (n.next IS NULL OR c.row_number < n.next)
), sure AS (
    SELECT p.from_id, (array_agg(p.to_id))[1] AS to_id FROM pair p WHERE p.from_id <> p.to_id
    GROUP BY p.from_id HAVING count(DISTINCT p.to_id) = 1
)
INSERT INTO watersmeet.redirect
    (entity, from_id, to_id, kind, since, reason, author, delivery_id)
SELECT %(entity)s, u.from_id, u.to_id, 'rekeyed', d.loaded_at,
    'the steps of this replay give the same record another identifier', %(steps)s, d.delivery_id
FROM sure u JOIN watersmeet.delivery d ON d.delivery_id = %(delivery)s
WHERE NOT EXISTS (
    SELECT FROM watersmeet.redirect r
    WHERE r.entity = %(entity)s AND r.from_id = u.from_id AND r.withdrawn_at IS NULL
)
"""

# An identifier that a row has again leads nowhere.
GIVEN_AGAIN = """
UPDATE watersmeet.redirect r SET withdrawn_at = clock_timestamp(), withdrawn_by = %(steps)s
WHERE r.entity = %(entity)s AND r.kind = 'rekeyed' AND r.withdrawn_at IS NULL
  AND EXISTS (SELECT FROM {store} s WHERE s.{id} = r.from_id)
"""


def leave_rekeyed(
    conn: psycopg.Connection, delivery_id: int, entities: Mapping[str, type[Entity]]
) -> int:
    """Leave redirects from the identifiers that a replay took from rows to those it gave them.

    Called in the replay's transaction, when all is merged and its delivery is recorded.

    Args:
        delivery_id: the replay.
        entities: the entities it brings.

    Returns:
        How many were left.
    """
    row = conn.execute(
        "SELECT feed_id FROM watersmeet.delivery WHERE delivery_id = %s", (delivery_id,)
    ).fetchone()
    if row is None:
        raise LookupError(f"delivery {delivery_id} is not recorded")
    return sum(
        _run(conn, LEAVE, contract, {"delivery": delivery_id, "feed": row[0]})
        for contract in entities.values()
    )


def withdraw_given_again(conn: psycopg.Connection, entities: Mapping[str, type[Entity]]) -> int:
    """Withdraw the redirects of rekeyed identifiers that rows have again; how many.

    Called in the transaction of every load: a record may come again as it was read before.
    """
    return sum(_run(conn, GIVEN_AGAIN, contract, {}) for contract in entities.values())


def _run(
    conn: psycopg.Connection, template: str, contract: type[Entity], facts: Mapping[str, int]
) -> int:
    table = EntityTable.of(contract)
    query = sql.SQL(template).format(
        store=table.store, history=table.history, id=sql.Identifier(table.id)
    )
    return conn.execute(query, {**facts, "entity": table.name, "steps": STEPS}).rowcount
