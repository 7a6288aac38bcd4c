"""Reads workbooks saved as XML by Excel 2002 and 2003 ("XML Spreadsheet"), often named ``.xls``."""

from pathlib import Path

from connectors.errors import Unreadable
from connectors.read.parsed.grids import open_grids
from connectors.read.table import SourceTable
from contracts.file_forms import Workbook


def open_spreadsheet_xml(path: Path, form: Workbook, file: str) -> list[SourceTable]:
    """The sheets that have cells, as tables; as :func:`~.workbook.open_workbook` has them.

    Raises:
        Unreadable: damaged, unsafe, or without the sheets declared.
    """
    request = {"sheets": list(form.sheets), "hidden": form.hidden}
    tables = open_grids(
        "workbooks.spreadsheet_xml", path, request, file, "workbook", form.header_row
    )
    if not tables:
        raise Unreadable(
            "file-empty", f"{file} is a workbook whose sheets have no cells; ask for it again."
        )
    return tables
