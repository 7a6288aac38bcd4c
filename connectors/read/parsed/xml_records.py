"""Reads XML records: the elements at one path, with their values as columns."""

from pathlib import Path
from typing import Any

from connectors.read.parsed.keyed import KeyedTable
from connectors.read.parsed.record_table import open_parsed
from connectors.read.table import SourceTable
from contracts.file_forms import Xml
from contracts.file_forms.xml_records import XmlField, XmlStep, record_steps, value_path


def open_xml(path: Path, form: Xml, file: str) -> list[SourceTable]:
    """The one table of a file. Values are text as written, white space too; line ends are LF.

    A record in which an element is there several times where the form reads one is reported
    (``element-repeated``), and one with text beside elements (``mixed-content``).

    Raises:
        Unreadable: not well-formed, with a document type, too deep, or without such records.
    """
    spaces = form.namespaces
    request: dict[str, Any] = {
        "records": None
        if form.records is None
        else [_name(step, spaces) for step in record_steps(form.records)],
        "fields": {name: _field(one, spaces) for name, one in form.columns.items()},
        "encoding": form.encoding,
    }
    return list(open_parsed("xml.records", path, request, file, "xml", maker=KeyedTable))


def _name(step: XmlStep, spaces: dict[str, str]) -> list[str | None]:
    return [spaces[step.prefix] if step.prefix is not None else None, step.name]


def _field(field: XmlField, spaces: dict[str, str]) -> dict[str, Any]:
    path = value_path(field.path)
    return {
        "up": path.up,
        "steps": [[*_name(step, spaces), step.nth] for step in path.steps],
        "leaf": path.leaf,
        "attribute": _name(path.attribute, spaces) if path.attribute else None,
        "join": field.join,
    }
