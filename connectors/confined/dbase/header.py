"""The header of a DBF file: how many records, how long, and of which fields.

Layout as dBASE III to V, FoxPro and Visual FoxPro write it (Microsoft, "Table File Structure (.dbc,
.dbf, .frx, .lbx, .mnx, .pjx, .scx, .vcx)"): 32 bytes, then 32 bytes for each field, then CR.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from connectors.errors import Unreadable

VISUAL_FOXPRO = (0x30, 0x31, 0x32)
_DBASE_7 = (0x04, 0x8C)
_FIRST = struct.Struct("<4xIHH")
_FIELD = struct.Struct("<11sc4xBBB13x")
_SYSTEM, _NULLABLE = 1, 2
_LENGTHS = {"D": (8,), "L": (1,), "I": (4,), "Y": (8,), "T": (8,), "M": (4, 10), "G": (4, 10)}

LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x04: "mac-roman", 0x08: "cp865", 0x09: "cp437",
    0x0A: "cp850", 0x0B: "cp437", 0x0D: "cp437", 0x0E: "cp850", 0x0F: "cp437", 0x10: "cp850",
    0x11: "cp437", 0x12: "cp850", 0x13: "cp932", 0x14: "cp850", 0x15: "cp437", 0x16: "cp850",
    0x17: "cp865", 0x18: "cp437", 0x19: "cp437", 0x1A: "cp850", 0x1B: "cp437", 0x1C: "cp863",
    0x1D: "cp850", 0x1F: "cp852", 0x22: "cp852", 0x23: "cp852", 0x24: "cp860", 0x25: "cp850",
    0x26: "cp866", 0x37: "cp850", 0x40: "cp852", 0x4D: "cp936", 0x4E: "cp949", 0x4F: "cp950",
    0x50: "cp874", 0x57: "cp1252", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866",
    0x66: "cp865", 0x67: "cp861", 0x6A: "cp737", 0x6B: "cp857", 0x6C: "cp863", 0x78: "cp950",
    0x79: "cp949", 0x7A: "cp936", 0x7B: "cp932", 0x7C: "cp874", 0x7D: "cp1255", 0x7E: "cp1256",
    0x96: "mac-cyrillic", 0x97: "mac-latin2", 0x98: "mac-greek", 0xC8: "cp1250", 0xC9: "cp1251",
    0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
"""Language driver (byte 29) to code page, as dBASE, FoxPro and ESRI give them; 0 says nothing."""


@dataclass(frozen=True)
class DbfField:
    """One field of a record.

    Attributes:
        name: its name, bytes as they stand.
        type: its letter.
        start: first byte in the record, where byte 0 is the mark of deletion.
        length: bytes.
        nullable: whether a bit of the record says if it is null.
    """

    name: bytes
    type: str
    start: int
    length: int
    nullable: bool


@dataclass(frozen=True)
class DbfHeader:
    """What a DBF file says of itself.

    Attributes:
        version: its first byte.
        count: records, deleted ones among them.
        start: where the first record begins.
        length: bytes of a record.
        language: its language driver; 0 where the file does not say.
        fields: of a record, the hidden one of null bits among them.
    """

    version: int
    count: int
    start: int
    length: int
    language: int
    fields: tuple[DbfField, ...]


def read_header(stream: BinaryIO, size: int, file: str) -> DbfHeader:
    """The header, checked against itself and the size of the file.

    Raises:
        Unreadable: it contradicts itself, the file is shorter or longer than it says, or it is of
            a kind that is not read.
    """
    first = stream.read(32)
    if len(first) < 32:
        raise _damaged(file, "it ends within its header")
    count, start, length = _FIRST.unpack_from(first)
    described = stream.read(max(0, start - 32))
    fields = _fields(described, first[0], length)
    if fields is None:
        if first[0] in _DBASE_7:
            raise Unreadable(
                "dbf-version-unknown",
                f"{file} is a table of dBASE 7, which is not read. Ask the supplier to save it as "
                "dBASE IV or FoxPro, or as delimited text.",
            )
        raise _damaged(file, "its fields and its record length do not agree")
    header = DbfHeader(first[0], count, start, length, first[29], fields)
    _check_size(stream, header, size, file)
    return header


def _check_size(stream: BinaryIO, header: DbfHeader, size: int, file: str) -> None:
    """Refuses a file that holds fewer records than it says, or more."""
    end = header.start + header.count * header.length
    if size < end:
        there = max(0, size - header.start) // header.length
        raise _damaged(file, f"it says it has {header.count:,} records and holds {there:,}")
    if size - end >= header.length:
        stream.seek(end)
        if stream.read(1) in (b" ", b"*"):
            raise _damaged(
                file, f"records follow after the {header.count:,} that its header counts"
            )


def _fields(described: bytes, version: int, length: int) -> tuple[DbfField, ...] | None:
    """The fields; None where they do not fill the record."""
    found: list[DbfField] = []
    # Clipper and FoxPro keep the high byte of a long text's length where decimals stand.
    for long_texts in (False, True):
        found.clear()
        at, start = 0, 1
        while described[at : at + 1] not in (b"\r", b"\x00", b"") and at + 32 <= len(described):
            name, letter, size, decimals, flags = _FIELD.unpack_from(described, at)
            kind = letter.decode("latin-1").upper()
            size += decimals << 8 if long_texts and kind == "C" else 0
            flags = flags if version in VISUAL_FOXPRO else 0
            if size == 0 or size not in _LENGTHS.get(kind, (size,)):
                return None
            name = name.split(b"\0")[0].strip()
            found.append(DbfField(name, kind, start, size, bool(flags & _NULLABLE)))
            at, start = at + 32, start + size
        if found and start == length:
            return tuple(found)
    return None


def _damaged(file: str, what: str) -> Unreadable:
    return Unreadable("file-damaged", f"{file} is a damaged dBASE table: {what}. Ask for it again.")
