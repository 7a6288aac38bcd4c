"""Cuts a stream of delimited text into records without looking into their cells.

A record is what Python's ``csv`` reads as one from a file opened with ``newline=""``: lines end
with LF, CR LF or a bare CR, mixed as they may be; line ends inside quotes belong to the field; an
empty line is a record (an empty one). Records are numbered from 1.

In one point it is better than ``csv``: a quotation mark that opens a field and is not closed where
a field may end does not swallow the lines below it. If the field is still open after
``MOST_LINES`` lines or at the end of the file, or the mark that closes it on a later line stands
in the middle of a field, the record is the one line it began on and is flagged.

Other dialects (delimiters of several characters, backslashes, line ends that are declared) are cut
by the same rules, line by line where a line holds a mark that means something.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from connectors.errors import Unreadable
from connectors.read.text.dialect import Marks

MOST_LINES = 100
LONGEST_RECORD = 64 << 20
MOST_CELLS = 1 << 16
"""Cells a record may have; four times as many as the widest spreadsheet."""
_FEED = 10
_RETURN = 13


@dataclass
class Cut:
    """The records of one block.

    Attributes:
        first: 1-based number of the first.
        records: each record's bytes, without the line end.
        body: the same bytes as they stand, where every record is a line that ends with LF, or every
            one with CR LF.
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

    @cached_property
    def longest(self) -> int:
        """Bytes of the longest record."""
        return max(map(len, self.records), default=0)


def cut(chunks: Iterable[bytes], marks: Marks | None, file: str) -> Iterator[Cut]:
    """Cuts chunks of a file into blocks of whole records.

    Args:
        chunks: the file's bytes, in an encoding that leaves delimiters and line ends as in ASCII.
        marks: what parts cells and records; None where only lines count (fixed-width text).
        file: the file's name, for messages.

    Raises:
        Unreadable: ``record-too-long``, where no record ends within 64 MB; ``file-too-demanding``,
            where one has more cells than any table has columns.
    """
    first = 1
    rest = b""
    for chunk in _with_ends(chunks, marks):
        data = rest + chunk if rest else chunk
        block, used = _cut_block(data, marks, last=False)
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
            _refuse_wide(block, marks, file)
            yield block
        del block
    # DOS programs end a file with SUB (0x1A); it is no record.
    rest = rest.removesuffix(b"\x1a")
    if rest:
        block, _ = _cut_block(rest, marks, last=True)
        block.first = first
        _refuse_wide(block, marks, file)
        yield block


def _refuse_wide(block: Cut, marks: Marks | None, file: str) -> None:
    """Refuses a record of so many cells that their columns alone would fill the memory."""
    if marks is None or block.longest <= MOST_CELLS:
        return
    for number, record in enumerate(block.records, block.first):
        if len(record) > MOST_CELLS and record.count(marks.delimiter) >= MOST_CELLS:
            raise Unreadable(
                "file-too-demanding",
                f"{file}: record {number} has more than {MOST_CELLS:,} cells. Ask for the file "
                "again; line ends may be missing.",
            )


def _with_ends(chunks: Iterable[bytes], marks: Marks | None) -> Iterator[bytes]:
    """The chunks, put together where no line ends in them, so that a long record is not looked
    through again with each."""
    end = marks.line_end[-1:] if marks and marks.line_end else None
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        ends = b"\n" in chunk or b"\r" in chunk if end is None else end in chunk
        if ends or size > LONGEST_RECORD:
            yield chunk if len(held) == 1 else b"".join(held)
            held, size = [], 0
        del chunk
    if held:
        yield b"".join(held)


def _cut_block(data: bytes, marks: Marks | None, *, last: bool) -> tuple[Cut, int]:
    """The whole records of some bytes that begin with one, and how many bytes they take."""
    if marks is None:
        return _cut_lines(data, last=last)
    if not any(mark in data for mark in marks.telling):
        if marks.line_end is None:
            return _cut_lines(data, last=last)
        return _cut_ends(data, marks.line_end, last=last)
    if not marks.plain:
        return _cut_slowly(data, marks, last=last)
    array = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(array == ord(marks.quote))
    ends = _line_ends(array, has_return=b"\r" in data, last=last)
    outside = (np.searchsorted(quotes, ends) & 1) == 0
    if not _regular(array, quotes, marks) or not _closed(outside, quotes, last=last):
        return _cut_slowly(data, marks, last=last)
    if outside.all():
        return _cut_lines(data, last=last)
    return _cut_at(data, array, ends[outside], last=last)


def _cut_ends(data: bytes, end: bytes, *, last: bool) -> tuple[Cut, int]:
    """Records where each ends with a declared line end."""
    used = len(data) if last else data.rfind(end) + len(end)
    if used < len(end):
        return Cut(0, []), 0
    records = data[:used].split(end)
    if not records[-1]:
        records.pop()
    return Cut(0, records), used


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
    body = data[:used]
    records = body.split(b"\r\n")
    array = np.frombuffer(body, np.uint8)
    ends = [np.count_nonzero(array == end) for end in (_RETURN, _FEED)]
    if ends == [len(records) - 1] * 2:
        if not records[-1]:
            records.pop()
        return Cut(0, records, body=body), used
    return Cut(0, body.splitlines()), used


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


def _regular(array: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64], marks: Marks) -> bool:
    """Whether every quotation mark opens a field, closes one or is one of a doubled pair."""
    opening, closing = quotes[0::2], quotes[1::2]
    allowed = np.zeros(256, dtype=bool)
    allowed[[ord(marks.delimiter), _FEED, _RETURN, ord(marks.quote)]] = True
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


def _cut_slowly(data: bytes, marks: Marks, *, last: bool) -> tuple[Cut, int]:
    """Records where quotation marks stand irregularly: line by line, as ``csv`` would."""
    walk = _Quotes(marks)
    lines = _lines(data, marks.line_end)
    if not last and lines and _incomplete(lines[-1], marks):
        lines.pop()
    found = Cut(0, [], irregular=True)
    used = at = 0
    while at < len(lines):
        size = 1
        if any(mark in lines[at] for mark in marks.telling):
            spanned = walk.lines_of_record(lines, at)
            if spanned == 0 and not last and len(lines) - at <= MOST_LINES:
                break  # Still open: the rest of the record is in the next chunk.
            if spanned == 0:
                found.unbalanced.append(len(found.records))
            size = spanned or 1
        found.nested |= size > 1
        record = lines[at] if size == 1 else b"".join(lines[at : at + size])
        used += len(record)
        found.records.append(_without_end(record, marks))
        at += size
    return found, used


def _lines(data: bytes, end: bytes | None) -> list[bytes]:
    """Lines with their ends."""
    if end is None:
        return data.splitlines(keepends=True)
    lines = [line + end for line in data.split(end)]
    last = lines.pop().removesuffix(end)
    return [*lines, last] if last else lines


def _incomplete(line: bytes, marks: Marks) -> bool:
    """Whether a line has no end yet, or a CR that may be the first half of CR LF."""
    halved = marks.line_end is None and line.endswith(b"\r")
    return halved or _without_end(line, marks) == line


def _without_end(record: bytes, marks: Marks) -> bytes:
    if marks.line_end is not None:
        return record.removesuffix(marks.line_end)
    if record.endswith(b"\r\n"):
        return record[:-2]
    return record[:-1] if record.endswith((b"\n", b"\r")) else record


_CLOSED, _IN_QUOTES, _ESCAPED = range(3)


class _Quotes:
    """Walks quotation marks as ``csv`` does: only at the start of a field do they open one."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def lines_of_record(self, lines: list[bytes], at: int) -> int:
        """How many lines the record takes that begins on a line; 0 if a quote never closes."""
        state, _ = self._walk(lines[at], None)
        size = 1
        while state != _CLOSED:
            if size > MOST_LINES or at + size >= len(lines):
                return 0
            state, clean = self._walk(lines[at + size], state)
            if not clean:
                return 0
            size += 1
        return size

    def _walk(self, line: bytes, state: int | None) -> tuple[int, bool]:
        """What is open at the line's end, and whether the first field in quotes that was open at
        its start closed where a field may end.

        ``state``: what was open at the line's start; None where a record begins there.
        """
        marks = self._marks
        position = 0
        clean = True
        came = state
        while True:
            opens = came is None and marks.quote and line.startswith(marks.quote, position)
            if came == _IN_QUOTES or opens:
                start = position + len(marks.quote) * (came != _IN_QUOTES)
                match = marks.quoted.match(line, start)
                position = match.end() if match else start
                if position >= len(line):
                    return _IN_QUOTES, clean
                position += len(marks.quote)
                if came == _IN_QUOTES and not self._may_end(line, position):
                    clean = False
            came = None
            match = marks.bare.match(line, position)
            position = match.end() if match else position
            if not line.startswith(marks.delimiter, position):
                escaped = marks.backslash and position >= len(line)
                if escaped and _without_end(line, marks) != line:
                    return _ESCAPED, clean
                return _CLOSED, clean
            position += len(marks.delimiter)

    def _may_end(self, line: bytes, position: int) -> bool:
        marks = self._marks
        if position >= len(line) or line.startswith(marks.delimiter, position):
            return True
        if marks.line_end is not None:
            return line.startswith(marks.line_end, position)
        return line.startswith((b"\r", b"\n"), position)
