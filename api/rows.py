"""Rows of an open table, out of PostgreSQL as Arrow batches."""

from collections.abc import Iterator, Sequence

import psycopg
import pyarrow as pa
import pyarrow.csv as pc
from psycopg import sql

from api.catalogue import Column, Table
from api.filters import Asked
from repository.open.tables import SCHEMA, placed

KEY = {"_part": pa.int16(), "_row": pa.string(), "_feed": pa.int16()}
"""A row's place in the order; taken off before anything is shown."""
BATCH_ROWS = 16_384
BATCH_BYTES = 4 << 20
TYPES = {"text": pa.string(), "uuid": pa.string(), "date": pa.date32(), "bigint": pa.int64(),
         "boolean": pa.bool_()}  # fmt: skip


def query(table: Table, asked: Asked, part: int, limit: int | None) -> sql.Composed:
    """The rows asked for of one part of a table, in their order, which is that of the view.

    Pages begin after a place, never at a number of rows: however many rows come and go meanwhile,
    each row that was there all the while stands on exactly one page.
    """
    conditions: list[sql.Composable] = [sql.SQL("true"), *asked.conditions]
    if asked.after is not None and asked.after.part == part:
        place = sql.SQL("(_row, _feed) > ({}::uuid, {}::smallint)")
        conditions.append(place.format(sql.Literal(asked.after.row), sql.Literal(asked.after.feed)))
    end = sql.SQL("") if limit is None else sql.SQL(" LIMIT {}").format(sql.Literal(limit))
    return sql.SQL("SELECT {} FROM {} WHERE {}{}").format(
        sql.SQL(", ").join(map(sql.Identifier, [*KEY, *(one.name for one in asked.columns)])),
        sql.Identifier(SCHEMA, placed(table.name, part)),
        sql.SQL(" AND ").join(conditions),
        end,
    )


def rows(conn: psycopg.Connection, table: Table, asked: Asked) -> Iterator[pa.Table]:
    """The rows asked for, some at a time, with the key's columns before the others; of a page, one
    row more than it has, where there is one."""
    left = None if asked.limit is None else asked.limit + 1
    for part in range(asked.after.part if asked.after else 0, table.parts):
        for batch in batches(conn, query(table, asked, part, left), asked.columns):
            yield batch
            left = None if left is None else left - len(batch)
        if left == 0:
            return


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of columns, each with its meaning."""
    return pa.schema(
        [pa.field(one.name, _type(one), metadata={"meaning": one.meaning}) for one in columns]
    )


def batches(
    conn: psycopg.Connection, wanted: sql.Composed, columns: Sequence[Column]
) -> Iterator[pa.Table]:
    """What a query gives, some rows at a time, with the key's columns before the others.

    PostgreSQL sends it as text, a row a message, and PyArrow reads it: several times faster than
    making Python values of every field.
    """
    types = {**KEY, **{one.name: _type(one) for one in columns}}
    copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(wanted)
    with conn.cursor() as cursor, cursor.copy(copy) as sent:
        rows: list[bytes] = []
        size = 0
        for row in sent:
            rows.append(bytes(row))
            size += len(row)
            if len(rows) == BATCH_ROWS or size > BATCH_BYTES:
                yield _read(b"".join(rows), types)
                rows, size = [], 0
        if rows:
            yield _read(b"".join(rows), types)


def _read(text: bytes, types: dict[str, pa.DataType]) -> pa.Table:
    return pc.read_csv(
        pa.BufferReader(text),
        pc.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=list(types)),
        pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        # An empty field is no value, and "" an empty text.
        pc.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _type(column: Column) -> pa.DataType:
    if column.family == "numeric":
        return pa.decimal128(18, column.scale)
    return TYPES[column.family]
