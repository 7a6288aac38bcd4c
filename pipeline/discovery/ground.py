"""The ground a discovery walks over: a folder on this machine, or a share of a connection."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from pipeline.discovery.sighting import Obstacle, Sighting


class Ground(ABC):
    """A place to walk over.

    Attributes:
        name: the place as it was asked for.
        key: what tells it from every other place, to keep what is known of it.
    """

    name: str
    key: str

    @abstractmethod
    def walk(self) -> Iterator[Sighting | Obstacle]:
        """Every file below the place, in no order; and what is passed over, with the reason.

        Raises:
            Unreachable: the place itself cannot be read.
        """

    @abstractmethod
    def opened(self, path: str, size: int) -> AbstractContextManager[BinaryIO]:
        """A file's bytes.

        Raises:
            Unreachable, OSError: it is gone or may not be read.
        """

    def local(self, path: str) -> Path | None:
        """Where a file lies on this machine; None where it must be brought here first."""
        return None

    def named(self, path: str) -> str:
        """A file as a command on this machine would be given it."""
        return f"{self.name.rstrip('/')}/{path}"

    def close(self) -> None:
        """End what is open."""
        return
