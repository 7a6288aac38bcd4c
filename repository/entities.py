"""Entity tables, as the entity contracts ask for them.

For every entity there is ``store.<entity>`` with the current rows, partitioned by feed, and
``history.<entity>`` with the rows that were current before, each with the time it was
(``known_during``, database clock). Both carry, beside the contract's canonical columns:

=============  ===========================================================================
record_hash    hash of the record as written, mixed with what decided how it was read
known_from     from when on the repository knew the row as it is (store only)
delivery_id    the delivery that brought it
row_number     the row of that delivery
upheld_by      the delivery the row stands or falls with: the one that brought it, or the last of
               another name that repeated it
feed_id        the feed
<entity>_id    the repository's identifier
role           the role the entity plays in that row, where the contract names one
=============  ===========================================================================
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from contracts.entity import Entity, entity_facts
from contracts.kinds import Identifier, Kind
from contracts.model import canonical_columns, columns_of

TECHNICAL = {
    "record_hash": "bigint",
    "known_from": "timestamptz",
    "delivery_id": "integer",
    "row_number": "integer",
    "upheld_by": "integer",
    "feed_id": "smallint",
    "role": "text",
}
ENDING = {"known_during": "tstzrange", "ended_by": "integer", "ending": "text"}
MEANINGS = {
    "record_hash": "Hash of the record as written, mixed with what decided how it was read",
    "known_from": "From when on the repository knew the row as it is (database clock)",
    "delivery_id": "The delivery that brought the row",
    "row_number": "The row of that delivery",
    "upheld_by": "The delivery the row stands or falls with: the one that brought it, or the last "
    "of another name that repeated it",
    "feed_id": "The feed that supplies the row",
    "role": "The role the entity plays in that row",
    "known_during": "While the repository knew the row as it is (database clock)",
    "ended_by": "The delivery that changed or ended the row",
    "ending": "changed: another version followed; gone: the source no longer holds it",
}


class MigrationNeeded(Exception):
    """An entity contract and its tables differ in a way that does not migrate itself."""


@dataclass(frozen=True)
class EntityTable:
    """What the tables of one entity look like.

    Attributes:
        name: the entity.
        content: canonical columns, name to kind.
    """

    name: str
    content: Mapping[str, type[Kind]]

    @classmethod
    def of(cls, contract: type[Entity]) -> "EntityTable":
        """The tables a contract asks for."""
        return cls(entity_facts(contract).name, canonical_columns(contract))

    @property
    def id(self) -> str:
        """The identifier's column."""
        return f"{self.name}_id"

    @cached_property
    def store_columns(self) -> dict[str, str]:
        """Columns of the store table in their order, name to PostgreSQL type.

        Fixed-width columns come first, in an order that needs no padding.
        """
        first = {k: TECHNICAL[k] for k in ("record_hash", "known_from", "delivery_id")}
        then = {k: TECHNICAL[k] for k in ("row_number", "upheld_by", "feed_id")}
        content = {name: kind.sql for name, kind in self.content.items() if name != self.id}
        return {**first, **then, self.id: Identifier.sql, "role": "text", **content}

    @property
    def history_columns(self) -> dict[str, str]:
        """Columns of the history table in their order, name to PostgreSQL type."""
        kept = {k: v for k, v in self.store_columns.items() if k != "known_from"}
        return {**kept, **ENDING}

    @property
    def content_columns(self) -> list[str]:
        """The columns that make a row's content: those that count when rows are compared."""
        return [name for name in self.content if name != self.id]

    @property
    def store(self) -> sql.Identifier:
        """The current rows' table."""
        return sql.Identifier("store", self.name)

    @property
    def history(self) -> sql.Identifier:
        """The former rows' table."""
        return sql.Identifier("history", self.name)

    def partition_name(self, feed_id: int) -> str:
        """The name of a feed's partition of the store table."""
        return f"{self.name}_feed_{feed_id}"

    def partition(self, feed_id: int) -> sql.Identifier:
        """A feed's partition of the store table."""
        return sql.Identifier("store", self.partition_name(feed_id))


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
    clash = sorted(set(table.content) & {*TECHNICAL, *ENDING})
    if clash:
        raise MigrationNeeded(
            f"entity {table.name}: the names {', '.join(clash)} are taken by the repository; "
            "rename these attributes in the contract"
        )
    _ensure_one(conn, "store", table, table.store_columns)
    _ensure_one(conn, "history", table, table.history_columns)
    facts = columns_of(contract)
    for schema, names in (("store", table.store_columns), ("history", table.history_columns)):
        whole = sql.Identifier(schema, table.name)
        doc = entity_facts(contract).doc or entity_facts(contract).title
        _comment(conn, "TABLE", whole, doc)
        for name in names:
            meaning = MEANINGS.get(name) or _meaning(table, name, facts)
            _comment(conn, "COLUMN", sql.Identifier(schema, table.name, name), meaning)


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
    wrong += [f"{name} is no longer declared" for name in standing if name not in wanted]
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
    required = {*TECHNICAL, *ENDING, table.id}
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
        key = sql.SQL("PRIMARY KEY ({}, feed_id)").format(sql.Identifier(table.id))
        tail = sql.SQL(" PARTITION BY LIST (feed_id)")
    else:
        key = sql.SQL("PRIMARY KEY ({}, feed_id, known_during WITHOUT OVERLAPS)").format(
            sql.Identifier(table.id)
        )
        tail = sql.SQL("")
    conn.execute(
        sql.SQL("CREATE TABLE {} ({}, {}){}").format(
            sql.Identifier(schema, table.name), sql.SQL(", ").join(columns), key, tail
        )
    )
    if schema == "history":
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
    head = {"entity": whole.name, "doc": whole.doc, "title": whole.title}
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
