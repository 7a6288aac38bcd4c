"""Reads the sheets of a workbook in the child process: calamine in bulk, what it loses from the
file's own bytes."""

import fnmatch
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError

from connectors.confined.child import Frames
from connectors.confined.workbooks.book import Book
from connectors.confined.workbooks.sheet import Sheet
from connectors.errors import Unreadable

_DAMAGE = (
    CalamineError,
    CompDocError,
    XLRDError,
    zipfile.BadZipFile,
    OSError,
    ValueError,
    ArithmeticError,
    LookupError,
    EOFError,
    NotImplementedError,
)
"""What parsers of files raise at a file that is not what it should be."""
_REFUSALS = {
    "macros": (
        "workbook-macros",
        "holds macros, and the feed refuses them. Ask the supplier to save it as a workbook "
        "without macros (.xlsx).",
    ),
    "external_links": (
        "workbook-external-links",
        "takes values from other workbooks or from databases, and the feed refuses that. Ask the "
        "supplier to break the links and send the values.",
    ),
}


def send(request: dict[str, Any], frames: Frames) -> object:
    """Sends every sheet asked for; the request is that of ``connectors.read.parsed.workbook``.

    Returns:
        What holds the workbook, to be let go of when there is time for it.

    Raises:
        Unreadable: the workbook is encrypted, damaged, has no such sheets, or holds what the feed
            refuses.
    """
    path, file = request["path"], request["file"]
    try:
        # What there is beside the cells is looked for while calamine opens the file.
        with ThreadPoolExecutor(1) as beside:
            looked = beside.submit(Book, Path(path), file)
            workbook = CalamineWorkbook.from_path(path)
        book = looked.result()
        if book.is_locked:
            raise PasswordError
        _refuse(request, workbook, book, file)
        wanted = _wanted(workbook, request["sheets"], request["hidden"], book.linked, file)
        passed = _passed_over(workbook)
        for index, name, is_hidden in wanted:
            sheet = Sheet(workbook, name, book.search(index, name), file)
            notes = [*book.notes, *passed, *(["hidden-sheet"] if is_hidden else [])]
            sheet.send_to(frames, notes)
        book.close()
        return workbook, book, sheet
    except PasswordError:
        raise Unreadable(
            "workbook-encrypted",
            f"{file} is protected with a password; ask the supplier to send it without one.",
        ) from None
    except _DAMAGE:
        raise Unreadable(
            "file-damaged",
            f"{file} is a damaged workbook, or one of a kind not known; ask for it again.",
        ) from None


def _refuse(request: dict[str, Any], workbook: CalamineWorkbook, book: Book, file: str) -> None:
    """Refuses what the feed does not want to have to do with."""
    kinds = (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba)
    if any(sheet.typ in kinds for sheet in workbook.sheets_metadata) and "macros" not in book.notes:
        book.notes.append("macros")
    for asked, (code, words) in _REFUSALS.items():
        if request.get(asked) == "refuse" and asked.replace("_", "-") in book.notes:
            raise Unreadable(code, f"{file} {words}")


def _passed_over(workbook: CalamineWorkbook) -> list[str]:
    """A note, where some sheets are no tables: charts and dialogues."""
    others = (SheetTypeEnum.ChartSheet, SheetTypeEnum.DialogSheet)
    return ["chart-sheet"] if any(s.typ in others for s in workbook.sheets_metadata) else []


def _wanted(
    workbook: CalamineWorkbook, patterns: list[str], hidden: str, linked: set[str], file: str
) -> list[tuple[int, str, bool]]:
    """The sheets to read: number in the workbook, name, and whether it is hidden."""
    found: list[tuple[int, str, bool]] = []
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ != SheetTypeEnum.WorkSheet or sheet.name in linked:
            continue
        names = {sheet.name, sheet.name.strip()}
        if patterns and not any(fnmatch.fnmatchcase(n, p) for n in names for p in patterns):
            continue
        is_hidden = sheet.visible != SheetVisibleEnum.Visible
        if is_hidden and hidden == "refuse":
            raise Unreadable(
                "sheet-hidden",
                f"{file}: sheet {sheet.name!r} is hidden, and the feed refuses hidden sheets. Ask "
                "the supplier to show or remove it.",
            )
        if not (is_hidden and hidden == "skip"):
            found.append((index, sheet.name, is_hidden))
    if not found:
        asked = f" called {' or '.join(map(repr, patterns))}" if patterns else " with cells"
        has = ", ".join(repr(sheet.name) for sheet in workbook.sheets_metadata[:20])
        raise Unreadable("sheet-missing", f"{file} has no sheet{asked} to read; it has {has}.")
    return found
