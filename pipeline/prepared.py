"""What a walk yields: batches worked up to split, and what became of each table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.read.batch import Batch
from transforms.mapping import Mapping
from transforms.steps.issues import SCHEMA as ISSUES
from transforms.steps.parse import Reading
from transforms.steps.select import Written
from transforms.steps.split import QUARANTINE
from transforms.values.parsed import Values

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

CORRECTED: pa.Schema = pa.schema([pa.field("row", pa.int32()), pa.field("correction", pa.int32())])
EXCLUDED: pa.Schema = pa.schema([pa.field("row", pa.int32()), pa.field("reason", pa.string())])


@dataclass
class Prepared:
    """One batch of a table, worked up to split.

    Attributes:
        table_number: from 1, in :attr:`Walk.tables`.
        rows: source rows of all its records that were not skipped (good, quarantined, excluded).
        hashes: their record hashes.
        good: source rows of the good ones.
        entities: good rows: ``entity`` or ``entity:role`` to a table with ``row``,
            ``<entity>_id`` and the canonical columns. An entity other than the main one stands
            once for each identity, with the first row that speaks of it.
        quarantined: ``row``, ``record`` (JSON object of written text by contract column),
            ``codes``.
        quarantined_ids: identifiers of main entities in quarantine, where they can be told.
        quarantined_id_rows: their source rows.
        issues: ``row``, ``column``, ``position``, ``code``.
        excluded: ``row``, ``reason``.
        skipped: records left out because their hash is known.
        skipped_hashes: their hashes.
        corrected: ``row`` and ``correction`` of the records that were corrected.
    """

    table_number: int
    rows: Int32s
    hashes: Int64s
    good: Int32s
    entities: dict[str, pa.Table]
    quarantined: pa.Table
    quarantined_ids: Values
    issues: pa.Table
    excluded: pa.Table
    skipped: int
    skipped_hashes: Int64s
    _written: dict[str, Written] = field(repr=False)
    _readings: dict[str, Reading] = field(repr=False)
    _good: Any = field(default=None, repr=False)
    corrected: pa.Table = field(default_factory=CORRECTED.empty_table)
    quarantined_id_rows: Int32s = field(default_factory=lambda: np.zeros(0, np.int32))

    @cached_property
    def written(self) -> pa.Table:
        """Good rows: ``row`` and the text as it stood, by contract column."""
        columns = {name: self._of_good(column.values) for name, column in self._written.items()}
        return pa.table({"row": pa.array(self.good), **columns})

    @cached_property
    def canonical(self) -> pa.Table:
        """Good rows: ``row`` and the dataset's canonical columns, companions among them."""
        columns: dict[str, Any] = {"row": pa.array(self.good)}
        for name, reading in self._readings.items():
            columns[name] = self._of_good(reading.values)
            columns |= {
                f"{name}_{suffix}": self._of_good(values)
                for suffix, values in reading.companions.items()
            }
        return pa.table(columns)

    def _of_good(self, values: Values) -> Values:
        """Of the values of all records, those of the good ones; seldom asked for."""
        return values if self._good is None else values.filter(self._good)


@dataclass
class TableReading:
    """One table of the delivery and what became of it; counts grow while it is walked.

    Attributes:
        number: from 1; None where the table is not read.
        reason: why it is not read.
        mapping: how its columns answer to the contract; None where it is not read.
        places: what names a cell of it (:attr:`connectors.read.SourceTable.places`).
    """

    number: int | None
    file: str
    sheet: str | None
    kind: str
    encoding: str | None
    delimiter: str | None
    notes: tuple[str, ...]
    mapping: Mapping | None
    reason: str | None = None
    places: dict[str, Any] = field(default_factory=dict)
    rows_good: int = 0
    rows_quarantined: int = 0
    rows_excluded: int = 0
    rows_skipped: int = 0

    @property
    def header_row(self) -> int | None:
        """1-based source row of the header; None where there is none."""
        return (self.mapping.header_row or None) if self.mapping else None

    @property
    def rows_read(self) -> int:
        """All records but the header's."""
        return self.rows_good + self.rows_quarantined + self.rows_excluded + self.rows_skipped


def excluded_rows(found: Sequence[tuple[int, str]]) -> pa.Table:
    """Rows and why they are no records, sorted."""
    rows, reasons = zip(*sorted(found), strict=True) if found else ((), ())
    return pa.table([pa.array(rows, pa.int32()), pa.array(reasons, pa.string())], schema=EXCLUDED)


def parts(batch: Batch, most: int) -> Iterator[Batch]:
    """A batch in parts of at most ``most`` rows: what the steps make of a row is many times
    its text."""
    size = len(batch.rows)
    if size <= most:
        yield batch
        return
    for start in range(0, size, most):
        end = min(start + most, size)
        first, last = int(batch.rows[start]), int(batch.rows[end - 1])
        yield Batch(
            batch.table.slice(start, end - start),
            batch.rows[start:end],
            batch.hashes[start:end],
            batch.skipped if start == 0 else 0,
            batch.skipped_hashes if start == 0 else batch.skipped_hashes[:0],
            [(row, code) for row, code in batch.problems if first <= row <= last],
        )


def joined(batches: Iterable[Batch], least: int) -> Iterator[Batch]:
    """Batches of at least so many rows but for the last: where most records are known, few are left
    of each, and a batch costs the steps the same however small it is."""
    held: list[Batch] = []
    for batch in batches:
        held.append(batch)
        del batch
        if sum(len(one.rows) for one in held) >= least:
            whole = _one(held)
            held = []
            yield whole
            del whole
    if held:
        yield _one(held)


def _one(batches: Sequence[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    return Batch(
        pa.concat_tables([one.table for one in batches], promote_options="default"),
        np.concatenate([one.rows for one in batches]),
        np.concatenate([one.hashes for one in batches]),
        sum(one.skipped for one in batches),
        np.concatenate([one.skipped_hashes for one in batches]),
        [problem for one in batches for problem in one.problems],
    )


def declared_no_records(reading: TableReading, rows: Sequence[int]) -> Prepared:
    """The rows that the feed declares to be no records, such as a trailer record."""
    nothing = np.zeros(0, np.int32)
    return Prepared(
        table_number=reading.number or 0,
        rows=np.array(sorted(rows), np.int32),
        hashes=np.zeros(len(rows), np.int64),
        good=nothing,
        entities={},
        quarantined=QUARANTINE.empty_table(),
        quarantined_ids=pa.nulls(0, pa.binary(16)),
        issues=ISSUES.empty_table(),
        excluded=excluded_rows([(row, "declared") for row in rows]),
        skipped=0,
        skipped_hashes=np.zeros(0, np.int64),
        _written={},
        _readings={},
    )
