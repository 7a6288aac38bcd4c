"""Reads a file over SFTP with many requests under way at once.

paramiko's own read-ahead waits for ever where a file has become shorter than it was, and holds in
memory whatever comes faster than it is read; so the requests are ours. They go the way paramiko's
own files send theirs.
"""

from bisect import insort
from typing import Any

import paramiko
from paramiko.sftp import CMD_DATA, CMD_READ, CMD_STATUS, int64

ASKED_AT_ONCE = 64
CHUNK = 32768
"""Bytes of one request; every server gives so many, and some choke on more."""


class Pipelined:
    """A file's bytes, from the first on, and never more in memory than are asked for at once."""

    def __init__(
        self,
        client: paramiko.SFTPClient,
        stream: paramiko.SFTPFile,
        size: int,
        at_once: int = ASKED_AT_ONCE,
    ) -> None:
        self._client: Any = client
        self._at_once = at_once
        self._handle: Any = stream.handle
        self._size, self._asked = size, 0
        self._order: list[int] = []
        self._under_way: dict[int, tuple[int, int]] = {}
        self._come: dict[int, bytes] = {}
        self._failed: Exception | None = None
        self._rest, self._ended = b"", False

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end, whether or not it was to be there."""
        if not self._rest and not self._ended:
            self._rest = self._next()
            self._ended = not self._rest
        block, self._rest = self._rest[:size], self._rest[size:]
        return block

    def _next(self) -> bytes:
        while len(self._order) < self._at_once and self._asked < self._size:
            length = min(CHUNK, self._size - self._asked)
            self._ask(self._asked, length)
            self._asked += length
        if not self._order:
            return b""
        first = self._order.pop(0)
        while first not in self._come:
            self._client._read_response()
            if self._failed is not None:
                raise self._failed
        return self._come.pop(first)

    def _ask(self, offset: int, length: int) -> None:
        number = self._client._async_request(
            self, CMD_READ, self._handle, int64(offset), int(length)
        )
        self._under_way[number] = (offset, length)
        insort(self._order, offset)

    def _async_response(self, kind: int, message: paramiko.Message, number: int) -> None:
        """Told by paramiko what the server answers to a request."""
        offset, length = self._under_way.pop(number)
        if kind == CMD_STATUS:
            try:
                self._client._convert_status(message)
            except EOFError:
                self._come[offset] = b""
            except OSError as error:
                self._failed = error
            return
        block = message.get_string() if kind == CMD_DATA else b""
        self._come[offset] = block
        if block and len(block) < length:
            # It may give less than was asked for: the rest is asked for anew, in its place.
            self._ask(offset + len(block), length - len(block))
