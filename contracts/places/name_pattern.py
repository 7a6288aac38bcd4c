"""Patterns of names with wildcards and dates: ``payments-{date:%Y-%m}-*.csv``.

``*`` is any run of characters of a name, ``?`` one of them, ``[abc]`` or ``[!a-z]`` one of a set,
``**/`` any number of folders, ``{date:...}`` a date as strptime's format writes it, to the digit.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "G": r"\d{4}",
    "V": r"(?:0[1-9]|[1-4]\d|5[0-3])",
    "u": "[1-7]",
    "m": r"(?:0[1-9]|1[0-2])",
    "d": r"(?:0[1-9]|[12]\d|3[01])",
    "j": r"(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])",
    "H": r"(?:[01]\d|2[0-3])",
    "M": r"[0-5]\d",
    "S": r"[0-5]\d",
    "b": "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    "B": "(?i:january|february|march|april|may|june|july|august|september|october|november"
    "|december)",
}
"""Directives of strptime that may be used, to what they match: always with leading zeros."""

_DATED = re.compile(r"\{date:([^{}/]*)\}")
_DIRECTIVE = re.compile(r"%(.?)")
_SET = re.compile(r"\[(!?)(\]?[^\]/]*)\]")
_OF_A_YEAR = ("Y", "y", "G")


class NotAPattern(ValueError):
    """What is written is no pattern of names; the message says why and what to write."""


@dataclass(frozen=True)
class Matched:
    """A name that matches: the date it tells, None where the pattern has none."""

    date: date | None


@dataclass(frozen=True)
class NamePattern:
    """A pattern of paths below a folder; made by :meth:`of`.

    Attributes:
        text: as it was written.
        dated: whether it has a date in it.
        ignores_case: whether ``A`` matches ``a``.
    """

    text: str
    ignores_case: bool
    dated: bool
    _whole: re.Pattern[str]
    _folders: tuple[re.Pattern[str] | None, ...]

    @classmethod
    def of(cls, text: str, *, ignores_case: bool = False) -> "NamePattern":
        """The pattern as written.

        Raises:
            NotAPattern: it is none.
        """
        text = unicodedata.normalize("NFC", text)
        parts = text.split("/")
        if text.startswith("/") or ".." in parts:
            raise NotAPattern(f"{text!r} leads out of its folder; name what is below it")
        if any(part in ("", ".") for part in parts) or "\\" in text:
            raise NotAPattern(f"{text!r}: write folders and name with one / between them")
        if parts[-1] == "**" or any("**" in part and part != "**" for part in parts):
            raise NotAPattern(f"{text!r}: ** stands for folders; write it as in **/*.csv")
        flags = re.IGNORECASE if ignores_case else re.NOFLAG
        seen: set[str] = set()
        whole = "".join(
            "(?:[^/]+/)*" if part == "**" else _expression(part, text, seen) + "/"
            for part in parts[:-1]
        ) + _expression(parts[-1], text, seen)
        if seen and not seen & set(_OF_A_YEAR):
            raise NotAPattern(f"{text!r}: the date needs a year; write it as in {{date:%Y-%m}}")
        folders = tuple(
            None if part == "**" else _compiled(_expression(part, text, set()), text, flags)
            for part in parts[:-1]
        )
        return cls(text, ignores_case, bool(seen), _compiled(whole, text, flags), folders)

    @property
    def deep(self) -> bool:
        """Whether it names files in folders below."""
        return bool(self._folders)

    def match(self, path: str) -> Matched | None:
        """What a path below the folder tells; None where it does not match, or tells no real
        date."""
        found = self._whole.fullmatch(unicodedata.normalize("NFC", path))
        if found is None:
            return None
        if not self.dated:
            return Matched(None)
        told = _date(found.groupdict())
        return Matched(told) if told else None

    def enters(self, folder: str) -> bool:
        """Whether something below a folder may match."""
        names = unicodedata.normalize("NFC", folder).split("/")
        for name, wanted in zip(names, self._folders, strict=False):
            if wanted is None:
                return True
            if wanted.fullmatch(name) is None:
                return False
        return len(names) <= len(self._folders)

    def on(self, day: date) -> str:
        """The pattern with its dates filled in: what the files of a date have in common."""
        return _DATED.sub(lambda found: day.strftime(found[1]), self.text)


def _compiled(expression: str, text: str, flags: re.RegexFlag) -> re.Pattern[str]:
    try:
        return re.compile(expression, flags | re.DOTALL)
    except re.error:
        raise NotAPattern(f"{text!r}: [ ] holds signs, or ranges such as a-z") from None


def _expression(part: str, text: str, seen: set[str]) -> str:
    """A part of a pattern as a regular expression; directives met are added to ``seen``."""
    written, at = "", 0
    while at < len(part):
        sign = part[at]
        if sign in "*?":
            written += "[^/]*" if sign == "*" else "[^/]"
            at += 1
        elif sign == "[":
            found = _SET.match(part, at)
            if found is None:
                raise NotAPattern(f"{text!r}: [ is not closed; write [[] where the sign is meant")
            # A range such as [+-9] holds the slash too.
            written += f"(?!/)[{'^' if found[1] else ''}{_members(found[2])}]"
            at = found.end()
        elif sign in "{}":
            found = _DATED.match(part, at)
            if found is None:
                raise NotAPattern(
                    f"{text!r}: braces hold a date, as in {{date:%Y-%m}}; write [{sign}] where the "
                    "sign is meant"
                )
            written += _dated(found[1], text, seen)
            at = found.end()
        else:
            written += re.escape(sign)
            at += 1
    return written


def _members(members: str) -> str:
    """What a set holds, for a regular expression; a range stays one, all else is itself."""
    return re.sub(r"[\\\[\]^&~|]", lambda found: "\\" + found[0], members)


def _dated(date_format: str, text: str, seen: set[str]) -> str:
    written, at = "", 0
    for found in _DIRECTIVE.finditer(date_format):
        written += re.escape(date_format[at : found.start()])
        at, directive = found.end(), found[1]
        if directive not in DIRECTIVES:
            raise NotAPattern(
                f"{text!r}: %{directive} is not known here; use "
                f"{' '.join('%' + one for one in DIRECTIVES)}"
            )
        # Told twice, it must be told alike.
        written += (
            f"(?P={directive})"
            if directive in seen
            else f"(?P<{directive}>{DIRECTIVES[directive]})"
        )
        seen.add(directive)
    if at == 0:
        raise NotAPattern(f"{text!r}: the date has no format; write it as in {{date:%Y-%m}}")
    return written + re.escape(date_format[at:])


def _date(told: dict[str, str]) -> date | None:
    """The date that directives and their values tell; None where there is none such, or where they
    contradict each other. What is not told is the first: of January, of the month, of the week."""
    if "G" in told:
        told = {"V": "01", "u": "1", **told}
    elif "V" in told or "u" in told:
        return None
    directives = [one for one in told if one not in "HMS"]
    try:
        day = datetime.strptime(
            " ".join(told[one] for one in directives), " ".join("%" + one for one in directives)
        ).date()
    except ValueError:
        return None
    alike = all(day.strftime("%" + one).lower() == told[one].lower() for one in directives)
    return day if alike else None
