"""Opens archives: their members are files of the delivery, known as ``outer.zip/inner.csv``.

The archive stays landed as it came. Its members are unpacked by a confined child into a folder that
is gone when the tables read from it are.
"""

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from connectors.confined.parent import Limits, parse_confined
from connectors.read.kind.sniff import ArchiveKind

_SUFFIXES = {"gzip": (".gz", ".gzip"), "bzip2": (".bz2",), "xz": (".xz",)}
_SECONDS = 600
_MEMORY = 400 << 20
_OUTPUT = 5 << 30


@dataclass(frozen=True)
class Member:
    """One member that is read.

    Attributes:
        path: where it lies now; what it is called there ends as its own name does.
        name: for people: the archive's name and its path in it.
    """

    path: Path
    name: str


class Unpacked:
    """The members of one archive, as long as this object lives.

    Attributes:
        members: those that are read, in the order of the archive.
        passed_over: how many others there were.
    """

    def __init__(self, path: Path, kind: ArchiveKind, pattern: str | None, file: str) -> None:
        """Unpack.

        Args:
            path: the archive.
            kind: what it is by its bytes.
            pattern: which members are read, by name or path; all where None.
            file: the archive's name for people.

        Raises:
            connectors.errors.Unreadable: it is encrypted, unsafe, too large or damaged, or has no
                such members.
        """
        self.members: list[Member] = []
        self.passed_over = 0
        self._folders: dict[str, int] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="watersmeet-"))
        weakref.finalize(self, _remove, self._folder, os.getpid())
        request: dict[str, Any] = {
            "parser": "archives.extract",
            "path": str(path.resolve()),
            "file": file,
            "kind": kind,
            "members": pattern,
            "inner": _inner_name(file, kind),
        }
        size = path.stat().st_size
        # Time goes by what comes out, of which the child keeps the measure.
        limits = Limits(_MEMORY, min(20 + (size >> 17), _SECONDS), _OUTPUT)
        self._write(request, file, limits)

    def _write(self, request: dict[str, Any], file: str, limits: Limits) -> None:
        out: BinaryIO | None = None
        try:
            for mark, payload in parse_confined(request, file, limits):
                if mark == "B" and out is not None:
                    out.write(payload)
                    continue
                if out is not None:
                    out.close()
                    out = None
                facts = json.loads(payload)
                if mark == "S":
                    out = self._begin(facts["member"], file).open("xb")
                elif mark == "F":
                    self.passed_over = facts["passed_over"]
        finally:
            if out is not None:
                out.close()

    def _begin(self, name: str, file: str) -> Path:
        """Where a member goes: a folder of ours for each of the archive's, so that files that lay
        beside one another still do."""
        inner_folder, _, own = name.rpartition("/")
        number = self._folders.setdefault(inner_folder, len(self._folders) + 1)
        folder = self._folder / str(number)
        folder.mkdir(exist_ok=True)
        path = folder / own
        self.members.append(Member(path, f"{file}/{name}"))
        return path

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)


def _inner_name(file: str, kind: str) -> str:
    """The name of what a single-file archive holds."""
    name = file.rpartition("/")[2]
    for suffix in _SUFFIXES.get(kind, ()):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def _remove(folder: Path, process: int) -> None:
    # A child that was forked off has a copy of this duty, and must leave it to its parent.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
