"""The rows an open table is published from, and what stands behind them.

The conditions are those of the views in schema ``open`` (:mod:`repository.open.tables`), made by
the same code; here from the declarations themselves, so that a release never follows a view that
was not brought along yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from contracts.declarations import Declarations
from contracts.entity import Entity
from contracts.model import canonical_columns
from contracts.open_table import Grouping, OpenTable
from contracts.open_table.checks import published_feeds
from repository.access.purposes import Grant
from repository.access.views import in_force
from repository.open.redaction import kept, met, shown

TOTALLED = "_totalled"
"""Column of :func:`grouped`: which groupings a row totals, one bit each, the last the lowest."""
COUNT = "_rows"
"""Column of :func:`grouped`: rows of the group."""


@dataclass(frozen=True)
class Redacted:
    """How many rows a redaction rule met; ``reason`` and ``column`` as declared."""

    column: str
    reason: str
    hides: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Smallest:
    """How small the groups are that quasi-identifiers make: of all, the smallest, and below k."""

    groups: int
    smallest: int
    groups_below: int
    rows_below: int


def grants_of_table(
    conn: psycopg.Connection, table: OpenTable, declarations: Declarations, today: date
) -> tuple[Grant, ...]:
    """The feeds a table may be published from on a day, with the dates of their agreements."""
    numbers: dict[str, int] = dict(
        conn.execute("SELECT name, feed_id FROM watersmeet.feed").fetchall()
    )
    return tuple(
        Grant(table.entity, numbers[name], frozenset(table.read), agreement.start, agreement.end)
        for name, agreement in published_feeds(table, declarations).items()
        if name in numbers and agreement.active_on(today)
    )


def rows(table: OpenTable, grants: Sequence[Grant]) -> sql.Composed:
    """The query for a table's rows as they are published, in an order that is always the same.

    Columns: those declared, ``supplied_by``, ``as_at``.
    """
    columns: list[sql.Composable] = [
        sql.SQL("{} AS {}").format(shown(table, name, "e"), sql.Identifier(name))
        for name in table.columns
    ]
    columns += [sql.SQL("f.organisation AS supplied_by"), sql.SQL("e.as_at AS as_at")]
    order = (sql.SQL("{}::text COLLATE \"C\"").format(sql.Identifier("p", name))
             for name in (*table.columns, "supplied_by", "as_at"))  # fmt: skip
    return sql.SQL("SELECT * FROM (SELECT {} {}) p ORDER BY {}").format(
        sql.SQL(", ").join(columns), _source(table, grants), sql.SQL(", ").join(order)
    )


def grouped(table: OpenTable, grants: Sequence[Grant], entity: type[Entity]) -> sql.Composed:
    """The query for the groups of an aggregated table and the totals over every grouping.

    Columns: the groupings (null where totalled), :data:`TOTALLED`, :data:`COUNT`, and the sums by
    the names of their measures.
    """
    groups = [_grouping(one) for one in table.group_by]
    columns: list[sql.Composable] = [
        sql.SQL("{} AS {}").format(group, sql.Identifier(one.name))
        for group, one in zip(groups, table.group_by, strict=True)
    ]
    listed = sql.SQL(", ").join(groups)
    columns.append(sql.SQL("GROUPING({}) AS {}").format(listed, sql.Identifier(TOTALLED)))
    columns.append(sql.SQL("count(*) AS {}").format(sql.Identifier(COUNT)))
    columns += [
        sql.SQL("sum({})::{} AS {}").format(
            sql.Identifier("e", one.sum), _sum_type(entity, one.sum), sql.Identifier(one.name)
        )
        for one in table.measures
        if one.sum is not None
    ]
    return sql.SQL("SELECT {} {} GROUP BY CUBE ({})").format(
        sql.SQL(", ").join(columns), _source(table, grants), listed
    )


def redacted(
    conn: psycopg.Connection, table: OpenTable, grants: Sequence[Grant]
) -> tuple[list[Redacted], int]:
    """How many rows each redaction rule met, and how many were left out altogether."""
    rules = table.disclosure.redact
    counts: list[sql.Composable] = [
        sql.SQL("count(*) FILTER (WHERE {})").format(met(rule, "e")) for rule in rules
    ]
    counts.append(sql.SQL("count(*) FILTER (WHERE NOT ({}))").format(kept(table, "e")))
    query = sql.SQL("SELECT {} {}").format(
        sql.SQL(", ").join(counts), _source(table, grants, redacting=False)
    )
    found = conn.execute(query).fetchone() or ()
    told = [
        Redacted(rule.column, rule.reason, rule.hide, count)
        for rule, count in zip(rules, found, strict=False)
    ]
    return told, int(found[-1])


def smallest_group(conn: psycopg.Connection, table: OpenTable, grants: Sequence[Grant]) -> Smallest:
    """How many published rows share each combination of the declared quasi-identifiers."""
    names = table.disclosure.quasi_identifiers
    listed = sql.SQL(", ").join(shown(table, name, "e") for name in names)
    query = sql.SQL(
        "SELECT count(*), coalesce(min(n), 0), count(*) FILTER (WHERE n < {k}),"
        " coalesce(sum(n) FILTER (WHERE n < {k}), 0)"
        " FROM (SELECT count(*) AS n {source} GROUP BY {listed}) g"
    ).format(k=sql.Literal(table.disclosure.k), source=_source(table, grants), listed=listed)
    row = conn.execute(query).fetchone()
    assert row is not None
    return Smallest(*(int(one) for one in row))


def deliveries(
    conn: psycopg.Connection, table: OpenTable, grants: Sequence[Grant]
) -> list[dict[str, Any]]:
    """The deliveries that published rows are from, with their files: ``delivery_id``, ``feed``,
    ``organisation``, ``name``, ``as_at``, ``landed_at``, ``contract``, ``contract_version``,
    ``steps_version``, ``code_version``, ``agreement``, ``rows``, ``files`` (name, bytes, sha256).
    """
    query = sql.SQL(
        "SELECT d.delivery_id, f.name AS feed, f.organisation, d.name, d.as_at, d.landed_at,"
        " d.contract, d.contract_version, d.steps_version, d.code_version, d.agreement, b.rows,"
        " (SELECT jsonb_agg(jsonb_build_object('name', l.name, 'bytes', l.bytes, 'sha256',"
        "  encode(l.sha256, 'hex')) ORDER BY l.number)"
        "  FROM watersmeet.delivery_file l WHERE l.delivery_id = d.delivery_id) AS files"
        " FROM (SELECT e.delivery_id, count(*) AS rows {source} GROUP BY e.delivery_id) b"
        " JOIN watersmeet.delivery d USING (delivery_id)"
        " JOIN watersmeet.feed f ON f.feed_id = d.feed_id ORDER BY f.name, d.delivery_id"
    ).format(source=_source(table, grants))
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


def types_of(
    conn: psycopg.Connection, table: OpenTable, grants: Sequence[Grant], entity: type[Entity]
) -> Mapping[str, str]:
    """The PostgreSQL type of each column :func:`rows` or :func:`grouped` gives, in their order."""
    query = grouped(table, grants, entity) if table.aggregated else rows(table, grants)
    with conn.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM ({}) t LIMIT 0").format(query))
        told = cursor.description or []
        types = cursor.execute(
            "SELECT format_type(t, nullif(m, -1)) FROM unnest(%s::oid[], %s::int[])"
            " WITH ORDINALITY AS u (t, m, n) ORDER BY n",
            ([one.type_code for one in told], [_modifier(one) for one in told]),
        ).fetchall()
    return {one.name: found for one, (found,) in zip(told, types, strict=True)}


def _modifier(column: psycopg.Column) -> int:
    if column.precision is None:
        return -1
    return (column.precision << 16 | (column.scale or 0)) + 4


def _sum_type(entity: type[Entity], column: str) -> sql.SQL:
    """The type of a sum, which PostgreSQL by itself forgets the places of."""
    scale = getattr(canonical_columns(entity)[column].arrow, "scale", None)
    places: dict[int | None, sql.SQL] = {
        None: sql.SQL("bigint"),
        2: sql.SQL("numeric(38,2)"),
        6: sql.SQL("numeric(38,6)"),
    }
    return places[scale]


def _grouping(group: Grouping) -> sql.Composable:
    name = sql.Identifier("e", group.column)
    if group.by is None:
        return name
    return sql.SQL("date_trunc({}, {}::timestamp)::date").format(sql.Literal(group.by), name)


def _source(table: OpenTable, grants: Sequence[Grant], *, redacting: bool = True) -> sql.Composed:
    return sql.SQL(
        "FROM {} e JOIN watersmeet.feed f ON f.feed_id = e.feed_id WHERE ({}) AND {}"
    ).format(
        sql.Identifier("store", table.entity),
        in_force(grants, "e"),
        kept(table, "e") if redacting else sql.SQL("true"),
    )
