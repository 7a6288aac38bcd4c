"""Finds the blocks of cells in a sheet: several tables on one page, below or beside one another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.cells import cell_name
from connectors.read.table import SourceTable

_MOST_CELLS = 1 << 28
_DEEPEST = 32  # How often a part is parted again; tables within tables end long before.


@dataclass(frozen=True)
class Block:
    """A rectangle of cells with nothing but blank rows and columns around it.

    Attributes:
        top, bottom: its first and last row, as the sheet numbers them.
        left, right: its first and last position, from 0.
        filled: how many of its cells are not blank.
    """

    top: int
    bottom: int
    left: int
    right: int
    filled: int

    def __str__(self) -> str:
        return f"{cell_name(self.left, self.top)}:{cell_name(self.right, self.bottom)}"


def blocks(table: SourceTable) -> list[Block]:
    """The blocks of a table, from the top down and from the left.

    A blank row parts what is above it from what is below only where it is blank from end to end of
    the block, and a blank column likewise; so a title above two tables side by side is a block of
    its own where a blank row parts it from them.

    Returns:
        one block for a table too large to be looked at cell by cell (268 million cells).
    """
    rows, filled = _filled(table)
    if not filled.any():
        return []
    found: list[Block] = []
    _part(filled, 0, 0, found, settled=False, depth=0)
    return [
        Block(int(rows[one.top]), int(rows[one.bottom]), one.left, one.right, one.filled)
        for one in sorted(found, key=lambda one: (one.top, one.left))
    ]


def _filled(table: SourceTable) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Row numbers, and which cells are not blank."""
    rows: list[npt.NDArray[np.int64]] = []
    masks: list[npt.NDArray[np.bool_]] = []
    for batch in table.batches():
        columns = [_not_blank(column) for column in batch.table.columns]
        mask = np.column_stack(columns) if columns else np.zeros((len(batch.rows), 0), np.bool_)
        rows.append(batch.rows.astype(np.int64))
        masks.append(mask)
        if sum(one.size for one in masks) > _MOST_CELLS:
            masks = [np.asarray(one.any(axis=1, keepdims=True)) for one in masks]
    width = max((mask.shape[1] for mask in masks), default=0)
    whole = [np.pad(mask, ((0, 0), (0, width - mask.shape[1]))) for mask in masks]
    if not whole:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.bool_)
    return np.concatenate(rows), np.vstack(whole)


def _not_blank(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    lengths = pc.binary_length(pc.utf8_trim_whitespace(column))
    mask: npt.NDArray[np.bool_] = pc.fill_null(pc.greater(lengths, 0), False).to_numpy()
    return mask


def _part(
    filled: npt.NDArray[np.bool_],
    top: int,
    left: int,
    found: list[Block],
    *,
    settled: bool,
    depth: int,
) -> None:
    """Parts a rectangle at its blank rows, the parts at their blank columns, and so on until
    neither parts anything."""
    by_rows = depth % 2 == 0
    axis = 1 if by_rows else 0
    spans = _spans(np.asarray(filled.any(axis=axis)))
    for first, last in spans:
        part = filled[first : last + 1] if by_rows else filled[:, first : last + 1]
        at_row, at_column = (top + first, left) if by_rows else (top, left + first)
        if (settled and len(spans) == 1) or depth > _DEEPEST:
            bottom, right = at_row + part.shape[0] - 1, at_column + part.shape[1] - 1
            found.append(Block(at_row, bottom, at_column, right, int(part.sum())))
        else:
            alone = len(spans) == 1 and first == 0 and last == filled.shape[1 - axis] - 1
            _part(part, at_row, at_column, found, settled=alone, depth=depth + 1)


def _spans(there: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of what is there."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]
