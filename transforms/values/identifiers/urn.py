"""Schools' unique reference numbers: six digits, the first not 0 (Department for Education, Get
Information about Schools)."""

import numpy as np

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 6


def parse(values: Texts, options: Options) -> Parsed:
    """Read unique reference numbers of schools. Problems: ``cell-error``, ``digits-lost``,
    ``missing-placeholder``, ``identifier-malformed``."""
    laid = form.laid_out(values, WIDTH)
    formed = (laid.lengths == WIDTH) & (laid.digits <= 9).all(axis=1) & (laid.digits[:, 0] > 0)
    placeholder = form.repeated(laid, WIDTH) & np.isin(laid.digits[:, 0], [0, 9])
    return laid.told(formed, [(placeholder, form.PLACEHOLDER)])
