"""Finds a declared table or view in a database, and its columns; SQLAlchemy quotes their names."""

import difflib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.errors import Unreachable
from contracts.places import Database


@dataclass(frozen=True)
class Table:
    """A table or view as the database describes it.

    Attributes:
        clause: for statements; its columns bear no types, so that values come as the driver reads
            them.
        types: name to type of every column, in the database's order.
        wanted: names of the columns to fetch, in order.
        key: names of the columns that tell rows apart; none where nobody declares any.
    """

    clause: sa.TableClause
    types: dict[str, Any]
    wanted: tuple[str, ...]
    key: tuple[str, ...]


def found(conn: sa.Connection, place: Database) -> Table:
    """The table of a place.

    Raises:
        Unreachable: ``table-missing`` or ``column-missing``, with the nearest names; the name fits
            two tables.
        sqlalchemy.exc.DBAPIError: as the driver says it.
    """
    inspector = sa.inspect(conn)
    there = [
        (schema, name) for schema, name in _readings(place.table) if _has(inspector, name, schema)
    ]
    if not there:
        near = difflib.get_close_matches(place.table, _names(inspector, place.table), n=3)
        raise _wrong("table-missing", place, f"there is none of that name{_near(near)}")
    if len(there) > 1:
        raise _wrong("table-ambiguous", place, "a schema and a table's own name both fit it")
    [(schema, name)] = there
    with warnings.catch_warnings():
        # Of types SQLAlchemy does not know, which are read as text all the same.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        listed = inspector.get_columns(name, schema)
        types = {_read(conn, one["name"]): one["type"] for one in listed}
    asked = [*place.columns, *place.key, *([place.watermark.column] if place.watermark else [])]
    for column in asked:
        if column not in types:
            near = difflib.get_close_matches(column, types, n=3, cutoff=0.5)
            raise _wrong("column-missing", place, f"it has no column {column!r}{_near(near)}")
    declared = inspector.get_pk_constraint(name, schema)["constrained_columns"]
    key = place.key or tuple(_read(conn, one) for one in declared)
    clause = sa.table(name, *(sa.column(one) for one in types), schema=schema)
    return Table(clause, types, place.columns or tuple(types), key)


def _read(conn: sa.Connection, name: str) -> str:
    """A column's name: of MySQL's, SQLAlchemy leaves marks doubled, as the statement had them."""
    return name.replace("``", "`") if conn.dialect.name in ("mysql", "mariadb") else name


def _readings(declared: str) -> Iterator[tuple[str | None, str]]:
    """A name as a table's own, and at each dot as schema and table: both may hold dots."""
    yield None, declared
    for at, sign in enumerate(declared):
        if sign == "." and 0 < at < len(declared) - 1:
            yield declared[:at], declared[at + 1 :]


def _has(inspector: sa.Inspector, name: str, schema: str | None) -> bool:
    if schema is not None and schema not in inspector.get_schema_names():
        return False
    return inspector.has_table(name, schema)


def _names(inspector: sa.Inspector, declared: str) -> list[str]:
    """Names of what there is, written as the place writes its own."""
    schema = declared.partition(".")[0] if "." in declared else None
    if schema is not None and schema not in inspector.get_schema_names():
        schema = None
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    return [f"{schema}.{name}" if schema else name for name in names]


def _near(names: Iterable[str]) -> str:
    listed = " or ".join(repr(name) for name in names)
    return f"; is {listed} meant?" if listed else ""


def _wrong(code: str, place: Database, what: str) -> Unreachable:
    return Unreachable(
        code,
        f"Table {place.table} (connection {place.connection!r}): {what}. Correct the feed's place, "
        "or ask whoever runs the database; a login without rights does not see a table either.",
    )
