"""Parsed records kept on disk, out of memory, until the tables that read them are done with."""

import os
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Piece:
    """Where one piece lies in the spool, in bytes."""

    start: int
    length: int


class Spool:
    """A temporary file without a name, gone with the process or the last table that uses it."""

    def __init__(self) -> None:
        descriptor, name = tempfile.mkstemp(prefix="watersmeet-")
        os.unlink(name)  # noqa: PTH108 - the descriptor is all we keep
        self._descriptor = descriptor
        self.size = 0
        weakref.finalize(self, os.close, descriptor)

    def add(self, payload: bytes) -> Piece:
        """Keeps an Arrow stream."""
        view = memoryview(payload)
        while view:
            view = view[os.write(self._descriptor, view) :]
        piece = Piece(self.size, len(payload))
        self.size += len(payload)
        return piece

    def add_table(self, table: pa.Table) -> Piece:
        """Keeps a table."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return self.add(bytes(sink.getvalue()))

    def read(self, piece: Piece) -> pa.Table:
        """A table that was kept."""
        parts: list[bytes] = []
        position, left = piece.start, piece.length
        while left:
            part = os.pread(self._descriptor, left, position)
            if not part:
                raise OSError("the spool of parsed records was cut short")
            parts.append(part)
            position += len(part)
            left -= len(part)
        with pa.ipc.open_stream(b"".join(parts)) as stream:
            return stream.read_all()

    def tables(self, pieces: list[Piece]) -> Iterator[pa.Table]:
        """The tables that were kept, one after the other."""
        return (self.read(piece) for piece in pieces)
