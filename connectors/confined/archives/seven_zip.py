"""Takes members out of a 7z archive, by py7zr."""

from pathlib import Path
from typing import Any, Protocol

import py7zr
from py7zr.exceptions import (
    AbsolutePathError,
    ArchiveError,
    PasswordRequired,
    UnsupportedCompressionMethodError,
)
from py7zr.io import Py7zIO, WriterFactory

from connectors.confined.archives.members import Members, encrypted


class Out(Protocol):
    """Where the members go; see ``connectors.confined.archives.extract``."""

    def foretold(self, expanded: int) -> None:
        """Refuses what would be too much."""

    def begin(self, name: str) -> None:
        """A member begins."""

    def write(self, some: bytes) -> None:
        """Bytes of the member."""


def extract(path: str, members: Members, out: Out) -> None:
    """Sends the members that are read.

    Raises:
        Unreadable: as :class:`Members` says, or there is too much of it.
        NotImplementedError: it is packed by a method py7zr does not know.
        ValueError: it is damaged.
    """
    try:
        # From a stream, py7zr works in this thread alone: members come one after the other.
        with Path(path).open("rb") as raw, py7zr.SevenZipFile(raw) as archive:
            _extract(archive, members, out)
    except PasswordRequired:
        raise encrypted(members.file) from None
    except UnsupportedCompressionMethodError:
        raise NotImplementedError from None
    except (ArchiveError, AbsolutePathError, AttributeError) as error:
        raise ValueError("damaged 7z archive") from error


def _extract(archive: Any, members: Members, out: Out) -> None:
    every = list(archive.files)
    members.check_count(len(every))
    locked = archive.needs_password()
    paths = {}
    for entry in every:
        special = entry.is_symlink or entry.is_junction or entry.is_socket
        paths[entry.filename] = members.add(
            entry.filename,
            is_folder=entry.is_directory,
            is_special=bool(special),
            is_encrypted=locked,
        )
    wanted = {name: path for name, path in paths.items() if path and members.wants(path)}
    members.check_any()
    out.foretold(sum(entry.uncompressed for entry in every if entry.filename in wanted))
    archive.extract(targets=list(wanted), factory=_Factory(wanted, out))


class _Factory(WriterFactory):
    """Gives py7zr something to write each member to."""

    def __init__(self, paths: dict[str, str], out: Out) -> None:
        self._paths = {path: path for path in paths.values()} | paths
        self._out = out

    def create(self, filename: str) -> Py7zIO:
        """A member begins."""
        self._out.begin(self._paths[filename])
        return _Writer(self._out)


class _Writer(Py7zIO):
    """Hands on what is written to it."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        """Bytes of the member."""
        self._out.write(bytes(s))
        self._size += len(s)
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        """Nothing can be read again."""
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Nothing can be gone back to."""
        return 0

    def flush(self) -> None:
        """All was handed on."""

    def size(self) -> int:
        """Bytes so far."""
        return self._size
