"""Make text safe to open in a spreadsheet: what would be taken for a formula is shown as text.

Sources: OWASP, CSV Injection. A cell is taken for a formula where it begins with ``=``, ``+``,
``-`` or ``@``, their full-width forms, a tab, carriage return or line feed, or with white space
before one of them, which some programs drop.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values.parsed import Texts

# White space and marks of no width that stand before a sign; PyArrow's expressions are RE2.
_BEFORE = (
    r"[\s\x00-\x20\x{00A0}\x{1680}\x{180E}\x{2000}-\x{200F}\x{2028}-\x{202F}"
    r"\x{205F}-\x{2064}\x{3000}\x{FEFF}]*"
)
_SIGNS = r"[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{2212}|%]"
FORMULA = rf"^(?:[\t\r\n]|{_BEFORE}{_SIGNS})"
PLAIN_NUMBER = r"^[+-]?[0-9][0-9,]*(?:\.[0-9]+)?$"
"""A signed number is no formula, and stays one."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no workbook can hold."""


def neutralise(values: Texts) -> Texts:
    """Text with an apostrophe before what a spreadsheet would take for a formula."""
    risky = pc.and_(
        pc.match_substring_regex(values, FORMULA),
        pc.invert(pc.match_substring_regex(values, PLAIN_NUMBER)),
    )
    quoted = pc.binary_join_element_wise(pa.scalar("'", values.type), values, "")
    return pc.if_else(risky.fill_null(False), quoted, values)


def storable(text: str) -> str:
    """Text without the characters that no workbook can hold, each shown as a replacement mark."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
