"""Rows as CSV (RFC 4180): UTF-8, commas, texts in quotes, so that a missing value differs from an
empty text."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from pipeline.export.facts import TableFacts
from transforms.steps.neutralise import neutralise

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass
class Written:
    """How many rows a file has, and how many of its texts got an apostrophe in front."""

    rows: int = 0
    neutralised: int = 0


def write_csv(
    path: Path, facts: TableFacts, batches: Iterable[pa.RecordBatch], *, exact: bool = False
) -> Written:
    """Write a CSV file.

    Args:
        exact: leave as it is what a spreadsheet would take for a formula.
    """
    schema = pa.schema([pa.field(one.name, _as_written(one.arrow)) for one in facts.columns])
    options = pacsv.WriteOptions(include_header=True, quoting_style="needed")
    done = Written()
    with pacsv.CSVWriter(path, schema, write_options=options) as writer:
        for batch in batches:
            columns = [_written(column, exact, done) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            done.rows += batch.num_rows
    return done


def _as_written(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_timestamp(kind) else kind


def _written(column: pa.Array, exact: bool, done: Written) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format=MOMENT)
    if exact or not pa.types.is_string(column.type):
        return column
    safe = neutralise(column)
    done.neutralised += pc.sum(pc.not_equal(safe, column)).as_py() or 0
    return safe
