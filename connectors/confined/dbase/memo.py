"""Memo files: the long texts of a DBF table, in blocks of a file beside it.

Layouts as dBASE III (.dbt: text up to 0x1A), dBASE IV (.dbt: FF FF 08 00 and the length) and FoxPro
(.fpt: kind and length, high byte first) write them.
"""

import struct
from pathlib import Path

from connectors.confined.dbase.header import VISUAL_FOXPRO

_TEXT = 1
_ENOUGH = 1 << 20  # A longer text is too long for a cell in any code page; this much shows it.
_PIECE = 64 << 10
_SOFT_RETURN = b"\x8d\n"  # Where dBASE's editor broke a line, in no code page a letter.
_FOXPRO = (*VISUAL_FOXPRO, 0xF5)


class MemoUnreadable(Exception):
    """A block that is not there, or is no memo."""


class MemoFile:
    """The memo file of one table.

    Args:
        path: the file.
        version: the table's first byte, which tells how its memos are laid out.

    Attributes:
        size: bytes of the file.
    """

    def __init__(self, path: Path, version: int) -> None:
        self._stream = path.open("rb")
        self.size = path.stat().st_size
        start = self._stream.read(32).ljust(32, b"\0")
        self._foxpro = version in _FOXPRO
        if self._foxpro:
            self._block = int.from_bytes(start[6:8], "big") or 1
        else:
            self._block = int.from_bytes(start[20:22], "little")
            if self._block == 0 or version in (0x83, 0x03):
                self._block = 512

    def text(self, block: int) -> bytes | None:
        """The memo that begins at a block; None where it is no text but a picture or an object.

        Raises:
            MemoUnreadable: it lies beyond the file, or has a length that cannot be.
        """
        at = block * self._block
        if block <= 0 or at >= self.size:
            raise MemoUnreadable
        self._stream.seek(at)
        start = self._stream.read(8)
        if self._foxpro:
            if len(start) < 8:
                raise MemoUnreadable
            kind, length = struct.unpack(">II", start)
            return self._read(length) if kind == _TEXT else None
        if start[:4] == b"\xff\xff\x08\x00":
            text = self._read(int.from_bytes(start[4:], "little") - 8)
        else:
            text = self._until_end(start)
        return text.replace(_SOFT_RETURN, b"\r\n")

    def _read(self, length: int) -> bytes:
        if not 0 <= length <= self.size - self._stream.tell():
            raise MemoUnreadable
        return self._stream.read(min(length, _ENOUGH))

    def _until_end(self, text: bytes) -> bytes:
        while (end := text.find(b"\x1a")) < 0:
            more = self._stream.read(_PIECE)
            if not more:
                raise MemoUnreadable
            text += more
            if len(text) > _ENOUGH:
                return text
        return text[:end]
