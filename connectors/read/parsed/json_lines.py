"""Reads JSON lines: one record a line. Rows are lines, blank ones too."""

from pathlib import Path
from typing import Any

from connectors.read.parsed.keyed import KeyedTable
from connectors.read.parsed.record_table import open_parsed
from connectors.read.table import SourceTable
from contracts.file_forms import JsonLines
from contracts.file_forms.json_records import steps_of


def open_json_lines(path: Path, form: JsonLines, file: str) -> list[SourceTable]:
    """The one table of a file. A line that is no record is a row with a problem
    (``record-damaged``).

    Raises:
        Unreadable: no line is a record, or one is too long.
    """
    request: dict[str, Any] = {
        "pages": [[str(path.resolve()), file]],
        "records": [],
        "fields": {name: list(steps_of(one)) for name, one in form.fields.items()},
        "lines": True,
    }
    return list(open_parsed("json_records", path, request, file, "json-lines", maker=KeyedTable))
