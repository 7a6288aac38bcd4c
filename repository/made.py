"""Views and functions made from declarations: made anew when what makes them has changed."""

import hashlib
import json
from collections.abc import Sequence

import psycopg
from psycopg import sql

STANDING = """
SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = to_regnamespace(%(schema)s) AND p.proname ~ %(named)s
UNION ALL
SELECT 'VIEW', c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind = 'v'
    AND c.relname ~ %(named)s
"""


def made_once(
    conn: psycopg.Connection,
    schema: str,
    meaning: str,
    statements: Sequence[str],
    named: str = "",
) -> bool:
    """Have a schema hold the views and functions that statements make, and no others.

    What the schema holds besides, such as tables, stays. Runs in the connection's transaction.

    Args:
        schema: its name; it must be there.
        meaning: what it holds, for people; kept as its comment with the fingerprint of the
            statements, so that the fingerprint is gone with the schema.
        statements: that make views and functions, in the order to run them.
        named: a pattern of the names of what they make; others stay too.

    Returns:
        False where they were made by these very statements before.
    """
    fingerprint = hashlib.sha256(json.dumps([meaning, *statements]).encode()).hexdigest()[:16]
    said = f"{meaning}; made from {fingerprint}"
    standing = conn.execute(
        "SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')", (schema,)
    ).fetchone()
    if standing == (said,):
        return False
    drop_made(conn, schema, named)
    for statement in statements:
        conn.execute(statement.encode())
    conn.execute(
        sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(schema), sql.Literal(said))
    )
    return True


def drop_made(conn: psycopg.Connection, schema: str, named: str = "") -> None:
    """Drop the views and functions of a schema; functions first, for they return rows of views."""
    standing = conn.execute(STANDING, {"schema": schema, "named": named}).fetchall()
    for kind, name in sorted(standing):
        # The catalogue writes the name as it must be written.
        conn.execute(sql.SQL("DROP {} {}").format(sql.SQL(kind), sql.SQL(name)))
