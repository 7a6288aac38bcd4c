"""Which program a statistics file is of, told from its bytes, and the datasets in it."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from connectors.errors import Unreadable

_RECORD = 80
_LIBRARY = 3 * _RECORD  # What stands before the first dataset of a transport file.
_BLOCK = _RECORD << 14
_MEMBER = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER|V8)  HEADER RECORD!{7}")
_MOST_DATASETS = 500


class Kind(NamedTuple):
    """A kind of statistics file.

    Attributes:
        program: ``spss``, ``sas`` or ``stata``.
        reader: the function of pyreadstat.
        encoding: what its texts are in by definition; None where the file says it or nothing does.
        takes_encoding: whether another can be declared.
        user_missing: whether pyreadstat can keep values declared as missing.
        counts_rows: whether it says how many rows it has.
    """

    program: str
    reader: str
    encoding: str | None = None
    takes_encoding: bool = True
    user_missing: bool = True
    counts_rows: bool = True


def kind_of(path: Path, file: str) -> Kind:
    """The kind of a file that ``connectors.read.kind.sniff`` found to be one of them.

    Raises:
        Unreadable: it is none.
    """
    with path.open("rb") as stream:
        start = stream.read(700)
    if start.startswith((b"$FL2", b"$FL3")):
        return Kind("spss", "read_sav")
    if start.startswith(b"\0" * 12 + b"\xc2\xea\x81\x60"):
        return Kind("sas", "read_sas7bdat")
    if start.startswith(b"HEADER RECORD*******LIB"):
        return Kind("sas", "read_xport", user_missing=False, counts_rows=False)
    if start.startswith(b"<stata_dta>"):
        release = re.search(rb"<release>(\d+)</release>", start)
        unicode = release is not None and int(release.group(1)) >= 118
        return Kind("stata", "read_dta", encoding="utf-8" if unicode else None)
    if 104 <= start[0] <= 115:
        return Kind("stata", "read_dta")
    if b"SPSSPORT" in start.replace(b"\r", b"").replace(b"\n", b""):
        return Kind("spss", "read_por", "utf-8", takes_encoding=False, user_missing=False,
                    counts_rows=False)  # fmt: skip
    raise Unreadable("file-damaged", f"{file} is no file of SPSS, SAS or Stata.")


def opened(path: Path, kind: Kind) -> Iterator[str | BinaryIO]:
    """What to read each dataset from: the path, or, of a transport file with several, a view of
    the file in which each is the only one, as the reader stops after the first."""
    starts = list(_members(path)) if kind.reader == "read_xport" else []
    if len(starts) < 2:
        yield str(path)
        return
    ends = [*starts[1:], path.stat().st_size]
    with path.open("rb") as stream:
        for start, end in zip(starts[:_MOST_DATASETS], ends, strict=False):
            yield io.BufferedReader(_View(stream, start, end))


def _members(path: Path) -> Iterator[int]:
    """Where the datasets of a transport file begin: at records of 80 bytes."""
    with path.open("rb") as stream:
        at = 0
        while block := stream.read(_BLOCK):
            for match in _MEMBER.finditer(block):
                if match.start() % _RECORD == 0:
                    yield at + match.start()
            at += len(block)


class _View(io.RawIOBase):
    """The head of a library with one of its datasets right behind it."""

    def __init__(self, stream: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._stream = stream
        self._gap = start - _LIBRARY
        self._size = _LIBRARY + end - start
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        in_head = self._at < _LIBRARY
        end = _LIBRARY if in_head else self._size
        self._stream.seek(self._at if in_head else self._at + self._gap)
        data = self._stream.read(max(0, min(len(buffer), end - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
