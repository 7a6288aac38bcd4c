"""Sends tables whose cells have a row and a column, as a sheet has, and no names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.confined.child import Frames
from connectors.confined.rows import send_rows
from connectors.errors import Unreadable

MOST_COLUMNS = 16_384  # As many as a sheet has.
MOST_ROWS = 1 << 22
_ROWS = 50_000
_CELLS = 400_000
_CHARACTERS = 16 << 20


class Grid:
    """One table on its way to the parent; rows and columns are counted from 1 and from 0."""

    def __init__(self, frames: Frames, file: str, facts: Mapping[str, Any]) -> None:
        self._frames = frames
        self._file = file
        self._next = 1
        self._rows: list[Mapping[int, str]] = []
        self._width = 0
        self._characters = 0
        self._problems: set[tuple[int, str]] = set()
        frames.send_json("S", facts)

    def add(self, row: int, cells: Mapping[int, str]) -> None:
        """Adds a row; rows left out before it are blank.

        Raises:
            Unreadable: there are more rows or columns than a table may have, or a row comes after
                a later one.
        """
        if row > MOST_ROWS or max(cells, default=0) >= MOST_COLUMNS:
            raise Unreadable(
                "file-too-demanding",
                f"{self._file} has a cell beyond the {MOST_COLUMNS:,} columns and {MOST_ROWS:,} "
                "rows that are read. Ask the supplier for the same as delimited text.",
            )
        if row < self._next or min(cells, default=0) < 0:
            raise Unreadable(
                "file-damaged", f"{self._file} is damaged: its cells are not in order."
            )
        while self._next < row:
            self._add({})
        self._add(cells)

    def problem(self, row: int, code: str) -> None:
        """Notes what is wrong with a row."""
        self._problems.add((row, code))

    def close(self, **facts: Any) -> None:
        """Ends the table; ``facts`` are what else is known of it only now."""
        self._flush()
        last = self._next - 1
        self._frames.send_json("P", sorted(one for one in self._problems if one[0] <= last))
        self._frames.send_json("F", facts)

    def _add(self, cells: Mapping[int, str]) -> None:
        self._rows.append(cells)
        self._next += 1
        self._width = max(self._width, max(cells, default=-1) + 1)
        self._characters += sum(map(len, cells.values()))
        if (
            len(self._rows) >= _ROWS
            or len(self._rows) * self._width >= _CELLS
            or self._characters >= _CHARACTERS
        ):
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = [
            pa.array([cells.get(position) for cells in self._rows], pa.string())
            for position in range(self._width)
        ]
        first = self._next - len(self._rows)
        send_rows(self._frames, columns, np.arange(first, self._next, dtype=np.int32))
        self._rows, self._width, self._characters = [], 0, 0
