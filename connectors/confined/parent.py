"""Parses untrusted files in a child process that may use only so much memory, time and output.

A megabyte of workbook can expand to gigabytes; the child dies of that, the worker does not. The
child gets no environment but what it needs, so a parser gone wrong finds no secret there.
"""

import json
import os
import resource
import signal
import struct
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from connectors.confined.child import MOST_FRAME
from connectors.confined.children import nursery
from connectors.errors import Unreadable

_FRAME = struct.Struct("<cQ")
_MB = 1 << 20
MOST_TABLES = 5_000
"""Tables one file may have: every one of them costs the worker, whatever it holds."""
_LOOK_EVERY = 0.05  # Seconds between looks at the memory of the child.


@dataclass(frozen=True)
class Limits:
    """What the child may use.

    Attributes:
        memory: bytes of resident memory.
        seconds: seconds of processor time; the clock on the wall may show twice that.
        output: bytes it may send back.
    """

    memory: int = 2_560 * _MB
    seconds: int = 300
    output: int = 4 << 30

    @classmethod
    def streaming(cls, size: int) -> "Limits":
        """What a file of so many bytes may use whose parser holds no more of it than some records:
        as much memory as any other."""
        return cls(memory=400 * _MB, seconds=cls.of(size).seconds)

    @classmethod
    def of(cls, size: int) -> "Limits":
        """What a file of so many bytes may use whose parser holds it whole.

        What is allowed grows with the bytes somebody took the trouble to send. A workbook of honest
        data takes 25 to 45 times its packed size; a bomb of a megabyte gets no more than an honest
        megabyte would. Files up to 3 MB stay below 450 MB and 25 seconds of processor time; a
        workbook of 50 MB (a million rows of 14 columns take 1.3 GB) has the most there is.
        """
        return cls(
            memory=min(320 * _MB + 40 * size, cls.memory),
            seconds=min(15 + 3 * size // _MB, cls.seconds),
        )


def parse_confined(
    request: dict[str, Any], file: str, limits: Limits | None = None
) -> Generator[tuple[str, bytes], None, None]:
    """What the child sends back: (kind, payload) frames, kinds as in ``connectors.confined.child``.

    Args:
        request: names ``parser`` and ``path``; the rest is between the parser and its reader.
        limits: those that fit the size of the file where not given.

    Raises:
        Unreadable: the child refused the file (its own code and message), broke a limit
            (``file-too-demanding``) or failed on it (``file-damaged``).
    """
    limits = limits or Limits.of(Path(request["path"]).stat().st_size)
    whole = {**request, "limits": asdict(limits)}
    try:
        child, frames = (home := nursery()).start(whole)
    except OSError:
        child, frames = (home := nursery(anew=True)).start(whole)
    watch = _Watch(child, limits)
    complete = False
    with os.fdopen(frames, "rb") as stream:
        try:
            complete = yield from _frames(stream, file, limits)
        finally:
            watch.end()
            if complete:
                home.let_go(child)
            else:
                code = home.end(child)
    if not complete:
        raise _ended(code, file, watch.broken)


class _Watch:
    """Ends a child that outlives its time or outgrows its memory, whatever its reader waits for.

    Attributes:
        broken: the limit the child broke, in words; None where it broke none.
    """

    def __init__(self, child: int, limits: Limits) -> None:
        self.broken: str | None = None
        self._child, self._limits = child, limits
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch-child", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stops watching; the child's number may be another's from now on."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        until = time.monotonic() + self._limits.seconds * 2
        while not self._ended.wait(_LOOK_EVERY):
            if time.monotonic() > until:
                self.broken = "more time than it is worth"
            elif _resident(self._child) > self._limits.memory:
                self.broken = "more memory than it is allowed"
            if self.broken:
                _kill(self._child)
                return


def _resident(child: int) -> int:
    """Bytes of memory a process holds; 0 where that cannot be told."""
    try:
        facts = Path(f"/proc/{child}/statm").read_bytes().split()
    except OSError:
        return 0
    return int(facts[1]) * resource.getpagesize() if len(facts) > 1 else 0


def _kill(child: int) -> None:
    """Ends the child and whatever it started; its number is its own until it is waited for."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def _frames(
    stream: IO[bytes], file: str, limits: Limits
) -> Generator[tuple[str, bytes], None, bool]:
    """Frames as they come; returns whether the child came to its end."""
    received = tables = 0
    while True:
        start = stream.read(_FRAME.size)
        if len(start) < _FRAME.size:
            return False
        mark, length = _FRAME.unpack(start)
        received += length
        if received > limits.output or length > MOST_FRAME:
            raise _too_demanding(file, "more data than a delivery may hold")
        payload = stream.read(length)
        if len(payload) < length:
            return False
        kind = mark.decode("ascii", "replace")
        if kind == "E":
            return True
        if kind == "R":
            refusal = json.loads(payload)
            raise Unreadable(refusal["code"], refusal["message"])
        tables += kind == "S"
        if tables > MOST_TABLES:
            raise _too_demanding(file, "more tables than a delivery may hold")
        yield kind, payload


def _ended(code: int, file: str, broken: str | None) -> Unreadable:
    """What a child that ended early ended of."""
    if broken:
        return _too_demanding(file, broken)
    if code == -signal.SIGXCPU:
        return _too_demanding(file, "more time than it is worth")
    # We kill it ourselves only after it fell silent: this was the system, short of memory.
    if code in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV):
        return _too_demanding(file, "more memory than it is allowed")
    return Unreadable(
        "file-damaged", f"{file} could not be parsed; it is damaged or not what it seems to be."
    )


def _too_demanding(file: str, what: str) -> Unreadable:
    return Unreadable(
        "file-too-demanding",
        f"{file} takes {what} to parse and was refused. Ask the supplier for smaller files, or for "
        "the same as delimited text.",
    )
