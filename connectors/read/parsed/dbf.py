"""Reads dBASE and FoxPro tables (DBF) with their memo files: in a confined child, then from its
spool."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from connectors.confined.dbase.header import LANGUAGES
from connectors.confined.parent import Limits
from connectors.read.parsed.record_table import open_parsed
from connectors.read.table import SourceTable
from connectors.read.text.encoding import Encoding, declared_encoding
from connectors.read.text.gathered_encoding import prove_gathered
from contracts.file_forms import Dbf

MEMOS = (".dbt", ".fpt")
_LANGUAGE = 29  # Where the header names the language driver, and with it the code page.


def memo_files(paths: Sequence[Path]) -> dict[Path, Path]:
    """Of the files of one delivery, the memo files and the tables they belong to: those of the
    same name but for what follows the last dot, capitals or not."""
    tables = {one.stem.lower(): one for one in paths if one.suffix.lower() not in MEMOS}
    return {
        one: tables[one.stem.lower()]
        for one in paths
        if one.suffix.lower() in MEMOS and one.stem.lower() in tables
    }


def with_memos(path: Path) -> list[Path]:
    """A file as somebody names it, and the memo files that lie beside it where it is called
    ``.dbf``. A delivery brings its own; this is for a single file of a folder."""
    if path.suffix.lower() != ".dbf":
        return [path]
    try:
        beside = sorted(one for one in path.parent.iterdir() if one.suffix.lower() in MEMOS)
    except OSError:
        return [path]
    return [path, *(one for one in memo_files([path, *beside]) if one.is_file())]


def open_dbf(
    path: Path, form: Dbf, file: str, beside: Iterable[Path] = (), limits: Limits | None = None
) -> list[SourceTable]:
    """The one table of a DBF file. Rows are the numbers of its records, deleted ones counted.

    Records marked as deleted are in ``left_out``, and the table has the note ``deleted-records``.

    Args:
        beside: memo files of the same delivery; without one, rows with a memo are reported
            (``memo-missing``).

    Raises:
        Unreadable: it is damaged, or its encoding is neither declared nor stated nor proved.
    """
    memo = next(iter(beside), None)
    request: dict[str, Any] = {
        "memo": str(memo.resolve()) if memo else None,
        "only": None,
        "undecided": "",
    }
    encoding = _encoding(path, form, file, request, limits)
    if encoding is not None:
        request["undecided"] = re.escape(encoding.undecided)
    name = encoding.name if encoding else None
    tables = open_parsed(
        "dbase.table", path, {**request, "encoding": name}, file, "dbf", limits=limits
    )
    for table in tables:
        if table.left_out:
            table.notes = ("deleted-records", *table.notes)
    return list(tables)


def _encoding(
    path: Path, form: Dbf, file: str, request: dict[str, Any], limits: Limits | None
) -> Encoding | None:
    """How texts are encoded, as declared or as proved; None where the file itself says it."""
    if form.encoding is not None:
        return declared_encoding(path, form.encoding, file)
    with path.open("rb") as stream:
        language = stream.read(_LANGUAGE + 1)[_LANGUAGE:]
    if not language or language[0] in LANGUAGES:
        return None
    return prove_gathered("dbase.table", path, {**request, "encoding": None}, file, limits)
