"""A folder that is there: local, or a share somebody mounted."""

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import problems
from connectors.fetch.below import joined, parts_below
from connectors.fetch.share import Entry, Share
from connectors.fetch.told_stream import told_stream
from contracts.places import Folder

_NEVER = datetime.fromtimestamp(0, UTC)


@contextmanager
def open_share(place: Folder, connection: Connection) -> Iterator["FolderShare"]:
    """The folder's files.

    Raises:
        Unreachable: the folder is missing, not mounted, not readable; or leads out of the
            connection's.
    """
    yield FolderShare(place, connection)


class FolderShare(Share):
    """A folder's files. Links that stay within the connection's folder are followed."""

    def __init__(self, place: Folder, connection: Connection) -> None:
        if not connection.path:
            raise problems.incomplete(
                connection, 'gives no folder; add its path (extra: {"path": "/the/folder"})'
            )
        folder = Path(connection.path, *parts_below(place.path, connection))
        self.where = f"folder {folder} (connection {connection.id!r})"
        try:
            self.root = Path(connection.path).resolve()
            facts = folder.stat()
        except FileNotFoundError:
            raise Unreachable(
                "folder-missing",
                f"{problems.begun(self.where)} does not exist. If it is a share, mount it; "
                "otherwise correct the connection's path or the feed's place.",
                passing=True,
            ) from None
        except OSError as error:
            raise self._unreadable(self.where, error) from None
        if not stat.S_ISDIR(facts.st_mode):
            raise Unreachable(
                "folder-missing",
                f"{problems.begun(self.where)} is not a folder; correct the connection's path or "
                "the feed's place.",
            )
        self.folder = folder.resolve()
        if not self._inside(self.folder):
            raise problems.leads_out(place.path, self.where)

    def entries(
        self,
        folder: str = "",
        *,
        deep: bool = False,
        enter: Callable[[str], bool] | None = None,
    ) -> Iterator[Entry]:
        waiting = [(folder, (self.folder / folder).resolve(), frozenset[Path]())]
        while waiting:
            below, path, above = waiting.pop()
            for found in self._scanned(path, below):
                name = joined(below, found.name)
                there = Path(found.path)
                if found.is_symlink():
                    there = there.resolve()
                    if not self._inside(there):
                        yield Entry(name, 0, _NEVER, leads_out=True)
                        continue
                try:
                    facts = there.stat()
                except FileNotFoundError:
                    continue  # gone since, or a link to nothing
                except OSError as error:
                    raise self._unreadable(name, error) from None
                if stat.S_ISREG(facts.st_mode):
                    yield _entry(name, facts)
                elif not (deep and stat.S_ISDIR(facts.st_mode) and (not enter or enter(name))):
                    continue
                # A link to a folder above would have no end.
                elif there not in above and there != path:
                    waiting.append((name, there, above | {path}))

    def facts(self, path: str) -> Entry:
        try:
            facts = self._safe(path).stat()
        except OSError as error:
            raise self._gone(path, error) from None
        if not stat.S_ISREG(facts.st_mode):
            raise self._gone(path, FileNotFoundError(2, "No such file"))
        return _entry(path, facts)

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[BinaryIO]:
        try:
            # Resolved, it is no link: one put there since is not followed.
            handle = os.open(self._safe(entry.path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise self._gone(entry.path, error) from None
        with os.fdopen(handle, "rb", buffering=0) as stream:
            yield told_stream(stream, (OSError,), lambda error: self._gone(entry.path, error))

    def _scanned(self, path: Path, below: str) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(path) as found:
                return list(found)
        except FileNotFoundError as error:
            if below:
                return []  # removed while the folder above was listed
            raise self._unreadable(self.where, error) from None
        except OSError as error:
            raise self._unreadable(f"{below or '.'} of {self.where}", error) from None

    def _safe(self, path: str) -> Path:
        there = (self.folder / path).resolve()
        if not self._inside(there):
            raise problems.leads_out(path, self.where)
        return there

    def _inside(self, path: Path) -> bool:
        return path.is_relative_to(self.root)

    def _gone(self, path: str, error: Exception) -> Unreachable:
        said = getattr(error, "strerror", None) or "input/output error"
        if isinstance(error, PermissionError):
            return problems.file_unreadable(path, self.where, said)
        return Unreachable(
            "file-gone",
            f"{path} can no longer be read from {self.where}: {said}. It is tried again.",
            passing=True,
        )

    def _unreadable(self, what: str, error: OSError) -> Unreachable:
        said = error.strerror or "input/output error"
        return Unreachable(
            "folder-unreadable",
            f"{problems.begun(what)} cannot be read: {said}. Give this account the right to read "
            "it, or mount the share again.",
            passing=not isinstance(error, PermissionError),
        )


def _entry(path: str, facts: os.stat_result) -> Entry:
    return Entry(
        path,
        facts.st_size,
        datetime.fromtimestamp(facts.st_mtime, UTC),
        owner=_owner(facts.st_uid),
        identity=f"{facts.st_ino} {facts.st_mtime_ns}",
    )


@lru_cache(maxsize=1024)
def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
