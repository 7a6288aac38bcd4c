"""Walks over a folder of this machine, and never out of it: links are told of, not followed."""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

from connectors.errors import Unreachable
from pipeline.discovery.ground import Ground
from pipeline.discovery.sighting import Obstacle, Sighting

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


class LocalGround(Ground):
    """A folder of this machine, or one file of it.

    Raises:
        Unreachable: there is no such folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        try:
            self._root = folder.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise _missing(name, error) from None
        if not self._root.is_dir():
            raise Unreachable(
                "folder-missing",
                f"{name} is not a folder. Give the folder to search; one file is looked at with "
                "watersmeet draft or watersmeet check.",
            )
        self.key = f"file:{self._root}"

    def walk(self) -> Iterator[Sighting | Obstacle]:
        """See :meth:`Ground.walk`. Memory is bounded by the folders still to be walked."""
        folders = [""]
        first = True
        while folders:
            folder = folders.pop()
            try:
                yield from self._listed(folder, folders)
            except OSError as error:
                if first:
                    raise _missing(self.name, error) from None
                yield _unreadable(folder, "folder-unreadable", "The folder cannot be read", error)
            first = False

    def _listed(self, folder: str, folders: list[str]) -> Iterator[Sighting | Obstacle]:
        """The files of a folder; the folders in it are put on the list."""
        # The last step may have become a link since it was listed: it is not followed then either.
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(os.path.join(self._root, folder), flags)  # noqa: PTH118
        try:
            with os.scandir(descriptor) as found:
                for entry in found:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    try:
                        facts = entry.stat(follow_symlinks=False)
                    except OSError as error:
                        yield _unreadable(path, "file-unreadable", "It cannot be looked at", error)
                        continue
                    if stat.S_ISDIR(facts.st_mode):
                        folders.append(path)
                    else:
                        yield self._told(path, facts)
        finally:
            os.close(descriptor)

    def _told(self, path: str, facts: os.stat_result) -> Sighting | Obstacle:
        if stat.S_ISREG(facts.st_mode):
            return Sighting(
                path, facts.st_size, facts.st_mtime_ns, _owner(facts.st_uid), str(facts.st_ino)
            )
        if stat.S_ISLNK(facts.st_mode):
            return Obstacle(path, "link-not-followed", f"A link{self._leads(path)}; not followed.")
        kind = _KINDS.get(stat.S_IFMT(facts.st_mode), "something else")
        return Obstacle(path, "not-a-file", f"It is {kind}, not a file.")

    def _leads(self, path: str) -> str:
        """Where a link leads, without naming what lies outside."""
        try:
            target = (self._root / path).resolve(strict=True)
        except FileNotFoundError:
            return " that leads nowhere"
        except (OSError, RuntimeError):
            return " that leads round in a circle"
        inside = target.is_relative_to(self._root)
        return " to a place that is searched anyway" if inside else " that leads out of the place"

    @contextmanager
    def opened(self, path: str, size: int) -> Iterator[BinaryIO]:
        """See :meth:`Ground.opened`."""
        with self.local(path).open("rb") as content:
            yield content

    def local(self, path: str) -> Path:
        """Where a file lies.

        Raises:
            OSError: a folder on the way to it has become a link out of the place.
        """
        whole = self._root / path
        if not whole.resolve().is_relative_to(self._root):
            raise PermissionError(1, "it now leads out of the place")
        return whole


@cache
def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _missing(name: str, error: BaseException) -> Unreachable:
    if isinstance(error, PermissionError):
        return Unreachable(
            "folder-unreadable",
            f"{name} may not be read by this account. Give it the right to list the folder.",
        )
    return Unreachable(
        "folder-missing",
        f"there is no folder {name}. If it is a share, mount it or name its connection, as "
        "northmoor_share:finance; otherwise correct the path.",
    )


def _unreadable(path: str, code: str, what: str, error: OSError) -> Obstacle:
    return Obstacle(path, code, f"{what}: {error.strerror or type(error).__name__}.")
