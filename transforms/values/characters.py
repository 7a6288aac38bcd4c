"""Work on the bytes of a whole column at once.

An Arrow string column is one run of UTF-8 bytes and a list of offsets, so that what holds per
character (drop, fold, count) is one numpy pass over the run.
"""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values.parsed import Flags, Texts, true_where

Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

ERRORS = r"^\s*#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|#+)\s*$"
_SPACE = r"[\s\x{a0}\x{2000}-\x{200b}\x{202f}\x{205f}\x{3000}\x{feff}]+"


def plain(values: Any) -> Texts:
    """The same texts as one plain string array (32-bit offsets, from the start of its buffer)."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if values.type != pa.string():
        values = values.cast(pa.string())
    return values if values.offset == 0 else pa.concat_arrays([values, pa.array([], pa.string())])


def run(values: Texts) -> tuple[Bytes, Ints]:
    """The bytes of a plain array and its offsets, one more than there are values.

    A null has no bytes.
    """
    _, offsets, data = plain(values).buffers()
    if offsets is None or len(values) == 0:
        return np.zeros(0, np.uint8), np.zeros(len(values) + 1, np.int64)
    places = np.frombuffer(offsets, np.int32, len(values) + 1).astype(np.int64)
    if data is None:
        return np.zeros(0, np.uint8), places
    return np.frombuffer(data, np.uint8, int(places[-1]))[places[0] :], places - places[0]


def texts(data: Bytes, offsets: Ints, like: Texts | None = None) -> Texts:
    """A string array from a run of bytes; nulls where ``like`` has them."""
    made = pa.StringArray.from_buffers(
        len(offsets) - 1,
        pa.py_buffer(np.ascontiguousarray(offsets, dtype=np.int32)),
        pa.py_buffer(np.ascontiguousarray(data)),
    )
    if like is None or like.null_count == 0:
        return made
    return pc.if_else(like.is_valid(), made, pa.scalar(None, pa.string()))


def translate(values: Texts, table: Bytes) -> Texts:
    """Every byte replaced by what ``table`` (256 entries) holds for it; zero drops it.

    The table must map bytes outside ASCII to themselves or drop them all.
    """
    data, offsets = run(values)
    mapped = table[data]
    kept = mapped != 0
    if kept.all():
        return texts(mapped, offsets, values)
    before = np.concatenate(([0], np.cumsum(kept)))
    return texts(mapped[kept], before[offsets], values)


def matrix(values: Texts, width: int) -> tuple[Bytes, Ints]:
    """The last ``width`` bytes of each value, flushed right, zeros before it; and lengths."""
    data, offsets = run(values)
    lengths = np.diff(offsets)
    if len(lengths) and (lengths == width).all():
        return data.reshape(-1, width), lengths
    places = offsets[1:, None] + np.arange(-width, 0)
    inside = places >= offsets[:-1, None]
    if len(data) == 0:
        return np.zeros((len(lengths), width), np.uint8), lengths
    return np.where(inside, data[np.where(inside, places, 0)], 0).astype(np.uint8), lengths


def is_ascii(values: Texts) -> bool:
    """Whether every character of the column is ASCII."""
    data, _ = run(values)
    return len(data) == 0 or int(data.max()) < 128


def without_blanks(values: Texts) -> Texts:
    """White space at the ends removed, runs inside made one space; empty becomes null."""
    values = plain(values)
    data, offsets = run(values)
    if len(data) == 0:
        return pa.nulls(len(values), pa.string())
    lengths = np.diff(offsets)
    # A first look at bytes: only values with an end, a pair or a character that may be white space
    # are worth the regular expressions.
    blank = (data <= 32) | (data >= 0xC2)
    odd = (data < 32) | (data >= 0xC2)
    odd[1:] |= blank[1:] & blank[:-1]
    suspect = np.zeros(len(lengths), dtype=np.bool_)
    filled = lengths > 0
    suspect[filled] = blank[offsets[:-1][filled]] | blank[offsets[1:][filled] - 1]
    if odd.any():
        suspect[np.searchsorted(offsets, np.flatnonzero(odd), side="right") - 1] = True
    if suspect.any():
        chosen = pa.array(suspect)
        cleaned = pc.replace_substring_regex(values.filter(chosen), _SPACE, " ")
        values = pc.replace_with_mask(values, chosen, pc.ascii_trim(cleaned, " "))
    empty = pc.equal(pc.binary_length(values), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), values)


# What the ASCII character is the plain form of: full-width forms, dashes and the minus sign, spaces
# and what takes no room.
_ASCII = (
    {place + 0xFEE0: chr(place) for place in range(0x21, 0x7F)}
    | dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212, 0xFE63], "-")
    | dict.fromkeys([0xA0, 0x3000, 0x202F, 0x205F, *range(0x2000, 0x200B)], " ")
    | dict.fromkeys([0x200B, 0xFEFF, 0xAD], "")
    | {0xFFE1: "£"}
)


def ascii_forms(values: Texts, above: int = 0x80) -> Texts:
    """Full-width letters, digits and signs, dashes and spaces of all kinds as their ASCII forms.

    Nothing else is changed: a superscript or a fraction is not the digit it resembles.

    Args:
        values: a plain array.
        above: only values with a byte of at least this are looked at; at 0xE0 those of which a
            character takes three bytes, which no pound sign or no-break space does.
    """
    data, offsets = run(values)
    if len(data) == 0 or int(data.max()) < above:
        return values
    found = np.zeros(len(values), np.bool_)
    found[np.searchsorted(offsets, np.flatnonzero(data >= above), side="right") - 1] = True
    chosen = pa.array(found)
    plainer = [text.translate(_ASCII) for text in values.filter(chosen).to_pylist()]
    return pc.replace_with_mask(values, chosen, pa.array(plainer, pa.string()))


def cell_errors(values: Texts) -> Flags:
    """Where the text is a spreadsheet error such as ``#REF!``."""
    data, _ = run(values)
    if not (data == ord("#")).any():
        return np.zeros(len(values), dtype=np.bool_)
    return true_where(pc.match_substring_regex(values, ERRORS))


def forbidden(values: Texts) -> Flags:
    """Where a text holds what text cannot hold: NUL or a text-direction control."""
    data, _ = run(values)
    if not ((data == 0) | (data == 0xE2)).any():
        return np.zeros(len(values), dtype=np.bool_)
    return true_where(pc.match_substring_regex(values, r"[\x00\x{202a}-\x{202e}\x{2066}-\x{2069}]"))


def table_of(**kept: str) -> Bytes:
    """A translation table: ``same`` characters kept, ``upper`` kept as upper case, ``space`` made
    spaces; all others dropped."""
    made = np.zeros(256, np.uint8)
    for character in kept.get("same", ""):
        made[ord(character)] = ord(character)
    for character in kept.get("upper", ""):
        made[ord(character)] = ord(character.upper())
        made[ord(character.upper())] = ord(character.upper())
    for character in kept.get("space", ""):
        made[ord(character)] = ord(" ")
    return made
