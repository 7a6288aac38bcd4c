"""Unique taxpayer references (HMRC, "UTR modulus check"; python-stdnum ``gb.utr``).

Ten digits, the first a check digit over the other nine, never 0; letters write a K before or after
it. The check is python-stdnum's table of weights, worked on a whole column.
"""

import numpy as np
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 10
_WEIGHTS = (6, 7, 8, 9, 10, 5, 4, 3, 2)
_CHECK = np.array([int(digit) for digit in "21987654321"])


def parse(values: Texts, options: Options) -> Parsed:
    """Read unique taxpayer references. Problems: ``cell-error``, ``digits-lost``,
    ``missing-placeholder``, ``identifier-malformed``, ``check-digit-wrong``."""
    bare = pc.replace_substring_regex(
        characters.ascii_forms(characters.plain(values)), r"^\s*[Kk]\s*|\s*[Kk]\s*$", ""
    )
    laid = form.laid_out(bare, WIDTH)
    formed = (laid.lengths == WIDTH) & (laid.digits <= 9).all(axis=1)
    check = _CHECK[form.weighed(laid.digits[:, 1:], _WEIGHTS) % 11]
    wrong = formed & (check != laid.digits[:, 0])
    placeholder = form.repeated(laid, WIDTH)
    return laid.told(formed, [(placeholder, form.PLACEHOLDER), (wrong, form.CHECK_WRONG)])
