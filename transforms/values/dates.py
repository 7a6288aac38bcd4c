"""Calendar dates, by formats that were declared or proved; none is ever guessed.

A format is written as for ``strptime``. A time of day after the date is allowed and dropped. Two
forms go beyond ``strptime``: ``excel-serial`` (days since 30 December 1899) and formats without a
day, which give the first of the month with month precision. ``%b`` and ``%B`` both take the
English month's name in full or in short.
"""

import re
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.characters import Bytes, Ints
from transforms.values.looks import Looks, number
from transforms.values.parsed import (
    Flags,
    Options,
    Parsed,
    Texts,
    masked,
    nulls_of,
    problems,
    true_where,
)

SERIAL = "excel-serial"
EPOCH = date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 1850, 2150
TWO_DIGIT_YEARS_BEFORE = 2070
"""Where nothing else is said, two-digit years lie in the hundred before this one."""

PLACEHOLDERS = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1900, 1, 2))
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep sept september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_TIME = (
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"(?:\s*(?:Z|[+-]\d{2}:?\d{2}))?)?"
)
_WHITE = r"[\t\n\f\r ]"
_PARTS = {
    "d": r"(?P<d>\d{1,2})(?:st|nd|rd|th)?",
    "m": r"(?P<m>\d{1,2})",
    "b": r"(?P<b>[A-Za-z]{3,9})\.?",
    "B": r"(?P<b>[A-Za-z]{3,9})\.?",
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


def parse(values: Texts, options: Options) -> Parsed:
    """Read dates.

    Options: ``formats`` (tried in their order), ``two_digit_years_before`` (a year),
    ``birth`` (true for dates of birth: none later than ``today``), ``today`` (ISO date),
    ``plausible`` (two ISO dates; others are noted).
    Companion: ``precision``, ``day`` or ``month``. Problems: ``cell-error``, ``date-unreadable``,
    ``date-placeholder`` (taken as missing), ``date-in-future`` (birth only), ``date-implausible``.
    """
    tidy = characters.without_blanks(characters.plain(values))
    blank = nulls_of(tidy)
    errors = characters.cell_errors(tidy)
    days, by_month, read = _read(tidy, options)
    unreadable = ~read & ~blank & ~errors
    placeholder = read & np.isin(days, [(day - EPOCH).days for day in PLACEHOLDERS])
    birth = bool(options.get("birth"))
    future = np.zeros(len(days), np.bool_)
    if birth:
        today = date.fromisoformat(options["today"]) if "today" in options else date.today()
        future = read & (days > (today - EPOCH).days)
    odd = np.zeros(len(days), np.bool_)
    if options.get("plausible"):
        first, last = ((date.fromisoformat(day) - EPOCH).days for day in options["plausible"])
        odd = read & ((days < first) | (days > last))
    missing = ~read | placeholder | future
    found = problems(
        len(days),
        [
            (errors, "cell-error"),
            (unreadable, "date-unreadable"),
            (placeholder, "date-placeholder"),
            (future, "date-in-future"),
            (odd, "date-implausible"),
        ],
    )
    made = pa.array(days.astype(np.int32)).cast(pa.date32())
    if birth:
        return Parsed(masked(made, missing), found)
    precision = pc.if_else(pa.array(by_month), "month", "day")
    return Parsed(masked(made, missing), found, {"precision": masked(precision, missing)})


def _read(tidy: Texts, options: Options) -> tuple[Ints, Flags, Flags]:
    """Days since 1970, whether by month only, and whether read at all."""
    size = len(tidy)
    days = np.zeros(size, np.int64)
    by_month = np.zeros(size, np.bool_)
    read = np.zeros(size, np.bool_)
    filled = np.flatnonzero(~nulls_of(tidy))
    here = tidy if len(filled) == size else tidy.drop_null()
    groups = [(look, filled[places], table) for look, places, table in Looks.of(here).groups()]
    for written in options.get("formats", ()):
        if written == SERIAL:
            rest = np.flatnonzero(~read & ~nulls_of(tidy))
            got, well = _serials(tidy.take(pa.array(rest)))
            places, monthly = rest, False
        else:
            places, got, well, monthly = _read_as(groups, read, written, options)
        days[places[well]] = got[well]
        by_month[places[well]] = monthly
        read[places[well]] = True
    return days, by_month, read


def _read_as(
    groups: list[tuple[str, Ints, Bytes]], read: Flags, written: str, options: Options
) -> tuple[Ints, Ints, Flags, bool]:
    """Values whose look is that of a format and that are not read yet: their places, days since
    1970, whether there is such a day, and whether the format has none but the first of a month."""
    expression, parts = compiled(written)
    years, months, days, found = ([np.zeros(0, np.int64)] for _ in range(4))
    for look, places, table in groups:
        match = _matcher(expression).fullmatch(look)
        month = _month(match["b"]) if match and "b" in parts else None
        if match is None or ("b" in parts and month is None):
            continue
        rest = ~read[places]
        if not rest.all():
            places, table = places[rest], table[:, rest]
        found.append(places)
        years.append(number(table, *match.span("Y" if "Y" in parts else "y")))
        months.append(
            number(table, *match.span("m")) if month is None else np.full(len(places), month)
        )
        days.append(
            number(table, *match.span("d")) if "d" in parts else np.ones(len(places), np.int64)
        )
    year, month_, day = (np.concatenate(some) for some in (years, months, days))
    well = (month_ >= 1) & (month_ <= 12)
    month_ = np.where(well, month_, 1)
    if "y" in parts:
        year = _with_century(year, month_, day, options)
    well &= (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    first = np.where(well, (year - 1970) * 12 + month_ - 1, 0)
    start = first.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    end = (first + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    well &= (day >= 1) & (day <= end - start)
    return np.concatenate(found), start + day - 1, well, "d" not in parts


@cache
def _matcher(expression: str) -> re.Pattern[str]:
    # White space as in Arrow's regular expressions, which leave the vertical tab out.
    return re.compile(expression.replace(r"[T\s]", r"(?:T|\s)").replace(r"\s", _WHITE), re.ASCII)


def _month(name: str) -> int | None:
    return MONTHS.get(name.lower())


def _with_century(year: Ints, month: Ints, day: Ints, options: Options) -> Ints:
    before = options.get("two_digit_years_before")
    if before is None and options.get("birth"):
        today = date.fromisoformat(options["today"]) if "today" in options else date.today()
        full = year + 100 * ((today.year - year) // 100)
        late = (full * 10000 + month * 100 + day) > (
            today.year * 10000 + today.month * 100 + today.day
        )
        return np.asarray(np.where(late, full - 100, full))
    limit = int(before or TWO_DIGIT_YEARS_BEFORE) - 1
    return np.asarray(year + 100 * ((limit - year) // 100))


def _serials(values: Texts) -> tuple[Ints, Flags]:
    found = pc.extract_regex(values, r"^(?P<n>\d{1,5})(?:\.\d+)?$")
    well = true_where(found.is_valid())
    told = pc.if_else(pa.array(well), pc.struct_field(found, "n"), pa.scalar("0"))
    serials = np.asarray(told.cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)
    return serials - (EPOCH - date(1899, 12, 30)).days, well & (serials > 60)


@cache
def compiled(written: str) -> tuple[str, frozenset[str]]:
    """The regular expression of a format and the parts it captures.

    Raises:
        BadFormat: the format has no year or no month, or an unknown directive.
    """
    if written == SERIAL:
        return "", frozenset({"d", "m", "Y"})
    expression, parts, timed = "", [], False
    for token in re.findall(r"%-?.|\s+|.", written, re.DOTALL):
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
    if re.fullmatch(r"(%[dmyY])+", written):
        expression = expression.replace(r"\d{1,2}", r"\d{2}").replace("(?:st|nd|rd|th)?", "")
    return f"^{expression}{'' if timed else _TIME}$", said
