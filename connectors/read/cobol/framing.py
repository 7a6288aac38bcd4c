"""Cuts a file of a mainframe into records: of one length, with lengths before them, or lines.

Variable records begin with a record descriptor word: two bytes of length, the four of the word
counted, and two of zeros; blocked ones stand in blocks that begin with such a word of their own
(IBM, z/OS DFSMS Using Data Sets, variable-length record formats).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from connectors.errors import Unreadable
from connectors.read.text.records import LONGEST_RECORD, cut
from contracts.file_forms import Copybook

_WORD = 4
# In EBCDIC a line of text ends with NEL or LF, in Unix System Services and in files that were sent
# as text.
_NEL_TO_FEED = bytes.maketrans(b"\x15", b"\x25")


@dataclass
class Records:
    """Some records of a file.

    Attributes:
        first: 1-based number of the first.
        records: the bytes of each, without length or line end.
    """

    first: int
    records: list[bytes]


def records_of(path: Path, form: Copybook, length: int, file: str, block: int) -> Iterator[Records]:
    """The records of a file, in blocks of some bytes.

    Args:
        length: bytes of a record of fixed length.

    Raises:
        Unreadable: ``copybook-differs`` where the file is not made of such records;
            ``file-damaged`` where it ends within one.
    """
    take: Callable[[bytes, bool], tuple[list[bytes], int]]
    match form.records:
        case "fixed":
            _demand_whole(path, length, file)
            take = partial(_fixed, length=length)
            block = max(block // length, 1) * length
        case "variable":
            take = _Variable(file, own=form.length_counts_itself).take
        case "blocked":
            take = _Blocked(file, own=form.length_counts_itself).take
        case "lines":
            if not form.is_ebcdic:
                yield from _lines(path, file, block)
                return
            take = _ebcdic_lines
    first, rest = 1, b""
    with path.open("rb") as content:
        while True:
            chunk = content.read(block)
            records, used = take(rest + chunk, not chunk)
            rest = (rest + chunk)[used:]
            if records:
                yield Records(first, records)
                first += len(records)
            if not chunk:
                return
            if len(rest) > LONGEST_RECORD:
                raise _too_long(file, first)


def _demand_whole(path: Path, length: int, file: str) -> None:
    size = path.stat().st_size
    if size % length:
        raise Unreadable(
            "copybook-differs",
            f"{file} has {size:,} bytes, which is no whole number of records of {length:,} bytes. "
            "The copybook is another version, the records have lengths or line ends of their own "
            "(records: variable, lines; record_length), or the file was cut off or changed on "
            "its way: it must be sent as binary.",
        )


def _fixed(data: bytes, last: bool, *, length: int) -> tuple[list[bytes], int]:
    used = len(data) // length * length
    return [data[at : at + length] for at in range(0, used, length)], used


def _lines(path: Path, file: str, block: int) -> Iterator[Records]:
    with path.open("rb") as content:
        chunks: Iterator[bytes] = iter(partial(content.read, block), b"")
        for found in cut(chunks, None, file):
            yield Records(found.first, found.records)


def _ebcdic_lines(data: bytes, last: bool) -> tuple[list[bytes], int]:
    data = data.translate(_NEL_TO_FEED)
    used = len(data) if last else data.rfind(b"\x25") + 1
    records = data[:used].split(b"\x25")
    if not records[-1]:
        records.pop()
    return [record.removesuffix(b"\x0d") for record in records], used


class _Variable:
    """Takes records with a descriptor word."""

    def __init__(self, file: str, *, own: bool) -> None:
        self._file = file
        self._own = _WORD if own else 0
        self._number = 0

    def take(self, data: bytes, last: bool) -> tuple[list[bytes], int]:
        """The whole records at the start of some bytes, and how many bytes they take."""
        found: list[bytes] = []
        at, end = 0, len(data)
        while end - at >= _WORD:
            size = (data[at] << 8 | data[at + 1]) - self._own
            if size < 0 or data[at + 2] or data[at + 3]:
                raise self._wrong(size, data[at + 2])
            if at + _WORD + size > end:
                break
            found.append(data[at + _WORD : at + _WORD + size])
            self._number += 1
            at += _WORD + size
        if last and at < end:
            raise _cut_off(self._file, self._number + 1)
        return found, at

    def _wrong(self, size: int, segment: int) -> Unreadable:
        what = f"{self._file}: what stands before record {self._number + 1} is no length"
        if size >= 0 and segment in (1, 2, 3):
            what = f"{self._file}: record {self._number + 1} is spanned, which is not read"
        return Unreadable(
            "copybook-differs",
            f"{what}. Correct records (fixed, variable, blocked) or length_counts_itself in the "
            "feed's file section, or ask for the file with fixed records, sent as binary.",
        )


class _Blocked:
    """Takes blocks, each with a descriptor word, of records with theirs."""

    def __init__(self, file: str, *, own: bool) -> None:
        self._file = file
        self._inner = _Variable(file, own=own)
        self._number = 0

    def take(self, data: bytes, last: bool) -> tuple[list[bytes], int]:
        """The records of the whole blocks at the start of some bytes, and the blocks' bytes."""
        found: list[bytes] = []
        at, end = 0, len(data)
        while end - at >= _WORD:
            size = int.from_bytes(data[at : at + 2], "big")
            if size & 0x8000:  # a large block has a length of 31 bits
                size = int.from_bytes(data[at : at + 4], "big") & 0x7FFF_FFFF
            elif data[at + 2] or data[at + 3]:
                size = 0
            if size < 2 * _WORD:
                raise Unreadable(
                    "copybook-differs",
                    f"{self._file}: what stands before block {self._number + 1} is no length of a "
                    "block; correct records in the feed's file section (variable, fixed).",
                )
            if at + size > end:
                break
            found += self._inner.take(data[at + _WORD : at + size], True)[0]
            self._number += 1
            at += size
        if last and at < end:
            raise _cut_off(self._file, self._inner._number + 1)
        return found, at


def _cut_off(file: str, number: int) -> Unreadable:
    return Unreadable(
        "file-damaged", f"{file} ends within record {number}; it was cut off. Ask for it again."
    )


def _too_long(file: str, number: int) -> Unreadable:
    return Unreadable(
        "record-too-long",
        f"{file}: record {number} is over {LONGEST_RECORD >> 20} MB long; ask for the file again.",
    )
