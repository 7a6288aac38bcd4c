"""VAT registration numbers (HMRC; python-stdnum ``gb.vat``).

Nine digits with a check modulo 97, three more for a branch; ``GD`` and ``HA`` with three digits for
departments and health authorities. They are written with the country in front: ``XI`` for goods of
Northern Ireland, ``GB`` else, which is put where nothing stands.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.gb import vat

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts, true_where

_FORM = re.compile(r"[0-9]{9}(?:[0-9]{3})?|(?:GD|HA)(?:[0-9]{3}|8888[0-9]{5})")


def parse(values: Texts, options: Options) -> Parsed:
    """Read VAT registration numbers.

    Eight digits that pass the check with a zero before them have lost it to a spreadsheet.
    Problems: ``cell-error``, ``digits-lost``, ``missing-placeholder``, ``identifier-malformed``,
    ``check-digit-wrong``.
    """
    laid = form.laid_out(values, 14)
    encoded = laid.bare.dictionary_encode()
    judged = [_judged(bare) for bare in encoded.dictionary.to_pylist()]
    made = pa.array([number for number, _ in judged], pa.string()).take(encoded.indices)
    wrong = true_where(pa.array([near for _, near in judged], pa.bool_()).take(encoded.indices))
    nought = form.matches(laid.bare, "^(GB|XI)?(0{8,9}|9{9})$")
    told = laid.told(
        np.asarray(made.is_valid()), [(nought, form.PLACEHOLDER), (wrong, form.CHECK_WRONG)]
    )
    return Parsed(pc.if_else(told.values.is_valid(), made, told.values), told.problems)


def _judged(bare: str) -> tuple[str | None, bool]:
    """The canonical number, and whether all but its check digits is right."""
    country, rest = (bare[:2], bare[2:]) if bare[:2] in ("GB", "XI") else ("GB", bare)
    if len(rest) == 8 and rest.isdecimal() and rest.isascii():
        filled = "0" + rest
        return (country + filled, False) if vat.is_valid(filled) else (None, False)
    if not _FORM.fullmatch(rest):
        return None, False
    try:
        return country + vat.validate(rest), False
    except InvalidChecksum:
        return None, True
    except ValidationError:
        return None, False
