"""Sends records that bear the names of their values: the names are the columns, as first seen."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from connectors.confined.child import Frames
from connectors.confined.rows import send_rows
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"

MOST_COLUMNS = 2_000
_ROWS = 50_000
_CELLS = 400_000  # Cells a batch has at most.
_CHARACTERS = 16 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")


class Keyed:
    """One table of such records on its way to the parent.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD, and their rows are reported.
    """

    def __init__(self, frames: Frames, file: str, names: Sequence[str] = ()) -> None:
        """Begin the table.

        Args:
            names: the columns where they are declared; there are no others then.
        """
        self._frames = frames
        self._file = file
        self._positions = {name: i for i, name in enumerate(names)}
        self._rows: list[int] = []
        self._records: list[Mapping[str, str | None]] = []
        self._characters = 0
        self._problems: set[tuple[int, str]] = set()
        frames.send_json("S", {"field_names": list(names)})

    def add(self, row: int, record: Mapping[str, str | None], characters: int) -> None:
        """Adds a record.

        Args:
            row: its number, larger than those before.
            record: column to text.
            characters: about how long it is.

        Raises:
            Unreadable: the records have more names than a table may have columns.
        """
        for name in record:
            if name not in self._positions:
                self._positions[name] = len(self._positions)
        if len(self._positions) > MOST_COLUMNS:
            raise Unreadable(
                "file-too-demanding",
                f"{self._file}: by record {row} its records have over {MOST_COLUMNS:,} different "
                "names for their values, more than a table has columns. Declare the fields that "
                "are wanted in the feed's file section.",
            )
        self._rows.append(row)
        self._records.append(record)
        self._characters += characters
        if (
            len(self._rows) >= _ROWS
            or len(self._rows) * len(self._positions) >= _CELLS
            or self._characters >= _CHARACTERS
        ):
            self._flush()

    def problem(self, row: int, code: str) -> None:
        """Notes what is wrong with a record."""
        self._problems.add((row, code))

    def close(self, **facts: Any) -> None:
        """Ends the table; ``facts`` are what else is known of it only now."""
        self._flush()
        self._frames.send_json("P", sorted(self._problems))
        self._frames.send_json("F", {"field_names": list(self._positions), **facts})

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = [
            self._column([record.get(name) for record in self._records]) for name in self._positions
        ]
        send_rows(self._frames, columns, np.array(self._rows, np.int32))
        self._rows, self._records, self._characters = [], [], 0

    def _column(self, texts: list[str | None]) -> TextArray:
        try:
            return pa.array(texts, pa.string())
        except UnicodeEncodeError:
            cleaned = [None if text is None else _SURROGATE.sub("\ufffd", text) for text in texts]
            for row, before, after in zip(self._rows, texts, cleaned, strict=True):
                if before != after:
                    self.problem(row, "control-character")
            return pa.array(cleaned, pa.string())
