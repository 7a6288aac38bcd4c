"""Fields of DBF records as columns of text: a block of records at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from connectors.confined.dbase.header import VISUAL_FOXPRO, DbfField
from connectors.confined.number_text import number_text
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"
Bytes: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]
# Arrow's stubs know fewer of its functions' arguments than it takes.
_compute: Any = pyarrow.compute

_NUMBER = r"^[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?$"
_JULIAN_1970 = 2_440_588  # Julian day number of 1970-01-01, from which numpy counts.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, from 1970-01-01.
_DAY = 86_400_000
_PADDING = " \0"
_CUT = ("unexpected end of data", "incomplete multibyte sequence")
_LOGICAL = {"T": "TRUE", "Y": "TRUE", "F": "FALSE", "N": "FALSE", "?": None, " ": None, "\0": None}


@dataclass(frozen=True)
class Column:
    """A field of some records: the text, and where it is not what its type says."""

    text: TextArray
    wrong: Mask


@dataclass(frozen=True)
class Decoder:
    """Turns the bytes of text fields into text.

    Attributes:
        encoding: the code page.
        file: the file's name, for refusals.
    """

    encoding: str
    file: str

    def text(self, raw: bytes, field: str) -> tuple[str, bool]:
        """A text, and whether it was cut in the middle of its last character.

        Raises:
            Unreadable: its bytes are not of the code page, so that none of the file is sure.
        """
        try:
            return raw.decode(self.encoding), False
        except UnicodeDecodeError as error:
            # Writers cut a text in UTF-8 where its field ends, whatever stands there.
            if len(raw) - error.start < 4 and error.reason in _CUT:
                return raw[: error.start].decode(self.encoding) + "\ufffd", True
        raise Unreadable(
            "encoding-wrong",
            f"{self.file} has bytes in {field} that are not {self.encoding}, as the file or the "
            "feed says. Declare the right encoding in the feed's file section.",
        ) from None


def texts(block: Bytes, decoder: Decoder, field: str) -> Column:
    """Texts as they stand, without the blanks that fill a field up on the right."""
    beyond: Mask = np.asarray((block >= 0x80).any(axis=1))
    wrong = np.zeros(len(block), bool)
    if not beyond.any():
        return Column(_trimmed(_strings(block)), wrong)
    plain = np.where(beyond[:, None], np.uint8(32), block)
    found = []
    at = np.flatnonzero(beyond)
    for i in at.tolist():
        text, cut = decoder.text(block[i].tobytes().rstrip(b" \0"), field)
        wrong[i] = cut
        found.append(text)
    column = _compute.replace_with_mask(
        _trimmed(_strings(plain)), pa.array(beyond), pa.array(found, pa.string())
    )
    return Column(column, wrong)


def _strings(block: Bytes) -> TextArray:
    """Rows of ASCII bytes as texts."""
    length = block.shape[1]
    fixed = pa.Array.from_buffers(
        pa.binary(length), len(block), [None, pa.py_buffer(np.ascontiguousarray(block))]
    )
    strings: TextArray = fixed.cast(pa.binary()).cast(pa.string())
    return strings


def _trimmed(strings: TextArray) -> TextArray:
    trimmed: TextArray = _compute.utf8_rtrim(strings, _PADDING)
    return trimmed


def _bare(block: Bytes) -> TextArray:
    """What stands in a field of figures, without blanks on both sides; odd bytes as Latin-1."""
    if (block >= 0x80).any():
        rows = [row.tobytes().decode("latin-1").strip(_PADDING) for row in block]
        return pa.array(rows, pa.string())
    bare: TextArray = _compute.utf8_trim(_strings(block), _PADDING)
    return bare


def numbers(block: Bytes) -> Column:
    """Numbers as the digits that stand there; ``****``, which dBASE writes for too large a number,
    is wrong."""
    text = _bare(block)
    right = _compute.match_substring_regex(text, _NUMBER)
    blank = _compute.equal(text, "")
    return Column(text, ~_mask(_compute.or_(right, blank)))


def dates(block: Bytes) -> Column:
    """Days as ``YYYY-MM-DD``; what is no day of the calendar as it stands."""
    text = _bare(block)
    blank = _mask(_compute.match_substring_regex(text, r"^0*$"))
    digits = block.astype(np.int64) - ord("0")
    right = ((digits >= 0) & (digits <= 9)).all(axis=1) & ~blank
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month = digits[:, 4:6] @ np.array([10, 1])
    day = digits[:, 6:8] @ np.array([10, 1])
    right &= (year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(right, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    right &= day <= length
    days = months.astype("datetime64[D]") + np.where(right, day - 1, 0)
    iso = pa.array(np.datetime_as_string(days, unit="D"), pa.string())
    column = _compute.if_else(pa.array(right), iso, text)
    column = _compute.if_else(pa.array(blank), pa.scalar(None, pa.string()), column)
    return Column(column, ~right & ~blank)


def logicals(block: Bytes) -> Column:
    """``TRUE``, ``FALSE``, and null where nobody has said."""
    known = [chr(byte).upper() in _LOGICAL for byte in range(256)]
    words = [_LOGICAL.get(chr(byte).upper(), chr(byte)) for byte in range(256)]
    codes = block[:, 0]
    return Column(pa.array(words, pa.string()).take(pa.array(codes)), ~np.array(known)[codes])


def whole_numbers(block: Bytes) -> Column:
    """Numbers of four bytes."""
    return _right(pa.array(_as(block, "<i4")).cast(pa.string()))


def doubles(block: Bytes) -> Column:
    """Floating-point numbers of eight bytes."""
    values = _as(block, "<f8")
    return Column(number_text(values), ~np.isfinite(values))


def money(block: Bytes) -> Column:
    """Currency: ten-thousandths in eight bytes, exact, with its four places."""
    units = _as(block, "<i8")
    both = np.stack([units, units >> 63], axis=1)  # As Arrow keeps decimals: 128 bits.
    exact = pa.Array.from_buffers(pa.decimal128(19, 4), len(units), [None, pa.py_buffer(both)])
    return _right(exact.cast(pa.string()))


def moments(block: Bytes) -> Column:
    """Date and time as ``YYYY-MM-DDTHH:MM:SS``, with thousandths only where there are any; what is
    no moment as its bytes."""
    parts = _as(block, "<u4", 2).astype(np.int64)
    days, milliseconds = parts[:, 0] - _JULIAN_1970, parts[:, 1]
    blank = (parts[:, 0] == 0) & (milliseconds == 0) | (block == 32).all(axis=1)
    right = (days >= _FIRST_DAY) & (days <= _LAST_DAY) & (milliseconds < _DAY) & ~blank
    when = np.where(right, days * _DAY + milliseconds, 0).astype("datetime64[ms]")
    text = pa.array(np.datetime_as_string(when, unit="ms"), pa.string())
    text = _compute.replace_substring_regex(text, r"\.000$", "")
    wrong = ~right & ~blank
    if wrong.any():
        raw = [row.tobytes().hex() for row in block[wrong]]
        text = _compute.replace_with_mask(text, pa.array(wrong), pa.array(raw, pa.string()))
    return Column(_compute.if_else(pa.array(blank), pa.scalar(None, pa.string()), text), wrong)


def hexadecimal(block: Bytes) -> Column:
    """Bytes that are no text, two digits each."""
    return _right(pa.array([row.tobytes().hex() for row in block], pa.string()))


def _as(block: Bytes, kind: str, width: int = 1) -> npt.NDArray[Any]:
    values = np.ascontiguousarray(block).view(kind)
    return values[:, 0] if width == 1 else values


def _right(text: TextArray) -> Column:
    return Column(text, np.zeros(len(text), bool))


def _mask(values: Any) -> Mask:
    mask: Mask = values.to_numpy(zero_copy_only=False)
    return mask


PLAIN: dict[str, Callable[[Bytes], Column]] = {
    "N": numbers,
    "F": numbers,
    "D": dates,
    "L": logicals,
    "I": whole_numbers,
    "+": whole_numbers,
    "Y": money,
    "T": moments,
}
"""Types of fields that need nothing but their own bytes."""

NOT_READ = {"G": "an object", "P": "a picture", "W": "binary data"}
"""Types of fields that hold no text: counted, and no columns."""


def is_double(field: DbfField, version: int) -> bool:
    """Whether a field of type B is a number; in dBASE V it is a memo of bytes."""
    return field.type == "B" and field.length == 8 and version in VISUAL_FOXPRO
