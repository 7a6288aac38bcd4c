"""The child process that parses one untrusted file and sends its cells back as Arrow streams.

Reads a request (JSON) from standard input and writes frames to standard output: one byte of kind,
eight bytes of length, the payload. Kinds: ``S`` facts of a sheet (JSON), ``B`` a batch of its rows
(Arrow stream), ``P`` problems of its rows (JSON), ``R`` a refusal (JSON), ``E`` the end.
"""

import json
import resource
import struct
import sys
from importlib import import_module
from typing import Any, BinaryIO

_FRAME = struct.Struct("<cQ")


class Frames:
    """Writes frames to a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, kind: str, payload: bytes = b"") -> None:
        """Writes one frame."""
        self._stream.write(_FRAME.pack(kind.encode(), len(payload)))
        self._stream.write(payload)
        self._stream.flush()

    def send_json(self, kind: str, what: Any) -> None:
        """Writes one frame of JSON."""
        self.send(kind, json.dumps(what).encode())


def confine(memory: int, seconds: int) -> None:
    """Gives up what the parser has no need of: memory, time, writing files, core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Parses the file the request names, by the parser it names."""
    request = json.load(sys.stdin.buffer)
    frames = Frames(sys.stdout.buffer)
    confine(request["limits"]["memory"], request["limits"]["seconds"])
    # After confine, so that a fault in a parser's own start-up is confined too.
    from connectors.errors import Unreadable

    try:
        import_module(f"connectors.confined.{request['parser']}").send(request, frames)
    except Unreadable as refusal:
        frames.send_json("R", {"code": refusal.code, "message": refusal.message})
    except MemoryError:
        frames.send_json(
            "R",
            {
                "code": "file-too-demanding",
                "message": f"{request['file']} takes more memory than it is allowed to parse and "
                "was refused. Ask the supplier for a smaller workbook, or for the same as "
                "delimited text.",
            },
        )
    else:
        frames.send("E")


if __name__ == "__main__":
    main()
