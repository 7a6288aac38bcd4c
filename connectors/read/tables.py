"""Opens a delivered file, or the pages of one, as the tables it holds."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from connectors.errors import Unreadable
from connectors.read.sniff import Content, content_of
from connectors.read.table import SourceTable
from contracts.file_forms import (
    Access,
    Copybook,
    Dbf,
    Delimited,
    FileForm,
    FixedWidth,
    Form,
    Html,
    Json,
    JsonLines,
    Parquet,
    Statistics,
    Workbook,
    Xml,
)


class Kind(NamedTuple):
    """A kind of content: its name for people, its form, and the opener of its tables."""

    words: str
    form: type[Form]
    opener: str


KINDS: dict[Content, Kind] = {
    "delimited": Kind("delimited text", Delimited, "connectors.read.delimited:open_delimited"),
    "workbook": Kind("a workbook", Workbook, "connectors.read.workbook:open_workbook"),
    "json": Kind("JSON", Json, "connectors.read.json_records:open_json"),
    "json-lines": Kind("JSON lines", JsonLines, "connectors.read.json_lines:open_json_lines"),
    "xml": Kind("an XML document", Xml, "connectors.read.xml_records:open_xml"),
    "html": Kind("a web page", Html, "connectors.read.html:open_html"),
    "dbf": Kind("a dBASE table", Dbf, "connectors.read.dbf:open_dbf"),
    "access": Kind("a Microsoft Access database", Access, "connectors.read.access:open_access"),
    "statistics": Kind(
        "a file of SPSS, SAS or Stata", Statistics, "connectors.read.statistics:open_statistics"
    ),
    "parquet": Kind("a Parquet file", Parquet, "connectors.read.parquet:open_parquet"),
}
"""What a file may be by its bytes; openers are imported when a file of their kind comes."""

DECLARED: dict[type[Form], str] = {
    FixedWidth: "connectors.read.fixed_width:open_fixed_width",
    Copybook: "connectors.read.copybook:open_copybook",
}
"""Forms that no bytes prove: a file is what the feed declares."""


def open_tables(
    path: Path | Sequence[Path], form: FileForm | None = None, *, name: str | None = None
) -> list[SourceTable]:
    """The tables of one delivery.

    Args:
        path: the file; several are read one after the other. JSON pages together are one table.
        form: what the feed declares of its files; None to tell everything from the bytes.
        name: the file's name for people, where it is not the path's (one file only).

    Raises:
        Unreadable: with code and message; nothing of the file is used then.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    names = [name] if name and len(paths) == 1 else [one.name for one in paths]
    if not paths:
        raise Unreadable("file-missing", "The delivery has no files.")
    forms = [_form_of(one, shown, form) for one, shown in zip(paths, names, strict=True)]
    pages = [found for found, _ in forms if isinstance(found, Json)]
    if pages:
        if len(pages) < len(forms):
            raise Unreadable("file-form-differs", "Some files of the delivery are JSON, some not.")
        from connectors.read.json_records import open_json

        return [open_json(paths, pages[0], names)]
    tables: list[SourceTable] = []
    for one, shown, (found, opener) in zip(paths, names, forms, strict=True):
        tables += _opener(opener)(one, found, shown)
    return tables


def _opener(named: str) -> Any:
    module, _, function = named.partition(":")
    return getattr(import_module(module), function)


def _form_of(path: Path, file: str, form: FileForm | None) -> tuple[Form, str]:
    """The form to read a file by, checked against its bytes, and its opener."""
    try:
        if form is not None and (declared := DECLARED.get(type(form))) is not None:
            if path.stat().st_size == 0:
                raise Unreadable("file-empty", f"{file} is empty: it has no bytes at all.")
            return form, declared
        content = content_of(path, file)
    except OSError as error:
        raise Unreadable(
            "file-unreadable", f"{file} cannot be read: {error.strerror or 'input/output error'}."
        ) from None
    kind = KINDS[content]
    if form is None:
        return kind.form.model_validate({"format": content}), kind.opener
    if not isinstance(form, kind.form):
        declared_words = next(one.words for one in KINDS.values() if isinstance(form, one.form))
        raise Unreadable(
            "file-form-differs",
            f"{file} is {kind.words}, and the feed declares {declared_words}. Correct the feed's "
            "file section, or ask the supplier for the declared form.",
        )
    return form, kind.opener
