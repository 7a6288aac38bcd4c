"""What a workbook holds beside its cells: macros, links, and for each sheet what calamine loses of
it, found by a search of the file's own bytes."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.confined.workbooks import sheet_xml, xlsb_cells
from connectors.confined.workbooks.lost import Lost, Place
from connectors.confined.workbooks.ods_cells import OdsCells
from connectors.confined.workbooks.xls_cells import XlsCells

# What parts of a workbook tell by being there: begin of the name, or its end, and the note.
_TELLING = (
    ("xl/vbaProject", "", "macros"),
    ("xl/macrosheets/", "", "macros"),
    ("Basic/", "", "macros"),
    ("Scripts/", "", "macros"),
    ("xl/externalLinks/", "", "external-links"),
    ("xl/connections", "", "external-links"),
    ("xl/comments", ".xml", "comments"),
    ("xl/comments", ".bin", "comments"),
    ("xl/threadedComments/", "", "comments"),
    ("xl/pivotTables/", "", "pivot-tables"),
)
# Parts that calamine reads and we do not, besides the sheets.
_READ_ELSEWHERE = (
    "xl/sharedStrings.xml",
    "xl/sharedStrings.bin",
    "xl/styles.xml",
    "xl/styles.bin",
)


@dataclass(frozen=True)
class Search:
    """How to find what calamine loses of one sheet.

    Attributes:
        look: what it loses whatever the cells hold.
        exact: numbers as they are written, of those it may give as something else.
    """

    look: Callable[[], Lost]
    exact: Callable[[], dict[Place, str]]


_NOTHING = Search(Lost, dict)


class Book:
    """A workbook's own bytes.

    Attributes:
        notes: ``macros``, ``external-links``, ``comments``, ``pivot-tables``, as far as there are.
        is_locked: whether it is encrypted, by a method that calamine does not tell.
        linked: names of sheets that are copies of another workbook's.

    Raises:
        Unreadable: it holds XML that is unsafe.
        zipfile.BadZipFile, ValueError, OSError: it is damaged.
    """

    def __init__(self, path: Path, file: str) -> None:
        self._file = file
        self._archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        self._parts: dict[str, str] = {}
        self._xls: XlsCells | None = None
        self._ods: OdsCells | None = None
        self.is_locked = False
        self.notes: list[str] = []
        self.linked: set[str] = set()
        if self._archive is None:
            self._xls = XlsCells(path)
            self.notes, self.is_locked = self._xls.notes, self._xls.is_locked
        else:
            self._open(self._archive)

    def _open(self, archive: zipfile.ZipFile) -> None:
        for member in (*_READ_ELSEWHERE, "content.xml"):
            if member in archive.NameToInfo and member.endswith(".xml"):
                sheet_xml.refuse_dtd(archive, member, self._file)
        for member in _READ_ELSEWHERE:
            if member in archive.NameToInfo:
                _prove(archive, member)
        self.notes = _notes(archive)
        if "content.xml" in archive.NameToInfo:
            self._ods = OdsCells(archive, self._file)
            self.linked = self._ods.linked
            self.notes += self._ods.notes
        elif "xl/workbook.bin" in archive.NameToInfo:
            links = sheet_xml.links_of(archive, "xl/_rels/workbook.bin.rels", self._file)
            self._parts = xlsb_cells.sheet_parts(archive, links, self._file)
        else:
            self._parts = sheet_xml.sheet_parts(archive, self._file)
            for member in self._parts.values():
                sheet_xml.refuse_dtd(archive, member, self._file)

    def close(self) -> None:
        """Lets go of the file."""
        if self._archive:
            self._archive.close()

    def search(self, index: int, name: str) -> Search:
        """How to find what calamine loses of a sheet, by its number in the book and its name."""
        archive, part, file = self._archive, self._parts.get(name), self._file
        if self._xls is not None:
            xls = self._xls
            return Search(lambda: xls.look(index), lambda: xls.exact(index))
        if self._ods is not None:
            ods = self._ods
            return Search(lambda: ods.sheets.get(name, Lost()), lambda: ods.numbers.get(name, {}))
        if archive is None or part is None or part not in archive.NameToInfo:
            return _NOTHING
        if part.endswith(".bin"):
            return Search(
                lambda: xlsb_cells.look(archive, part, file),
                lambda: xlsb_cells.exact(archive, part, file),
            )
        return Search(
            lambda: sheet_xml.look(archive, part, file),
            lambda: sheet_xml.exact(archive, part, file),
        )


def _prove(archive: zipfile.ZipFile, member: str) -> None:
    """Reads a part to its end, at which its checksum is compared; calamine does not look at it."""
    with archive.open(member) as stream:
        while stream.read(1 << 20):
            pass


def _notes(archive: zipfile.ZipFile) -> list[str]:
    return sorted(
        {
            note
            for name in archive.namelist()
            for start, end, note in _TELLING
            if name.startswith(start) and name.endswith(end)
        }
    )
