"""Finds in the XML of a sheet what calamine loses: formulas never computed, error cells, long
numbers, and whether columns or rows are hidden.

The XML is searched as bytes while it is decompressed, for the few cells in question only: building
every cell again in Python would take ten times as long as reading the sheet. That holds for XML as
every known program writes it; any other is read cell by cell (``sheet_elements``).
"""

import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from connectors.cells import column_position
from connectors.confined.workbooks import sheet_elements
from connectors.confined.workbooks.lost import Lost, Place, is_telling
from connectors.errors import Unreadable

_CHUNK = 4 << 20
_CELL = re.compile(rb"<c\b([^>]*[^/>])>(.*?)</c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<v\b[^>]*>([^<]*)</v>")
_HIDDEN = re.compile(rb'<(col|row)\b[^>]*\bhidden="(?:1|true)"')
# How cells are written by every program known: without prefix, in double quotes, their place first,
# without white space, and without comments or character data that hold what looks like cells.
_FIRST = re.compile(rb'<c r="[A-Z]+\d+"|<sheetData ?/>|<sheetData></')
_SPACED = re.compile(rb"</c>\s|</[vf]>\s")
_OTHER = re.compile(rb'<c[ >/](?!r="[A-Z])')
# How a cell ends that holds a formula and no value, as every program known writes it.
_VALUELESS = (b"</f></c>", b"/></c>", b"<v></v></c>")
# Numbers that calamine may give as something else: see ``exact``.
_NUMBER = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?'
    rb"<v[^>]*>(-[^<]*|6[0\.][^<]*|\d{16,})</v>"
)
# calamine takes the first shared text where the number of one is none.
_NO_TEXT = re.compile(rb't="s"[^>]*><v>(?!\d{1,9}</v>|</v>)')
_NO_NUMBER = re.compile(rb'\bt="(?!n")')
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LINKS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


def sheet_parts(archive: zipfile.ZipFile, file: str) -> dict[str, str]:
    """The sheets of an xlsx workbook: name to the archive member that holds it."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    links = links_of(archive, "xl/_rels/workbook.xml.rels", file)
    parts: dict[str, str] = {}
    for sheet in _tree(archive, "xl/workbook.xml", file).iter():
        if sheet.tag not in (f"{_MAIN}sheet", f"{_STRICT}sheet"):
            continue
        link = next((sheet.get(key) for key in _LINKS if sheet.get(key)), None)
        member = links.get(link or "")
        if member in names:
            parts[sheet.get("name", "")] = member
    return parts


def links_of(archive: zipfile.ZipFile, member: str, file: str) -> dict[str, str]:
    """The relationships of a workbook: their names to the archive members they lead to."""
    if member not in archive.NameToInfo:
        return {}
    found: dict[str, str] = {}
    for link in _tree(archive, member, file):
        target = (link.get("Target") or "").removeprefix("/xl/").removeprefix("xl/")
        found[link.get("Id", "")] = f"xl/{target}"
    return found


def refuse_dtd(archive: zipfile.ZipFile, member: str, file: str) -> None:
    """Refuses XML with a document type: workbooks have none, attacks by entity expansion do."""
    with archive.open(member) as stream:
        if b"<!DOCTYPE" in stream.read(4096).upper():
            raise Unreadable(
                "workbook-unsafe",
                f"{file} holds XML with a document type definition, which no workbook needs; it "
                "was refused.",
            )


def _tree(archive: zipfile.ZipFile, member: str, file: str) -> ElementTree.Element:
    refuse_dtd(archive, member, file)
    with archive.open(member) as stream:
        content = stream.read(16 << 20)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable("workbook-unsafe", f"{file} holds XML with entities; it was refused.")
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise Unreadable(
            "file-damaged", f"{file}: the list of its sheets is damaged; ask for it again."
        ) from None


def look(archive: zipfile.ZipFile, member: str, file: str) -> Lost:
    """Searches one sheet for what calamine loses whatever its cells hold.

    Raises:
        ValueError: a cell points to a shared text by what is no number.
    """
    found = Lost()
    for number, chunk in enumerate(_chunks(archive, member)):
        if not _is_usual(chunk, first=number == 0):
            return sheet_elements.look(archive, member, file)
        if _NO_TEXT.search(chunk):
            raise ValueError("no number of a shared text")
        if b" hidden=" in chunk:
            found.hidden |= {f"{m.group(1).decode()}s" for m in _HIDDEN.finditer(chunk)}
        for attributes, content in _cells(chunk):
            _judge(attributes, content, found)
    found.hidden = {{"cols": "columns"}.get(one, one) for one in found.hidden}
    return found


def exact(archive: zipfile.ZipFile, member: str, file: str) -> dict[Place, str]:
    """Numbers as they are written, of those that calamine may give as something else: whole ones of
    more than 15 digits, and those that are no date (``is_no_date``)."""
    found: dict[Place, str] = {}
    for number, chunk in enumerate(_chunks(archive, member)):
        if not _is_usual(chunk, first=number == 0):
            return sheet_elements.exact(archive, member, file)
        for match in _NUMBER.finditer(chunk):
            letters, row, attributes, text = match.groups()
            if not _NO_NUMBER.search(attributes) and is_telling(text.decode("ascii", "replace")):
                found[int(row) - 1, column_position(letters.decode())] = text.decode()
    return found


def _is_usual(chunk: bytes, *, first: bool) -> bool:
    """Whether the XML is written as every known program does, so that it can be searched."""
    if first and (not _FIRST.search(chunk) or _SPACED.search(chunk)):
        return False
    # A single byte is found many times as quickly as two of which one is everywhere.
    is_plain = b"!" not in chunk or b"<!" not in chunk
    return is_plain and not _OTHER.search(chunk)


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The member's bytes in chunks that end after a cell."""
    rest = b""
    with archive.open(member) as stream:
        while data := stream.read(_CHUNK):
            data = rest + data
            end = data.rfind(b"</c>") + 4
            if end == 3:  # There is no cell in all of it.
                end = data.rfind(b">") + 1
            yield data[:end]
            rest = data[end:]
    yield rest


def _cells(chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(attributes, content) of the cells in question."""
    marks = [b't="e"']
    if b"<f" in chunk:
        marks += _VALUELESS
    places: set[int] = set()
    for mark in marks:
        at = chunk.find(mark)
        while at >= 0:
            places.add(max(chunk.rfind(b"<c ", 0, at), 0))
            at = chunk.find(mark, at + 1)
    for place in sorted(places):
        cell = _CELL.match(chunk, place)
        if cell:
            yield cell.group(1), cell.group(2)


def _judge(attributes: bytes, content: bytes, found: Lost) -> None:
    reference = _REFERENCE.search(attributes)
    if not reference:
        return
    place = (int(reference.group(2)) - 1, column_position(reference.group(1).decode()))
    value = _VALUE.search(content)
    text = value.group(1).strip() if value else b""
    if b't="e"' in attributes:
        found.texts[place] = text.decode("ascii", "replace") or "#N/A"
    elif (
        not text
        and b't="str"' not in attributes
        and re.search(rb"<f[\s/>]", content)
        and not re.search(rb"<is[\s>]", content)
    ):
        found.valueless.append(place)
