"""Tables of cells in rows and columns that are not in a workbook's own format: web pages, and
workbooks saved as XML."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.confined.parent import Limits, parse_confined
from connectors.read.parsed.spool import Spool
from connectors.read.parsed.workbook import SheetTable
from connectors.read.table import SourceTable, TableKind


class GridTable(SheetTable):
    """One table; rows and columns are counted as in a sheet, from row 1, column A."""

    def __init__(
        self,
        file: str,
        kind: TableKind,
        spool: Spool,
        facts: Mapping[str, Any],
        header_row: int | None,
    ) -> None:
        super().__init__(file, facts["sheet"], spool, tuple(facts["notes"]), header_row)
        self.kind = kind
        self.encoding = facts.get("encoding")


def open_grids(
    parser: str,
    path: Path,
    request: Mapping[str, Any],
    file: str,
    kind: TableKind,
    header_row: int | None,
    limits: Limits | None = None,
) -> list[SourceTable]:
    """The tables that ``connectors.confined.<parser>`` finds in a file, but for those without any
    rows.

    Raises:
        Unreadable: as the parser says, or it broke a limit.
    """
    spool = Spool()
    tables: list[GridTable] = []
    whole = {**request, "parser": parser, "path": str(path.resolve()), "file": file}
    for mark, payload in parse_confined(whole, file, limits):
        if mark == "S":
            tables.append(GridTable(file, kind, spool, json.loads(payload), header_row))
        elif mark == "B":
            tables[-1].pieces.append(spool.add(payload))
            tables[-1].width = max(tables[-1].width, _width(payload))
        elif mark == "P":
            tables[-1].found += [(row, code) for row, code in json.loads(payload)]
        elif mark == "F":
            tables[-1].notes += tuple(json.loads(payload).get("notes", ()))
    return [table for table in tables if table.pieces]


def _width(payload: bytes) -> int:
    with pa.ipc.open_stream(payload) as stream:
        return len(stream.schema) - 1
