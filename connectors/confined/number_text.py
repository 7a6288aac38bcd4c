"""Numbers as a person would write them: what binary files hold, as exact text."""

from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

TextArray: TypeAlias = "pa.Array[Any]"
# Arrow's stubs know fewer of its functions' arguments than it takes.
_compute: Any = pyarrow.compute

_EXACT = 1e15  # Whole numbers below have at most 15 digits, which a double keeps exactly.


def number_text(
    values: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None = None
) -> TextArray:
    """Floating-point numbers as text: the shortest digits that are this number and no other of its
    width, no ``.0`` and no exponent for whole numbers, ``NaN``, ``Infinity``, ``-Infinity``.

    Args:
        values: float32 or float64, one dimension.
        missing: where there is no number; those become null.
    """
    blank = np.zeros(len(values), bool) if missing is None else missing
    with np.errstate(invalid="ignore"):
        plain = (values == np.floor(values)) & (np.abs(values) < _EXACT)
    if (plain | blank).all():
        whole = np.where(plain & ~blank, values, 0).astype(np.int64)
        return pa.array(whole, mask=blank).cast(pa.string())
    # Arrow has the shortest digits too, in bulk; what it writes with an exponent or in words, and
    # whole numbers, which it writes with ".0" in some releases, are made one by one.
    text = pa.array(np.where(blank, 0, values), mask=blank).cast(pa.string())
    odd = _compute.match_substring_regex(text, "[eEnN]").fill_null(False)
    singly = (odd.to_numpy(zero_copy_only=False) | plain) & ~blank
    if not singly.any():
        return text
    texts = pa.array([_number(value) for value in values[singly]], pa.string())
    mixed: TextArray = _compute.replace_with_mask(text, pa.array(singly), texts)
    return mixed


def _number(value: np.floating[Any]) -> str:
    if np.isnan(value):
        return "NaN"
    if value == 0:
        return "0"  # Below zero too.
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    # str() of a numpy number is the shortest text of its own width: 1.1 of a float32 too.
    shortest = str(value)
    whole = value == np.floor(value)
    return f"{Decimal(shortest):f}".split(".")[0] if whole else shortest
