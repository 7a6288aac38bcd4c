"""Decodes numbers: zoned (a digit a byte), packed (a digit half a byte) and binary ones.

What is written out is the number as the picture means it: ``9(5)V99`` with the digits 0012345 is
``123.45``, with as many decimals as the picture has. A whole number without a sign, zoned or
packed, keeps all its digits, leading zeros too: it may be a reference or a date. Others have none.
"""

import numpy as np
import numpy.typing as npt

from connectors.read.cobol.code_page import Bytes, CodePage
from connectors.read.cobol.column import (
    Column,
    Mask,
    any_of,
    only,
    text_array,
    unfilled,
    with_bytes_shown,
    with_nulls,
)
from contracts.cobol import Field

INVALID = "number-not-cobol"
_PLUS = np.isin(np.arange(16), (0xA, 0xC, 0xE, 0xF))
_MINUS = np.isin(np.arange(16), (0xB, 0xD))
_POINT, _DASH, _ZERO = ord("."), ord("-"), ord("0")


def decode_zoned(raw: Bytes, field: Field, page: CodePage, *, forgiven: bool) -> Column:
    """A number of USAGE DISPLAY in some records; blank where the field is."""
    blank = only(raw, page.space)
    digits = raw - np.uint8(page.zero)
    negative = np.zeros(len(raw), bool)
    wrong = np.zeros(len(raw), bool)
    leading, separate = field.sign[0] == "leading", field.sign[1] and field.signed
    at = 0 if leading else raw.shape[1] - 1
    if separate:
        mark = raw[:, at]
        negative = mark == page.minus
        wrong = ~negative & (mark != page.plus)
        digits = np.delete(digits, at, axis=1)
    else:
        values, minus = page.signs
        digits[:, at] = values[raw[:, at]]
        negative = minus[raw[:, at]]
        if not field.signed:
            wrong = negative
    wrong |= any_of(digits > 9)
    return _column(raw, digits, negative, wrong & ~blank, blank, field, forgiven=forgiven)


def decode_packed(raw: Bytes, field: Field, page: CodePage, *, forgiven: bool) -> Column:
    """A number of USAGE COMP-3 in some records; blank where the field is all blanks."""
    blank = only(raw, page.space)
    halves = np.empty((len(raw), 2 * raw.shape[1]), np.uint8)
    halves[:, 0::2] = raw >> 4
    halves[:, 1::2] = raw & 0xF
    sign = halves[:, -1]
    negative = _MINUS[sign]
    wrong = ~(_PLUS[sign] | negative) | any_of(halves[:, :-1] > 9)
    if not field.signed:
        wrong |= negative
    digits = halves[:, :-1]
    if digits.shape[1] > field.digits:  # an even number of digits leaves half a byte over
        wrong |= digits[:, 0] != 0
        digits = digits[:, 1:]
    return _column(raw, digits, negative, wrong & ~blank, blank, field, forgiven=forgiven)


def decode_binary(raw: Bytes, field: Field, order: str) -> Column:
    """A binary number in some records. Any bytes are one; it may have more digits than the
    picture, as COMP-5 and programs compiled with TRUNC(BIN) allow."""
    size = raw.shape[1]
    mark = ">" if order == "big" else "<"
    if field.signed:
        signed = np.ascontiguousarray(raw).view(f"{mark}i{size}")[:, 0].astype(np.int64)
        negative: Mask = signed < 0
        # Two's complement: the least number has no counterpart but as an unsigned one.
        rest = np.where(negative, (~signed).astype(np.uint64) + np.uint64(1), signed)
        values = rest.astype(np.uint64)
    else:
        values = np.ascontiguousarray(raw).view(f"{mark}u{size}")[:, 0].astype(np.uint64)
        negative = np.zeros(len(raw), bool)
    width = max(len(str(values.max(initial=0))), field.digits)
    digits = np.empty((len(raw), width), np.uint8)
    for place in range(width - 1, -1, -1):
        values, digits[:, place] = np.divmod(values, np.uint64(10))
    none = np.zeros(len(raw), bool)
    return _column(raw, digits, negative, none, none, field, forgiven=False)


def _column(
    raw: Bytes,
    digits: Bytes,
    negative: Mask,
    wrong: Mask,
    blank: Mask,
    field: Field,
    *,
    forgiven: bool,
) -> Column:
    bad = wrong | blank
    if bad.any():
        digits = np.where(bad[:, None], np.uint8(0), digits)
        negative = negative & ~bad
    cells = text_array(*_written(digits, negative, field))
    if field.blank_when_zero:
        blank = np.zeros(len(raw), bool)  # the copybook says that it means nought
    cells = with_nulls(cells, blank)
    if forgiven and wrong.any():
        empty = wrong & unfilled(raw)
        cells, wrong = with_nulls(cells, empty), wrong & ~empty
    cells = with_bytes_shown(cells, raw, wrong)
    return Column(cells, {INVALID: wrong} if wrong.any() else {})


def _written(digits: Bytes, negative: Mask, field: Field) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Digits as text: all of them one after the other, and how long each is."""
    rows, width = digits.shape
    scale = field.scale
    if not field.signed and scale == 0 and field.storage in ("zoned", "packed"):
        return (digits + np.uint8(_ZERO)).ravel(), np.full(rows, width, np.int64)
    before, behind = max(width - scale, 1), max(scale, 0)
    text = np.full((rows, 1 + before + (1 + behind if behind else 0)), _ZERO, np.uint8)
    text[:, 0] = _DASH
    characters = digits + np.uint8(_ZERO)
    if behind:
        text[:, 1 + before] = _POINT
        whole = width - scale
        if whole > 0:
            text[:, 1 : 1 + before] = characters[:, :whole]
            text[:, 2 + before :] = characters[:, whole:]
        else:
            text[:, -width:] = characters  # PPP9: the zeros before are there already
    else:
        text[:, 1 : 1 + width] = characters  # 9PPP: the zeros that follow are there already
    # Where every digit but the last is nought, it is the last that is kept.
    nonzero = text[:, 1 : 1 + before] != _ZERO
    nonzero[:, -1] = True
    first = nonzero.argmax(axis=1)
    minus = negative.copy()
    minus[negative] = digits[negative].any(axis=1)
    kept = np.ones(text.shape, bool)
    kept[:, 0] = minus
    kept[:, 1 : 1 + before] = np.arange(before) >= first[:, None]
    return text[kept], text.shape[1] - 1 - first + minus
