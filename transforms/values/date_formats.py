"""Formats of dates: what they say and which texts have their form.

A format is written as for ``strptime``. ``%b`` and ``%B`` both take a month's name in full or in
short; English names, or Welsh ones where ``cy:`` stands before the format (Unicode CLDR, locales
``en`` and ``cy``). A time of day and a zone after the date are allowed and dropped: the date is
the one written, in whatever zone, and not what the clock of another place made it.
"""

import re
from functools import cache

from contracts.date_formats import NAMED, WELSH

_ENGLISH = (
    "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
    "aug august", "sep sept september", "oct october", "nov november", "dec december",
)  # fmt: skip
_WELSH = (
    "ion ionawr", "chw chwef chwefror", "maw mawrth", "ebr ebrill", "mai", "meh mehefin",
    "gor gorff gorffennaf", "awst", "medi", "hyd hydref", "tach tachwedd", "rhag rhagfyr",
)  # fmt: skip


def _numbered(months: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, names in enumerate(months, start=1) for name in names.split()}


MONTHS = _numbered(_ENGLISH)
"""English names of months, small letters, to their numbers."""
_MONTHS_CY = _numbered(_WELSH)

_TIME = (
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"(?:\s*(?:Z|UTC|GMT|BST|[+-]\d{2}(?::?\d{2})?))?)?"
)
_WHITE = r"[\t\n\f\r ]"
_PARTS = {
    "d": r"(?P<d>\d{1,2})(?:st|nd|rd|th)?",
    "m": r"(?P<m>\d{1,2})",
    "b": r"(?P<b>[A-Za-z]{3,10})\.?",
    "B": r"(?P<b>[A-Za-z]{3,10})\.?",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "a": r"[A-Za-z]{3,9}\.?",
    "A": r"[A-Za-z]{3,9}\.?",
    "H": r"\d{1,2}", "I": r"\d{1,2}", "M": r"\d{2}", "S": r"\d{2}", "f": r"\d+",
    "p": r"[AaPp]\.?[Mm]\.?", "z": r"(?:Z|[+-]\d{2}:?\d{2})", "Z": r"[A-Z]{2,5}",
    "T": r"\d{1,2}:\d{2}:\d{2}", "%": "%",
}  # fmt: skip


class BadFormat(ValueError):
    """A date format that does not say year and month, or says something unknown."""


@cache
def compiled(written: str) -> tuple[str, frozenset[str]]:
    """The regular expression of a format and the parts it captures.

    Raises:
        BadFormat: the format has no year or no month, or an unknown directive.
    """
    if written in NAMED:
        return "", frozenset({"d", "m", "Y"})
    expression, parts, timed = "", [], False
    for token in re.findall(r"%-?.|\s+|.", written.removeprefix(WELSH), re.DOTALL):
        if token[0] == "%":
            letter = token[-1]
            if letter not in _PARTS:
                raise BadFormat(f"{written}: {token} is not understood")
            expression += _PARTS[letter]
            parts.append("b" if letter in "bB" else letter)
            timed = timed or letter in "HIMT"
        else:
            expression += r"\s+" if token.isspace() else re.escape(token)
    said = frozenset(parts) & {"d", "m", "b", "Y", "y"}
    if len([part for part in parts if part in "dmbYy"]) != len(said):
        raise BadFormat(f"{written}: a part stands twice")
    if not said & {"Y", "y"} or not said & {"m", "b"}:
        raise BadFormat(f"{written}: year and month must be said")
    # Fixed two-digit parts where nothing parts them: ddmmyy.
    if digits_only(written):
        expression = expression.replace(r"\d{1,2}", r"\d{2}").replace("(?:st|nd|rd|th)?", "")
    return f"^{expression}{'' if timed else _TIME}$", said


def digits_only(written: str) -> bool:
    """Whether all a format reads is digits, so that a plain number may have its form."""
    return written in NAMED or re.fullmatch(r"(%[dmyY])+", written) is not None


@cache
def matcher(written: str) -> re.Pattern[str]:
    """The expression of a format for Python."""
    # White space as in Arrow's regular expressions, which leave the vertical tab out.
    expression = compiled(written)[0].replace(r"[T\s]", r"(?:T|\s)").replace(r"\s", _WHITE)
    return re.compile(expression, re.ASCII)


def month_of(name: str, written: str) -> int | None:
    """The number of a month's name in the language of a format; None where it is none."""
    return (_MONTHS_CY if written.startswith(WELSH) else MONTHS).get(name.lower())
