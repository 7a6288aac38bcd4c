"""Shows what a file holds, as it stands: no contract, no database, nothing kept."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from connectors.errors import Unreadable
from connectors.read import SourceTable, open_tables
from connectors.read.batch import Batch
from connectors.read.parsed.dbf import with_memos
from contracts.file_forms import FileForm
from transforms.steps.neutralise import neutralise

Watch = Callable[[int], None]
"""Told how many records were read so far."""

_CHUNK = 1 << 20
_PLACES = 5


class NoSuchTable(Exception):
    """The file has no table of that number or name."""


@dataclass
class ReadTable:
    """One table of a file.

    Attributes:
        number: 1-based.
        table: as it was opened.
        rows: records, header and titles among them.
        columns: cells of the longest record.
        first: the first records: row number and cells as they stand; None where a record has none.
        problems: issue code to the rows it was found in: how many, and the first few.
        broken: why it could not be read to its end, where it could not.
    """

    number: int
    table: SourceTable
    rows: int = 0
    columns: int = 0
    first: list[tuple[int, list[str | None]]] = field(default_factory=list)
    problems: dict[str, tuple[int, list[int]]] = field(default_factory=dict)
    broken: Unreadable | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain lists, dictionaries and texts."""
        table = self.table
        return {
            "number": self.number,
            "file": table.file,
            "table": table.sheet,
            "kind": table.kind,
            "encoding": table.encoding,
            "delimiter": table.delimiter,
            "names": list(table.field_names) if table.field_names is not None else None,
            "header_row": table.header_row,
            "rows": self.rows,
            "columns": self.columns,
            "left_out": len(table.left_out),
            "notes": list(table.notes),
            "problems": {
                code: {"rows": count, "first": first}
                for code, (count, first) in self.problems.items()
            },
            "broken": {"code": self.broken.code, "message": self.broken.message}
            if self.broken
            else None,
            "first": [{"row": row, "cells": cells} for row, cells in self.first],
        }


def read_file(
    path: Path,
    form: FileForm | None = None,
    *,
    only: str | None = None,
    first: int = 10,
    watch: Watch | None = None,
) -> list[ReadTable]:
    """Read every table of a file to its end.

    Args:
        form: what is known of the file; None to tell everything from its bytes.
        only: number or name of the one table to look at.
        first: how many records to keep.

    Raises:
        Unreadable: nothing of the file can be read.
        NoSuchTable: there is no such table.
    """
    return [_read(number, table, first, watch) for number, table in _chosen(path, form, only)]


def _chosen(path: Path, form: FileForm | None, only: str | None) -> list[tuple[int, SourceTable]]:
    tables = list(enumerate(open_tables(with_memos(path), form), 1))
    if only is None:
        return tables
    chosen = [
        one for one in tables if only in (str(one[0]), one[1].sheet, name_of(one[1], path.name))
    ]
    if not chosen:
        raise NoSuchTable(f"{path.name} has no table {only}; it has {names_of(tables, path.name)}")
    return chosen


def name_of(table: SourceTable, file: str) -> str | None:
    """What tells a table from the others of a file: its sheet, its member of an archive, both."""
    member = table.file.removeprefix(f"{file}/") if table.file != file else None
    return ": ".join(filter(None, (member, table.sheet))) or None


def names_of(numbered: list[tuple[int, SourceTable]], file: str) -> str:
    """Numbers and names of tables, for people."""
    named = [(number, name_of(table, file)) for number, table in numbered]
    return ", ".join(f"{number} ({name})" if name else str(number) for number, name in named)


def _read(number: int, table: SourceTable, first: int, watch: Watch | None) -> ReadTable:
    found = ReadTable(number, table, columns=len(table.field_names or ()))
    try:
        for batch in table.batches(header_row=_usual(table)):
            found.rows += len(batch.rows)
            found.columns = max(found.columns, batch.table.num_columns)
            if len(found.first) < first:
                found.first += _records(batch, first - len(found.first))
            for row, code in batch.problems:
                count, some = found.problems.get(code, (0, []))
                found.problems[code] = (count + 1, [*some, row] if count < _PLACES else some)
            if watch is not None:
                watch(found.rows)
    except Unreadable as error:
        found.broken = error
    return found


def _usual(table: SourceTable) -> int | None:
    """The first row as long as most of the first records are: others are ragged against it. Where
    no header is known, that is the best there is."""
    if table.kind != "delimited" or table.header_row is not None:
        return table.header_row or None
    head = table.head()
    if not len(head.rows):
        return None
    reached = np.column_stack([column.is_valid().to_numpy() for column in head.table.columns])
    lengths = reached.sum(axis=1)
    return int(head.rows[int(np.argmax(lengths == np.bincount(lengths).argmax()))])


def _records(batch: Batch, most: int) -> list[tuple[int, list[str | None]]]:
    some = batch.table.slice(0, most)
    columns = [column.to_pylist() for column in some.columns]
    cells = [list(record) for record in zip(*columns, strict=True)] or [[]] * some.num_rows
    return list(zip(batch.rows[:most].tolist(), cells, strict=True))


class _Writer(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


def write_out(
    path: Path,
    to: Path,
    form: FileForm | None = None,
    *,
    only: str | None = None,
    exact: bool = False,
    watch: Watch | None = None,
) -> int:
    """Write one table as CSV or Parquet (by the ending of ``to``): every record as text, in order.

    Where the form of the file names the columns, the names are the first line; otherwise all lines
    are those of the file, header and titles among them, and Parquet's columns are ``1``, ``2`` ...

    In CSV an apostrophe is put before what a spreadsheet would take for a formula, be it a value or
    the name of a column.

    Args:
        exact: CSV: put no apostrophe.

    Returns:
        Records written.

    Raises:
        Unreadable: the file cannot be read to its end; what was written is removed.
        NoSuchTable: there is no such table, or several and none was chosen.
    """
    chosen = _chosen(path, form, only)
    if len(chosen) > 1:
        names = names_of(chosen, path.name)
        raise NoSuchTable(f"{path.name} has several tables; choose one with --table: {names}")
    [(_, table)] = chosen
    width = len(table.field_names or ()) or max(
        (batch.table.num_columns for batch in table.batches()), default=0
    )
    columns = list(table.field_names or (str(i + 1) for i in range(width)))
    schema = pa.schema([pa.field(str(i), pa.string()) for i in range(width)])
    part = to.with_name(f".{to.name}.part")
    is_csv = to.suffix != ".parquet"
    written = _neutralised if is_csv and not exact else _as_it_stands
    rows = 0
    try:
        with ExitStack() as stack:
            writer: _Writer = stack.enter_context(closing(_writer(part, to, columns, schema)))
            if table.field_names is not None and is_csv:
                # The names of a file's own fields are as little to be trusted as its values.
                line = {str(i): [name] for i, name in enumerate(columns)}
                writer.write_table(written(pa.table(line, schema=schema)))
            for batch in _full(table, schema):
                safe = written(batch)
                writer.write_table(safe if is_csv else safe.rename_columns(columns))
                rows += safe.num_rows
                if watch is not None:
                    watch(rows)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _writer(part: Path, to: Path, names: list[str], schema: pa.Schema) -> Any:
    if to.suffix == ".parquet":
        unique = [name if names.count(name) == 1 else f"{name} ({i})" for i, name in
                  enumerate(names, 1)]  # fmt: skip
        names[:] = unique
        return pq.ParquetWriter(part, pa.schema([pa.field(n, pa.string()) for n in unique]))
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    return pacsv.CSVWriter(part, schema, write_options=options)


def _full(table: SourceTable, schema: pa.Schema) -> Iterator[pa.Table]:
    """Batches with all columns."""
    for batch in table.batches():
        have = batch.table
        blank = pa.nulls(have.num_rows, pa.string())
        columns = [have.column(n) if n in have.column_names else blank for n in schema.names]
        yield pa.table(columns, schema=schema)


def _as_it_stands(table: pa.Table) -> pa.Table:
    return table


def _neutralised(table: pa.Table) -> pa.Table:
    columns = [
        pa.chunked_array([neutralise(part) for part in column.chunks], pa.string())
        for column in table.columns
    ]
    return pa.table(columns, schema=table.schema)


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()
