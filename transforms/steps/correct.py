"""Put a steward's text in the place of a supplied one, column by column, before it is read."""

import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Columns
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.steps.select import Written, distinct
from transforms.values.parsed import Texts

Places = npt.NDArray[np.int64]
Digest = Callable[[str], bytes]


@dataclass(frozen=True)
class Change:
    """One correction, as the steps need it.

    Attributes:
        number: the correction's.
        column: the contract column.
        was: the exact text it replaces; empty for a cell that is blank.
        becomes: the text it puts, as the supplier would write it; empty for none.
        record: keyed digest of the one record it is for (:func:`record_text`); None for all.
        counted_only: find out where it would be applied, and do not: it has expired.
    """

    number: int
    column: str
    was: str = field(repr=False)
    becomes: str = field(repr=False)
    record: bytes | None = None
    counted_only: bool = False


def correct(
    written: Columns[str, Written], changes: Sequence[Change], digest: Digest
) -> tuple[dict[str, Written], dict[int, Places]]:
    """The columns with the corrections applied, and the places each of them was found at.

    Every correction looks at the text as it was supplied; of several for one cell, one that is for
    this record comes before one for all, and the later made before the earlier.

    Args:
        written: the columns of a batch.
        changes: the corrections of the feed, in the order they were made.
        digest: gives the keyed digest of a record's text.

    Returns:
        Places of the batch by the correction's number; none where it was found nowhere, or where
        another one came before it.
    """
    corrected, found = dict(written), dict[int, Places]()
    for name in {change.column for change in changes} & set(written):
        column, values = written[name], None
        taken = np.zeros(len(column.values), np.bool_)
        of_column = [change for change in changes if change.column == name]
        of_column.sort(key=lambda one: (one.record is None, -one.number))
        for change in _supplied(column, of_column):
            at = np.flatnonzero(_where(column, change.was) & ~taken)
            if change.record is not None:
                at = _of_record(written, at, change.record, digest)
            if not len(at):
                continue
            found[change.number] = at
            if change.counted_only:
                continue
            taken[at] = True
            values = _put(column.values if values is None else values, at, change.becomes)
        if values is not None:
            corrected[name] = distinct(values)
    return corrected, found


def record_text(record: Columns[str, str | None]) -> str:
    """A record as one text, the same whatever the order of its columns: what is digested."""
    return json.dumps(dict(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _supplied(column: Written, changes: Sequence[Change]) -> list[Change]:
    """Those whose text is among the batch's at all."""
    asked = pa.array([change.was for change in changes], column.distinct.type)
    there = pc.index_in(asked, column.distinct).is_valid().to_pylist()
    return [one for one, has in zip(changes, there, strict=True) if has or not one.was.strip()]


def _where(column: Written, was: str) -> "npt.NDArray[np.bool_]":
    """Which rows hold a text; a blank one also where the record does not reach the cell."""
    if not was.strip():
        blank = pc.equal(pc.utf8_trim_whitespace(column.values), "")
        return np.asarray(blank.fill_null(True).to_numpy(zero_copy_only=False), np.bool_)
    if column.codes is None:
        same = pc.equal(column.values, was)
    else:
        place = pc.index(column.distinct, was).as_py()
        same = pc.equal(column.codes, pa.scalar(place, column.codes.type))
    return np.asarray(same.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _of_record(written: Columns[str, Written], at: Places, record: bytes, digest: Digest) -> Places:
    chosen = [
        place
        for place in at.tolist()
        if digest(record_text({n: c.values[place].as_py() for n, c in written.items()})) == record
    ]
    return np.array(chosen, np.int64)


def _put(values: Texts, at: Places, text: str) -> Any:
    mask = np.zeros(len(values), np.bool_)
    mask[at] = True
    put = pa.scalar(text or None, values.type)
    return pc.if_else(pa.array(mask), put, values)
