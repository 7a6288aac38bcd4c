"""What is asked of a place whose things are files, whatever protocol it speaks."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO


@dataclass(frozen=True)
class Entry:
    """A file at a place.

    Attributes:
        path: below the place's folder, with ``/``.
        size: bytes.
        modified: when it was last changed (UTC), by the place's clock.
        version: what tells its state apart from any other for good, where the place knows it: an
            entity tag, a version id.
        owner: whose file it is, where the place says so.
        identity: what tells it apart from another file put in its place, for as long as one looks,
            such as an inode.
        leads_out: a link to what is not below the connection's folder; it is never read.
    """

    path: str
    size: int
    modified: datetime
    version: str | None = None
    owner: str | None = None
    identity: str | None = None
    leads_out: bool = False

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without its last part; empty for what lies in the place's folder itself."""
        return self.path.rpartition("/")[0]

    @property
    def state(self) -> tuple[str, int, datetime, str | None, str | None]:
        """What is equal as long as nobody has changed the file."""
        return self.path, self.size, self.modified, self.version, self.identity


class Share(ABC):
    """Files below one folder of a place. Paths are below that folder, with ``/``.

    Attributes:
        where: folder and connection, as people are told of them: ``folder /in (connection 'in')``.
        ignores_case: whether ``A.csv`` and ``a.csv`` are one file there.
    """

    where: str
    ignores_case: bool = False

    @abstractmethod
    def entries(
        self,
        folder: str = "",
        *,
        deep: bool = False,
        enter: Callable[[str], bool] | None = None,
    ) -> Iterator[Entry]:
        """The files of a folder, and with ``deep`` those of all folders below it.

        Args:
            folder: which, below the place's folder.
            deep: whether folders below are looked into.
            enter: told the path of a folder below, whether it is looked into; all are where
                nothing is given.

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
        """A file's bytes, from the first on; reading raises as this does.

        Raises:
            Unreachable: ``file-gone`` (passing), or it may not be read.
        """

    def now(self) -> datetime:
        """The time by the place's clock, which stamps its files; ours where it shows none."""
        return datetime.now(UTC)
