"""Where feeds differ: counted and listed, from the views of ``settled``."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from repository.sources.settled import SCHEMA

Rows = list[dict[str, Any]]

COUNTS = """
SELECT {entity} AS entity, attribute, feed, count(*) AS values,
    count(*) FILTER (WHERE chosen) AS chosen, count(*) FILTER (WHERE NOT chosen) AS lost
FROM {view} GROUP BY attribute, feed ORDER BY attribute, feed
"""

LISTED = """
SELECT {entity} AS entity, {id}::text AS id, attribute, feed, as_at, kitemark, chosen, reason,
    {value} AS value
FROM {view} WHERE %(attribute)s::text IS NULL OR attribute = %(attribute)s
ORDER BY {id}, attribute, NOT chosen, feed LIMIT %(most)s
"""


def counts(conn: psycopg.Connection, entities: Sequence[str]) -> Rows:
    """Of each entity, attribute and feed: ``values`` in conflicts, how many ``chosen`` and
    ``lost``."""
    found: Rows = []
    for entity in entities:
        found += _run(conn, COUNTS, entity, {})
    return found


def listed(
    conn: psycopg.Connection,
    entity: str,
    hidden: Sequence[str],
    *,
    attribute: str | None = None,
    most: int = 50,
) -> Rows:
    """Every value of the first conflicts of an entity: ``entity``, ``id``, ``attribute``, ``feed``,
    ``as_at``, ``kitemark``, ``chosen``, ``reason`` and ``value``.

    Args:
        hidden: attributes whose values are not to be told: null.
        attribute: only of this one.
        most: values at most.
    """
    return _run(
        conn,
        LISTED,
        entity,
        {"attribute": attribute, "most": most, "hidden": list(hidden)},
        value=sql.SQL("CASE WHEN attribute <> ALL (%(hidden)s::text[]) THEN value END"),
    )


def _run(
    conn: psycopg.Connection,
    template: str,
    entity: str,
    facts: Mapping[str, Any],
    **parts: sql.Composable,
) -> Rows:
    query = sql.SQL(template).format(
        entity=sql.Literal(entity),
        id=sql.Identifier(f"{entity}_id"),
        view=sql.Identifier(SCHEMA, f"{entity}_conflict"),
        **parts,
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, facts).fetchall()
