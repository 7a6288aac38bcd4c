"""Entity tables, as the entity contracts ask for them: made, widened, described.

What stands in them says :mod:`repository.entity_table`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from contracts.entity import Entity, entity_facts
from contracts.model import columns_of
from repository.entity_table import DERIVED, ENDING, MEANINGS, TECHNICAL, EntityTable
from repository.two_clocks import bring_along, keep_apart

__all__ = ["EntityTable", "MigrationNeeded", "ensure_entities"]


class MigrationNeeded(Exception):
    """An entity contract and its tables differ in a way that does not migrate itself."""


def ensure_entities(conn: psycopg.Connection, entities: Mapping[str, type[Entity]]) -> None:
    """Make or widen the tables of entities; nothing happens where they are as declared.

    Runs in the connection's transaction.

    Raises:
        MigrationNeeded: a column's type changed or a column is gone; says which migration it needs.
    """
    conn.execute("CREATE SCHEMA IF NOT EXISTS store")
    conn.execute("CREATE SCHEMA IF NOT EXISTS history")
    conn.execute("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA watersmeet")
    applied: dict[str, str] = dict(
        conn.execute("SELECT entity, fingerprint FROM watersmeet.entity").fetchall()
    )
    for name, contract in sorted(entities.items()):
        described = _described(contract)
        fingerprint = hashlib.sha256(json.dumps(described).encode()).hexdigest()
        if applied.get(name) != fingerprint:
            _ensure(conn, contract)
            _record(conn, name, contract, described, fingerprint)


def _ensure(conn: psycopg.Connection, contract: type[Entity]) -> None:
    table = EntityTable.of(contract)
    clash = sorted(set(table.content) & {*TECHNICAL, *ENDING, *DERIVED})
    if clash:
        raise MigrationNeeded(
            f"entity {table.name}: the names {', '.join(clash)} are taken by the repository; "
            "rename these attributes in the contract"
        )
    bring_along(conn, table)
    _same_clock(conn, table)
    _ensure_one(conn, "store", table, table.store_columns)
    _ensure_one(conn, "history", table, table.history_columns)
    facts = columns_of(contract)
    for schema, names in (
        ("store", [*table.store_columns, "valid_during"]),
        ("history", [*table.history_columns, "stated_during"]),
    ):
        whole = sql.Identifier(schema, table.name)
        doc = entity_facts(contract).doc or entity_facts(contract).title
        _comment(conn, "TABLE", whole, doc)
        for name in names:
            told = table.when if name in DERIVED else MEANINGS.get(name)
            meaning = told or _meaning(table, name, facts)
            _comment(conn, "COLUMN", sql.Identifier(schema, table.name, name), meaning)


def _same_clock(conn: psycopg.Connection, table: EntityTable) -> None:
    """See that what is kept was dated as the contract dates it now."""
    standing = conn.execute(
        "SELECT col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attname = 'valid_during'",
        (table.store.as_string(conn),),
    ).fetchone()
    if standing is not None and standing[0] not in (None, table.when):
        raise MigrationNeeded(
            f"entity {table.name}: rows are kept as dated thus: {standing[0]}; the contract says: "
            f"{table.when}. What was so on a date does not follow from the rows that stand: write "
            "a migration that dates store and history anew, or put the contract back"
        )


def _ensure_one(
    conn: psycopg.Connection, schema: str, table: EntityTable, wanted: Mapping[str, str]
) -> None:
    standing = _standing(conn, schema, table.name)
    if not standing:
        _create(conn, schema, table, wanted)
        return
    wrong = [
        f"{name} is {standing[name]} and should be {kind}"
        for name, kind in wanted.items()
        if name in standing and standing[name] != kind
    ]
    known = {*wanted, *DERIVED}
    wrong += [f"{name} is no longer declared" for name in standing if name not in known]
    if wrong:
        raise MigrationNeeded(
            f"{schema}.{table.name} does not follow its contract: {'; '.join(wrong)}. Only added "
            "columns migrate themselves: write a migration in repository/migrations/versions that "
            f"alters store.{table.name} and history.{table.name}, or put the contract back"
        )
    for name, kind in wanted.items():
        if name not in standing:
            conn.execute(
                sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(
                    sql.Identifier(schema, table.name), sql.Identifier(name), _type(kind)
                )
            )


def _create(
    conn: psycopg.Connection, schema: str, table: EntityTable, wanted: Mapping[str, str]
) -> None:
    required = {*TECHNICAL, *ENDING, table.id} - {"open_until"}
    columns: Iterable[sql.Composable] = [
        sql.SQL("{} {}{}{}").format(
            sql.Identifier(name),
            _type(kind),
            sql.SQL(" NOT NULL" if name in required else ""),
            sql.SQL(" DEFAULT ''" if name == "role" else ""),
        )
        for name, kind in wanted.items()
    ]
    if schema == "store":
        # The identifier first: it tells rows apart, and sorts fast by its leading bytes.
        key = sql.SQL(", PRIMARY KEY ({}, feed_id)").format(sql.Identifier(table.id))
        tail = sql.SQL(" PARTITION BY LIST (feed_id)")
    else:
        key, tail = sql.SQL("").format(), sql.SQL("")
    conn.execute(
        sql.SQL("CREATE TABLE {} ({}, {} daterange GENERATED ALWAYS AS ({}) VIRTUAL{}){}").format(
            sql.Identifier(schema, table.name),
            sql.SQL(", ").join(columns),
            sql.Identifier("valid_during" if schema == "store" else "stated_during"),
            table.stated(),
            key,
            tail,
        )
    )
    if schema == "history":
        keep_apart(conn, table)
        conn.execute(sql.SQL("CREATE INDEX ON {} (ended_by)").format(table.history))
    if schema == "store":
        # Closed to everybody but the owner until a purpose opens rows of it.
        conn.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table.store))


def _standing(conn: psycopg.Connection, schema: str, name: str) -> dict[str, str]:
    rows = conn.execute(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """,
        (schema, name),
    ).fetchall()
    return {str(column): _SHORT.get(kind, str(kind)) for column, kind in rows}


_SHORT = {"timestamp with time zone": "timestamptz"}


def _type(kind: str) -> sql.SQL:
    # Types come from the kinds' own declarations, never from data.
    return sql.SQL(kind)


def _comment(conn: psycopg.Connection, what: str, name: sql.Identifier, meaning: str) -> None:
    conn.execute(
        sql.SQL("COMMENT ON {} {} IS {}").format(
            sql.SQL(what),
            name,
            sql.Literal(meaning),
        )
    )


def _meaning(table: EntityTable, name: str, facts: Mapping[str, object]) -> str:
    if name == table.id:
        return f"The repository's identifier of the {table.name.replace('_', ' ')}"
    if name in facts:
        return str(getattr(facts[name], "meaning", ""))
    owner = max((f for f in facts if name.startswith(f"{f}_")), key=len, default="")
    suffix = name[len(owner) + 1 :].replace("_", " ")
    return f"{getattr(facts.get(owner), 'meaning', owner)} ({suffix})"


def _described(contract: type[Entity]) -> list[dict[str, str]]:
    facts = columns_of(contract)
    table = EntityTable.of(contract)
    whole = entity_facts(contract)
    head = {"entity": whole.name, "doc": whole.doc, "title": whole.title, "when": table.when}
    return [head] + [
        {
            "name": name,
            "kind": kind.name,
            "sql": kind.sql,
            "meaning": _meaning(table, name, facts),
            "personal": facts[name].personal if name in facts else kind.personal,
        }
        for name, kind in table.content.items()
    ]


def _record(
    conn: psycopg.Connection,
    name: str,
    contract: type[Entity],
    described: list[dict[str, str]],
    fingerprint: str,
) -> None:
    whole = entity_facts(contract)
    conn.execute(
        """
        INSERT INTO watersmeet.entity (entity, title, version, meaning, columns, fingerprint)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (entity) DO UPDATE SET (title, version, meaning, columns, fingerprint,
            applied_at) = (EXCLUDED.title, EXCLUDED.version, EXCLUDED.meaning, EXCLUDED.columns,
            EXCLUDED.fingerprint, clock_timestamp())
        """,
        (name, whole.title, whole.version, whole.doc, Jsonb(described[1:]), fingerprint),
    )
