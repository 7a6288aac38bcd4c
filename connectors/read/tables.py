"""Opens a delivered file, or the pages of one, as the tables it holds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any, NamedTuple, get_args

from connectors.errors import Unreadable
from connectors.read.archive import Unpacked
from connectors.read.kind.sniff import Content, archive_of, content_of
from connectors.read.parsed.dbf import memo_files, open_dbf
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
from contracts.file_forms.encodings import is_ebcdic, is_encoding


class Kind(NamedTuple):
    """A kind of content: its name for people, its form, and the opener of its tables."""

    words: str
    form: type[Form]
    opener: str


KINDS: dict[Content, Kind] = {
    "delimited": Kind("delimited text", Delimited, "connectors.read.text.delimited:open_delimited"),
    "workbook": Kind("a workbook", Workbook, "connectors.read.parsed.workbook:open_workbook"),
    "spreadsheet-xml": Kind(
        "a workbook saved as XML",
        Workbook,
        "connectors.read.parsed.spreadsheet_xml:open_spreadsheet_xml",
    ),
    "json": Kind("JSON", Json, "connectors.read.parsed.json_records:open_json"),
    "json-lines": Kind(
        "JSON lines", JsonLines, "connectors.read.parsed.json_lines:open_json_lines"
    ),
    "xml": Kind("an XML document", Xml, "connectors.read.parsed.xml_records:open_xml"),
    "html": Kind("a web page", Html, "connectors.read.parsed.html:open_html"),
    "dbf": Kind("a dBASE table", Dbf, "connectors.read.parsed.dbf:open_dbf"),
    "access": Kind(
        "a Microsoft Access database", Access, "connectors.read.parsed.access:open_access"
    ),
    "statistics": Kind(
        "a file of SPSS, SAS or Stata",
        Statistics,
        "connectors.read.parsed.statistics:open_statistics",
    ),
    "parquet": Kind("a Parquet file", Parquet, "connectors.read.parsed.parquet:open_parquet"),
}
"""What a file may be by its bytes; openers are imported when a file of their kind comes."""

DECLARED: dict[type[Form], str] = {
    FixedWidth: "connectors.read.text.fixed_width:open_fixed_width",
    Copybook: "connectors.read.cobol.copybook:open_copybook",
}
"""Forms that no bytes prove: a file is what the feed declares."""

ALSO: dict[type[Form], tuple[Content, ...]] = {
    JsonLines: ("json",),  # One record is no more than one line.
    Xml: ("html", "spreadsheet-xml"),
}
"""What else a declared form may look like, where both are right."""

NAMED_FOR: dict[str, tuple[Content, ...]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), ("delimited",)),
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".xlsb", ".ods"), ("workbook",)),
    ".xml": ("xml", "spreadsheet-xml"),
    ".json": ("json", "json-lines"),
    **dict.fromkeys((".jsonl", ".ndjson"), ("json-lines", "json")),
    **dict.fromkeys((".html", ".htm"), ("html",)),
    ".dbf": ("dbf",),
    **dict.fromkeys((".mdb", ".accdb"), ("access",)),
    **dict.fromkeys((".sav", ".por", ".sas7bdat", ".xpt", ".dta"), ("statistics",)),
    ".parquet": ("parquet",),
}
"""What a name promises; of other names nothing is expected."""

_MISNAMED = "not-what-its-name-says"
_PASSED_OVER = "members-passed-over"
_CHOOSE = " Say which members are wanted (`members`) in the feed's file section."


class _File(NamedTuple):
    """A file of the delivery, or a member of one: its name for people, form, opener and notes."""

    path: Path
    name: str
    form: Form
    opener: str
    notes: tuple[str, ...]


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
    given: list[tuple[Path, str]] = []
    notes: dict[str, tuple[str, ...]] = {}
    unpacked: list[Unpacked] = []
    for one, shown in zip(paths, names, strict=True):
        archive = _unpacked(one, form, shown)
        if archive is None:
            given.append((one, shown))
            continue
        unpacked.append(archive)
        given += [(member.path, member.name) for member in archive]
        if archive.passed_over:
            notes |= {member.name: (_PASSED_OVER,) for member in archive}
    memos = memo_files([one for one, _ in given])
    files = [
        _file_of(one, shown, form, notes.get(shown, ()), is_member=bool(unpacked))
        for one, shown in given
        if one not in memos
    ]
    tables = _opened(files, memos)
    for table in tables:
        # Members lie on disk for as long as a table may read them.
        table.kept = tuple(unpacked)
    return tables


def _unpacked(path: Path, form: FileForm | None, file: str) -> Unpacked | None:
    """The members of an archive; None where the file is none."""
    with _opening(file):
        kind = archive_of(path, file)
    return Unpacked(path, kind, form.members if form else None, file) if kind else None


def _opened(files: Sequence[_File], memos: dict[Path, Path]) -> list[SourceTable]:
    pages = [one.form for one in files if isinstance(one.form, Json)]
    if pages:
        if len(pages) < len(files):
            raise Unreadable("file-form-differs", "Some files of the delivery are JSON, some not.")
        from connectors.read.parsed.json_records import open_json

        table = open_json([one.path for one in files], pages[0], [one.name for one in files])
        table.notes += tuple(dict.fromkeys(note for one in files for note in one.notes))
        return [table]
    tables: list[SourceTable] = []
    for one in files:
        if isinstance(one.form, Dbf):
            beside = [memo for memo, table in memos.items() if table == one.path]
            found = open_dbf(one.path, one.form, one.name, beside)
        else:
            found = _opener(one.opener)(one.path, one.form, one.name)
        for table in found:
            table.notes += one.notes
        tables += found
    return tables


def _opener(named: str) -> Any:
    module, _, function = named.partition(":")
    return getattr(import_module(module), function)


@contextmanager
def _opening(file: str) -> Iterator[None]:
    """Turns a file that cannot be opened or read into a refusal."""
    try:
        yield
    except OSError as error:
        raise Unreadable(
            "file-unreadable", f"{file} cannot be read: {error.strerror or 'input/output error'}."
        ) from None


def _is_declared_text(form: FileForm | None) -> bool:
    """Whether a form says of bytes that look like no text how they are: in EBCDIC, or parted by
    control characters."""
    if not isinstance(form, Delimited):
        return False
    marks = (form.delimiter or "") + (form.line_end or "")
    ebcdic = form.encoding is not None and is_encoding(form.encoding) and is_ebcdic(form.encoding)
    return ebcdic or any(mark < " " and mark not in "\t\n\r" for mark in marks)


def _file_of(
    path: Path, file: str, form: FileForm | None, notes: tuple[str, ...], *, is_member: bool
) -> _File:
    """A file with the form to read it by, checked against its bytes."""
    with _opening(file):
        if form is not None and (declared := DECLARED.get(type(form))) is not None:
            if path.stat().st_size == 0:
                raise Unreadable(
                    "file-empty", f"{file} is empty: it has no bytes at all; ask for it again."
                )
            return _File(path, file, form, declared, notes)
        try:
            content = content_of(path, file, is_text=_is_declared_text(form))
        except Unreadable as refusal:
            if is_member and refusal.code in ("file-kind-unknown", "file-empty"):
                raise Unreadable(refusal.code, refusal.message + _CHOOSE) from None
            raise
    if content == "archive":
        raise Unreadable(
            "archive-nested",
            f"{file} is an archive in an archive, which is not opened. Ask the supplier to pack "
            f"the files once.{_CHOOSE}",
        )
    if PurePath(file).suffix.lower() in NAMED_FOR:
        promised = NAMED_FOR[PurePath(file).suffix.lower()]
        notes += () if content in promised else (_MISNAMED,)
    kind = KINDS[content]
    if form is None:
        [word] = get_args(kind.form.model_fields["format"].annotation)
        return _File(path, file, kind.form.model_validate({"format": word}), kind.opener, notes)
    own = next(one for one in KINDS.values() if isinstance(form, one.form))
    if isinstance(form, kind.form):
        return _File(path, file, form, kind.opener, notes)
    if content in ALSO.get(type(form), ()):
        return _File(path, file, form, own.opener, notes)
    raise Unreadable(
        "file-form-differs",
        f"{file} is {kind.words}, and the feed declares {own.words}. Correct the feed's file "
        f"section, or ask the supplier for the declared form.{_CHOOSE if is_member else ''}",
    )
