"""Corrections and waivers on the way of a batch: where they apply, and rows they were met in."""

from collections.abc import Mapping as Columns
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from contracts.column import ColumnFacts
from contracts.entity import Entity
from pipeline.prepared import CORRECTED, Int32s, Int64s
from transforms.mapping import Mapping
from transforms.steps.correct import correct
from transforms.steps.issues import Issues
from transforms.steps.parse import Reading
from transforms.steps.select import Written
from transforms.steps.waive import may_be_empty, waive
from transforms.values.parsed import Flags

if TYPE_CHECKING:
    # Who tries a file on a contract needs no database.
    from pipeline.rulings import Rulings

WAIVED = "issue-waived"

Found = dict[int, Int64s]
"""Places of a batch by the number of the correction found there."""


class Ruled:
    """What people ruled of a feed's records, applied to the batches of a walk.

    Args:
        rulings: the feed's; None where there are none to know of.
        columns: the dataset's columns.
        entities: the entities its rows yield, by name.
    """

    def __init__(
        self,
        rulings: "Rulings | None",
        columns: Columns[str, ColumnFacts],
        entities: Columns[str, type[Entity]],
    ) -> None:
        self._rulings = rulings
        self._may_be_empty = may_be_empty(columns, entities)

    def correct(self, supplied: dict[str, Written]) -> tuple[dict[str, Written], Found]:
        """The columns corrected, the same object where nothing was; and where."""
        if self._rulings is None or not self._rulings.corrections:
            return supplied, {}
        written, found = correct(supplied, self._rulings.changes, self._rulings.digest)
        return (written, found) if found else (supplied, {})

    def rows(self, found: Found, rows: Int32s, keep: Flags) -> pa.Table:
        """``row`` and ``correction`` of the records that were corrected; all found are counted.

        Args:
            found: as :meth:`correct` gives it.
            rows: source row of every place.
            keep: which of them are records.
        """
        if self._rulings is None or not found:
            return CORRECTED.empty_table()
        applied = {one.number for one in self._rulings.corrections if not one.expired}
        corrected: list[Int32s] = [np.zeros(0, np.int32)]
        numbers: list[Int32s] = [np.zeros(0, np.int32)]
        for number, at in found.items():
            met = rows[at[keep[at]]]
            self._rulings.found[number] += len(met)
            if number in applied:
                corrected.append(met)
                numbers.append(np.full(len(met), number, np.int32))
        columns = [pa.array(np.concatenate(corrected)), pa.array(np.concatenate(numbers))]
        return pa.table(columns, schema=CORRECTED)

    def waive(
        self,
        mapping: Mapping,
        rows: Int32s,
        hashes: Int64s,
        readings: dict[str, Reading],
        issues: Issues,
    ) -> None:
        """Tell ``issues`` which were waived."""
        if self._rulings is None or not self._rulings.waivers:
            return
        waivers = self._rulings.waived(mapping.reading)
        waive(rows, hashes, waivers, readings, self._may_be_empty, issues)
