"""Let single rows through in spite of an issue, where a person said so."""

from collections.abc import Mapping as Columns
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from contracts.column import ColumnFacts
from contracts.entity import Entity
from contracts.model import columns_of
from transforms.steps.issues import Issues
from transforms.steps.parse import Reading


@dataclass(frozen=True)
class Waiver:
    """An issue waived for one record: the record's hash, the issue's code and column."""

    record_hash: int
    code: str
    column: str


def waive(
    rows: Any,
    hashes: Any,
    waivers: Sequence[Waiver],
    readings: Columns[str, Reading],
    may_be_empty: Columns[str, bool],
    issues: Issues,
) -> None:
    """Tell ``issues`` which of them keep no row out.

    An issue is waived only where the row has a canonical value in spite of it, or the column may be
    empty; else the row is held as before.

    Args:
        rows: source row of each record.
        hashes: hash of each record.
        waivers: those of the feed, hashes as in ``hashes``.
        readings: the columns, read.
        may_be_empty: of every column, whether repository and contract do without it.
        issues: added to.
    """
    wanted = np.array([one.record_hash for one in waivers], np.int64)
    for place in np.flatnonzero(np.isin(hashes, wanted)).tolist():
        for one in waivers:
            if one.record_hash != hashes[place] or one.column not in readings:
                continue
            if may_be_empty[one.column] or readings[one.column].values[place].is_valid:
                issues.waive(int(rows[place]), one.column, one.code)


def may_be_empty(
    columns: Columns[str, ColumnFacts], entities: Columns[str, type[Entity]]
) -> dict[str, bool]:
    """Of every contract column, whether a row may lack it, there and in the repository."""
    found = {}
    for name, facts in columns.items():
        attributes = [
            columns_of(entities[role.partition(":")[0]])[attribute]
            for role, _, attribute in (target.partition(".") for target in facts.to)
        ]
        found[name] = all(one.nullable or one.optional for one in [facts, *attributes])
    return found
