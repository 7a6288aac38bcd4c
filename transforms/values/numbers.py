"""Numbers: whole ones, ones with decimals, and shares in per cent."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, masked, nulls_of, problems, true_where
from transforms.values.separators import separated

TYPE = pa.decimal128(18, 6)
_FORM = r"^[-+]?(\d{1,15}|\d{1,3}(,\d{3}){1,4}|\d{1,3}( \d{3}){1,4})(\.0*)?$"
_EXPONENT = r"^[-+]?\d(\.\d+)?[eE]\+?\d{1,3}$"
_DECIMAL = re.compile(
    r"[-+]?(?:\d{1,12}|\d{1,3}(?:,\d{3}){1,3}|\d{1,3}(?: \d{3}){1,3}|(?=\.\d))(?:\.\d*)?"
    r"(?:[eE][-+]?\d{1,2})?"
)
_PER_CENT = r"(?i)\s*(%|per ?cent|pct)$"
_STEP = Decimal("0.000001")
_LIMIT = Decimal(10) ** 12


def parse(values: Texts, options: Options) -> Parsed:
    """Read whole numbers of at most fifteen digits; ``1,234`` and ``12.0`` are whole numbers too.

    Options: ``decimal``. Problems: ``cell-error``, ``digits-lost``, ``number-unreadable``.
    """
    tidy = characters.without_blanks(separated(characters.plain(values), options))
    errors = characters.cell_errors(tidy)
    lost = true_where(pc.match_substring_regex(tidy, _EXPONENT))
    well = true_where(pc.match_substring_regex(tidy, _FORM))
    bare = pc.replace_substring_regex(tidy, r"[, ]|\..*$|^\+", "")
    numbers = pc.if_else(pa.array(well), bare, pa.scalar(None, pa.string())).cast(pa.int64())
    unreadable = ~well & ~nulls_of(tidy) & ~errors
    found = [(errors, "cell-error"), (lost, "digits-lost"), (unreadable, "number-unreadable")]
    return Parsed(masked(numbers, ~well), problems(len(values), found))


def parse_decimal(values: Texts, options: Options) -> Parsed:
    """Read numbers, rounded half up to six decimals; ``1.5e-05``, as programs write small ones, is
    a number.

    Options: ``decimal``. Problems: ``cell-error``, ``number-unreadable``.
    """
    return _decimals(separated(characters.plain(values), options), _number)


def parse_percentage(values: Texts, options: Options) -> Parsed:
    """Read shares in per cent, with the sign or without; otherwise as :func:`parse_decimal`.

    Option ``unit``: ``fraction`` where the supplier writes 0.25 for a quarter, as a spreadsheet
    stores it; a value that bears the sign is in per cent whatever is declared.
    """
    fraction = options.get("unit") == "fraction"

    def share(text: str) -> Decimal | None:
        bare = re.sub(_PER_CENT, "", text)
        number = _number(bare)
        if number is None or not fraction or bare != text:
            return number
        return _within(_read(bare) * 100)

    return _decimals(separated(characters.plain(values), options), share)


def _decimals(values: Texts, read: Callable[[str], Decimal | None]) -> Parsed:
    tidy = characters.without_blanks(values)
    errors = characters.cell_errors(tidy)
    encoded = masked(tidy, errors).dictionary_encode()
    found = [read(text) for text in encoded.dictionary.to_pylist()]
    numbers = pa.array(found, TYPE).take(encoded.indices)
    unreadable = nulls_of(numbers) & ~nulls_of(tidy) & ~errors
    told = [(np.asarray(errors), "cell-error"), (unreadable, "number-unreadable")]
    return Parsed(numbers, problems(len(values), told))


def _number(text: str) -> Decimal | None:
    if _DECIMAL.fullmatch(text) is None or not text.isascii():
        return None
    return _within(_read(text))


def _read(text: str) -> Decimal:
    return Decimal(re.sub("[, ]", "", text))


def _within(number: Decimal) -> Decimal | None:
    if abs(number) >= _LIMIT:
        return None
    return number.quantize(_STEP, rounding=ROUND_HALF_UP)
