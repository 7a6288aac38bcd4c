"""Identifiers with a form and a check digit."""

import numpy as np

from transforms.values import characters
from transforms.values.characters import Bytes
from transforms.values.parsed import Flags, Options, Parsed, Texts, masked, nulls_of, problems

_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Spaces and dashes are dropped; what does not belong stays, and so fails.
_BARE = np.arange(256, dtype=np.uint8)
_BARE[list(b" \t\r\n-")] = 0
_BARE[list(_UPPER.lower())] = list(_UPPER)

# A UPN's letters leave out those taken for digits (DfE, "Unique pupil numbers").
_UPN_LETTERS = b"ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN_VALUE = np.full(256, 99, np.int64)
_UPN_VALUE[list(b"0123456789")] = np.arange(10)
_UPN_VALUE[list(_UPN_LETTERS)] = np.arange(23)


def parse_nhs_number(values: Texts, options: Options) -> Parsed:
    """Read NHS numbers: ten digits, the last a check digit modulo 11 (NHS Data Dictionary).

    Problems: ``cell-error``, ``identifier-malformed``, ``check-digit-wrong``.
    """
    values, bare, table, blank = _laid_out(values, 10)
    digits = table - 48  # other bytes come out above 9
    formed = _lengths(bare) == 10
    formed &= (digits <= 9).all(axis=1)
    weighed = np.zeros(len(digits), np.int64)
    for place in range(9):
        weighed += digits[:, place].astype(np.int64) * (10 - place)
    check = (11 - weighed % 11) % 11
    return _told(values, bare, blank, formed, check == digits[:, 9])


def parse_upn(values: Texts, options: Options) -> Parsed:
    """Read unique pupil numbers: check letter, then twelve digits, or eleven and a letter for a
    temporary one. Problems as for :func:`parse_nhs_number`."""
    values, bare, table, blank = _laid_out(values, 13)
    is_digit = (table >= 48) & (table <= 57)
    is_letter = np.isin(table, list(_UPN_LETTERS))
    formed = _lengths(bare) == 13
    formed &= is_letter[:, 0] & is_digit[:, 1:12].all(axis=1) & (is_digit | is_letter)[:, 12]
    worth = _UPN_VALUE[table]
    check = (worth[:, 1:] * np.arange(2, 14)).sum(axis=1) % 23
    return _told(values, bare, blank, formed, check == worth[:, 0])


def parse_urn(values: Texts, options: Options) -> Parsed:
    """Read schools' unique reference numbers: six digits. Problems: ``identifier-malformed``,
    ``cell-error``."""
    values, bare, table, blank = _laid_out(values, 6)
    formed = (_lengths(bare) == 6) & ((table >= 48) & (table <= 57)).all(axis=1)
    return _told(values, bare, blank, formed, np.ones(len(formed), np.bool_))


def _laid_out(values: Texts, width: int) -> tuple[Texts, Texts, Bytes, Flags]:
    values = characters.plain(values)
    bare = characters.translate(values, _BARE)
    table, lengths = characters.matrix(bare, width)
    return values, bare, table, (lengths == 0) | nulls_of(values)


def _lengths(values: Texts) -> characters.Ints:
    return np.diff(characters.run(values)[1])


def _told(values: Texts, bare: Texts, blank: Flags, formed: Flags, checked: Flags) -> Parsed:
    errors = characters.cell_errors(values)
    malformed = ~formed & ~blank & ~errors
    wrong = formed & ~checked
    return Parsed(
        masked(bare, blank | errors | malformed | wrong),
        problems(
            len(values),
            [
                (errors, "cell-error"),
                (malformed, "identifier-malformed"),
                (wrong, "check-digit-wrong"),
            ],
        ),
    )
