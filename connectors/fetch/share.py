"""What is asked of a place whose things are files, whatever protocol it speaks."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO


@dataclass(frozen=True)
class Entry:
    """A file at a place.

    Attributes:
        path: below the place's folder, with ``/``.
        size: bytes.
        modified: when it was last changed (UTC), by the place's clock.
        version: what tells its state apart from any other, where the place knows it: an entity
            tag, a version id, an inode.
        owner: whose file it is, where the place says so.
    """

    path: str
    size: int
    modified: datetime
    version: str | None = None
    owner: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Share(ABC):
    """Files below one folder of a place. Paths are below that folder, with ``/``."""

    @abstractmethod
    def entries(self, folder: str = "", *, deep: bool = False) -> Iterator[Entry]:
        """The files of a folder, and with ``deep`` those of all folders below it.

        Raises:
            Unreachable: the folder is missing, or may not be read.
        """

    @abstractmethod
    def facts(self, path: str) -> Entry:
        """One file as it is now.

        Raises:
            Unreachable: ``file-gone`` (passing), or it may not be read.
        """

    @abstractmethod
    def opened(self, entry: Entry) -> AbstractContextManager[BinaryIO]:
        """A file's bytes, from the first on.

        Raises:
            Unreachable: ``file-gone`` (passing), or it may not be read.
        """
