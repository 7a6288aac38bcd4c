"""Unique learner numbers (Learning Records Service, "ULN validation").

Ten digits, the first not 0. The first nine weigh 10 to 2; ten less the remainder of their sum by
eleven is the last digit, and a remainder of 0 is no number at all. 9999999999 stands for a learner
who has none (Individualised Learner Record specification).
"""

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 10


def parse(values: Texts, options: Options) -> Parsed:
    """Read unique learner numbers. Problems: ``cell-error``, ``digits-lost``,
    ``missing-placeholder``, ``identifier-malformed``, ``check-digit-wrong``."""
    laid = form.laid_out(values, WIDTH)
    formed = (laid.lengths == WIDTH) & (laid.digits <= 9).all(axis=1) & (laid.digits[:, 0] > 0)
    rest = form.weighed(laid.digits, range(10, 1, -1)) % 11
    wrong = formed & ((rest == 0) | (10 - rest != laid.digits[:, 9]))
    placeholder = form.repeated(laid, WIDTH)
    return laid.told(formed, [(placeholder, form.PLACEHOLDER), (wrong, form.CHECK_WRONG)])
