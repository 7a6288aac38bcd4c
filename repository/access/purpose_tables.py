"""The tables of a purpose as its analysts have them: which there are, their columns, their rows.

Rows are read with the analysts' own login, so that views, column grants and row policies decide
what comes out, and nothing else.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql

from repository.database import connect, parsed
from repository.state import read_private

BLOCK = 8 << 20
"""Bytes of text worked at a time, which is what bounds memory."""

UTC_TEXT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


class NoSuchTable(LookupError):
    """A purpose has no table, or a table no column, of a name; the message names what there is."""


class NoPassword(Exception):
    """The analysts' password is not in the private file; the message says what to do."""


class NotReadable(Exception):
    """A value cannot be taken over as what its column's type says."""


@dataclass(frozen=True)
class PurposeColumn:
    """One column as it is shown: name, PostgreSQL type, meaning."""

    name: str
    sql_type: str
    meaning: str

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type its values are read as; what Arrow has no like of is text."""
        return arrow_type(self.sql_type)


@dataclass(frozen=True)
class When:
    """Which state of a table: what was so on a date, as was known at a moment; now where None."""

    as_at: date | None = None
    as_known: datetime | None = None


@dataclass(frozen=True)
class Condition:
    """A column compared with a value, written as text of the column's type."""

    column: str
    sign: str
    value: str


SIGNS = ("=", "!=", "<=", ">=", "<", ">")


def arrow_type(sql_type: str) -> pa.DataType:
    """The Arrow type for a PostgreSQL type; text for what Arrow has no like of."""
    name, _, rest = sql_type.partition("(")
    if name == "numeric" and rest:
        precision, _, scale = rest.rstrip(")").partition(",")
        return pa.decimal128(int(precision), int(scale or 0))
    return {
        "date": pa.date32(),
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "smallint": pa.int16(),
        "boolean": pa.bool_(),
        "double precision": pa.float64(),
        "timestamp with time zone": pa.timestamp("us", "UTC"),
    }.get(name, pa.string())


def purposes_with(conn: psycopg.Connection, table: str) -> list[str]:
    """The purposes in force that have a table of a name; ``conn`` is the owner's."""
    rows = conn.execute(
        "SELECT p.purpose FROM watersmeet.purpose p JOIN pg_namespace n ON n.nspname = p.purpose"
        " JOIN pg_class c ON c.relnamespace = n.oid"
        " WHERE p.active AND c.relkind = 'v' AND c.relname = %s ORDER BY 1",
        (table,),
    )
    return [name for (name,) in rows]


def tables_of(conn: psycopg.Connection, purpose: str | None = None) -> list[tuple[str, str]]:
    """Purpose and table of all there are, or of one purpose; ``conn`` is the owner's."""
    return conn.execute(
        "SELECT p.purpose, c.relname::text FROM watersmeet.purpose p"
        " JOIN pg_namespace n ON n.nspname = p.purpose JOIN pg_class c ON c.relnamespace = n.oid"
        " WHERE p.active AND c.relkind = 'v' AND (%(p)s::text IS NULL OR p.purpose = %(p)s)"
        " ORDER BY 1, 2",
        {"p": purpose},
    ).fetchall()


def columns_of_table(conn: psycopg.Connection, purpose: str, table: str) -> list[PurposeColumn]:
    """The columns of a purpose's table, in their order.

    Raises:
        NoSuchTable: there is none.
    """
    rows = conn.execute(
        "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod),"
        " coalesce(col_description(a.attrelid, a.attnum), '')"
        " FROM pg_attribute a WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0"
        " AND NOT a.attisdropped ORDER BY a.attnum",
        (sql.Identifier(purpose, table).as_string(conn),),
    ).fetchall()
    if not rows:
        raise NoSuchTable(f"purpose {purpose} has no table {table}")
    return [PurposeColumn(*row) for row in rows]


def meaning_of_table(conn: psycopg.Connection, purpose: str, table: str) -> str:
    """What a purpose's table holds, as its comment says; empty where there is none."""
    row = conn.execute(
        "SELECT coalesce(obj_description(to_regclass(%s), 'pg_class'), '')",
        (sql.Identifier(purpose, table).as_string(conn),),
    ).fetchone()
    return row[0] if row else ""


def reads_as(conn: psycopg.Connection, column: PurposeColumn, value: str) -> bool:
    """Whether a text can be read as a value of a column's type."""
    row = conn.execute("SELECT pg_input_is_valid(%s, %s)", (value, column.sql_type)).fetchone()
    return row is not None and bool(row[0])


def has_past(conn: psycopg.Connection, purpose: str, table: str, when: When) -> bool:
    """Whether a purpose may ask for such a state of a table."""
    row = conn.execute(
        "SELECT to_regprocedure(%s) IS NOT NULL",
        (sql.Identifier(purpose, _function(table, when)).as_string(conn) + _takes(when),),
    ).fetchone()
    return row is not None and bool(row[0])


def _function(table: str, when: When) -> str:
    return f"{table}_as_known" if when.as_at is None else f"{table}_as_at"


def _takes(when: When) -> str:
    given = ("date" if when.as_at else "", "timestamptz" if when.as_known else "")
    return f"({', '.join(filter(None, given))})"


@contextmanager
def as_analyst(url: str, purpose: str, passwords: Path) -> Iterator[psycopg.Connection]:
    """A connection of those who read for a purpose: one transaction that reads, as of its start.

    Args:
        url: the repository's, of which host and database are taken.
        passwords: the private file of the analysts' passwords.

    Raises:
        NoPassword: it is not in the file.
        repository.problems.DatabaseDown
    """
    role = f"{purpose}_analyst"
    password = read_private(passwords).get(role)
    if password is None:
        raise NoPassword(
            f"the password of {role} is not in {passwords.name} of the state folder; export where "
            "the repository's passwords are kept, or run `watersmeet migrate` there"
        )
    own = parsed(url).set(username=role, password=password)
    with connect(own.render_as_string(hide_password=False)) as conn:
        conn.read_only = True
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.execute("SET LOCAL DateStyle TO 'ISO, YMD'")
        conn.execute("SET LOCAL extra_float_digits TO 1")
        yield conn


def rows_of_table(
    purpose: str,
    table: str,
    columns: Sequence[PurposeColumn],
    when: When,
    conditions: Sequence[Condition] = (),
) -> sql.Composed:
    """The query for the rows of a purpose's table, in no order.

    Args:
        columns: those wanted.
        when: a past state is asked of the functions ``<table>_as_at`` and ``<table>_as_known``.
    """
    source: sql.Composable = sql.Identifier(purpose, table)
    if when.as_at is not None or when.as_known is not None:
        given: list[sql.Composable] = []
        if when.as_at is not None:
            given.append(sql.SQL("{}::date").format(sql.Literal(when.as_at.isoformat())))
        if when.as_known is not None:
            moment = sql.Literal(when.as_known.isoformat())
            given.append(sql.SQL("{}::timestamptz").format(moment))
        source = sql.SQL("{}({})").format(
            sql.Identifier(purpose, _function(table, when)), sql.SQL(", ").join(given)
        )
    wanted: list[sql.Composable] = [
        sql.SQL("t.{} {} {}").format(
            sql.Identifier(one.column),
            sql.SQL("<>" if one.sign == "!=" else one.sign),
            sql.Literal(one.value),
        )
        for one in conditions
    ]
    return sql.SQL("SELECT {} FROM {} t WHERE {}").format(
        sql.SQL(", ").join(as_text(one, "t") for one in columns),
        source,
        sql.SQL(" AND ").join(wanted or [sql.SQL("true")]),
    )


def as_text(column: PurposeColumn, alias: str) -> sql.Composable:
    """A column so that its text is read as its Arrow type: moments in UTC."""
    name = sql.Identifier(alias, column.name)
    if column.sql_type == "timestamp with time zone":
        return sql.SQL("to_char({} AT TIME ZONE 'UTC', {}) AS {}").format(
            name, sql.Literal(UTC_TEXT), sql.Identifier(column.name)
        )
    return name


@contextmanager
def streamed(
    conn: psycopg.Connection, query: sql.Composable, schema: pa.Schema
) -> Iterator[Iterator[pa.RecordBatch]]:
    """The rows of a query in batches, as they come from the server.

    However many there are, memory holds a few blocks of them (8 MiB of text each). No row may be
    longer than a block.

    Args:
        query: gives the columns of ``schema`` in text that reads as their types.
    """
    made = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')").format(query)
    with conn.cursor() as cursor, cursor.copy(made) as copy:
        source = _Bytes(copy)
        try:
            with pacsv.open_csv(
                pa.PythonFile(source, mode="r"),
                read_options=pacsv.ReadOptions(block_size=BLOCK),
                parse_options=pacsv.ParseOptions(newlines_in_values=True),
                convert_options=pacsv.ConvertOptions(
                    column_types=schema,
                    null_values=[""],
                    strings_can_be_null=True,
                    # An empty text is written in quotes, a missing value without.
                    quoted_strings_can_be_null=False,
                    true_values=["t"],
                    false_values=["f"],
                ),
            ) as reader:
                yield _batches(reader, schema)
        finally:
            source.drain()


def _batches(reader: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        for batch in reader:
            if batch.num_rows:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except pa.ArrowInvalid:
        problem = NotReadable(
            "the database gave a value that is none of its column's type, such as the date "
            "'infinity', or a row longer than 8 MiB"
        )
        # What Arrow says quotes the value.
        raise problem from None


class _Bytes(io.RawIOBase):
    """The bytes of a COPY as a file that is read once, in as large pieces as are asked for."""

    def __init__(self, copy: Any) -> None:
        self._copy = copy
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """So many bytes; fewer at the end only."""
        parts: list[Any] = [self._rest]
        held = len(self._rest)
        while not self._ended and (size < 0 or held < size):
            # The server sends row by row.
            piece = self._copy.read()
            self._ended = not piece
            parts.append(piece)
            held += len(piece)
        whole = b"".join(parts)
        given = whole if size < 0 else whole[:size]
        self._rest = whole[len(given) :]
        return given

    def drain(self) -> None:
        """Give out nothing more."""
        self._ended, self._rest = True, b""
