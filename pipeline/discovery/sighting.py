"""What a walk over a place comes upon: files, and what it could not or would not look into."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Sighting:
    """A file.

    Attributes:
        path: below the place, with ``/``; bytes that are no UTF-8 as lone surrogates.
        size: bytes.
        modified: nanoseconds since 1970 (UTC), by the place's clock.
        owner: whose it is, where the place says so.
        version: what else tells its state apart from any other, where the place knows it.
    """

    path: str
    size: int
    modified: int
    owner: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Obstacle:
    """Something that was not looked into: a folder, link or file, and why.

    Attributes:
        code: short word for machines.
        message: plain English.
    """

    path: str
    code: str
    message: str


def shown(path: str) -> str:
    """A path fit to be shown: what would break a line, turn its direction round or is not seen at
    all stands as an escape."""
    if path.isascii() and path.isprintable():
        return path
    return "".join(_shown(character) for character in path)


def _shown(character: str) -> str:
    if character.isprintable() and unicodedata.category(character) not in ("Cf", "Cs", "Co"):
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    plain = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    return plain or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
