"""What every landing store does."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 20


class LandingProblem(Exception):
    """The landing store cannot do what is asked; the message says why and what to do."""


@dataclass(frozen=True)
class LandedFile:
    """One file as it was landed.

    Attributes:
        name: the file's name at its place.
        key: ``<organisation>/<dataset>/<first two digits>/<sha256>/<name>``.
        sha256: of its bytes, hexadecimal.
        bytes: how many.
    """

    name: str
    key: str
    sha256: str
    bytes: int


class LandingStore(ABC):
    """Where delivered bytes are kept unchanged."""

    def put(self, feed: str, path: Path, name: str | None = None) -> LandedFile:
        """Land a file; landing the same bytes again changes nothing.

        Args:
            feed: ``<organisation>/<dataset>``.
            path: the file.
            name: its name, where it is not the path's.

        Raises:
            LandingProblem: the store cannot take it, or holds other bytes under its key.
            OSError: the file cannot be read.
        """
        name = name or path.name
        sha256, size = sha256_of(path)
        key = f"{feed}/{sha256[:2]}/{sha256}/{name}"
        self._keep(key, path, sha256, size)
        return LandedFile(name, key, sha256, size)

    @abstractmethod
    def _keep(self, key: str, path: Path, sha256: str, size: int) -> None:
        """Keep a file under its key, unless it is there already."""

    @abstractmethod
    def local(self, file: LandedFile) -> AbstractContextManager[Path]:
        """A local path with the landed bytes, as long as the block lasts.

        Raises:
            LandingProblem: there are none, or they are not those that were landed.
        """

    @abstractmethod
    def keys(self) -> Iterator[tuple[str, int]]:
        """Every key in the store with the size of what is there, in no order.

        Raises:
            LandingProblem: the store cannot be listed.
        """


def delivery_sha256(files: Sequence[LandedFile]) -> str:
    """The SHA-256 a delivery is known by, hexadecimal.

    Of one file its own; of several that of the lines ``<name>NUL<sha256>LF``, sorted by name.
    """
    if len(files) == 1:
        return files[0].sha256
    lines = "".join(f"{f.name}\0{f.sha256}\n" for f in sorted(files, key=lambda f: f.name))
    return hashlib.sha256(lines.encode()).hexdigest()


def sha256_of(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file, hexadecimal, and its size in bytes."""
    whole = hashlib.sha256()
    size = 0
    for block in blocks(path):
        whole.update(block)
        size += len(block)
    return whole.hexdigest(), size


def blocks(path: Path) -> Iterator[bytes]:
    """A file's bytes in blocks of bounded size."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
