"""Reads workbooks (xlsx, xlsm, xlsb, xls, ods): parsed in a confined child, read from its spool."""

import json
import zipfile
from pathlib import Path

import pyarrow as pa

from connectors.confined.parent import Limits, parse_confined
from connectors.errors import Unreadable
from connectors.read.batch import TextArray, compute
from connectors.read.parsed.spool import Piece, Spool
from connectors.read.parsed.spooled_table import SpooledTable
from connectors.read.table import SourceTable
from contracts.file_forms import Workbook

MOST_MEMBERS = 10_000
MOST_EXPANDED = 2 << 30
MOST_RATIO = 150
_SMALL = 64 << 20
_SEPARATOR = "\x1f"


class SheetTable(SpooledTable):
    """One sheet of a workbook. Rows and columns are those the sheet shows, from row 1, column A.

    Values are text: whole numbers without a decimal point, dates as ``YYYY-MM-DD`` (with ``T`` and
    the time where it is not midnight), ``TRUE`` and ``FALSE``, errors as ``#REF!``.
    """

    def __init__(
        self, file: str, sheet: str, spool: Spool, notes: tuple[str, ...], header_row: int | None
    ) -> None:
        super().__init__(file, "workbook", sheet=sheet, header_row=header_row, notes=notes)
        self.spool = spool
        self.pieces: list[Piece] = []
        self.found: list[tuple[int, str]] = []
        self.width = 0

    def _joined(self, table: pa.Table) -> TextArray:
        columns = [table.column(str(i)).combine_chunks() for i in range(self.width)]
        if not columns:
            return pa.array([""] * table.num_rows, pa.string())
        joined = compute.binary_join_element_wise(
            *columns, _SEPARATOR, null_handling="replace", null_replacement=""
        )
        # Blank cells on the right come and go with the used range; they are no change.
        record: TextArray = compute.utf8_rtrim(joined, _SEPARATOR)
        return record


def open_workbook(
    path: Path, form: Workbook, file: str, limits: Limits | None = None
) -> list[SourceTable]:
    """The sheets that have cells, as tables.

    Raises:
        Unreadable: encrypted, damaged, unsafe, too demanding, or without the sheets declared.
    """
    _check_archive(path, file)
    spool = Spool()
    tables: list[SheetTable] = []
    request = {
        "parser": "workbooks.sheets",
        "path": str(path.resolve()),
        "file": file,
        "sheets": list(form.sheets),
        "hidden": form.hidden,
        "macros": form.macros,
        "external_links": form.external_links,
    }
    for kind, payload in parse_confined(request, file, limits):
        if kind == "S":
            facts = json.loads(payload)
            notes = tuple(facts["notes"])
            tables.append(SheetTable(file, facts["sheet"], spool, notes, form.header_row))
        elif kind == "B":
            tables[-1].pieces.append(spool.add(payload))
            tables[-1].width = max(tables[-1].width, _width(payload))
        elif kind == "P":
            tables[-1].found = [(row, code) for row, code in json.loads(payload)]
    filled = [table for table in tables if table.pieces]
    if not filled:
        raise _without_cells(form, file, tables)
    return list(filled)


def _without_cells(form: Workbook, file: str, tables: list[SheetTable]) -> Unreadable:
    """A workbook that holds nothing, or nothing in the sheets the feed reads of it."""
    said = f"{file} is a workbook whose sheets have no cells. Ask the supplier for it again, "
    if form.sheets or form.hidden == "skip":
        names = ", ".join(repr(table.sheet) for table in tables[:20])
        said = (
            f"{file} is a workbook without a cell in the sheets that are read ({names}). Declare "
            "others (`sheets`, `hidden`) in the feed's file section, or ask the supplier for it "
            "again, "
        )
    return Unreadable("file-empty", f"{said}with its records.")


def _width(payload: bytes) -> int:
    with pa.ipc.open_stream(payload) as stream:
        return len(stream.schema) - 1


def _check_archive(path: Path, file: str) -> None:
    """Refuses an archive that would expand beyond reason, before anything expands it."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable(
            "file-damaged", f"{file} is a damaged workbook; ask for it again."
        ) from None
    expanded = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    reason = None
    if len(members) > MOST_MEMBERS:
        reason = f"holds {len(members):,} parts"
    elif expanded > MOST_EXPANDED:
        reason = f"would expand to {expanded >> 20:,} MB"
    elif expanded > _SMALL and expanded / packed > MOST_RATIO:
        reason = f"would expand to {expanded // packed:,} times its size"
    if reason:
        raise Unreadable(
            "file-too-demanding",
            f"{file} {reason} and was refused. Ask the supplier for the same as delimited text.",
        )
