"""How long the directory of a zip file is, before a library reads it whole into memory.

Records as in PKWARE's APPNOTE 4.3.14 to 4.3.16 (end of central directory, and ZIP64's).
"""

import struct
from pathlib import Path

LONGEST = 4 << 20
"""Bytes of a directory, at most: 10,000 members take about one megabyte."""

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_COMMENT = 0xFFFF
_ELSEWHERE = 0xFFFFFFFF


def directory_length(path: Path) -> int:
    """Bytes of the directory, as the file says; 0 where it has none."""
    with path.open("rb") as content:
        size = content.seek(0, 2)
        content.seek(max(0, size - _END.size - _COMMENT - _LOCATOR.size))
        before = content.tell()
        tail = content.read()
        at = len(tail) - _END.size
        if at < 0 or not (tail.startswith(b"PK\5\6", at) and tail.endswith(b"\0\0")):
            at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) - at < _END.size:
            return 0
        length = int(_END.unpack_from(tail, at)[5])
        if at >= _LOCATOR.size and tail.startswith(b"PK\6\7", at - _LOCATOR.size):
            content.seek(max(0, before + at - _LOCATOR.size - _END_64.size))
            record = content.read(_END_64.size)
            if len(record) == _END_64.size and record.startswith(b"PK\6\6"):
                return int(_END_64.unpack(record)[8])
        return 0 if length == _ELSEWHERE else length
