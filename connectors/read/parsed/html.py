"""Reads the tables of a web page, whatever it was saved as: each is a table like a sheet."""

import codecs
import re
from pathlib import Path

from connectors.errors import Unreadable
from connectors.read.parsed.grids import open_grids
from connectors.read.table import SourceTable
from connectors.read.text.encoding import declared_encoding, prove_encoding
from contracts.file_forms import Html

_LOOK = 64 << 10
_CHARSET = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.I)
# What pages call ASCII and Latin-1 is Windows-1252 to every browser (WHATWG, Encoding Standard).
_WINDOWS = frozenset({"ascii", "iso8859-1", "cp1252"})


def open_html(path: Path, form: Html, file: str) -> list[SourceTable]:
    """The tables with text in a cell, by caption, id or number (``table 2``).

    Cells that reach over rows or columns hold their text in the first; the rows below are reported
    (``merged-cell``).

    Raises:
        Unreadable: ``html-without-tables``, no table of the declared names, or not in the encoding
            that is declared or that the page names.
    """
    request = {"tables": list(form.tables), "encoding": _encoding(path, form.encoding, file)}
    return open_grids("html_tables", path, request, file, "html", form.header_row)


def _encoding(path: Path, declared: str | None, file: str) -> str:
    """As declared, as a byte-order mark says, as the page says, or as its bytes prove."""
    if declared is not None:
        found = declared_encoding(path, declared, file)
        return found.name
    with path.open("rb") as content:
        start = content.read(_LOOK)
    named = _CHARSET.search(start)
    marked = start.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if named is None or marked:
        proved = prove_encoding(path, file)
        if proved.doubt:
            raise Unreadable("encoding-undecided", f"{file}: {proved.doubt}.")
        return proved.name
    name = named.group(1).decode("ascii")
    try:
        known = codecs.lookup(name).name
    except LookupError:
        raise Unreadable(
            "encoding-unknown",
            f"{file} says that it is in {name!r}, an encoding that we do not know. Declare the "
            "right one in the feed's file section.",
        ) from None
    # A page cannot say in ASCII bytes that it is in UTF-16: it is read as UTF-8 then.
    return "cp1252" if known in _WINDOWS else "utf-8" if known.startswith("utf-16") else known
