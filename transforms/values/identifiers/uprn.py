"""Unique property reference numbers: a whole number of at most twelve digits (GeoPlace, "UPRN";
BS 7666). Leading zeros, which some systems fill the number up with, are no part of it. There is no
check digit."""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 12


def parse(values: Texts, options: Options) -> Parsed:
    """Read unique property reference numbers. Problems: ``cell-error``, ``digits-lost``,
    ``missing-placeholder``, ``identifier-malformed``."""
    laid = form.laid_out(values, WIDTH)
    formed = form.matches(laid.bare, r"^\d{1,12}$")
    nought = form.matches(laid.bare, r"^0+$")
    nines = form.matches(laid.bare, r"^9{12}$")
    told = laid.told(formed, [(nought | nines, form.PLACEHOLDER)])
    data, _ = characters.run(laid.bare)
    if not (data == ord("0")).any():
        return told
    without = pc.replace_substring_regex(told.values, "^0+", "")
    return Parsed(without.cast(pa.string()), told.problems)
