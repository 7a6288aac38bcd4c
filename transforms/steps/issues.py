"""Issues of a batch, gathered column by column."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

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
        chosen = pa.compute.is_in(table["code"], pa.array(sorted(codes)))
        return np.unique(table.filter(chosen)["row"].to_numpy())

    def where(self, column: str, rows: Any) -> Flags:
        """Which of the rows already have an issue in a column."""
        of_column = [t for t in self._found if t["column"][0].as_py() == column]
        told = [t["row"].to_numpy() for t in of_column]
        return np.isin(rows, np.concatenate(told)) if told else np.zeros(len(rows), np.bool_)

    def table(self) -> pa.Table:
        """All issues."""
        return pa.concat_tables(self._found) if self._found else SCHEMA.empty_table()
