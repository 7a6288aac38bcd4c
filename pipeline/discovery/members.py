"""Names and sizes of what an archive holds, from its own list; nothing is unpacked to disk."""

import itertools
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from pipeline.discovery.sighting import shown

MOST = 200
"""Members whose names are kept."""


class Members(NamedTuple):
    """What an archive holds: its kind for people, the first members (name, size), and how many
    there are; and what stands in the way, where something does."""

    words: str
    listed: list[tuple[str, int]]
    number: int
    problem: str | None = None


def members(path: Path) -> Members | None:
    """The members of an archive; None where a file is none that is known."""
    with path.open("rb") as content:
        start = content.read(512)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    if start.startswith(b"\x1f\x8b"):
        return _gzipped(path, start)
    if start.startswith(b"7z\xbc\xaf\x27\x1c"):
        return _seven(path)
    if start[257:262] == b"ustar":
        return _tarred(path, "a tar archive")
    if start.startswith((b"BZh", b"\xfd7zXZ")):
        return Members("a bzip2 or xz archive", [], 0, "Its members are not listed.")
    if start.startswith(b"Rar!"):
        return Members("a RAR archive", [], 0, "Its members are not listed: ask for zip or 7z.")
    return None


def _zipped(path: Path) -> Members:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return Members("a zip archive", [], 0, "It is damaged; ask for it again.")
    locked = sum(one.flag_bits & 1 for one in found)
    problem = f"{locked:,} of its members are protected with a password." if locked else None
    listed = [(shown(one.filename), one.file_size) for one in found[:MOST]]
    return Members("a zip archive", listed, len(found), problem)


def _gzipped(path: Path, start: bytes) -> Members:
    """The one member of a gzip file (RFC 1952), or those of a tar archive in it."""
    try:
        plain = zlib.decompressobj(31).decompress(start, 512)
    except zlib.error:
        return Members("a gzip archive", [], 0, "It is damaged; ask for it again.")
    if plain[257:262] == b"ustar":
        return _tarred(path, "a tar archive, gzipped")
    name = ""
    if start[3] & 8 and not start[3] & 4:
        name = start[10:].split(b"\0", 1)[0].decode("latin-1")
    with path.open("rb") as content:
        content.seek(-4, 2)
        size = int.from_bytes(content.read(4), "little")
    inner = shown(name) or path.name.removesuffix(".gz")
    return Members("a gzip archive", [(inner, size)], 1)


def _tarred(path: Path, words: str) -> Members:
    listed: list[tuple[str, int]] = []
    count = 0
    try:
        with tarfile.open(path, "r|*") as archive:
            for one in itertools.islice(archive, 100_000):
                if one.isfile():
                    count += 1
                    if count <= MOST:
                        listed.append((shown(one.name), one.size))
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError):
        return Members(words, listed, count, "It is damaged; ask for it again.")
    return Members(words, listed, count)


def _seven(path: Path) -> Members:
    import py7zr
    from py7zr.exceptions import ArchiveError, PasswordRequired

    try:
        with py7zr.SevenZipFile(path) as archive:
            found = [one for one in archive.list() if not one.is_directory]
            locked = archive.needs_password()
    except PasswordRequired:
        return Members("a 7-Zip archive", [], 0, "It is protected with a password.")
    except (ArchiveError, OSError, ValueError, EOFError):
        return Members("a 7-Zip archive", [], 0, "It is damaged; ask for it again.")
    listed = [(shown(one.filename), int(one.uncompressed)) for one in found[:MOST]]
    problem = "Its members are protected with a password." if locked else None
    return Members("a 7-Zip archive", listed, len(found), problem)
