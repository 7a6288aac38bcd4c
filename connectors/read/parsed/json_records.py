"""Reads JSON records: a list of objects in each page of a delivery, together one table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.confined.parent import Limits
from connectors.read.parsed.keyed import KeyedTable
from connectors.read.parsed.record_table import open_parsed
from connectors.read.table import SourceTable
from contracts.file_forms import Json
from contracts.file_forms.json_records import steps_of


def open_json(paths: Sequence[Path], form: Json, files: Sequence[str]) -> SourceTable:
    """The one table of a delivery of JSON pages.

    Raises:
        Unreadable: a page is no JSON, is not UTF-8, has no list of objects where declared, or a
            record has a key twice.
    """
    records = None if form.records is None else list(steps_of(form.records))
    request: dict[str, Any] = {
        "pages": [[str(path.resolve()), file] for path, file in zip(paths, files, strict=True)],
        "records": records,
        "fields": {name: list(steps_of(path)) for name, path in form.fields.items()},
        "lines": False,
    }
    limits = Limits.of(sum(path.stat().st_size for path in paths))
    [table] = open_parsed(
        "json_records", paths[0], request, files[0], "json", limits=limits, maker=KeyedTable
    )
    return table
