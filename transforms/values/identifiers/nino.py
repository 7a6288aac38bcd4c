"""National Insurance numbers (HMRC, National Insurance Manual, NIM39110).

Two letters, six digits and a letter A to D. Neither of the first two is D, F, I, Q, U or V, the
second not O; BG, GB, KN, NK, NT, TN and ZZ are not given out. TN and six digits of a date of birth
was a temporary number; ``11 a1 11 11`` is a reference for paying tax and no such number.
"""

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 9
_FORM = r"^[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]\d{6}[A-D]$"
_NOT_ALLOCATED = r"^(BG|GB|KN|NK|NT|TN|ZZ)\d{6}[A-D]$"
_TEMPORARY = r"^(TN\d{6}[MF]|\d{2}[A-Z]\d{5})$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read National Insurance numbers.

    Problems: ``cell-error``, ``identifier-not-allocated`` (prefixes never given out, temporary
    numbers and references), ``identifier-malformed``.
    """
    laid = form.laid_out(values, WIDTH, digits_only=False)
    barred = form.matches(laid.bare, _NOT_ALLOCATED) | form.matches(laid.bare, _TEMPORARY)
    formed = form.matches(laid.bare, _FORM)
    return laid.told(formed, [(barred, "identifier-not-allocated")])
