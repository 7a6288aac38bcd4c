"""Sums of money in pounds.

How a sum is written is taken from published files themselves and from the Government guidance on
publishing spend over £25,000, which asks for plain numbers; nothing is rounded but to the penny.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.characters import Bytes, Ints
from transforms.values.looks import Looks
from transforms.values.parsed import Flags, Options, Parsed, Texts, Values, nulls_of, problems
from transforms.values.separators import separated

TYPE = pa.decimal128(18, 2)
_LONGEST = 40
_DIGITS = 15

# Counts of each class of byte ride in one 64-bit sum, eight bits to a class: values are at most
# _LONGEST bytes, so that no count runs over.
_FIELD = {"digit": 0, "dot": 8, "comma": 16, "minus": 24, "open": 32, "close": 40, "other": 48}
_RUN = 56
_WEIGHT = np.full(256, 1 << _FIELD["other"], np.int64)
for _bytes, _class in (
    (b"0123456789", "digit"), (b".", "dot"), (b",", "comma"),
    (b"-", "minus"), (b"(", "open"), (b")", "close"),
):  # fmt: skip
    _WEIGHT[list(_bytes)] = 1 << _FIELD[_class]
# Space, and the bytes of the pound sign and the no-break space (C2 A3, C2 A0).
_SKIPPED = np.zeros(256, np.bool_)
_SKIPPED[[0x20, 0xC2, 0xA3, 0xA0]] = True
_WEIGHT[_SKIPPED] = 0
_NOUGHT = ord("0")
_POWERS = 10 ** np.arange(18, dtype=np.int64)

_ZERO_AS_DASH = re.compile(r"£\s*[-–]|[-–]\s+")
_LOOSE = re.compile(
    r"(?P<sign>[-−–+]?)\s*(?:£|GBP)?\s*(?P<sign2>[-−–+]?)\s*"
    r"(?P<number>\d{1,3}(?P<mark>[,\s])\d{3}(?:(?P=mark)\d{3})*(?:\.\d+)?"
    r"|\d+(?:\.\d*)?(?:[eE][-+]?\d{1,2})?|\.\d+)"
    r"\s*(?:GBP)?\s*(?P<side>CR|DR|-|−)?",
    re.IGNORECASE,
)


def parse(values: Texts, options: Options) -> Parsed:
    """Read sums of money, rounded half up to the penny.

    Understood: pound sign, commas between thousands, brackets or a minus before or after for
    negative, ``CR`` for credit (negative) and ``DR`` for debit, any number of decimals. Commas
    that do not part thousands make a value unreadable: it may be written another country's way.

    Options: ``decimal``, the sign before decimals where that is a comma; ``unit``, ``pence`` where
    the amounts are in pence, when a fraction of a penny is unreadable: it may be in pounds.
    Problems: ``cell-error``, ``money-unreadable``.
    """
    values = separated(characters.plain(values), options)
    in_pence = options.get("unit") == "pence"
    if in_pence:
        values = pc.replace_substring_regex(values, r"(\d)\s*[pP]\s*$", r"\1")
    lengths = np.diff(characters.run(values)[1])
    if (lengths > _LONGEST).any():
        values = pc.if_else(pa.array(lengths > _LONGEST), pa.scalar("too long"), values)
    pence, sound, blank = _plainly(values.fill_null("") if values.null_count else values)
    errors = characters.cell_errors(values)
    rest = np.flatnonzero(~sound & ~blank & ~errors)
    unreadable = np.zeros(len(values), np.bool_)
    encoded = values.take(pa.array(rest)).dictionary_encode()
    amounts = [_loosely(written) for written in encoded.dictionary.to_pylist()]
    codes = np.asarray(encoded.indices)
    unreadable[rest] = np.array([amount is None for amount in amounts], np.bool_)[codes]
    pence[rest] = np.array([amount or 0 for amount in amounts], np.int64)[codes]
    blank |= nulls_of(values)
    if in_pence:
        unreadable |= pence % 100 != 0
        pence //= 100
    found = problems(len(values), [(errors, "cell-error"), (unreadable, "money-unreadable")])
    return Parsed(decimals(pence, blank | errors | unreadable), found)


def _plainly(values: Texts) -> tuple[Ints, Flags, Flags]:
    """Pence of every value written plainly, which those are, and which are blank."""
    looks = Looks.of(values)
    # Where nearly every value has a look of its own, it is not worth looking.
    few = len(looks.distinct) * 8 <= len(values)
    data, offsets = characters.run(looks.distinct if few else values)
    counts = _counts(data, offsets)
    blank = (counts["significant"] == 0) & ~_has_pound(data, offsets)
    pence, sound = _read(data, offsets, counts)
    if not few:
        return pence, sound, blank
    pence = np.zeros(len(values), np.int64)
    for (look, places, table), plain in zip(looks.groups(), sound, strict=True):
        if plain:
            pence[places] = _pence(look.encode(), table)
    return pence, sound[looks.codes], blank[looks.codes]


def _pence(look: bytes, table: Bytes) -> Ints:
    """Pence of values of one look that is known to be plain."""
    whole, _, rest = look.partition(b".")
    digits = [place for place, byte in enumerate(look) if byte == _NOUGHT]
    pounds = whole.count(_NOUGHT)
    found = np.zeros(table.shape[1], np.int64)
    for place in digits[: pounds + 2]:
        found = found * 10 + (table[place] - _NOUGHT)
    decimals_ = rest.count(_NOUGHT)
    if decimals_ < 2:
        found *= 10 ** (2 - decimals_)
    elif decimals_ > 2:
        found += table[digits[pounds + 2]] >= _NOUGHT + 5
    return -found if _negative(look) else found


def _negative(look: bytes) -> bool:
    return any(mark in look for mark in b"-(")


def decimals(pence: Ints, missing: Flags) -> Values:
    """Pence as exact decimals of pounds."""
    wide = np.empty((len(pence), 2), np.int64)
    wide[:, 0] = pence
    wide[:, 1] = pence >> 63
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    return pa.Array.from_buffers(TYPE, len(pence), [valid, pa.py_buffer(wide)])


def pence_of(amounts: Values) -> Ints:
    """Exact decimals of pounds as pence; null counts as nothing."""
    if len(amounts) == 0:
        return np.zeros(0, np.int64)
    filled = amounts.fill_null(0)
    return np.frombuffer(filled.buffers()[1], np.int64)[2 * filled.offset :][: 2 * len(filled) : 2]


def _counts(data: Bytes, offsets: Ints) -> dict[str, Ints]:
    digit = (data - 48) < 10
    weights = _WEIGHT[data]
    starts = digit.copy()
    starts[1:] &= ~digit[:-1]
    inner = offsets[(offsets > 0) & (offsets < len(data))]
    starts[inner] = digit[inner]
    weights[starts] += 1 << _RUN
    summed = np.concatenate((np.zeros(1, np.int64), np.cumsum(weights)))
    packed = summed[offsets[1:]] - summed[offsets[:-1]]
    found = {name: (packed >> shift) & 255 for name, shift in _FIELD.items()}
    found["runs"] = (packed >> _RUN) & 255
    found["significant"] = sum((found[name] for name in _FIELD), np.zeros(len(packed), np.int64))
    return found


def _has_pound(data: Bytes, offsets: Ints) -> Flags:
    before = np.concatenate(([0], np.cumsum(data == 0xA3)))
    return np.asarray(before[offsets[1:]] > before[offsets[:-1]])


def _read(data: Bytes, offsets: Ints, counts: dict[str, Ints]) -> tuple[Ints, Flags]:
    """Pence of every value written plainly, and which those are."""
    size = len(offsets) - 1
    pence = np.zeros(size, np.int64)
    digit = (data - 48) < 10
    before: Ints = np.concatenate((np.zeros(1, np.int64), np.cumsum(digit)))
    first, last = before[offsets[:-1]], before[offsets[1:]]
    dots = np.flatnonzero(data == ord("."))
    dot_at = np.full(size, -1, np.int64)
    dot_at[np.searchsorted(offsets, dots, side="right") - 1] = dots
    decimals_ = np.where(dot_at >= 0, last - before[np.maximum(dot_at, 0)], 0)
    sound = (
        (counts["other"] == 0)
        & (counts["digit"] > 0)
        & (counts["dot"] <= 1)
        & (counts["runs"] <= 1 + counts["comma"] + counts["dot"])
        & (counts["digit"] - decimals_ <= _DIGITS)
    )
    negative, signed_well = _signs(data, offsets, counts)
    sound &= signed_well
    commas = np.flatnonzero(data == ord(","))
    if len(commas):
        owner = np.searchsorted(offsets, commas, side="right") - 1
        sound[owner[~_parts_thousands(digit, offsets, dot_at, commas, owner)]] = False
    owner = np.repeat(np.arange(size), last - first)
    worth = data[digit].astype(np.int64) - 48
    exponent = (last[owner] - 1 - np.arange(len(owner))) - decimals_[owner] + 2
    whole = (exponent >= 0) & (exponent < 18)
    summed = np.concatenate(
        (np.zeros(1, np.int64), np.cumsum(np.where(whole, worth, 0) * _POWERS[exponent * whole]))
    )
    pence = summed[last] - summed[first]
    up = (exponent == -1) & (worth >= 5)
    pence[owner[up]] += 1
    return np.where(negative, -pence, pence), sound


def _signs(data: Bytes, offsets: Ints, counts: dict[str, Ints]) -> tuple[Flags, Flags]:
    """Which values are negative, and which bear their sign where a sign may stand."""
    signed = (counts["minus"] + counts["open"] + counts["close"]) > 0
    well = ~signed
    places = np.flatnonzero(signed)
    if len(places):
        kept = ~_SKIPPED[data]
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
        bare = data[kept]
        first = bare[before[offsets[places]]]
        last = bare[before[offsets[places + 1]] - 1]
        minus, opened, closed = (counts[name][places] for name in ("minus", "open", "close"))
        dashed = (minus == 1) & (opened + closed == 0)
        dashed &= (first == ord("-")) | (last == ord("-"))
        bracketed = (minus == 0) & (opened == 1) & (closed == 1)
        bracketed &= (first == ord("(")) & (last == ord(")"))
        well[places] = dashed | bracketed
    return signed, well


def _parts_thousands(digit: Flags, offsets: Ints, dot_at: Ints, commas: Ints, owner: Ints) -> Flags:
    """Which commas stand between a group of one to three digits and a group of exactly three."""
    start, end = offsets[owner], offsets[owner + 1]

    def digit_at(shift: int) -> Flags:
        place = commas + shift
        inside = (place >= start) & (place < end)
        return np.asarray(inside & digit[np.clip(place, 0, len(digit) - 1)])

    after = digit_at(1) & digit_at(2) & digit_at(3) & ~digit_at(4)
    ahead = digit_at(-1) & ~(digit_at(-2) & digit_at(-3) & digit_at(-4))
    return np.asarray(after & ahead & ((dot_at[owner] < 0) | (commas < dot_at[owner])))


def _loosely(written: str) -> int | None:
    """Pence of a value written less plainly; None where it is no sum of money."""
    if _ZERO_AS_DASH.fullmatch(written.strip(" ")) or _ZERO_AS_DASH.fullmatch(written.lstrip()):
        return 0  # how a workbook's accounting format shows zero
    text = written.strip()
    bracketed = text.startswith("(") and text.endswith(")")
    match = _LOOSE.fullmatch(text[1:-1].strip() if bracketed else text)
    if match is None:
        return None
    signs = [match["sign"], match["sign2"], match["side"] or ""]
    minus = [sign for sign in signs if sign in ("-", "−", "–") or sign.upper() == "CR"]
    if len(minus) + bracketed > 1:
        return None
    try:
        amount = Decimal(re.sub(r"[,\s]", "", match["number"]))
        pence = int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except InvalidOperation:
        return None
    if pence >= 10 ** (_DIGITS + 2):
        return None
    return -pence if minus or bracketed else pence
