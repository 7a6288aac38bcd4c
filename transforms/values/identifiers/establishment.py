"""Schools' establishment numbers, "LAESTAB" or "DfE number" (Department for Education, Get
Information about Schools): the local authority's three digits, the first not 0, and the school's
four, with a slash between them or not."""

import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 7


def parse(values: Texts, options: Options) -> Parsed:
    """Read establishment numbers, as ``LLL/EEEE``. Problems: ``cell-error``, ``digits-lost``,
    ``missing-placeholder``, ``identifier-malformed``."""
    values = characters.ascii_forms(characters.plain(values))
    parted = pc.replace_substring_regex(values, r"^\s*(\d{3})\s*/\s*(\d{4})\s*$", r"\1\2")
    laid = form.laid_out(parted, WIDTH)
    formed = form.matches(laid.bare, r"^[1-9]\d{6}$")
    placeholder = form.matches(laid.bare, r"^(0{7}|9{7})$")
    told = laid.told(formed, [(placeholder, form.PLACEHOLDER)])
    return Parsed(
        pc.replace_substring_regex(told.values, r"^(\d{3})", r"\1/"),
        told.problems,
    )
