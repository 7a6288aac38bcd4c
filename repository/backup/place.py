"""Where backups, or keys, are kept: a folder, or an S3 bucket. Nothing there is overwritten."""

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from repository.backup.problems import BackupProblem, let_in, room_at

NEW = ".new-"
"""Begins the names of files that are still being written."""


class Place(ABC):
    """Files by name; the parts of a name are parted by ``/``."""

    @abstractmethod
    def writing(self, name: str) -> AbstractContextManager[Path]:
        """A path to write to; at the block's end it is there under its name, whole or not at all.

        Raises:
            BackupProblem: something is there already, or the place does not take it.
        """

    @abstractmethod
    def reading(self, name: str) -> AbstractContextManager[Path]:
        """A local path with what is kept under a name.

        Raises:
            FileNotFoundError: there is nothing.
        """

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Names that begin so, sorted, and their sizes in bytes."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete what is under a name, if anything is."""

    @abstractmethod
    def sweep(self, prefix: str) -> None:
        """Delete what writers that were killed left in a folder; none may be writing there."""

    @abstractmethod
    def __str__(self) -> str:
        """Its address, which holds no secret."""

    def put_bytes(self, name: str, content: bytes) -> None:
        """Keep a few bytes under a name."""
        with self.writing(name) as path, path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


class FolderPlace(Place):
    """Files below a folder; those made here are their owner's only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        there = self._path(name)
        with room_at(str(self.folder)), let_in(str(self.folder)):
            _make(there.parent)
            handle, beside = tempfile.mkstemp(dir=there.parent, prefix=NEW)
            os.close(handle)
            try:
                yield Path(beside)
                # Unlike a rename, a link never takes the place of what is there.
                os.link(beside, there)
                _settled(there.parent)
            except FileExistsError:
                raise BackupProblem(f"{name} is in {self} already") from None
            finally:
                Path(beside).unlink(missing_ok=True)

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        path = self._path(name)
        with let_in(str(self.folder)):
            if not path.is_file():
                raise FileNotFoundError(f"{name} is not in {self}")
            path.open("rb").close()
        yield path

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        below = self.folder / prefix.rpartition("/")[0]
        found = []
        with let_in(str(self.folder)):
            for folder, _, names in os.walk(below, onerror=_unless_gone):
                for one in names:
                    path = Path(folder) / one
                    name = path.relative_to(self.folder).as_posix()
                    if name.startswith(prefix) and not one.startswith(NEW):
                        found.append((name, path.stat().st_size))
        yield from sorted(found)

    def delete(self, name: str) -> None:
        path = self._path(name)
        with let_in(str(self.folder)):
            path.unlink(missing_ok=True)
        _without_empty(path.parent, self.folder)

    def sweep(self, prefix: str) -> None:
        for folder, _, names in os.walk(self.folder / prefix, topdown=False):
            for one in names:
                if one.startswith(NEW):
                    (Path(folder) / one).unlink(missing_ok=True)
            _without_empty(Path(folder), self.folder)

    def _path(self, name: str) -> Path:
        path = self.folder / name
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise BackupProblem(f"{name!r} leads out of {self}")
        return path

    def __str__(self) -> str:
        return str(self.folder)


def place_at(address: str, variable: str) -> Place:
    """The place of an address: a folder's path, or ``s3://bucket/prefix``.

    Args:
        variable: the environment variable it came from, to be named.

    Raises:
        BackupProblem: the address is of another kind.
    """
    if address.startswith("s3://"):
        from repository.backup.s3_place import S3Place  # boto3 takes a while to import

        return S3Place.at(address, variable)
    if "://" in address:
        kind = address.partition("://")[0]
        raise BackupProblem(f"{variable} is {kind}://...; give a folder or s3://bucket/prefix")
    return FolderPlace(Path(address))


def _unless_gone(error: OSError) -> None:
    """What cannot be read must not pass for empty."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _make(folder: Path) -> None:
    """Make a folder, and those above it that are missing, their owner's only."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _without_empty(folder: Path, top: Path) -> None:
    """Remove a folder that is empty, and those above it that then are, up to one that stays."""
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _settled(folder: Path) -> None:
    """Wait until the disk knows the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
