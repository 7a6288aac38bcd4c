"""Opens a delivered file, or the pages of one, as the tables it holds."""

from collections.abc import Sequence
from pathlib import Path

from connectors.errors import Unreadable
from connectors.read.delimited import DelimitedTable
from connectors.read.fixed_width import FixedWidthTable
from connectors.read.json_records import open_json
from connectors.read.sniff import Content, content_of
from connectors.read.table import SourceTable
from connectors.read.workbook import open_workbook
from contracts.feed import Delimited, FileForm, FixedWidth, Json, Workbook

_NAMES: dict[Content, str] = {
    "delimited": "delimited text",
    "workbook": "a workbook",
    "json": "JSON",
}
_FORMS: dict[Content, type[Delimited] | type[Workbook] | type[Json]] = {
    "delimited": Delimited,
    "workbook": Workbook,
    "json": Json,
}


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
    pages = [found for found in forms if isinstance(found, Json)]
    if pages:
        if len(pages) < len(forms):
            raise Unreadable("file-form-differs", "Some files of the delivery are JSON, some not.")
        return [open_json(paths, pages[0], names)]
    tables: list[SourceTable] = []
    for one, shown, found in zip(paths, names, forms, strict=True):
        if isinstance(found, Workbook):
            tables += open_workbook(one, found, shown)
        elif isinstance(found, FixedWidth):
            tables.append(FixedWidthTable(one, found, shown))
        elif isinstance(found, Delimited):
            tables.append(DelimitedTable(one, found, shown))
    return tables


def _form_of(path: Path, file: str, form: FileForm | None) -> FileForm:
    """The form to read a file by, checked against its bytes."""
    try:
        if isinstance(form, FixedWidth):
            if path.stat().st_size == 0:
                raise Unreadable("file-empty", f"{file} is empty: it has no bytes at all.")
            return form
        content = content_of(path, file)
    except OSError as error:
        raise Unreadable(
            "file-unreadable", f"{file} cannot be read: {error.strerror or 'input/output error'}."
        ) from None
    if form is None:
        return _FORMS[content].model_validate({"format": content})
    if not isinstance(form, _FORMS[content]):
        declared = next(_NAMES[kind] for kind, one in _FORMS.items() if isinstance(form, one))
        raise Unreadable(
            "file-form-differs",
            f"{file} is {_NAMES[content]}, and the feed declares {declared}. Correct the feed's "
            "file section, or ask the supplier for the declared form.",
        )
    return form
