"""The registers as tables, for analysts: schema ``reference``, readable by every purpose.

``reference.code`` holds every entry of every code list, ``reference.writing`` the ways suppliers
write them, ``reference.crosswalk`` the ways from one list to another. They are written from the
declarations, as a whole, whenever these have changed; files are what counts.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from contracts.declarations import Declarations
from contracts.register import Register

SCHEMA = "reference"
# Two-part advisory lock key, as of :mod:`repository.migrate`.
RECORDING = (0x57617465, 2)

TABLES = """
CREATE SCHEMA IF NOT EXISTS reference;
COMMENT ON SCHEMA reference IS
    'Watersmeet: code lists, how they are written, and crosswalks between them';
CREATE TABLE IF NOT EXISTS reference.code (
    list text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    starts date,
    ends date,
    successors text[] NOT NULL,
    missing text,
    source text NOT NULL,
    licence text NOT NULL,
    PRIMARY KEY (list, code)
);
COMMENT ON TABLE reference.code IS 'Every entry of every code list';
COMMENT ON COLUMN reference.code.starts IS 'first day in force; null where it always was';
COMMENT ON COLUMN reference.code.ends IS 'last day in force; null where it still is';
COMMENT ON COLUMN reference.code.successors IS 'codes that took its place';
COMMENT ON COLUMN reference.code.missing IS
    'why a value is missing, where the entry says that it is';
CREATE TABLE IF NOT EXISTS reference.writing (
    list text NOT NULL,
    scheme text NOT NULL,
    writing text NOT NULL,
    code text NOT NULL,
    starts date,
    ends date,
    feed text,
    FOREIGN KEY (list, code) REFERENCES reference.code
);
COMMENT ON TABLE reference.writing IS
    'How codes are written: in the list itself and in suppliers'' schemes';
COMMENT ON COLUMN reference.writing.feed IS 'the one feed that writes so; null for all';
CREATE TABLE IF NOT EXISTS reference.crosswalk (
    from_list text NOT NULL,
    from_code text NOT NULL,
    to_list text NOT NULL,
    to_code text NOT NULL,
    starts date,
    ends date,
    relation text NOT NULL,
    source text NOT NULL,
    licence text NOT NULL,
    FOREIGN KEY (from_list, from_code) REFERENCES reference.code,
    FOREIGN KEY (to_list, to_code) REFERENCES reference.code
);
COMMENT ON TABLE reference.crosswalk IS 'Which code of one list answers to which of another';
COMMENT ON COLUMN reference.crosswalk.relation IS
    'exact; narrower or broader than the other; or part: they overlap';
"""

COLUMNS = {
    "code": ("list", "code", "name", "starts", "ends", "successors", "missing", "source",
             "licence"),
    "writing": ("list", "scheme", "writing", "code", "starts", "ends", "feed"),
    "crosswalk": ("from_list", "from_code", "to_list", "to_code", "starts", "ends", "relation",
                  "source", "licence"),
}  # fmt: skip


def record_registers(conn: psycopg.Connection, declarations: Declarations) -> bool:
    """Bring the tables to what is declared, in the connection's transaction; False where they are
    so already.

    Purposes opened later may read them by :func:`may_read`.
    """
    fingerprint = _fingerprint(declarations)
    # Two at once would write the same lines; readers are not kept waiting.
    conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", RECORDING)
    standing = conn.execute(
        "SELECT obj_description(to_regclass('reference.code')::oid, 'pg_class')"
    ).fetchone()
    # The fingerprint stands in the table's own comment, so that it is gone with the table.
    if standing is not None and standing[0] is not None and standing[0].endswith(fingerprint):
        return False
    conn.execute(TABLES)
    for table in ("writing", "crosswalk", "code"):
        conn.execute(sql.SQL("DELETE FROM reference.{}").format(sql.Identifier(table)))
    _copy(conn, "code", _codes(declarations.code_schemes.values()))
    _copy(conn, "writing", _writings(declarations.code_schemes.values()))
    _copy(conn, "crosswalk", _steps(declarations))
    comment = f"Every entry of every code list; files {fingerprint}"
    conn.execute(sql.SQL("COMMENT ON TABLE reference.code IS {}").format(sql.Literal(comment)))
    return True


def may_read(role: str) -> list[sql.Composable]:
    """What lets a role read the registers; they hold no personal data."""
    who = sql.Identifier(role)
    return [
        sql.SQL("GRANT USAGE ON SCHEMA reference TO {}").format(who),
        sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA reference TO {}").format(who),
    ]


def _fingerprint(declarations: Declarations) -> str:
    whole = hashlib.sha256(TABLES.encode())
    paths = {path for one in declarations.code_schemes.values() for path in one.files}
    paths |= {one.path for one in declarations.crosswalks.values()}
    for path in sorted(paths):
        whole.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _copy(conn: psycopg.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY reference.{} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _codes(registers: Iterable[Register]) -> Iterable[Sequence[Any]]:
    for register in registers:
        if register.of is None:
            for one in register.values():
                yield (
                    register.name, one.code, one.name, one.start, one.end, list(one.successors),
                    one.reason, one.source, one.licence,
                )  # fmt: skip


def _writings(registers: Iterable[Register]) -> Iterable[Sequence[Any]]:
    for register in registers:
        for one in register.claims:
            yield (
                register.lists, register.name, one.written, one.code, one.start, one.end, one.feed,
            )  # fmt: skip


def _steps(declarations: Declarations) -> Iterable[Sequence[Any]]:
    for walk in declarations.crosswalks.values():
        for one in walk.steps:
            yield (
                walk.start, one.from_code, walk.end, one.to_code, one.start, one.end, one.relation,
                one.source, one.licence,
            )  # fmt: skip
