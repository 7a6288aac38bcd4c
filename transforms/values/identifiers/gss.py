"""Codes of statistical areas (Office for National Statistics, "A guide to ONS geography: coding and
naming", GSS codes, from January 2011).

A letter for the country (E, W, S, N; K for several of them, J for England and Wales; L and M for
the Channel Islands and the Isle of Man), two digits for the kind of area, six for the area. An area
that changes gets another code, so that codes of areas of the past keep to the same form. The codes
before 2011 (``00AA``, ``33UB``) are another scheme and are told apart from mistakes. Whether a code
was ever given out is a register's business.
"""

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 9


def parse(values: Texts, options: Options) -> Parsed:
    """Read codes of areas. Problems: ``cell-error``, ``identifier-historic``,
    ``identifier-malformed``."""
    laid = form.laid_out(values, WIDTH, digits_only=False)
    formed = form.matches(laid.bare, r"^[EWSNKJLM]\d{8}$")
    older = form.matches(laid.bare, r"^\d{2}([A-Z]{2}([A-Z]{2}(\d{4})?)?)?$")
    return laid.told(formed, [(older, "identifier-historic")])
