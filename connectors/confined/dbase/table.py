"""Reads DBF tables in the child process: blocks of records, column by column."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from connectors.confined.child import Frames
from connectors.confined.dbase.fields import (
    NOT_READ,
    PLAIN,
    Bytes,
    Column,
    Decoder,
    doubles,
    hexadecimal,
    is_double,
    texts,
)
from connectors.confined.dbase.header import LANGUAGES, DbfField, DbfHeader, read_header
from connectors.confined.dbase.memo import MemoFile, MemoUnreadable
from connectors.confined.rows import ROWS, rows_of_mask, send_rows
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"
# Arrow's stubs know fewer of its functions' arguments than it takes.
_compute: Any = pyarrow.compute

_BLOCK = 8 << 20
_MOST_MEMOS = 32 << 20  # Bytes of memos a piece has at most, unless one of them is longer.
_DELETED, _LIVE = ord("*"), ord(" ")
_WRONG = "value-unreadable"


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends the table; the request is that of ``connectors.read.parsed.dbf``.

    With ``only: texts`` it sends the texts that are not ASCII instead, one a line (frame ``T``).

    Raises:
        Unreadable: the file is damaged, or its text is not of the code page.
    """
    path, file = Path(request["path"]), request["file"]
    with path.open("rb") as stream:
        header = read_header(stream, os.fstat(stream.fileno()).st_size, file)
        memo = MemoFile(Path(request["memo"]), header.version) if request["memo"] else None
        table = _Table(header, memo, request, file)
        stream.seek(header.start)
        if request["only"] == "texts":
            for block in _blocks(stream, header, file):
                frames.send("T", table.texts_beyond_ascii(block))
            return
        table.send_to(frames, _blocks(stream, header, file))


def _blocks(stream: BinaryIO, header: DbfHeader, file: str) -> Iterator[Bytes]:
    """Records, one a line of the array."""
    size = max(1, min(ROWS, _BLOCK // header.length))
    left = header.count
    while left:
        raw = stream.read(min(size, left) * header.length)
        if len(raw) < min(size, left) * header.length:
            raise Unreadable("file-damaged", f"{file} became shorter while it was read.")
        block = np.frombuffer(raw, np.uint8).reshape(-1, header.length)
        left -= len(block)
        yield block


class _Table:
    """One table on its way to the parent."""

    def __init__(
        self, header: DbfHeader, memo: MemoFile | None, request: dict[str, Any], file: str
    ) -> None:
        self._header = header
        self._memo = memo
        encoding = request["encoding"] or LANGUAGES.get(header.language, "ascii")
        self._decoder = Decoder(encoding, file)
        self._undecided = f"[{request['undecided']}]" if request["undecided"] else None
        shown = [f for f in header.fields if f.type != "0"]
        self._fields = [f for f in shown if f.type not in NOT_READ]
        self._not_read = dict.fromkeys([f for f in shown if f.type in NOT_READ], 0)
        self._bits = _null_bits(header.fields)
        self._null_field = next((f for f in header.fields if f.type == "0"), None)

    def send_to(self, frames: Frames, blocks: Iterator[Bytes]) -> None:
        """Sends facts, pieces, problems, and the numbers of records marked as deleted."""
        names = [self._decoder.text(f.name, "the names of fields")[0] for f in self._fields]
        frames.send_json("S", {"field_names": names, "encoding": self._decoder.encoding})
        first = 1
        for block in blocks:
            rows = np.arange(first, first + len(block), dtype=np.int32)
            first += len(block)
            deleted = block[:, 0] == _DELETED
            if deleted.any():
                frames.send_json("L", rows[deleted].tolist())
            self._send_live(frames, block[~deleted], rows[~deleted])
        self._send_notes(frames)

    def _send_live(self, frames: Frames, block: Bytes, rows: npt.NDArray[np.int32]) -> None:
        """Sends records that are not deleted, fewer at a time where their memos are long."""
        for part in self._parts(block):
            problems = rows_of_mask(rows[part], block[part, 0] != _LIVE, _WRONG)
            columns = []
            for field in self._fields:
                column, code = self._column(field, block[part])
                problems += rows_of_mask(rows[part], column.wrong, code)
                columns.append(column.text)
            problems += self._doubtful(columns, rows[part])
            send_rows(frames, columns, rows[part], problems)
        for field in self._not_read:
            cells = block[:, field.start : field.start + field.length]
            self._not_read[field] += int(((cells != 32) & (cells != 0)).any(axis=1).sum())

    def _parts(self, block: Bytes) -> Iterator[slice]:
        """Slices of a block whose memos fit into memory together."""
        memos = [f for f in self._fields if f.type == "M"]
        if self._memo is None or not memos or not len(block):
            yield slice(0, len(block))
            return
        step = max(1, len(block) // max(1, self._memo.size // _MOST_MEMOS))
        for start in range(0, len(block), step):
            yield slice(start, start + step)

    def _send_notes(self, frames: Frames) -> None:
        found = [
            f"not-read: {self._decoder.text(field.name, 'a name')[0]} "
            f"({NOT_READ[field.type]} in {count:,} records)"
            for field, count in self._not_read.items()
        ]
        if found:
            frames.send_json("N", found)

    def _column(self, field: DbfField, block: Bytes) -> tuple[Column, str]:
        """A field as text, and the issue code of what is wrong with it."""
        cells = block[:, field.start : field.start + field.length]
        code = _WRONG
        if field.type in PLAIN:
            column = PLAIN[field.type](cells)
        elif is_double(field, self._header.version):
            column = doubles(cells)
        elif field.type == "M":
            column = self._memos(cells, field)
            code = "memo-missing" if self._memo is None else _WRONG
        elif field.type in ("V", "Q"):
            column = self._varying(cells, block, field)
        elif field.type == "C":
            column = texts(cells, self._decoder, _name(field))
        else:
            column = hexadecimal(cells)
        null = self._nulls(field, block)
        if null is not None:
            text = _compute.if_else(pa.array(null), pa.scalar(None, pa.string()), column.text)
            column = Column(text, column.wrong & ~null)
        return column, code

    def _memos(self, cells: Bytes, field: DbfField) -> Column:
        """The texts that the numbers of blocks in a memo field point to."""
        found: list[str | None] = []
        wrong = np.zeros(len(cells), bool)
        for i, block in enumerate(_block_numbers(cells)):
            text: str | None = None
            if block is None or (block and self._memo is None):
                wrong[i] = True
            elif block and self._memo is not None:
                try:
                    raw = self._memo.text(block)
                except MemoUnreadable:
                    raw, wrong[i] = None, True
                if raw is not None:
                    text = self._decoder.text(raw, _name(field))[0]
                else:
                    wrong[i] = True
            found.append(text)
        return Column(pa.array(found, pa.string()), wrong)

    def _varying(self, cells: Bytes, block: Bytes, field: DbfField) -> Column:
        """Texts (V) or bytes (Q) whose last byte is their length unless they fill the field."""
        partly = self._bit(self._bits[field][0], block)
        length = np.where(partly, cells[:, -1], field.length).astype(np.int64)
        wrong = length > field.length
        keep = np.arange(field.length)[None, :] < length[:, None]
        if field.type == "V":
            column = texts(np.where(keep, cells, np.uint8(0)), self._decoder, _name(field))
            return Column(column.text, column.wrong | wrong)
        raw = [row[:n].tobytes().hex() for row, n in zip(cells, length.tolist(), strict=True)]
        return Column(pa.array(raw, pa.string()), wrong)

    def _nulls(self, field: DbfField, block: Bytes) -> npt.NDArray[np.bool_] | None:
        bit = self._bits[field][1]
        return None if bit is None else self._bit(bit, block)

    def _bit(self, number: int | None, block: Bytes) -> npt.NDArray[np.bool_]:
        """One of the bits of the hidden field; none is set where there is no such field."""
        hidden = self._null_field
        if hidden is None or number is None or number // 8 >= hidden.length:
            return np.zeros(len(block), bool)
        bits: npt.NDArray[np.bool_] = block[:, hidden.start + number // 8] >> (number % 8) & 1 == 1
        return bits

    def _doubtful(
        self, columns: list[TextArray], rows: npt.NDArray[np.int32]
    ) -> list[tuple[int, str]]:
        """Rows with a character that may be another in the code page the file was written in."""
        if self._undecided is None:
            return []
        found = np.zeros(len(rows), bool)
        for column in columns:
            met = _compute.match_substring_regex(column, self._undecided).fill_null(False)
            found |= met.to_numpy(zero_copy_only=False)
        return rows_of_mask(rows, found, "encoding-undecided")

    def texts_beyond_ascii(self, block: Bytes) -> bytes:
        """Texts of some records that are not ASCII, memos too, each on a line of its own."""
        found: list[bytes] = []
        for field in self._fields:
            cells = block[:, field.start : field.start + field.length]
            if field.type in ("C", "V"):
                beyond = cells[(cells >= 0x80).any(axis=1)]
                found += [row.tobytes().strip(b" \0") for row in beyond]
            elif field.type == "M" and self._memo is not None:
                for number in _block_numbers(cells):
                    try:
                        raw = self._memo.text(number) if number else None
                    except MemoUnreadable:
                        continue
                    if raw and not raw.isascii():
                        found.append(raw)
        return b"".join(text + b"\n" for text in found)


def _name(field: DbfField) -> str:
    return field.name.decode("ascii", "replace")


def _null_bits(fields: tuple[DbfField, ...]) -> dict[DbfField, tuple[int | None, int | None]]:
    """Bits of the hidden field that say of a field: it does not fill its bytes; it is null."""
    found: dict[DbfField, tuple[int | None, int | None]] = {}
    bit = 0
    for field in fields:
        partly = null = None
        if field.type in ("V", "Q"):
            partly, bit = bit, bit + 1
        if field.nullable:
            null, bit = bit, bit + 1
        found[field] = (partly, null)
    return found


def _block_numbers(cells: Bytes) -> list[int | None]:
    """Numbers of blocks in a memo field: 0 where it is blank, None where there is no number."""
    if cells.shape[1] == 4:
        return [int(n) for n in np.ascontiguousarray(cells).view("<u4")[:, 0].tolist()]
    numbers: list[int | None] = []
    for row in cells:
        text = row.tobytes().strip(b" \0")
        numbers.append(int(text or b"0") if text.isdigit() or not text else None)
    return numbers
