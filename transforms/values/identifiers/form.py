"""What identifiers have in common: how they are laid out before their form is looked at, and how
it is told what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.characters import Bytes, Ints
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

_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Spaces and dashes are dropped; what does not belong stays, and so fails.
_BARE = np.arange(256, dtype=np.uint8)
_BARE[list(b" \t\r\n-")] = 0
_BARE[list(_UPPER.lower())] = list(_UPPER)

_SPREADSHEETS = np.isin(np.arange(256), list(b".eE"))
_WHOLE = r"^(\s*\d+)\.0+\s*$"
_EXPONENT = r"^\s*\d(\.\d+)?[eE]\+?\d{1,3}\s*$"

RESTORED = "restored"
"""Option ``leading_zeros`` of a column whose supplier's spreadsheet has dropped them."""

MALFORMED, CHECK_WRONG, PLACEHOLDER = (
    "identifier-malformed",
    "check-digit-wrong",
    "missing-placeholder",
)


@dataclass(frozen=True)
class Laid:
    """Identifiers laid out.

    Attributes:
        values: as written, in ASCII where it has the character.
        bare: without spaces and dashes, upper case.
        table: the last bytes of each bare one, flushed right, zeros before them.
        lengths: of the bare ones.
        blank: where there is nothing.
        errors: where there is a spreadsheet error.
        exponents: where a spreadsheet has kept a few digits and an exponent.
    """

    values: Texts
    bare: Texts
    table: Bytes
    lengths: Ints
    blank: Flags
    errors: Flags
    exponents: Flags

    @cached_property
    def digits(self) -> Bytes:
        """The table as digits; what is none comes out above 9."""
        return self.table - 48

    def told(self, formed: Flags, also: Sequence[tuple[Flags, str]] = ()) -> Parsed:
        """Those well formed as they are bare, the rest as malformed.

        Args:
            also: masks of values that are not taken, each with its issue code; the first counts.
        """
        refused = [(mask & ~self.blank & ~self.errors, code) for mask, code in also]
        malformed = ~formed & ~self.blank & ~self.errors
        found = [
            (self.errors, "cell-error"),
            (self.exponents, "digits-lost"),
            *refused,
            (malformed, MALFORMED),
        ]
        missing = np.logical_or.reduce([self.blank, *(mask for mask, _ in found)])
        return Parsed(masked(self.bare, missing), problems(len(self.values), found))


def laid_out(values: Texts, width: int, *, digits_only: bool = True) -> Laid:
    """Lay identifiers of so many characters out.

    Args:
        digits_only: whether the scheme has digits only, so that ``123.0`` is ``123``.
    """
    values = characters.ascii_forms(characters.plain(values))
    data, _ = characters.run(values)
    exponents = np.zeros(len(values), np.bool_)
    if digits_only and _SPREADSHEETS[data].any():
        values = pc.replace_substring_regex(values, _WHOLE, r"\1")
        exponents = true_where(pc.match_substring_regex(values, _EXPONENT))
    return _laid(values, exponents, width)


def _laid(values: Texts, exponents: Flags, width: int) -> Laid:
    bare = characters.translate(values, _BARE)
    table, lengths = characters.matrix(bare, width)
    blank = (lengths == 0) | nulls_of(values)
    return Laid(values, bare, table, lengths, blank, characters.cell_errors(values), exponents)


def with_zeros(laid: Laid, width: int, chosen: Flags) -> Laid:
    """The same, leading zeros put back where ``chosen`` holds and there are digits only."""
    short = chosen & (laid.lengths < width) & ~laid.blank
    if short.any():
        short &= matches(laid.bare, r"^\d+$")
    if not short.any():
        return laid
    filled = pc.utf8_lpad(laid.bare, width, "0")
    return _laid(pc.if_else(pa.array(short), filled, laid.bare), laid.exponents, width)


def restored(options: Options, laid: Laid) -> Flags:
    """Where the feed declares that leading zeros are to be put back."""
    return np.full(len(laid.bare), options.get("leading_zeros") == RESTORED)


def matches(values: Texts, expression: str) -> Flags:
    """Where a text has a form; null has none."""
    return true_where(pc.match_substring_regex(values, expression))


def repeated(laid: Laid, width: int) -> Flags:
    """Where all of so many digits are one: what people type into a box that must be filled."""
    found: Flags = (laid.lengths == width) & (laid.digits[:, 0] <= 9)
    for place in range(1, width):
        if not found.any():
            break
        found &= laid.table[:, place] == laid.table[:, 0]
    return found


def weighed(digits: Bytes, weights: Sequence[int]) -> Ints:
    """The sum of the first digits, each times its weight."""
    total = np.zeros(len(digits), np.int64)
    for place, weight in enumerate(weights):
        total += digits[:, place].astype(np.int64) * weight
    return total
