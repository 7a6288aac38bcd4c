"""Take the mapped columns of a batch, as written, each seen as its distinct values."""

from collections.abc import Mapping as Columns
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.mapping import Mapping
from transforms.values import characters
from transforms.values.parsed import Texts, Values

_SAMPLE = 4000
_NEARLY_DISTINCT = 0.6
"""Distinct values for each row above which a dictionary is not worth its making."""


@dataclass(frozen=True)
class Written:
    """One contract column of a batch, as written.

    Attributes:
        values: text of every row; null where the record does not reach the cell.
        distinct: the distinct texts.
        codes: for every row the place of its text in ``distinct``; None where nearly every text is
            its own, and ``distinct`` is ``values``.
    """

    values: Texts
    distinct: Texts
    codes: Any | None

    def spread(self, values: Values) -> Values:
        """What was worked out for the distinct texts, for every row."""
        return values if self.codes is None else values.take(self.codes)

    def kept(self, mask: Values) -> "Written":
        """The rows where ``mask`` holds; the distinct texts stay."""
        values = self.values.filter(mask)
        if self.codes is None:
            return Written(values, values, None)
        return Written(values, self.distinct, self.codes.filter(mask))


def select(table: pa.Table, mapping: Mapping) -> dict[str, Written]:
    """The mapped columns of a batch's table, by contract column, constants filled in."""
    at: dict[int, Written] = {}
    found: dict[str, Written] = {}
    for column in mapping.columns:
        if column.position is None:
            codes = pa.array(np.zeros(table.num_rows, np.int32))
            constant = pa.array([column.header])
            found[column.name] = Written(constant.take(codes), constant, codes)
            continue
        if column.position not in at:
            name = str(column.position)
            if name in table.column_names:
                at[column.position] = distinct(characters.plain(table.column(name)))
            else:
                at[column.position] = distinct(pa.nulls(table.num_rows, pa.string()))
        found[column.name] = at[column.position]
    return found


def distinct(values: Texts) -> Written:
    """A column as its distinct values; as itself where a sample shows nearly all to be distinct.

    Of a sample of s out of so many values that d are distinct, some s²/2d come twice.
    """
    sample = values.slice(0, _SAMPLE)
    if len(sample) == _SAMPLE:
        twice = _SAMPLE - pc.count_distinct(sample).as_py()
        if twice <= _SAMPLE**2 / (2 * _NEARLY_DISTINCT * len(values)):
            return Written(values, values, None)
    encoded = values.dictionary_encode()
    return Written(values, encoded.dictionary, encoded.indices)


def kept(columns: Columns[str, Written], mask: Values) -> dict[str, Written]:
    """The rows of all columns where ``mask`` holds."""
    by_id: dict[int, Written] = {}
    found = {}
    for name, column in columns.items():
        if id(column) not in by_id:
            by_id[id(column)] = column.kept(mask)
        found[name] = by_id[id(column)]
    return found
