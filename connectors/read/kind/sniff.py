"""Tells what a file is from its bytes; its name and extension count for nothing."""

import json
import mmap
import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

import numpy as np

from connectors.errors import Unreadable
from connectors.read.kind.ebcdic import looks_like_ebcdic
from connectors.read.kind.zip_directory import LONGEST, directory_length

Content = Literal[
    "delimited",
    "workbook",
    "spreadsheet-xml",
    "json",
    "json-lines",
    "xml",
    "html",
    "dbf",
    "access",
    "statistics",
    "parquet",
    "archive",
]
ArchiveKind = Literal["zip", "gzip", "7z", "bzip2", "xz"]

_LOOK = 64 << 10
# What else public bodies send, and what to ask for instead.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"Rar!", "a RAR archive"),
    (b"MSCF", "a cabinet archive"),
    (b"MIME-Version:", "a web archive (MHTML)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a rich-text document"),
)
_ARCHIVES: tuple[tuple[bytes, ArchiveKind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\x00", "xz"),
)
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")
_SAS = bytes.fromhex("00" * 12 + "c2ea8160b31411cfbd92080009c7318c181f1011")
_DBASE_7 = (0x04, 0x8C)
_DBF = (2, 3, 5, 0x30, 0x31, 0x32, 0x43, 0x63, 0x7B, 0x83, 0x8B, 0xCB, 0xE5, 0xF5, *_DBASE_7)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_RAW_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")
_MARKS = (b"\xef\xbb\xbf",)
_ROOT = re.compile(
    rb"(?>\s+|<\?[^>]{0,2000}\?>|<!--.{0,4000}?-->|<!doctype[^>\[]{0,2000}>)*+"
    rb"<(?P<name>[A-Za-z_][\w:.-]{0,200})[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
# What a page may begin with that somebody saved, or a program wrote without a head.
_OF_A_PAGE = frozenset(b"html head body table thead tbody tr title meta link form".split())
_IN_A_PAGE = frozenset(b"style script div span center font p b br h1 h2 h3 h4".split())
_PAGE = re.compile(
    rb"<(!doctype\s+html|html|head|body|table|thead|tbody|tr|th|td|title|meta|link|form)[\s/>]",
    re.IGNORECASE,
)
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
_ODD = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")


def content_of(path: Path, file: str, *, is_text: bool = False) -> Content:
    """What a file holds.

    Args:
        is_text: whether what is nothing else is delimited text, because its form says how its
            bytes are to be taken.

    Raises:
        Unreadable: it is empty, or holds nothing that tables are read from; the message says what.
    """
    with path.open("rb") as content:
        start = content.read(_LOOK)
    if not start:
        raise Unreadable(
            "file-empty", f"{file} is empty: it has no bytes at all; ask for it again."
        )
    for mark, name in _OTHERS:
        if start.startswith(mark):
            raise _other(file, name)
    if binary := _by_mark(path, start, file):
        return binary
    if start[257:262] == b"ustar":
        raise _other(file, "a tar archive")
    if kind := _archive_by(start):
        return _zipped(path, file) if kind == "zip" else "archive"
    if start.startswith(_OLE):
        return _compound(path, file)
    if start.startswith(_RAW_BIFF):
        return "workbook"
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        wide = "utf-32" if start[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff") else "utf-16"
        plain = start[: len(start) & ~3].decode(wide, "replace").lstrip().encode()
        return _markup(plain, file) or "delimited"
    plain = start.removeprefix(_MARKS[0]).lstrip()
    if not plain:
        raise Unreadable(
            "file-empty", f"{file} is empty: it holds nothing but white space; ask for it again."
        )
    if is_text and not _markup(plain, file):
        return "delimited"
    return _text(plain, start, file)


def archive_of(path: Path, file: str) -> ArchiveKind | None:
    """What kind of archive a file is; None where it is none, and for workbooks that are zip files.

    Raises:
        Unreadable: it is a zip file that is damaged, or a document.
    """
    with path.open("rb") as content:
        kind = _archive_by(content.read(16))
    if kind == "zip" and _zipped(path, file) != "archive":
        return None
    return kind


def _archive_by(start: bytes) -> ArchiveKind | None:
    if _BZIP2.match(start):
        return "bzip2"
    return next((kind for mark, kind in _ARCHIVES if start.startswith(mark)), None)


def _text(plain: bytes, start: bytes, file: str) -> Content:
    """What a text file holds, from its first characters."""
    if marked := _markup(plain, file):
        return marked
    if looks_like_ebcdic(start):
        raise Unreadable(
            "file-kind-unknown",
            f"{file} looks like EBCDIC; declare format copybook in the feed's file section, with "
            "its copybook and encoding (or fixed-width or delimited with the encoding, where every "
            "field is text).",
        )
    odd = len(_ODD.findall(start))
    # UTF-16 without its mark is half NULs and still text; other binaries are not so regular.
    evenly = start[0::2].count(0) == 0 or start[1::2].count(0) == 0
    if odd > max(8, 0.02 * len(start)) and not (evenly and start.count(0) > 0.3 * len(start)):
        raise _other(file, "binary data of an unknown kind")
    return "delimited"


def _markup(plain: bytes, file: str) -> Content | None:
    """What a text file in JSON, XML or HTML holds; None for another."""
    if re.match(rb"\{\s*(\"|\})|\[\s*(\{|\])", plain):
        return "json-lines" if _has_lines(plain) else "json"
    if not plain.startswith(b"<"):
        return None
    root = _ROOT.match(plain)
    if root is None:
        if re.match(rb"<(\?xml|!DOCTYPE|!--)", plain, re.IGNORECASE):
            if _SPREADSHEET in plain:
                return "spreadsheet-xml"
            return "html" if b"<!doctype html" in plain[:4096].lower() else "xml"
        return None
    name = root.group("name").lower().rpartition(b":")[2]
    if b"<!doctype html" in root.group().lower() or name in _OF_A_PAGE:
        return "html"
    if name in _IN_A_PAGE:
        return "html" if _is_page(plain, name) else None
    if name == b"workbook" and _SPREADSHEET in plain:
        return "spreadsheet-xml"
    return "xml"


def _is_page(plain: bytes, name: bytes) -> bool:
    """Whether a text that begins with an element of this name goes on as a page does: with markup
    of a page or a table, or with markup to its end. A value of delimited text may be marked up too,
    and a header may be an attempt upon whoever opens it."""
    is_open = name in (b"style", b"script") and b"</" + name not in plain.lower()
    return is_open or _PAGE.search(plain) is not None or plain.rstrip().endswith(b">")


def _has_lines(plain: bytes) -> bool:
    """Whether an object is one line and another the next."""
    if not plain.startswith(b"{"):
        return False
    lines = [line for line in plain.split(b"\n")[:-1] if line.strip()]
    whole = sum(_is_object(line) for line in lines[:20])
    if whole and len(lines) > 1:
        return True
    # One record of more than is looked at here, or the last line of the file.
    return whole == 1 and plain[plain.find(b"\n") :].lstrip().startswith(b"{")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _by_mark(path: Path, start: bytes, file: str) -> Content | None:
    """What a binary file holds that says so at its start."""
    if re.match(rb"\x00\x01\x00\x00Standard (Jet|ACE) DB", start):
        return "access"
    if start.startswith((b"PAR1", b"PARE")):
        return _parquet(path, file)
    if _is_statistics(start):
        return "statistics"
    return "dbf" if _is_dbf(start) else None


def _parquet(path: Path, file: str) -> Content:
    """A Parquet file has its mark at both ends; another one where its footer is encrypted."""
    with path.open("rb") as content:
        size = content.seek(0, 2)
        content.seek(max(0, size - 4))
        end = content.read(4)
    if end == b"PARE":
        raise Unreadable(
            "parquet-encrypted",
            f"{file} is an encrypted Parquet file; ask the supplier to send it without encryption.",
        )
    if end != b"PAR1" or size < 12:
        raise Unreadable(
            "file-damaged", f"{file} is a Parquet file that was cut short; ask for it again."
        )
    return "parquet"


def _is_statistics(start: bytes) -> bool:
    """A file of SPSS (sav, zsav, portable), SAS (sas7bdat, transport) or Stata."""
    if start.startswith((b"$FL2@(#)", b"$FL3@(#)", _SAS, b"<stata_dta>")):
        return True
    if start.startswith(b"HEADER RECORD*******LIB") and b"HEADER RECORD!!!!!!!" in start[20:60]:
        return True
    # 200 bytes of splash and 256 of characters stand before it, in lines of 80.
    if start[:700].replace(b"\r", b"").replace(b"\n", b"")[456:464] == b"SPSSPORT":
        return True
    return _is_old_stata(start)


def _is_old_stata(start: bytes) -> bool:
    """Release 104 to 115, byte order, kind 1, and numbers of variables and labels that can be."""
    return (
        len(start) >= 60
        and 104 <= start[0] <= 115
        and start[1] in (1, 2)
        and start[2] == 1
        and start[3] == 0
    )


def _is_dbf(start: bytes) -> bool:
    """A dBASE header: version, a date that can be, lengths that fit, fields ended by CR."""
    if len(start) < 65 or start[0] not in _DBF:
        return False
    length = int.from_bytes(start[8:10], "little")
    if not (start[2] <= 12 and start[3] <= 31 and 65 <= length <= len(start)):
        return False
    if start[0] in _DBASE_7:
        return start[length - 1] == 0x0D
    return start[43:44].isalnum() and b"\r" in start[64:length:32]


def _zipped(path: Path, file: str) -> Content:
    """A workbook or an archive, by the members of a zip file."""
    if directory_length(path) > LONGEST:
        raise Unreadable(
            "file-too-demanding",
            f"{file} holds far more members than any delivery and was refused. Ask the supplier to "
            "send it in parts, or unpacked.",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:200] if _has_small_mimetype(archive) else b""
    except (OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error,
            zipfile.BadZipFile):  # fmt: skip
        raise Unreadable(
            "file-damaged", f"{file} is a damaged zip file or workbook; ask for it again."
        ) from None
    if {"xl/workbook.xml", "xl/workbook.bin"} & names:
        return "workbook"
    if "word/document.xml" in names:
        raise _other(file, "a Word document")
    if "ppt/presentation.xml" in names:
        raise _other(file, "a PowerPoint presentation")
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "workbook"
    if "mimetype" in names and "content.xml" in names:
        if kind.startswith(_OPEN_DOCUMENT) and b"spreadsheet" not in kind:
            raise _other(file, "an OpenDocument file that is no workbook")
        return "workbook"
    return "archive"


def _has_small_mimetype(archive: zipfile.ZipFile) -> bool:
    found = archive.NameToInfo.get("mimetype")
    return found is not None and found.file_size < 200 and not found.flag_bits & 1


_STREAMS = ("EncryptedPackage", "Workbook", "Book")


def _compound(path: Path, file: str) -> Content:
    """What an OLE compound file holds, from the names of its streams."""
    with path.open("rb") as lines, mmap.mmap(lines.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = {
            name for name in ("EncryptedPackage", "Workbook", "Book") if _stream(content, name)
        }
    if "EncryptedPackage" in found:
        raise Unreadable(
            "workbook-encrypted",
            f"{file} is protected with a password; ask the supplier to send it without one.",
        )
    if found:
        return "workbook"
    raise _other(file, "an Office document that is no workbook")


def _stream(content: mmap.mmap, name: str) -> bool:
    """Whether a compound file has a stream of this name: whether one of the entries that its
    directory may have, each of 128 bytes at a multiple of as many, begins with it ([MS-CFB] 2.6).
    """
    wanted = name.encode("utf-16-le") + b"\0\0"
    begins = np.frombuffer(content, "<u8", len(content) // 8)[::16]
    found = np.flatnonzero(begins == int.from_bytes(wanted[:8], "little"))
    return any(content[at : at + len(wanted)] == wanted for at in (128 * found).tolist())


def _other(file: str, name: str) -> Unreadable:
    return Unreadable(
        "file-kind-unknown",
        f"{file} is {name}; tables are read from delimited and fixed-width text, workbooks, XML, "
        "JSON, web pages, dBASE, Access, SPSS, SAS, Stata and Parquet files, and archives of "
        "these. Ask the supplier for one of them.",
    )
