"""Open tables in the database: views in a schema of their own, and the one role that reads them.

The role ``open_reader`` has no right on anything but schema ``open``: its views run with their
owner's rights, so that nothing behind them need be granted, and themselves hold every condition:
the feeds whose agreements let them be published, the agreements' dates, what is redacted.

===============  =================================================================================
view             holds
===============  =================================================================================
``<table>``      exactly the declared columns, ``supplied_by`` and ``as_at``
``_<table>``     the same, before them the row's place in the order that pages are cut by
                 (``_part``, ``_row``, ``_feed``). An identifier is a hash of the whole record, by
                 which guesses could be tried, so whoever serves pages must not show it. Its
                 rows come in that order
``__<table>``    the rows of which something is hidden, which ``_<table>`` has not
``_table``       a row for each open table: what is declared of it, and a fingerprint of that
``_source``      a row for each feed a table shows today: its last delivery and how fresh it is
===============  =================================================================================

Nothing of it is kept: the views are made anew from declarations, and go when those go.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from contracts.column import ColumnFacts
from contracts.declarations import Declarations
from contracts.entity import Entity, entity_facts
from contracts.kinds import Identifier, Kind, Money, Percentage
from contracts.model import canonical_columns, columns_of
from contracts.open_table import OpenTable
from contracts.open_table.checks import published_feeds
from repository.access.purposes import Grant
from repository.access.roles import AccessNotApplied, make_role
from repository.access.views import in_force, view_columns
from repository.open.redaction import kept, met, shown

SCHEMA = "open"
ROLE = "open_reader"
OURS = "Watersmeet: reads open tables and nothing else"
MEANING = "Tables published for everybody, as they stand; made from contracts/open. Standing: "
SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "transaction_timeout": "15min",
    "search_path": SCHEMA,
    "TimeZone": "UTC",
}
"""What a session of the role starts with; its connections are bounded too."""
CONNECTIONS = 40
BESIDE = {
    "supplied_by": (sql.Identifier("f", "organisation"), "The organisation that supplies the row"),
    "as_at": (sql.Identifier("e", "as_at"), "The date the delivery that brought the row speaks of"),
}
KEY = {
    "_part": "0, or 1 for rows of which something is hidden, which come after the others",
    "_row": "What rows are ordered by: the identifier, or a number made from it; never to be shown",
    "_feed": "The number of the feed: with the two before it the row's place in the order",
}
ROWS = sql.SQL(
    "SELECT {columns} FROM {store} e LEFT JOIN watersmeet.feed f ON f.feed_id = e.feed_id"
    " WHERE ({condition}) AND {kept} AND {which}"
)
SHUFFLED = sql.SQL(
    "encode(substring(sha256(convert_to((SELECT hash_seed FROM watersmeet.installation)::text"
    " || {}::text, 'UTF8')) FOR 16), 'hex')::uuid"
)
"""An identifier as a number that cannot be worked out from the row. Were rows with something hidden
ordered by their identifiers, which are hashes of what is hidden too, whoever guesses it could see
from the neighbours whether the guess is right."""
UNITS: Mapping[type[Kind], str] = {Money: "pounds", Percentage: "per cent"}
TOLD = {
    "name", "title", "description", "licence", "publisher", "publisher_url", "contact", "keywords",
    "frequency", "language",
}  # fmt: skip
"""What is told of a table as it was declared."""
LONGEST = 60
"""PostgreSQL cuts names at 63 bytes without a word."""

SOURCE = sql.SQL(
    "SELECT {name}::text AS open_table, f.name AS feed, f.organisation AS supplied_by,"
    " f.checked_at AS last_checked_at, f.latest_as_at, d.delivery_id, d.loaded_at,"
    " k.name AS kitemark"
    " FROM watersmeet.feed f"
    " LEFT JOIN LATERAL (SELECT max(delivery_id) AS delivery_id, max(loaded_at) AS loaded_at"
    "   FROM watersmeet.delivery WHERE feed_id = f.feed_id) d ON true"
    " LEFT JOIN LATERAL (SELECT m.name FROM watersmeet.kitemark m"
    "   JOIN watersmeet.delivery l USING (delivery_id) WHERE m.feed_id = f.feed_id"
    "   ORDER BY l.landed_at DESC, m.delivery_id DESC LIMIT 1) k ON true"
    " WHERE {condition}"
)


def apply_open_tables(
    conn: psycopg.Connection,
    declarations: Declarations,
    feeds: Mapping[str, int],
    secrets: Path,
    *,
    renew: bool = True,
) -> bool:
    """Bring schema ``open`` and its role to what is declared.

    Does nothing where they are so already; runs in the connection's transaction.

    Args:
        conn: a connection whose user owns the database and may create roles.
        declarations: open tables, feeds, agreements and entities.
        feeds: feed ids to their numbers.
        secrets: the private file for the role's password.
        renew: see :func:`repository.access.apply.apply_access`.

    Returns:
        Whether anything was changed.

    Raises:
        AccessNotApplied: the schema's or the role's name is taken by something else, or a table's
            name is too long.
    """
    wanted = {
        name: grants
        for name, table in sorted(declarations.open_tables.items())
        if not table.aggregated and (grants := _grants(table, declarations, feeds))
    }
    standing = _standing(conn)
    if not wanted and standing is None:
        return False
    if wanted:
        make_role(conn, ROLE, OURS, secrets, renew=renew, remedy="rename that role")
    database, now = _here(conn)
    made, facts = _statements(conn, declarations, wanted)
    granted = [one.as_string(conn) for one in _granted(database)]
    # Of one order whatever the order of declarations, so that the same gives the same.
    whole = json.dumps([made, facts, granted], sort_keys=True)
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()
    if standing == fingerprint:
        return False
    # What was published and must not be is gone even where somebody has built on it.
    conn.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA)))
    if not wanted:
        conn.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(ROLE)))
        return True
    conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
    made.append(_table_view(facts, now).as_string(conn))
    made += [*granted, _standing_as(fingerprint).as_string(conn)]
    for statement in made:
        conn.execute(statement.encode())
    return True


def _here(conn: psycopg.Connection) -> tuple[str, datetime]:
    """The database's name and the time by it."""
    row = conn.execute("SELECT current_database(), clock_timestamp()").fetchone()
    if row is None:
        raise LookupError("the database tells neither its name nor the time")
    return row


def _grants(
    table: OpenTable, declarations: Declarations, feeds: Mapping[str, int]
) -> tuple[Grant, ...]:
    """The feeds a table shows, each with the dates of its agreement."""
    return tuple(
        Grant(table.entity, feeds[name], frozenset(table.columns), agreement.start, agreement.end)
        for name, agreement in sorted(published_feeds(table, declarations).items())
        if name in feeds
    )


def _standing(conn: psycopg.Connection) -> str | None:
    """The fingerprint of what stands; None where nothing does."""
    row = conn.execute(
        "SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace"
        " WHERE nspname = %s",
        (SCHEMA,),
    ).fetchone()
    if row is None:
        return None
    ours, found, fingerprint = str(row[0]).partition(MEANING)
    if ours or not found:
        raise AccessNotApplied(
            f"the database has a schema {SCHEMA} that is not ours; rename it, it is wanted for "
            "open tables"
        )
    return fingerprint


def _statements(
    conn: psycopg.Connection,
    declarations: Declarations,
    wanted: Mapping[str, tuple[Grant, ...]],
) -> tuple[list[str], list[dict[str, Any]]]:
    """What makes the schema, as SQL, and the facts of its tables."""
    made: list[str] = []
    facts: list[dict[str, Any]] = []
    sources: list[sql.Composable] = []
    for name, grants in wanted.items():
        table = declarations.open_tables[name]
        entity = declarations.entities[table.entity]
        meanings = _meanings(table, grants, declarations)
        own = [one.as_string(conn) for one in _views(table, grants, meanings)]
        told = _facts(table, entity, meanings, declarations)
        told["state"] = hashlib.sha256(json.dumps([own, told]).encode()).hexdigest()
        made += own
        facts.append(told)
        sources.append(SOURCE.format(name=sql.Literal(name), condition=in_force(grants, "f")))
    if sources:
        view = sql.Identifier(SCHEMA, "_source")
        union = sql.SQL(" UNION ALL ").join(sources)
        made.append(
            sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}")
            .format(view, union)
            .as_string(conn)
        )
        said = "The feeds each open table shows today, their last deliveries and freshness"
        made.append(_comment("VIEW", view, said).as_string(conn))
    return made, facts


def _meanings(
    table: OpenTable, grants: tuple[Grant, ...], declarations: Declarations
) -> dict[str, str]:
    """The published columns in their order, each with its meaning."""
    if len(table.name) > LONGEST:
        raise AccessNotApplied(
            f"open table {table.name}: a name has at most {LONGEST} letters; shorten it"
        )
    entity = declarations.entities[table.entity]
    known = {one.name: one.meaning for one in view_columns(
        entity, grants, grants, declarations.entities)}  # fmt: skip
    return {name: known[name] for name in table.columns} | {k: v[1] for k, v in BESIDE.items()}


def _views(
    table: OpenTable, grants: tuple[Grant, ...], meanings: Mapping[str, str]
) -> list[sql.Composable]:
    """The views of a table, with their comments."""
    content = [
        sql.SQL("{} AS {}").format(shown(table, name, "e"), sql.Identifier(name))
        for name in table.columns
    ]
    content += [
        sql.SQL("{} AS {}").format(place, sql.Identifier(name))
        for name, (place, _) in BESIDE.items()
    ]

    def rows(which: sql.Composable, key: Sequence[sql.Composable] = ()) -> sql.Composed:
        return ROWS.format(
            columns=sql.SQL(", ").join([*key, *content]),
            store=sql.Identifier("store", table.entity),
            condition=in_force(grants, "e"),
            kept=kept(table, "e"),
            which=which,
        )

    bodies = {table.name: rows(sql.SQL("true")), **_placed(table, rows)}
    made: list[sql.Composable] = []
    for name, body in bodies.items():
        told = meanings if name == table.name else {**KEY, **meanings}
        view = sql.Identifier(SCHEMA, name)
        made.append(sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}").format(view, body))
        made.append(_comment("VIEW", view, f"{table.title}. {table.description.strip()}"))
        made += [
            _comment("COLUMN", sql.Identifier(SCHEMA, name, column), meaning)
            for column, meaning in told.items()
        ]
    return made


def placed(name: str, part: int) -> str:
    """The view of one part of a table's rows with their places; part 1 may not be there."""
    return f"{'_' * (part + 1)}{name}"


def _placed(table: OpenTable, rows: Callable[..., sql.Composed]) -> dict[str, sql.Composable]:
    """The views of rows with their places in the order pages are cut by, a view for each part.

    The order stands in the views: a condition passes a security barrier, an order asked for
    outside does not, and every page would read and sort the whole table.
    """
    identifier = sql.Identifier("e", f"{table.entity}_id")

    def part(number: int, row: sql.Composable, which: sql.Composable) -> sql.Composed:
        place = (sql.Literal(number), row, sql.Identifier("e", "feed_id"))
        key = [
            sql.SQL("{} AS {}").format(value, sql.Identifier(name))
            for name, value in zip(KEY, place, strict=True)
        ]
        return sql.SQL("{} ORDER BY {}, e.feed_id").format(rows(which, key), row)

    hiding = [met(rule, "e") for rule in table.disclosure.redact if rule.hide]
    if not hiding:
        return {placed(table.name, 0): part(0, identifier, sql.SQL("true"))}
    hidden = sql.SQL("({})").format(sql.SQL(" OR ").join(hiding))
    return {
        placed(table.name, 0): part(0, identifier, sql.SQL("NOT {}").format(hidden)),
        placed(table.name, 1): part(1, SHUFFLED.format(identifier), hidden),
    }


def _facts(
    table: OpenTable,
    entity: type[Entity],
    meanings: Mapping[str, str],
    declarations: Declarations,
) -> dict[str, Any]:
    """What the catalogue of open tables tells of one."""
    return {
        **table.model_dump(
            mode="json",
            include=TOLD,
        ),
        "caveats": entity_facts(entity).doc,
        "redacted": [
            {"columns": list(rule.hide), "reason": rule.reason} for rule in table.disclosure.redact
        ],
        "columns": [
            {"name": name, "meaning": meaning, **_type(name, entity, declarations)}
            for name, meaning in meanings.items()
        ],
    }


def _type(name: str, entity: type[Entity], declarations: Declarations) -> dict[str, str | None]:
    if name in BESIDE:
        sql_type = "date" if name == "as_at" else "text"
        return {"kind": sql_type, "type": sql_type, "unit": None, "code_list": None}
    facts: ColumnFacts | None = columns_of(entity).get(name)
    own = name == f"{entity_facts(entity).name}_id"
    kind = Identifier if own else canonical_columns(entity)[name]
    unit = facts.options.get("unit") if facts else None
    scheme = facts.options.get("scheme") if facts else None
    register = declarations.code_schemes.get(str(scheme))
    return {
        "kind": kind.name,
        "type": kind.sql,
        "unit": str(unit) if unit else UNITS.get(kind),
        "code_list": register.lists if register else scheme,
    }


def _table_view(facts: list[dict[str, Any]], declared_at: datetime) -> sql.Composable:
    """The catalogue of open tables; its rows stand in the view itself."""
    rows = [
        sql.SQL("({}::text, {}, {}::text)").format(
            sql.Literal(one["name"]),
            sql.Literal(Jsonb({k: v for k, v in one.items() if k != "state"})),
            sql.Literal(one["state"]),
        )
        for one in facts
    ]
    return sql.SQL(
        "CREATE VIEW {} WITH (security_barrier) AS SELECT name, facts, state,"
        " {}::timestamptz AS declared_at FROM (VALUES {}) AS t (name, facts, state)"
    ).format(sql.Identifier(SCHEMA, "_table"), sql.Literal(declared_at), sql.SQL(", ").join(rows))


def _granted(database: str) -> Iterator[sql.Composable]:
    """The role's rights, and how its sessions start."""
    schema, who, there = sql.Identifier(SCHEMA), sql.Identifier(ROLE), sql.Identifier(database)
    yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(there, who)
    yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, who)
    yield sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, who)
    yield sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(who, sql.Literal(CONNECTIONS))
    for name, value in SETTINGS.items():
        yield sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
            who, there, sql.Identifier(name), sql.Literal(value)
        )


def _standing_as(fingerprint: str) -> sql.Composable:
    return _comment("SCHEMA", sql.Identifier(SCHEMA), MEANING + fingerprint)


def _comment(what: str, name: sql.Identifier, meaning: str) -> sql.Composable:
    return sql.SQL("COMMENT ON {} {} IS {}").format(sql.SQL(what), name, sql.Literal(meaning))
