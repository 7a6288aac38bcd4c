"""Rows as Parquet: row groups of bounded size, what is known of each column in the metadata."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.export.facts import TableFacts

GROUP = 65_536
"""Rows of a row group; so many are held at a time."""


def write_parquet(
    path: Path, facts: TableFacts, batches: Iterable[pa.RecordBatch], *, timed: bool = True
) -> int:
    """Write a Parquet file; how many rows it has."""
    schema, rows, held = facts.schema(timed=timed), 0, 0
    waiting: list[pa.RecordBatch] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            waiting.append(batch)
            held += batch.num_rows
            rows += batch.num_rows
            if held >= GROUP:
                writer.write_table(_table(waiting, schema), row_group_size=GROUP)
                waiting, held = [], 0
        if waiting:
            writer.write_table(_table(waiting, schema), row_group_size=GROUP)
    return rows


def _table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches).cast(schema)
