"""Installs ``watersmeet.explain`` and what it stands on, from ``repository/sql``.

The functions run with the rights of who calls them and are closed to everybody but the owner.
"""

import hashlib
from importlib.resources import files

import psycopg
from psycopg import sql

SOURCES = ("explain_parts.sql", "explain.sql")
SIGNED = "watersmeet.explain(text, uuid, text, date, timestamptz, text)"
OURS = (
    "cell_letters", "place_of", "versions_of", "contract_columns_of", "corrections_of",
    "waivers_of", "last_confirmed", "nothing_of", "redirects_of", "explain",
)  # fmt: skip


def ensure_explain(conn: psycopg.Connection) -> bool:
    """Bring the functions to what the files say, in the connection's transaction; False where they
    are so already.

    They are dropped and made anew: what a function returns cannot be changed in place. Nothing of
    the database is built on them.
    """
    statements = [(files("repository") / "sql" / name).read_text("utf-8") for name in SOURCES]
    fingerprint = hashlib.sha256("\n".join(statements).encode()).hexdigest()[:16]
    standing = conn.execute(
        "SELECT obj_description(to_regprocedure(%s)::oid, 'pg_proc')", (SIGNED,)
    ).fetchone()
    # The fingerprint stands in the function's own comment, so that it is gone with the function.
    if standing is not None and standing[0] is not None and standing[0].endswith(fingerprint):
        return False
    for (signature,) in _standing(conn):
        conn.execute(sql.SQL("DROP FUNCTION {}").format(sql.SQL(signature)))
    # SQL bodies name functions made after them; they are checked when they are called.
    conn.execute("SET LOCAL check_function_bodies = off")
    for one in statements:
        conn.execute(one.encode())
    for (signature,) in _standing(conn):
        conn.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(sql.SQL(signature)))
    meaning = conn.execute(
        "SELECT obj_description(to_regprocedure(%s)::oid, 'pg_proc')", (SIGNED,)
    ).fetchone()
    told = f"{meaning[0] if meaning else ''}; files {fingerprint}"
    conn.execute(sql.SQL("COMMENT ON FUNCTION {} IS {}").format(sql.SQL(SIGNED), sql.Literal(told)))
    return True


def _standing(conn: psycopg.Connection) -> list[tuple[str]]:
    """The signatures of those of ours that are there, as the catalogue gives them."""
    return conn.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = 'watersmeet' AND p.proname = ANY (%s)",
        (list(OURS),),
    ).fetchall()
