"""The child process that parses one untrusted file and sends its cells back as Arrow streams.

A fork of the nursery. It is given a request and writes frames to a pipe: one byte of kind, eight
bytes of length, the payload. Kinds: ``S`` facts of a table (JSON), ``B`` a batch of its rows (Arrow
stream), ``P`` problems of its rows (JSON), ``L`` rows that are no records (JSON), ``N`` notes
learned on the way (JSON), ``F`` facts learned at its end (JSON), ``T`` bytes of texts to tell their
encoding by, ``R`` a refusal (JSON), ``E`` the end.
"""

import gc
import json
import resource
import signal
import struct
from contextlib import suppress
from ctypes import CDLL, c_int, c_ulong
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

_FRAME = struct.Struct("<cQ")
MOST_FRAME = 64 << 20
"""Bytes one frame may have: what the worker holds in memory of an untrusted file at a time."""
_SLACK = 192 << 20
"""Address space beside the memory: what allocators and threads set aside and do not use."""
_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38


class Frames:
    """Writes frames to a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, kind: str, payload: bytes | memoryview = b"") -> None:
        """Writes one frame.

        Raises:
            MemoryError: more than a frame may have.
        """
        view = memoryview(payload)
        if view.nbytes > MOST_FRAME:
            raise MemoryError
        self._stream.write(_FRAME.pack(kind.encode(), view.nbytes))
        self._stream.write(view)
        self._stream.flush()

    def send_json(self, kind: str, what: Any) -> None:
        """Writes one frame of JSON."""
        self.send(kind, json.dumps(what).encode())


def confine(memory: int, seconds: int) -> None:
    """Gives up what the parser has no need of: memory, time, writing files, core dumps, privileges
    of programs it might start, and a life beyond its parent's."""
    # What is mapped already is code for the most part; the parser may use so much beside it.
    space = _mapped() + memory + _SLACK
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    # The hard limit lies behind the soft one, so that the end tells what it was for.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(AttributeError, OSError):  # Linux only; elsewhere the limits above stand alone.
        prctl = CDLL(None, use_errno=True).prctl
        prctl.argtypes = [c_int, c_ulong, c_ulong, c_ulong, c_ulong]
        prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
        prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _mapped() -> int:
    """Bytes of address space in use."""
    facts = Path("/proc/self/statm")
    if not facts.exists():
        return 512 << 20
    return int(facts.read_text().split()[0]) * resource.getpagesize()


def parse(request: dict[str, Any], frames: Frames) -> None:
    """Parses the file the request names, by the parser it names."""
    from connectors.errors import Unreadable

    parser = import_module(f"connectors.confined.{request['parser']}")
    confine(request["limits"]["memory"], request["limits"]["seconds"])
    # The child lives for one file and makes no cycles to speak of; looking for some takes time.
    gc.disable()
    try:
        # What the parser gives back is kept until the worker has been told the end: it is not to
        # wait until a workbook's cells are let go of one by one.
        kept = parser.send(request, frames)  # noqa: F841
    except Unreadable as refusal:
        frames.send_json("R", {"code": refusal.code, "message": refusal.message})
    except MemoryError:
        frames.send_json(
            "R",
            {
                "code": "file-too-demanding",
                "message": f"{request['file']} takes more memory than it is allowed to parse and "
                "was refused. Ask the supplier for smaller files, or for the same as delimited "
                "text.",
            },
        )
    else:
        frames.send("E")
