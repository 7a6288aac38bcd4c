"""Finds in the XML of a sheet what calamine loses: formulas never computed, error cells, long
numbers, and whether columns or rows are hidden.

The XML is searched as bytes while it is decompressed, for the few cells in question only: building
every cell again in Python would take ten times as long as reading the sheet.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from connectors.cells import column_position
from connectors.errors import Unreadable

_CHUNK = 4 << 20
_P = rb"(?:[\w.-]+:)?"
_CELL = re.compile(rb"<" + _P + rb"c\b([^>]*[^/>])>(.*?)</" + _P + rb"c>", re.DOTALL)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_FORMULA = re.compile(rb"<" + _P + rb"f[\s/>]")
_VALUE = re.compile(rb"<" + _P + rb"v\b[^>]*>([^<]*)</" + _P + rb"v>")
_INLINE = re.compile(rb"<" + _P + rb"is[\s>]")
_NO_NUMBER = re.compile(rb"\bt=[\"'](?!n[\"'])")
_WHOLE = re.compile(rb"-?\d{16,}")
_HIDDEN = re.compile(rb"<" + _P + rb"(col|row)\b[^>]*\bhidden=[\"'](?:1|true)[\"']")
# How cells are written by every program known: without prefix, in double quotes. Otherwise each
# cell is looked at.
_USUAL = re.compile(rb'<c r="')
# How a cell ends that holds a formula and no value, as every program known writes it.
_VALUELESS = (b"</f></c>", b"/></c>", b"<v></v></c>")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LINKS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


@dataclass
class Lost:
    """What a sheet's XML holds beyond what calamine gives; places are 0-based (row, position).

    Attributes:
        texts: text of error cells (``#REF!``) and of whole numbers of more than 15 digits.
        valueless: formulas without a computed value.
        hidden: ``columns`` and ``rows``, where any are hidden.
    """

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    valueless: list[tuple[int, int]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)


def sheet_parts(archive: zipfile.ZipFile, file: str) -> dict[str, str]:
    """The sheets of an xlsx workbook: name to the archive member that holds it."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    links = {
        link.get("Id"): (link.get("Target") or "").removeprefix("/xl/").removeprefix("xl/")
        for link in _tree(archive, "xl/_rels/workbook.xml.rels", file)
    }
    parts: dict[str, str] = {}
    for sheet in _tree(archive, "xl/workbook.xml", file).iter():
        if sheet.tag not in (f"{_MAIN}sheet", f"{_STRICT}sheet"):
            continue
        link = next((sheet.get(key) for key in _LINKS if sheet.get(key)), None)
        member = f"xl/{links.get(link, '')}"
        if member in names:
            parts[sheet.get("name", "")] = member
    return parts


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


def look(archive: zipfile.ZipFile, member: str, *, long_numbers: bool) -> Lost:
    """Searches one sheet; long numbers only where asked, as that means a look at every cell."""
    found = Lost()
    every = long_numbers
    for number, chunk in enumerate(_chunks(archive, member)):
        if number == 0:
            every |= not _USUAL.search(chunk) or b"</c>\n" in chunk or b"</c>\r" in chunk
        if b" hidden=" in chunk:
            found.hidden |= {f"{m.group(1).decode()}s" for m in _HIDDEN.finditer(chunk)}
        for attributes, content in _cells(chunk, every=every):
            _judge(attributes, content, found, long_numbers=long_numbers)
    found.hidden = {{"cols": "columns"}.get(one, one) for one in found.hidden}
    return found


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The member's bytes in chunks that end after a cell."""
    rest = b""
    with archive.open(member) as stream:
        while data := stream.read(_CHUNK):
            data = rest + data
            end = max(data.rfind(b"</c>") + 4, data.rfind(b":c>") + 3)
            if end == 3:  # Neither is there: no cell in all of it.
                end = data.rfind(b">") + 1
            yield data[:end]
            rest = data[end:]
    yield rest


def _cells(chunk: bytes, *, every: bool) -> Iterator[tuple[bytes, bytes]]:
    """(attributes, content) of the cells in question."""
    if every:
        for match in _CELL.finditer(chunk):
            yield match.group(1), match.group(2)
        return
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


def _judge(attributes: bytes, content: bytes, found: Lost, *, long_numbers: bool) -> None:
    reference = _REFERENCE.search(attributes)
    if not reference:
        return
    row = int(reference.group(2)) - 1
    place = (row, column_position(reference.group(1).decode()))
    value = _VALUE.search(content)
    text = value.group(1).strip() if value else b""
    if _ERROR.search(attributes):
        found.texts[place] = text.decode("ascii", "replace") or "#N/A"
    elif not text and _FORMULA.search(content) and not _INLINE.search(content):
        if not re.search(rb"\bt=[\"']str[\"']", attributes):
            found.valueless.append(place)
    elif long_numbers and _WHOLE.fullmatch(text) and not _NO_NUMBER.search(attributes):
        found.texts[place] = text.decode()
