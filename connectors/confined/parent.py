"""Parses untrusted files in a child process that may use only so much memory, time and output.

A megabyte of workbook can expand to gigabytes; the child dies of that, the worker does not. The
child gets no environment but what it needs, so a parser gone wrong finds no secret there.
"""

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from connectors.errors import Unreadable

_FRAME = struct.Struct("<cQ")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Limits:
    """What the child may use.

    Attributes:
        memory: bytes of address space.
        seconds: seconds of processor time; the clock on the wall may show twice that.
        output: bytes it may send back.
    """

    memory: int = 1_500 << 20
    seconds: int = 300
    output: int = 4 << 30


def parse_confined(
    request: dict[str, Any], file: str, limits: Limits | None = None
) -> Generator[tuple[str, bytes], None, None]:
    """What the child sends back: (kind, payload) frames, kinds as in ``connectors.confined.child``.

    Raises:
        Unreadable: the child refused the file (its own code and message), broke a limit
            (``file-too-demanding``) or failed on it (``file-damaged``).
    """
    limits = limits or Limits()
    child = subprocess.Popen(
        [sys.executable, "-m", "connectors.confined.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd=_ROOT,
    )
    assert child.stdin is not None and child.stdout is not None
    overdue = threading.Event()

    def stop() -> None:
        overdue.set()
        child.kill()

    clock = threading.Timer(limits.seconds * 2, stop)
    clock.daemon = True
    clock.start()
    try:
        with child.stdin:
            child.stdin.write(json.dumps({**request, "limits": asdict(limits)}).encode())
        complete = yield from _frames(child.stdout, file, limits)
    except BrokenPipeError:
        complete = False
    finally:
        clock.cancel()
        child.kill()
        child.stdout.close()
        child.wait()
    if not complete:
        raise _ended(child.returncode, file, overdue=overdue.is_set())


def _frames(
    stream: IO[bytes], file: str, limits: Limits
) -> Generator[tuple[str, bytes], None, bool]:
    """Frames as they come; returns whether the child came to its end."""
    received = 0
    while True:
        start = stream.read(_FRAME.size)
        if len(start) < _FRAME.size:
            return False
        mark, length = _FRAME.unpack(start)
        received += length
        if received > limits.output:
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
        yield kind, payload


def _ended(code: int, file: str, *, overdue: bool) -> Unreadable:
    """What a child that ended early ended of. We kill it ourselves only after it fell silent."""
    if overdue or code == -24:
        return _too_demanding(file, "more time than it is worth")
    if code in (-6, -9, -11):
        return _too_demanding(file, "more memory than it is allowed")
    return Unreadable(
        "file-damaged", f"{file} could not be parsed; it is damaged or not what it seems to be."
    )


def _too_demanding(file: str, what: str) -> Unreadable:
    return Unreadable(
        "file-too-demanding",
        f"{file} takes {what} to parse and was refused. Ask the supplier for a smaller workbook, "
        "or for the same as delimited text.",
    )


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        # One thread and one arena each: otherwise address space is reserved that is never used.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
    }
