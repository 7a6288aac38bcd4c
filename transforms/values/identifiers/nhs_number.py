"""NHS numbers: ten digits, the last a check digit (NHS Data Dictionary, NHS NUMBER).

The first nine digits weigh 10 to 2; eleven less the remainder of their sum by eleven is the check
digit, eleven counting as 0 and ten as none. Numbers of one digit throughout pass that check and are
nobody's. Only Scotland's begin with a 0: a CHI number, whose first six digits are the date of
birth, so that a zero a spreadsheet dropped is told from a digit somebody left out.
"""

import numpy as np

from transforms.values.identifiers import form
from transforms.values.identifiers.form import Laid
from transforms.values.parsed import Flags, Options, Parsed, Texts

WIDTH = 10


def parse(values: Texts, options: Options) -> Parsed:
    """Read NHS numbers.

    Options: ``leading_zeros``. Problems: ``cell-error``, ``digits-lost``, ``missing-placeholder``,
    ``identifier-malformed``, ``check-digit-wrong``.
    """
    laid = form.laid_out(values, WIDTH)
    laid = form.with_zeros(laid, WIDTH, form.restored(options, laid) | _lacks_its_zero(laid))
    formed = (laid.lengths == WIDTH) & (laid.digits <= 9).all(axis=1)
    wrong = formed & ~_checked(laid)
    placeholder = form.repeated(laid, WIDTH)
    return laid.told(formed, [(placeholder, form.PLACEHOLDER), (wrong, form.CHECK_WRONG)])


def _checked(laid: Laid) -> Flags:
    check = (11 - form.weighed(laid.digits, range(10, 1, -1)) % 11) % 11
    return np.asarray(check == laid.digits[:, 9])


def _lacks_its_zero(laid: Laid) -> Flags:
    """Where nine digits are a CHI number without its first zero: a day and the check digit are
    right only with it."""
    nine: Flags = np.asarray(laid.lengths == WIDTH - 1, np.bool_)
    if not nine.any():
        return nine
    filled = form.with_zeros(laid, WIDTH, nine)
    day = filled.digits[:, 0].astype(np.int64) * 10 + filled.digits[:, 1]
    month = filled.digits[:, 2].astype(np.int64) * 10 + filled.digits[:, 3]
    dated = (day >= 1) & (month >= 1) & (month <= 12)
    found: Flags = np.asarray(nine & dated & _checked(filled), np.bool_)
    return found
