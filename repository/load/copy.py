"""Arrow tables into PostgreSQL by binary COPY."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pgpq
import psycopg
import pyarrow as pa
from pgpq.encoders import LargeStringEncoderBuilder, StringEncoderBuilder
from pgpq.schema import Jsonb
from psycopg import sql

if TYPE_CHECKING:
    from pgpq._pgpq import EncoderBuilder

SLICE = 32_768
"""Rows encoded at a time: bounds the encoded bytes held in memory."""


def copy_in(
    conn: psycopg.Connection,
    target: sql.Composable,
    table: pa.Table,
    *,
    json: Sequence[str] = (),
    freeze: bool = False,
) -> int:
    """Append a table to a database table; the rows the database says it took.

    Args:
        conn: a connection in a transaction.
        target: the database table.
        table: columns named as the target's and of types that answer to theirs.
        json: text columns to be stored as JSON.
        freeze: the target was made in this transaction.
    """
    if not table.num_rows:
        return 0
    encoders = {column.name: _encoder(column, column.name in json) for column in table.schema}
    encoder = pgpq.ArrowToPostgresBinaryEncoder.new_with_encoders(table.schema, encoders)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary{})").format(
        target,
        sql.SQL(", ").join(map(sql.Identifier, table.column_names)),
        sql.SQL(", FREEZE" if freeze else ""),
    )
    with conn.cursor() as cursor:
        with cursor.copy(command) as copy:
            copy.write(encoder.write_header())
            for batch in table.to_batches(max_chunksize=SLICE):
                copy.write(encoder.write_batch(batch))
            copy.write(encoder.finish())
        return cursor.rowcount


def _encoder(column: pa.Field, as_json: bool) -> "EncoderBuilder":
    if not as_json:
        return pgpq.ArrowToPostgresBinaryEncoder.infer_encoder(column)
    if pa.types.is_large_string(column.type):
        return LargeStringEncoderBuilder.new_with_output(column, Jsonb())
    return StringEncoderBuilder.new_with_output(column, Jsonb())


def shaped(table: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    """A table with exactly these columns and types; a column it lacks is null.

    Text may stay in Arrow's large form; both encode alike.
    """
    columns = []
    for name, kind in types.items():
        place = table.schema.get_field_index(name)
        if place < 0:
            columns.append(pa.nulls(table.num_rows, kind))
            continue
        column = table.column(place)
        alike = pa.types.is_large_string(column.type) and pa.types.is_string(kind)
        columns.append(column if alike or column.type == kind else column.cast(kind))
    return pa.table(columns, names=list(types))
