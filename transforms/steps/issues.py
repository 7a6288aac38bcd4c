"""Issues of a batch, gathered column by column."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values.parsed import Flags, Values

SCHEMA = pa.schema(
    [("row", pa.int32()), ("column", pa.string()), ("position", pa.int32()), ("code", pa.string())]
)


@dataclass
class Issues:
    """Issues by source row; a column of None is the row as a whole.

    Attributes:
        positions: source position of each contract column.
    """

    positions: dict[str, int | None] = field(default_factory=dict)
    _found: list[pa.Table] = field(default_factory=list)
    _waived: set[tuple[int, str, str]] = field(default_factory=set)

    def add(self, rows: Any, column: str | None, codes: "Values | str") -> None:
        """Add issues: one code for all rows, or a code (or null) for each."""
        rows = np.asarray(rows, np.int32)
        if not isinstance(codes, str):
            told = np.asarray(codes.is_valid().to_numpy(zero_copy_only=False), np.bool_)
            rows, codes = rows[told], codes.filter(pa.array(told))
        if len(rows) == 0:
            return
        size = len(rows)
        position = self.positions.get(column) if column is not None else None
        if isinstance(codes, str):
            codes = pa.repeat(codes, size)
        self._found.append(
            pa.table(
                [
                    pa.array(rows),
                    pa.repeat(pa.scalar(column, pa.string()), size),
                    pa.repeat(pa.scalar(position, pa.int32()), size),
                    codes,
                ],
                schema=SCHEMA,
            )
        )

    def add_each(self, found: Iterable[tuple[int, str]]) -> None:
        """Add (row, code) of whole rows."""
        by_code: dict[str, list[int]] = {}
        for row, code in found:
            by_code.setdefault(code, []).append(row)
        for code, rows in by_code.items():
            self.add(rows, None, code)

    def rows_with(self, codes: Iterable[str]) -> "np.ndarray[Any, np.dtype[np.int32]]":
        """Rows that have an issue of one of the codes, sorted, each once."""
        table = self.table()
        chosen = table.filter(pa.compute.is_in(table["code"], pa.array(sorted(codes))))
        rows = chosen["row"].to_numpy()
        if self._waived:
            told = chosen.select(["row", "column", "code"]).to_pydict().values()
            stands = [one not in self._waived for one in zip(*told, strict=True)]
            rows = rows[np.array(stands, np.bool_)]
        return np.unique(rows)

    def waive(self, row: int, column: str, code: str) -> None:
        """Keep an issue of a row without keeping the row out for it."""
        self._waived.add((row, column, code))

    def note_waived(self, rows: Any, code: str) -> None:
        """Note on those of some rows for which an issue was waived that it was."""
        if not self._waived:
            return
        told = self.table().select(["row", "column", "code"]).to_pydict().values()
        here = set(np.asarray(rows).tolist())
        for row, column, _ in sorted(self._waived.intersection(zip(*told, strict=True))):
            if row in here:
                self.add([row], column, code)

    def where(self, column: str, rows: Any, codes: Iterable[str]) -> Flags:
        """Which of the rows already have an issue of some codes in a column."""
        wanted = pa.array(sorted(codes))
        of_column = [t for t in self._found if t["column"][0].as_py() == column]
        told = [t.filter(pc.is_in(t["code"], wanted))["row"].to_numpy() for t in of_column]
        return np.isin(rows, np.concatenate(told)) if told else np.zeros(len(rows), np.bool_)

    def table(self) -> pa.Table:
        """All issues."""
        return pa.concat_tables(self._found) if self._found else SCHEMA.empty_table()
