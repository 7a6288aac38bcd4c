"""A stream whose errors are told as every place tells its own."""

import io
from collections.abc import Callable
from typing import BinaryIO, Protocol

from connectors.errors import Unreachable

BUFFER = 1 << 20


class Readable(Protocol):
    """What gives bytes until there are none."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class _Told(io.RawIOBase):
    def __init__(
        self,
        stream: Readable,
        errors: tuple[type[Exception], ...],
        told: Callable[[Exception], Unreachable],
    ) -> None:
        self._stream, self._errors, self._tell = stream, errors, told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            block = self._stream.read(len(buffer))
        except self._errors as error:
            problem = self._tell(error)
        else:
            buffer[: len(block)] = block
            return len(block)
        # Outside the except block: the original may quote an address.
        raise problem


def told_stream(
    stream: Readable, errors: tuple[type[Exception], ...], told: Callable[[Exception], Unreachable]
) -> BinaryIO:
    """A stream that reads another, and raises in the place's own words what that raises.

    Args:
        errors: what the other may raise.
        told: one of them, as people are told of it.
    """
    return io.BufferedReader(_Told(stream, errors, told), BUFFER)
