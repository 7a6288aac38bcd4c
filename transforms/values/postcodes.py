"""UK postcodes.

The form follows Royal Mail's Programmers' Guide to the Postcode Address File: six outward forms, a
digit and two letters inward, and the letters that stand in no place. Beside it: GIR 0AA; the NHS's
own for no fixed abode and the like (ZZ99, NHS Postcode Directory); BX for banks without a place,
which keeps to the form; the overseas territories' (Universal Postal Union, addressing guides). The
trial codes of Norwich and Newport (NOR, NOW, NPT) went out of use by 1984, six districts of London
W1 (M, N, R, V, X, Y) in 2000; they are kept with a note. Croydon's CRO is not taken, since today it
is a slip for CR0. Other postcodes that Royal Mail has withdrawn keep the form of those in use.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.characters import Bytes
from transforms.values.parsed import (
    Flags,
    Options,
    Parsed,
    Texts,
    masked,
    nulls_of,
    problems,
    true_where,
)

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# White space, dots and dashes are dropped; what is neither letter nor digit stays, and so fails.
_BARE = np.arange(256, dtype=np.uint8)
_BARE[list(b" \t\r\n.-")] = 0
_BARE[list(_UPPER.lower().encode())] = list(_UPPER.encode())

_LETTER, _DIGIT = 1, 2
_CLASS = np.full(256, 3, np.uint8)
_CLASS[0] = 0
_CLASS[list(_UPPER.encode())] = _LETTER
_CLASS[list(b"0123456789")] = _DIGIT


def _pattern(form: str) -> int:
    """The number of an outward part's form, ``A`` letter and ``9`` digit, flushed right."""
    classes = {"A": _LETTER, "9": _DIGIT, " ": 0}
    return sum(classes[c] * 4 ** (3 - place) for place, c in enumerate(form.rjust(4)))


_OUTWARD = np.zeros(256, np.bool_)
_OUTWARD[[_pattern(form) for form in ("A9", "A99", "A9A", "AA9", "AA99", "AA9A")]] = True
_NOT_FIRST = np.isin(np.arange(256), list(b"QVX"))
_NOT_SECOND = np.isin(np.arange(256), list(b"IJZ"))
_NOT_INWARD = np.isin(np.arange(256), list(b"CIKMOV"))
_A9A, _AA9A = _pattern("A9A"), _pattern("AA9A")
# Letters that end an outward part of the forms A9A and AA9A.
_ENDS_A9A = np.isin(np.arange(256), list(b"ABCDEFGHJKPSTUW"))
_ENDS_AA9A = np.isin(np.arange(256), list(b"ABEHMNPRVWXY"))
_OVERSEAS = r"^((ASCN|BBND|BIQQ|FIQQ|PCRN|SIQQ|STHL|TDCU|TKCA)1ZZ|GX111AA)$"
_FORMER = r"^((NOR|NOW|NPT)\d{1,2}[A-Z]{1,2}|W1[MNRVXY]\d[ABD-HJLNP-UW-Z]{2})$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read postcodes: upper case, one space before the inward part.

    The form is checked, not whether Royal Mail has issued it. Problems: ``cell-error``,
    ``postcode-invalid``, ``postcode-historic`` (noted).
    """
    values = characters.ascii_forms(characters.plain(values))
    bare = characters.translate(values, _BARE)
    table, lengths = characters.matrix(bare, 7)
    blank = (lengths == 0) | nulls_of(values)
    byte = np.ascontiguousarray(table.T)
    kind = _CLASS[byte]
    inward = (kind[4] == _DIGIT) & (kind[5] == _LETTER) & (kind[6] == _LETTER)
    well = inward & (lengths >= 5) & (lengths <= 7)
    outward = (kind[0] << 6) | (kind[1] << 4) | (kind[2] << 2) | kind[3]
    well &= _OUTWARD[outward]
    well &= (outward != _A9A) | _ENDS_A9A[byte[3]]
    well &= (outward != _AA9A) | _ENDS_AA9A[byte[3]]
    well &= ~(_NOT_INWARD[byte[5]] | _NOT_INWARD[byte[6]])
    rows = np.arange(len(table))
    first = np.clip(7 - lengths, 0, 6)
    well &= ~_NOT_FIRST[table[rows, first]]
    second = table[rows, np.minimum(first + 1, 6)]
    well &= ~((_CLASS[second] == _LETTER) & _NOT_SECOND[second])
    # The NHS's own keep to no rule of letters.
    well |= inward & (lengths == 7) & _reads(byte, b"ZZ99")
    well |= (lengths == 6) & _reads(byte, b"\0GIR0AA")
    historic = np.zeros(len(values), np.bool_)
    if not (well | blank).all():
        well |= true_where(pc.match_substring_regex(bare, _OVERSEAS))
        historic = ~well & true_where(pc.match_substring_regex(bare, _FORMER))
        historic &= (lengths >= 5) & (lengths <= 7)
        well |= historic
    spaced = np.concatenate((table[:, :4], np.full((len(table), 1), 32, np.uint8), table[:, 4:]), 1)
    kept = spaced != 0
    kept[~well] = False
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.where(well, lengths + 1, 0))))
    made = masked(characters.texts(spaced[kept], offsets), ~well)
    errors = characters.cell_errors(values)
    wrong = ~well & ~blank & ~errors
    return Parsed(
        made.cast(pa.string()),
        problems(
            len(values),
            [
                (errors, "cell-error"),
                (wrong, "postcode-invalid"),
                (historic, "postcode-historic"),
            ],
        ),
    )


def _reads(byte: Bytes, text: bytes) -> Flags:
    """Which values begin so, flushed right to seven bytes."""
    same = [byte[place] == one for place, one in enumerate(text)]
    return np.asarray(np.logical_and.reduce(same), np.bool_)
