"""A comparison from end to end."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.diff.comparing import Comparison, Difference, comparing
from pipeline.diff.sides import Side, side
from pipeline.export.exporting import record_derived, write_file
from pipeline.export.facts import ColumnFacts, TableFacts
from pipeline.settings import Settings


class NotComparable(Exception):
    """A file holds what it should not; the message says what to look at, and no value."""


MEANINGS = {
    "change": "added, removed or changed",
    "copies": "How many rows like it",
    "column": "The column that differs",
    "before": "What it was; empty where it had no value",
    "after": "What it is; empty where it has no value",
}


def diff(
    a: str,
    b: str,
    *,
    by: str,
    key: Sequence[str] | None = None,
    purpose: str | None = None,
    every_column: bool = False,
    to: Path | None = None,
    releases: Path | None = None,
) -> Difference:
    """What differs between two sides.

    States of a table are read as the analysts of the purpose read them.

    Args:
        a, b: see :func:`pipeline.diff.sides.side`.
        by: who compares; recorded where a file is written.
        key: columns that tell rows apart; None: what the sides know of; empty: rows as a whole.
        to: a Parquet, CSV or xlsx file for all that differs.

    Raises:
        pipeline.diff.sides.UnusableSide, pipeline.diff.comparing.NoKey, NotComparable
        What :func:`pipeline.export.exporting.read_to_parquet` raises.
    """
    with _scratch() as folder:
        sides = side(a, folder, purpose, releases), side(b, folder, purpose, releases)
        try:
            with comparing(*sides, key, folder, every_column=every_column) as comparison:
                found = comparison.difference()
                if to is not None:
                    _write(comparison, to, sides, by)
                return found
        except duckdb.Error as error:
            kind = type(error).__name__
        # Outside of the handler, since DuckDB's own error quotes the value.
        raise NotComparable(
            f"{a} and {b} cannot be compared ({kind}): a value in a CSV file is none of the type "
            "its metadata says, a line has too few cells, or the disk is full"
        )


def _write(comparison: Comparison, to: Path, sides: tuple[Side, Side], by: str) -> None:
    schema, batches = comparison.everything()
    columns = tuple(
        ColumnFacts(name, MEANINGS.get(name, ""), "bigint" if name == "copies" else "text",
                    pa.int64() if name == "copies" else pa.string())
        for name in schema.names
    )  # fmt: skip
    facts = TableFacts(
        name="differences",
        title=f"What differs between {sides[0].told} and {sides[1].told}",
        meaning="Every value that differs." if comparison.key else "Every row that differs.",
        columns=columns,
        key=(),
        made_at=datetime.now(UTC),
    )
    plain = pa.schema([pa.field(one.name, one.arrow) for one in columns])
    cast = (pa.Table.from_batches([batch]).cast(plain).combine_chunks() for batch in batches)
    rows = (batch for table in cast for batch in table.to_batches())
    written = write_file(to, facts, rows)
    for one in sides:
        if one.request is not None and one.asked is not None:
            record_derived(one.request, one.asked, to, written, by)


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Settings.from_environment().scratch / f"diff-{secrets.token_hex(6)}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
