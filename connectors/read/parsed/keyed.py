"""Tables of records that bear the names of their values: JSON, JSON lines and XML."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

import pyarrow as pa

from connectors.read.batch import TextArray, compute
from connectors.read.parsed.record_table import RecordTable
from connectors.read.parsed.spool import Spool
from connectors.read.table import TableKind


class KeyedTable(RecordTable):
    """Records counted from 1 over all pages; one column for every name, as first seen.

    Values are text as written: numbers too (``1.50`` stays so); true and false are those words,
    null and a name left out alike null, nested JSON stays JSON.
    """

    def __init__(self, file: str, kind: TableKind, spool: Spool, facts: Mapping[str, Any]) -> None:
        super().__init__(file, kind, spool, facts)
        self._pages: list[tuple[str, int]] = []

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Takes what the parser knows at the end: names and, of several files, their last rows."""
        super().learn(facts)
        self._pages = [(file, last) for file, last in facts.get("pages", ())]

    def _joined(self, table: pa.Table) -> TextArray:
        """Names and values in the order of the names: which came first does not matter."""
        parts = []
        for key, position in sorted((k, i) for i, k in enumerate(self.field_names or ())):
            values = table.column(str(position)).combine_chunks()
            parts.append(compute.binary_join_element_wise(pa.scalar(key), values, "\x1f"))
        if not parts:
            return pa.array([""] * table.num_rows, pa.string())
        # PyArrow leaves a row out, not only its nulls, where there is nothing but nulls.
        bare = reduce(compute.and_, [part.is_null() for part in parts])
        parts[0] = compute.if_else(bare, "", parts[0])
        joined: TextArray = compute.binary_join_element_wise(*parts, "\x1e", null_handling="skip")
        return joined

    def place(self, row: int, position: int) -> tuple[str, str | None, str]:
        """The page's file, no sheet, and the record's number in the page with the name."""
        file, before = self.file, 0
        for page, last in self._pages:
            file = page
            if row <= last:
                break
            before = last
        return file, None, f"record {row - before}, {(self.field_names or ())[position]}"

    @property
    def places(self) -> dict[str, Any]:
        """File and last row of each page, and the names."""
        pages = [[file, last] for file, last in self._pages] or [[self.file, self.last]]
        return {"pages": pages, "keys": list(self.field_names or ())}
