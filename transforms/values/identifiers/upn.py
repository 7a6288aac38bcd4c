"""Unique pupil numbers (Department for Education, "Unique pupil numbers: guide for schools").

A check letter, then twelve digits, or eleven and a letter for a temporary one. The letters leave
out I, O and S, which are taken for digits. The digits weigh 2 to 13; the remainder of their sum by
23 is the place of the check letter. A letter in the last place counts as its own place.
"""

import numpy as np

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 13
_LETTERS = b"ABCDEFGHJKLMNPQRTUVWXYZ"
_VALUE = np.full(256, 99, np.int64)
_VALUE[list(b"0123456789")] = np.arange(10)
_VALUE[list(_LETTERS)] = np.arange(23)


def parse(values: Texts, options: Options) -> Parsed:
    """Read unique pupil numbers. Problems: ``cell-error``, ``identifier-malformed``,
    ``check-digit-wrong``."""
    laid = form.laid_out(values, WIDTH, digits_only=False)
    table = laid.table
    is_digit = (table >= 48) & (table <= 57)
    is_letter = np.isin(table, list(_LETTERS))
    formed = laid.lengths == WIDTH
    formed &= is_letter[:, 0] & is_digit[:, 1:12].all(axis=1) & (is_digit | is_letter)[:, 12]
    worth = _VALUE[table]
    check = (worth[:, 1:] * np.arange(2, 14)).sum(axis=1) % 23
    return laid.told(formed, [(formed & (check != worth[:, 0]), form.CHECK_WRONG)])
