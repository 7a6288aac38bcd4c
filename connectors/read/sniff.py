"""Tells what a file is from its bytes; its name and extension count for nothing."""

import re
import zipfile
from pathlib import Path
from typing import Literal

from connectors.errors import Unreadable

Content = Literal[
    "delimited",
    "workbook",
    "json",
    "json-lines",
    "xml",
    "html",
    "dbf",
    "access",
    "statistics",
    "parquet",
]

_LOOK = 64 << 10
# What else public bodies send, and what to ask for instead.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x00\x01\x00\x00Standard", "a Microsoft Access database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a rich-text document"),
)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_RAW_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")
_MARKS = (b"\xef\xbb\xbf",)
_ODD = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")


def content_of(path: Path, file: str) -> Content:
    """What a file holds.

    Raises:
        Unreadable: it is empty, or holds nothing that tables are read from; the message says what.
    """
    with path.open("rb") as content:
        start = content.read(_LOOK)
    if not start:
        raise Unreadable("file-empty", f"{file} is empty: it has no bytes at all.")
    for mark, name in _OTHERS:
        if start.startswith(mark):
            raise _other(file, name)
    if start.startswith(b"PK\x03\x04"):
        return _zipped(path, file)
    if start.startswith(_OLE):
        return _compound(path, file)
    if start.startswith(_RAW_BIFF):
        return "workbook"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "delimited"
    plain = start.removeprefix(_MARKS[0]).lstrip()
    if not plain:
        raise Unreadable("file-empty", f"{file} is empty: it holds nothing but white space.")
    return _text(plain, start, file)


def _text(plain: bytes, start: bytes, file: str) -> Content:
    """What a text file holds, from its first characters."""
    lower = plain[:512].lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<table")):
        raise _other(file, "a web page")
    if lower.startswith(b"<?xml") or re.match(rb"<[a-z]\w*[\s>/]", lower):
        raise _other(file, "an XML document")
    if re.match(rb"\{\s*(\"|\})|\[\s*(\{|\])", plain):
        return "json"
    if _is_dbf(start):
        raise _other(file, "a dBASE table")
    odd = len(_ODD.findall(start))
    # UTF-16 without its mark is half NULs and still text; other binaries are not so regular.
    evenly = start[0::2].count(0) == 0 or start[1::2].count(0) == 0
    if odd > max(8, 0.02 * len(start)) and not (evenly and start.count(0) > 0.3 * len(start)):
        raise _other(file, "binary data of an unknown kind")
    return "delimited"


def _is_dbf(start: bytes) -> bool:
    """A dBASE header: version, a plausible date, lengths that fit, field list ended by CR."""
    if len(start) < 65 or start[0] not in (0x02, 0x03, 0x30, 0x31, 0x43, 0x83, 0x8B, 0xF5):
        return False
    length = int.from_bytes(start[8:10], "little")
    return (
        1 <= start[2] <= 12
        and 1 <= start[3] <= 31
        and 33 <= length <= len(start)
        and b"\r" in start[length - 2 : length]
    )


def _zipped(path: Path, file: str) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable(
            "file-damaged", f"{file} is a damaged zip file or workbook; ask for it again."
        ) from None
    if any(name.startswith("xl/") for name in names) or "content.xml" in names:
        return "workbook"
    if any(name.startswith("word/") for name in names):
        raise _other(file, "a Word document")
    raise _other(file, "a zip archive")


def _compound(path: Path, file: str) -> Content:
    """What an OLE compound file holds, from the names of its streams."""
    content = path.read_bytes() if path.stat().st_size < 256 << 20 else b""
    if _stream(content, "EncryptedPackage"):
        raise Unreadable(
            "workbook-encrypted",
            f"{file} is protected with a password; ask the supplier to send it without one.",
        )
    if _stream(content, "Workbook") or _stream(content, "Book"):
        return "workbook"
    raise _other(file, "an Office document that is no workbook")


def _stream(content: bytes, name: str) -> bool:
    return name.encode("utf-16-le") + b"\0\0" in content


def _other(file: str, name: str) -> Unreadable:
    return Unreadable(
        "file-kind-unknown",
        f"{file} is {name}; tables are read from delimited text, fixed-width text, workbooks and "
        "JSON. Ask the supplier for one of these.",
    )
