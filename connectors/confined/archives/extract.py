"""Takes members out of an archive in the child process: what an archive says of itself is checked
before anything is expanded, and what comes out is counted while it does.

Nothing is written here: the bytes go to the parent, which names the files itself.
"""

import bz2
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from connectors.confined.archives.members import MOST_EXPANDED, Members, too_much
from connectors.confined.child import Frames
from connectors.errors import Unreadable

_CHUNK = 1 << 20
_SMALL = 64 << 20
_MOST_RATIO = 200
_LOCAL = struct.Struct("<4s5HLLL2H")
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
_UNKNOWN = 0xFFFFFFFF  # In place of a size that is written elsewhere (ZIP64).
_SINGLE: dict[str, Callable[[str, str], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
}
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AssertionError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    RuntimeError,
)


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends the members asked for; the request is that of ``connectors.read.archive``.

    Raises:
        Unreadable: the archive is encrypted, unsafe, too large or damaged, or has no such members.
    """
    path, file, kind = request["path"], request["file"], request["kind"]
    members = Members(file, request["members"])
    out = _Out(frames, file, Path(path).stat().st_size)
    try:
        if kind == "zip":
            _zip(path, members, out)
        elif kind == "7z":
            # Its library is large and slow to load, and most archives are of another kind.
            from connectors.confined.archives.seven_zip import extract

            extract(path, members, out)
        else:
            out.begin(request["inner"])
            with _SINGLE[kind](path, "rb") as content:
                out.all_of(content)
    except NotImplementedError:
        raise Unreadable(
            "archive-damaged",
            f"{file} is packed by a method that is not read. Ask for a zip file packed the usual "
            "way (deflate).",
        ) from None
    except _DAMAGED:
        raise Unreadable(
            "archive-damaged",
            f"{file} is a damaged archive, or was cut off on its way; ask for it again.",
        ) from None
    frames.send_json("F", {"passed_over": members.passed_over})


class _Out:
    """Sends what comes out, and stops at what is too much."""

    def __init__(self, frames: Frames, file: str, packed: int) -> None:
        self._frames = frames
        self._file = file
        self._packed = max(1, packed)
        self._total = 0

    def foretold(self, expanded: int) -> None:
        """Refuses what would be too much by what the archive says itself."""
        if expanded > MOST_EXPANDED:
            raise too_much(self._file, f"would expand to {expanded >> 20:,} MB")
        if expanded > _SMALL and expanded // self._packed > _MOST_RATIO:
            raise too_much(
                self._file, f"would expand to {expanded // self._packed:,} times its size"
            )

    def begin(self, name: str) -> None:
        """A member begins."""
        self._frames.send_json("S", {"member": name})

    def write(self, some: bytes) -> None:
        """Bytes of the member."""
        self._total += len(some)
        self.foretold(self._total)
        for start in range(0, len(some), _CHUNK * 16):
            self._frames.send("B", bytes(some[start : start + _CHUNK * 16]))

    def all_of(self, content: IO[bytes]) -> int:
        """All bytes of a stream; how many there were."""
        length = 0
        while some := content.read(_CHUNK):
            self.write(some)
            length += len(some)
        return length


def _zip(path: str, members: Members, out: _Out) -> None:
    with zipfile.ZipFile(path) as archive, Path(path).open("rb") as raw:
        every = archive.infolist()
        members.check_count(len(every))
        names = {}
        for info in every:
            mode = info.external_attr >> 16
            names[info] = members.add(
                info.orig_filename,
                is_folder=info.is_dir(),
                is_special=(mode & 0o170000) not in (0, 0o100000, 0o040000),
                is_encrypted=bool(info.flag_bits & _ENCRYPTED),
            )
        _check_layout(every, raw, archive.start_dir, members)
        wanted = [info for info in every if (name := names[info]) and members.wants(name)]
        members.check_any()
        out.foretold(sum(info.file_size for info in wanted))
        for info in wanted:
            out.begin(str(names[info]))
            with archive.open(info) as content:
                if out.all_of(content) != info.file_size:
                    raise EOFError


def _check_layout(every: list[zipfile.ZipInfo], raw: IO[bytes], end: int, members: Members) -> None:
    """Refuses entries that share bytes, and sizes written twice and not alike: both are the mark
    of bombs and of files made to be read differently by different programs."""
    before = 0
    for info in sorted(every, key=lambda one: one.header_offset):
        raw.seek(info.header_offset)
        header = raw.read(_LOCAL.size)
        if len(header) < _LOCAL.size or info.header_offset < before:
            raise members.unsafe("entries that lie over one another")
        _, _, flags, _, _, _, _, packed, size, name, extra = _LOCAL.unpack(header)
        before = info.header_offset + _LOCAL.size + name + extra + info.compress_size
        if before > end:
            raise members.unsafe("entries that lie over one another")
        told = {(packed, info.compress_size), (size, info.file_size)}
        unlike = [one for one in told if one[0] not in (one[1], _UNKNOWN)]
        if unlike and not flags & _SIZES_FOLLOW:
            raise members.unsafe("an entry of two different sizes")
