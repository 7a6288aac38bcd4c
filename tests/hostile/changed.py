"""Sound workbooks with some of their parts changed."""

import io
import re
import zipfile
from collections.abc import Callable

from tests.hostile import sound

SHEET, BOOK, CONTENT = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "content.xml"


def changed(
    make: Callable[[], bytes], changes: dict[str, Callable[[str], str]], **more: bytes
) -> bytes:
    """A workbook with other parts, and with more of them."""
    with zipfile.ZipFile(io.BytesIO(make())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        parts[name] = change(parts[name].decode()).encode("utf-8", "surrogatepass")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, **more}.items():
            archive.writestr(name, part)
    return content.getvalue()


def with_rows(xml: str, part: str = SHEET) -> bytes:
    """An xlsx workbook whose sheet has these rows."""
    whole = f"<sheetData>{xml}</sheetData>"
    return changed(
        sound.xlsx,
        {part: lambda text: re.sub("<sheetData>.*</sheetData>", lambda _: whole, text, flags=re.S)},
    )


def with_cell(inner: str, place: str = "A1") -> bytes:
    """An xlsx workbook whose sheet has one cell of text."""
    return with_rows(f'<row r="1"><c r="{place}" t="inlineStr"><is><t>{inner}</t></is></c></row>')
