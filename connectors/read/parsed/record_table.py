"""Tables parsed in the confined child, one record after the other, and read from its spool."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.confined.parent import Limits, parse_confined
from connectors.errors import Unreadable
from connectors.read.batch import TextArray, compute
from connectors.read.parsed.spool import Piece, Spool
from connectors.read.parsed.spooled_table import SpooledTable
from connectors.read.table import TableKind

_SEPARATOR = "\x1f"
_STREAMING = frozenset(("json_records", "xml_records", "dbase"))
"""Parsers that hold no more of a file than some records."""


class RecordTable(SpooledTable):
    """Records whose columns bear names that the file's form gives: there is no header row.

    Cells are named by the record's number and the column's name.
    """

    def __init__(self, file: str, kind: TableKind, spool: Spool, facts: Mapping[str, Any]) -> None:
        super().__init__(
            file,
            kind,
            sheet=facts.get("sheet"),
            encoding=facts.get("encoding"),
            header_row=0,
            field_names=tuple(facts["field_names"]),
            notes=tuple(facts.get("notes", ())),
        )
        self.spool = spool
        self.pieces: list[Piece] = []
        self.found: list[tuple[int, str]] = []
        self.width = len(facts["field_names"])
        self.last = 0

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Takes what the parser knows only at the end of the table: the names of its columns."""
        self.field_names = tuple(facts["field_names"])
        self.width = len(self.field_names)
        self.notes += tuple(facts.get("notes", ()))

    def _joined(self, table: pa.Table) -> TextArray:
        columns = [table.column(str(i)).combine_chunks() for i in range(self.width)]
        if not columns:
            return pa.array([""] * table.num_rows, pa.string())
        joined: TextArray = compute.binary_join_element_wise(
            *columns, _SEPARATOR, null_handling="replace", null_replacement=""
        )
        return joined

    def place(self, row: int, position: int) -> tuple[str, str | None, str]:
        """File, table, and the record's number with the column's name."""
        return self.file, self.sheet, f"record {row}, {(self.field_names or ())[position]}"

    @property
    def places(self) -> dict[str, Any]:
        """The file with its last record, and the names of its columns."""
        return {"pages": [[self.file, self.last]], "keys": list(self.field_names or ())}


Maker = Callable[[str, TableKind, Spool, Mapping[str, Any]], RecordTable]


def open_parsed(
    parser: str,
    path: Path,
    request: Mapping[str, Any],
    file: str,
    kind: TableKind,
    *,
    limits: Limits | None = None,
    maker: Maker = RecordTable,
) -> list[RecordTable]:
    """The tables that ``connectors.confined.<parser>`` finds in a file.

    Args:
        request: what the parser is told beside path and file, JSON-able.
        maker: makes a table from the facts the parser sends of it.

    Raises:
        Unreadable: as the parser says, or it broke a limit.
    """
    spool = Spool()
    tables: list[RecordTable] = []
    whole = {**request, "parser": parser, "path": str(path.resolve()), "file": file}
    if limits is None and parser in _STREAMING:
        limits = Limits.streaming(path.stat().st_size)
    for mark, payload in parse_confined(whole, file, limits):
        if mark == "S":
            tables.append(maker(file, kind, spool, json.loads(payload)))
        elif mark == "B":
            tables[-1].pieces.append(spool.add(payload))
            tables[-1].last = _last_row(payload, tables[-1].last)
        elif mark == "P":
            tables[-1].found += [(row, code) for row, code in json.loads(payload)]
        elif mark == "L":
            tables[-1].left_out += json.loads(payload)
        elif mark == "N":
            tables[-1].notes += tuple(json.loads(payload))
        elif mark == "F":
            tables[-1].learn(json.loads(payload))
    if not tables:
        raise Unreadable("file-empty", f"{file} holds no table; ask for it again.")
    for table in tables:
        table.found.sort()
    return tables


def _last_row(payload: bytes, before: int) -> int:
    with pa.ipc.open_stream(payload) as stream:
        rows = stream.read_all().column("row")
    return int(rows[-1].as_py()) if len(rows) else before
