"""Parts of a file that stand for the whole: a fingerprint, and some lines of a long text."""

import io
from pathlib import Path
from typing import BinaryIO

import xxhash

from connectors.errors import Unreadable
from connectors.read.kind.sniff import content_of

PART = 64 << 10
HEAD = 2 << 20
STRETCHES = 32
_LINES = ("delimited", "json-lines")


def fingerprint(content: BinaryIO, size: int) -> str:
    """Tells most files of one size apart by their beginning, middle and end (64 KB each)."""
    found = xxhash.xxh3_128()
    for place in sorted({0, max(0, size // 2 - PART // 2), max(0, size - PART)}):
        if place and not content.seekable():
            break
        content.seek(place) if place else None
        found.update(content.read(PART))
    return str(found.hexdigest())


def are_lines(content: BinaryIO, scratch: Path) -> bool:
    """Whether a file is text of one record a line, by its beginning."""
    beginning = scratch / "beginning"
    beginning.write_bytes(content.read(PART))
    try:
        return content_of(beginning, "it") in _LINES
    except Unreadable:
        return False


def sample_lines(content: BinaryIO, size: int, into: Path) -> int:
    """Writes the beginning of a long text and lines from all parts of it; how many bytes.

    A stretch with an odd number of quotation marks may begin inside a cell, and is left out.
    """
    content.seek(0) if content.seekable() else None
    head = content.read(HEAD)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:PART]
    kept = io.BytesIO()
    kept.write(head if wide else head[: head.rfind(b"\n") + 1] or head)
    for number in range(1, STRETCHES) if content.seekable() and not wide else ():
        content.seek(max(HEAD, size * number // STRETCHES))
        block = content.read(PART)
        lines = block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1]
        if lines.count(b'"') % 2 == 0:
            kept.write(lines)
    return into.write_bytes(kept.getvalue())
