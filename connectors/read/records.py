"""Cuts a stream of delimited text into records without looking into their cells.

A record is what Python's ``csv`` reads as one from a file opened with ``newline=""``: lines end
with LF, CR LF or a bare CR, mixed as they may be; line ends inside quotes belong to the field; an
empty line is a record (an empty one). Records are numbered from 1.

In one point it is better than ``csv``: a quotation mark that opens a field and is not closed where
a field may end does not swallow the lines below it. If the field is still open after
``MOST_LINES`` lines or at the end of the file, or the mark that closes it on a later line stands
in the middle of a field, the record is the one line it began on and is flagged.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connectors.errors import Unreadable

MOST_LINES = 100
LONGEST_RECORD = 64 << 20
_QUOTE = 34
_FEED = 10
_RETURN = 13


@dataclass
class Cut:
    """The records of one block.

    Attributes:
        first: 1-based number of the first.
        records: each record's bytes, without the line end.
        body: the same bytes as they stand, where every record is a line that ends with LF.
        unbalanced: indices of records whose opening quotation mark does not close.
        irregular: whether quotation marks stand where only ``csv`` itself knows what they mean.
        nested: whether any record has a line end inside quotes.
    """

    first: int
    records: list[bytes]
    body: bytes | None = None
    unbalanced: list[int] = field(default_factory=list)
    irregular: bool = False
    nested: bool = False


def cut(chunks: Iterable[bytes], delimiter: bytes | None, file: str) -> Iterator[Cut]:
    """Cuts chunks of a file into blocks of whole records.

    Args:
        chunks: the file's bytes, in an encoding that leaves delimiters and line ends as in ASCII.
        delimiter: what parts cells; None where quotation marks mean nothing (fixed-width text).
        file: the file's name, for messages.

    Raises:
        Unreadable: ``record-too-long``, where no record ends within 64 MB.
    """
    first = 1
    rest = b""
    for chunk in chunks:
        data = rest + chunk if rest else chunk
        block, used = _cut_block(data, delimiter, last=False)
        rest = data[used:]
        # What is not given up here would lie in memory while the block is worked on.
        del data, chunk
        if len(rest) > LONGEST_RECORD:
            raise Unreadable(
                "record-too-long",
                f"{file}: record {first + len(block.records)} is over {LONGEST_RECORD >> 20} MB "
                "long; a quotation mark or a line end may be missing. Ask for the file again.",
            )
        if block.records:
            block.first = first
            first += len(block.records)
            yield block
        del block
    # DOS programs end a file with SUB (0x1A); it is no record.
    rest = rest.removesuffix(b"\x1a")
    if rest:
        block, _ = _cut_block(rest, delimiter, last=True)
        block.first = first
        yield block


def _cut_block(data: bytes, delimiter: bytes | None, *, last: bool) -> tuple[Cut, int]:
    """The whole records of some bytes that begin with one, and how many bytes they take."""
    if delimiter is None or b'"' not in data:
        return _cut_lines(data, last=last)
    array = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    ends = _line_ends(array, has_return=b"\r" in data, last=last)
    outside = (np.searchsorted(quotes, ends) & 1) == 0
    if not _regular(array, quotes, ord(delimiter)) or not _closed(outside, quotes, last=last):
        return _cut_slowly(data, delimiter, last=last)
    if outside.all():
        return _cut_lines(data, last=last)
    return _cut_at(data, array, ends[outside], last=last)


def _cut_lines(data: bytes, *, last: bool) -> tuple[Cut, int]:
    """Records where every line is one."""
    if b"\r" not in data:
        used = len(data) if last else data.rfind(b"\n") + 1
        body = data if used == len(data) else data[:used]
        records = body.split(b"\n")
        if not records[-1]:
            records.pop()
        return Cut(0, records, body=body), used
    # A CR that ends the chunk may be the first half of CR LF.
    used = len(data) if last else max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
    return Cut(0, data[:used].splitlines()), used


def _line_ends(
    array: npt.NDArray[np.uint8], *, has_return: bool, last: bool
) -> npt.NDArray[np.int64]:
    """Offsets of the last byte of every line end."""
    if not has_return:
        return np.flatnonzero(array == _FEED)
    is_return = array == _RETURN
    bare = is_return.copy()
    bare[:-1] &= array[1:] != _FEED
    bare[-1] &= last
    return np.flatnonzero((array == _FEED) | bare)


def _regular(array: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64], delimiter: int) -> bool:
    """Whether every quotation mark opens a field, closes one or is one of a doubled pair."""
    opening, closing = quotes[0::2], quotes[1::2]
    allowed = np.zeros(256, dtype=bool)
    allowed[[delimiter, _FEED, _RETURN, _QUOTE]] = True
    before = array[opening[opening > 0] - 1]
    after = array[closing[closing < len(array) - 1] + 1]
    return bool(allowed[before].all() and allowed[after].all())


def _closed(outside: npt.NDArray[np.bool_], quotes: npt.NDArray[np.int64], *, last: bool) -> bool:
    """Whether no quoted field runs over too many lines, nor beyond the end of the file."""
    if last and len(quotes) & 1:
        return False
    record_ends = np.flatnonzero(outside)
    lines = np.diff(record_ends, prepend=-1, append=len(outside))
    return int(lines.max(initial=0)) <= MOST_LINES


def _cut_at(
    data: bytes,
    array: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    *,
    last: bool,
) -> tuple[Cut, int]:
    """Records between given line ends."""
    starts = np.concatenate([[0], ends + 1])
    stops = ends - ((array[ends] == _FEED) & (ends > 0) & (array[ends - 1] == _RETURN))
    records = [data[a:b] for a, b in zip(starts[:-1].tolist(), stops.tolist(), strict=True)]
    used = int(starts[-1])
    if last and used < len(data):
        records.append(data[used:])
        used = len(data)
    return Cut(0, records, nested=True), used


def _cut_slowly(data: bytes, delimiter: bytes, *, last: bool) -> tuple[Cut, int]:
    """Records where quotation marks stand irregularly: line by line, as ``csv`` would."""
    walk = _Quotes(delimiter)
    lines = data.splitlines(keepends=True)
    if not last and lines and (not lines[-1].endswith((b"\n", b"\r")) or lines[-1][-1:] == b"\r"):
        lines.pop()
    found = Cut(0, [], irregular=True)
    used = at = 0
    while at < len(lines):
        size = 1
        if b'"' in lines[at]:
            spanned = walk.lines_of_record(lines, at)
            if spanned == 0 and not last and len(lines) - at <= MOST_LINES:
                break  # Still open: the rest of the record is in the next chunk.
            if spanned == 0:
                found.unbalanced.append(len(found.records))
            size = spanned or 1
        found.nested |= size > 1
        record = lines[at] if size == 1 else b"".join(lines[at : at + size])
        used += len(record)
        found.records.append(_without_end(record))
        at += size
    return found, used


def _without_end(record: bytes) -> bytes:
    if record.endswith(b"\r\n"):
        return record[:-2]
    return record[:-1] if record.endswith((b"\n", b"\r")) else record


class _Quotes:
    """Walks quotation marks as ``csv`` does: only at the start of a field do they open one."""

    def __init__(self, delimiter: bytes) -> None:
        mark = re.escape(delimiter)
        self._delimiter = delimiter
        self._bare = re.compile(rb"[^" + mark + rb"\r\n]*")
        self._quoted = re.compile(rb'[^"]*(?:""[^"]*)*')

    def lines_of_record(self, lines: list[bytes], at: int) -> int:
        """How many lines the record takes that begins on a line; 0 if a quote never closes."""
        is_open, _ = self._walk(lines[at], is_open=False)
        size = 1
        while is_open:
            if size > MOST_LINES or at + size >= len(lines):
                return 0
            is_open, clean = self._walk(lines[at + size], is_open=True)
            if not clean:
                return 0
            size += 1
        return size

    def _walk(self, line: bytes, *, is_open: bool) -> tuple[bool, bool]:
        """Whether a quoted field is open at the line's end, and whether the first one that was
        open at its start closed where a field may end."""
        position = 0
        clean = True
        while True:
            if is_open or line[position : position + 1] == b'"':
                came_open = is_open
                position = self._end_of(self._quoted, line, position if is_open else position + 1)
                if position >= len(line):
                    return True, clean
                position += 1
                is_open = False
                if came_open and line[position : position + 1] not in self._may_follow:
                    clean = False
            position = self._end_of(self._bare, line, position)
            if line[position : position + 1] != self._delimiter:
                return False, clean
            position += 1

    @property
    def _may_follow(self) -> tuple[bytes, ...]:
        return (self._delimiter, b"\r", b"\n", b"")

    @staticmethod
    def _end_of(pattern: re.Pattern[bytes], line: bytes, position: int) -> int:
        match = pattern.match(line, position)
        return match.end() if match else position
