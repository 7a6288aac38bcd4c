"""Manifests: files that list the files of a delivery, with their sizes and SHA-256 if they like.

Read are lines with a name each, what ``sha256sum`` writes, and CSV with a header that has a column
of names. Paths are below the manifest's own folder.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.fetch.arrival import Unfinished
from connectors.fetch.listing import Listed
from connectors.fetch.share import Entry, Share
from contracts.places.files import Files

LARGEST = 16 << 20
LONGEST_LINE = 64 << 10
NAMES = frozenset({"file", "name", "filename", "file name", "file_name", "path"})
SIZES = frozenset({"size", "bytes", "length", "file_size", "file size"})
SUMS = frozenset({"sha256", "sha-256", "sha256sum", "sha_256", "sha256 checksum"})
_SUM_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")
_SUM = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Line:
    """What a manifest says of a file: its path below the place's folder, size, SHA-256."""

    path: str
    size: int | None
    sha256: str | None
    manifest: str


@dataclass
class Manifests:
    """The manifests of a place; where the feed declares none, every file is as good as listed."""

    listed: Listed
    declared: bool
    lines: dict[str, Line] = field(default_factory=dict)
    broken: list[Unfinished] = field(default_factory=list)

    def why(self, entry: Entry) -> str | None:
        """Why a file does not agree with the manifests, to follow its name; None where it does."""
        if not self.declared:
            return None
        line = self.lines.get(self.listed.folded(entry.path))
        if line is None:
            return "waits for a manifest that lists it"
        if line.size is not None and line.size != entry.size:
            return f"has {entry.size:,} bytes, and {line.manifest} says {line.size:,}"
        return None

    def sha256(self, path: str) -> str | None:
        """The SHA-256 (lower case, hexadecimal) that a manifest gives of a file."""
        line = self.lines.get(self.listed.folded(path))
        return line.sha256 if line else None

    def paths(self) -> Iterator[str]:
        """Every path that a manifest lists."""
        return (line.path for line in self.lines.values())


class _NotUnderstood(Exception):
    """A manifest that cannot be read; the text says why, to follow its name."""


def read_manifests(place: Files, share: Share, listed: Listed) -> Manifests:
    """All manifests that are there and at rest; a later one's word stands over an earlier one's.

    Raises:
        Unreachable: one cannot be fetched.
    """
    found = Manifests(listed, place.manifest is not None)
    now, still = share.now(), timedelta(seconds=place.settled_for)
    for entry in sorted(listed.manifests, key=lambda one: (one.modified, one.path)):
        if timedelta(0) <= now - entry.modified < still:
            continue
        try:
            for line in _lines(entry, _text(share, entry)):
                found.lines[listed.folded(line.path)] = line
        except _NotUnderstood as error:
            found.broken.append(Unfinished(entry.path, str(error)))
    return found


def _text(share: Share, entry: Entry) -> str:
    if entry.size > LARGEST:
        raise _NotUnderstood(f"is larger than a manifest may be ({LARGEST >> 20} MiB)")
    with share.opened(entry) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST or len(content) != entry.size:
        raise _NotUnderstood("changed while it was read; it is read again")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _NotUnderstood("is not in UTF-8; have it written so") from None


def _lines(entry: Entry, text: str) -> Iterator[Line]:
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not numbered:
        return
    delimiter = next((sign for sign in "\t;," if sign in numbered[0][1]), ",")
    header = [cell.strip().lower() for cell in _cells(numbered[0][1], delimiter)]
    columns = _columns(header)
    for number, line in numbered[1:] if columns else numbered:
        summed = _SUM_LINE.fullmatch(line)
        if columns is None and summed is not None:
            name, size, sha256 = summed[2], "", summed[1]
        else:
            name, size, sha256 = _facts(_cells(line, delimiter), columns, number)
        if size and not size.isdecimal():
            raise _NotUnderstood(f"line {number}: the size is no whole number")
        if sha256 and not _SUM.fullmatch(sha256):
            raise _NotUnderstood(f"line {number}: the SHA-256 is not 64 hexadecimal digits")
        yield Line(
            _below(entry, name, number),
            int(size) if size else None,
            sha256.lower() or None,
            entry.path,
        )


def _cells(line: str, delimiter: str) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise _NotUnderstood("has a line that is no CSV; give a name on each line")
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        raise _NotUnderstood("has a line that is no CSV; give a name on each line") from None


def _columns(header: list[str]) -> tuple[int | None, ...] | None:
    """Where name, size and SHA-256 stand; None where the first line is no header."""
    if not NAMES & set(header):
        return None
    return tuple(
        next((i for i, cell in enumerate(header) if cell in words), None)
        for words in (NAMES, SIZES, SUMS)
    )


def _facts(
    cells: list[str], columns: tuple[int | None, ...] | None, number: int
) -> tuple[str, str, str]:
    if columns is not None:
        told = [cells[i] if i is not None and i < len(cells) else "" for i in columns]
        return told[0], told[1], told[2]
    size, sha256 = "", ""
    for cell in cells[1:]:
        if _SUM.fullmatch(cell):
            sha256 = cell
        elif cell.isdecimal():
            size = cell
        elif cell:
            raise _NotUnderstood(
                f"line {number} is not understood; give a name, a size and a SHA-256, or a header"
            )
    return cells[0] if cells else "", size, sha256


def _below(entry: Entry, name: str, number: int) -> str:
    """The path of a listed file, below the place's folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    if not all(parts) or ".." in parts or ":" in parts[0]:
        raise _NotUnderstood(f"line {number} names no file below the manifest's folder")
    path = "/".join(parts)
    return f"{entry.folder}/{path}" if entry.folder else path
