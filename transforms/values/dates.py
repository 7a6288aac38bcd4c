"""Calendar dates, by formats that were declared or proved; none is ever guessed.

A format is one of ``strptime`` (:mod:`transforms.values.date_formats`) or has a name
(:mod:`contracts.date_formats`). A format without a day gives the first of the month, with month
precision. A date that two of a column's formats read differently is not read at all.

Digits are ASCII digits. Years are written with two or four digits, 1000 to 9999; one that lies out
of all reason is kept and said, since a wrong year is the supplier's to mend and not ours.
"""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from contracts.date_formats import NAMED, SERIAL
from transforms.values import characters, date_formats
from transforms.values.characters import Bytes, Ints
from transforms.values.date_formats import MONTHS, BadFormat, compiled
from transforms.values.date_names import DAY, EPOCH, MONTH, PRECISIONS, days_of_months, read_named
from transforms.values.looks import Looks, number
from transforms.values.parsed import Flags, Options, Parsed, Texts, masked, nulls_of, problems

__all__ = ["EPOCH", "MONTHS", "PLACEHOLDERS", "SERIAL", "BadFormat", "compiled", "parse"]

FIRST_YEAR, LAST_YEAR = 1850, 2150
"""Dates outside these years are noted."""
LONGEST_LIFE = 120
"""Years before the day of the delivery; earlier births are noted."""
TWO_DIGIT_YEARS_BEFORE = 2070
"""Where nothing else is said, two-digit years lie in the hundred before this one."""

PLACEHOLDERS = (
    date(1, 1, 1),  # the first day .NET has
    date(1753, 1, 1),  # the first day of SQL Server's datetime
    date(1899, 12, 30),  # serial 0 of a workbook, and of Access
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(1900, 1, 2),  # 1 January 1900 as read by those who hold 1900 for a leap year
    date(2999, 12, 31),
    date(9999, 12, 31),
)
"""Days that stand for none. So do dates of noughts or nines only (``00/00/0000``)."""

_PLACEHOLDER_DAYS = [(day - EPOCH).days for day in PLACEHOLDERS]
_NO_DAY = _PLACEHOLDER_DAYS[0]
_LEAST_YEAR = 1000


def parse(values: Texts, options: Options) -> Parsed:
    """Read dates.

    Options: ``formats`` (tried in their order), ``two_digit_years_before`` (a year),
    ``birth`` (true for dates of birth: none later than ``today``), ``today`` (ISO date),
    ``plausible`` (two ISO dates; others are noted), ``in_doubt_outside`` (two ISO dates; one that
    lies outside, and inside with day and month changed about, is not read).
    Companion, but for dates of birth: ``precision``, ``day``, ``week``, ``month``, ``quarter`` or
    ``year``. Problems: ``cell-error``, ``date-unreadable``, ``date-two-ways`` (two formats read it
    differently), ``date-order-in-doubt``, ``date-placeholder`` (taken as missing),
    ``date-in-future`` (birth only), ``date-implausible``, ``date-imprecise`` (birth only: no day is
    told, the first stands for it).
    """
    tidy = characters.without_blanks(characters.plain(values))
    blank = nulls_of(tidy)
    errors = characters.cell_errors(tidy)
    days, precisions, read, two_ways = _read(tidy, options)
    unreadable = ~read & ~blank & ~errors
    placeholder = read & np.isin(days, _PLACEHOLDER_DAYS)
    birth = bool(options.get("birth"))
    future = np.zeros(len(days), np.bool_)
    if birth:
        future = read & ~placeholder & (days > (_today(options) - EPOCH).days)
    first, last = _plausible(options)
    odd = read & ((days < first) | (days > last))
    doubted = _in_doubt(days, read & ~placeholder & (precisions == DAY), options)
    missing = ~read | placeholder | future | doubted
    found = problems(
        len(days),
        [
            (errors, "cell-error"),
            (two_ways, "date-two-ways"),
            (unreadable, "date-unreadable"),
            (doubted, "date-order-in-doubt"),
            (placeholder, "date-placeholder"),
            (future, "date-in-future"),
            (odd, "date-implausible"),
            (read & (precisions != DAY) & birth, "date-imprecise"),
        ],
    )
    made = masked(pa.array(days.astype(np.int32)).cast(pa.date32()), missing)
    if birth:
        return Parsed(made, found)
    return Parsed(made, found, {"precision": masked(_words(precisions), missing)})


def _in_doubt(days: Ints, read: Flags, options: Options) -> Flags:
    """Dates that are likelier one of the other order of day and month."""
    doubted = np.zeros(len(days), np.bool_)
    if "in_doubt_outside" not in options:
        return doubted
    first, last = ((date.fromisoformat(day) - EPOCH).days for day in options["in_doubt_outside"])
    for place in np.flatnonzero(read & ((days < first) | (days > last))):
        day = EPOCH + timedelta(days=int(days[place]))
        if day.day <= 12:
            other = (day.replace(month=day.day, day=day.month) - EPOCH).days
            doubted[place] = first <= other <= last
    return doubted


def _words(precisions: Ints) -> Texts:
    if not precisions.any():
        return pa.repeat(pa.scalar(PRECISIONS[DAY], pa.string()), len(precisions))
    return pa.array(PRECISIONS, pa.string()).take(pa.array(precisions))


def _today(options: Options) -> date:
    return date.fromisoformat(options["today"]) if "today" in options else date.today()


def _plausible(options: Options) -> tuple[int, int]:
    """First and last plausible day."""
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    if options.get("birth"):
        today = _today(options)
        first = date(today.year - LONGEST_LIFE, 1, 1)
    if options.get("plausible"):
        told = [date.fromisoformat(day) for day in options["plausible"]]
        first, last = max(first, told[0]), min(last, told[1])
    return (first - EPOCH).days, (last - EPOCH).days


def _read(tidy: Texts, options: Options) -> tuple[Ints, Ints, Flags, Flags]:
    """Days since 1970, places of precisions, whether read at all, whether read in two ways."""
    size = len(tidy)
    days, precisions = np.zeros(size, np.int64), np.zeros(size, np.int64)
    read, two_ways = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    filled = np.flatnonzero(~nulls_of(tidy))
    here = tidy if len(filled) == size else tidy.drop_null()
    groups = [(look, filled[places], table) for look, places, table in Looks.of(here).groups()]
    formats = tuple(dict.fromkeys(options.get("formats", ())))
    for written in formats:
        if written in NAMED:
            places = filled if _of_one_form(formats) else filled[~read[filled]]
            got, well, precise = read_named(written, tidy.take(pa.array(places)))
        else:
            places, got, well, precise = _read_as(groups, written, options)
        places, got, precise = places[well], got[well], precise[well]
        again = read[places]
        if again.any():
            differs = again & ((days[places] != got) | (precisions[places] != precise))
            two_ways[places[differs]] = True
        days[places[~again]] = got[~again]
        precisions[places[~again]] = precise[~again]
        read[places] = True
    read &= ~two_ways
    return days, precisions, read, two_ways


@cache
def _of_one_form(formats: tuple[str, ...]) -> bool:
    """Whether a plain number may have the form of several formats."""
    return sum(map(date_formats.digits_only, formats)) > 1


def _read_as(
    groups: list[tuple[str, Ints, Bytes]], written: str, options: Options
) -> tuple[Ints, Ints, Flags, Ints]:
    """Values whose look is that of a format: their places, days since 1970, whether there is such a
    day, and the place of the format's precision."""
    _, parts = compiled(written)
    years, months, days, found = ([np.zeros(0, np.int64)] for _ in range(4))
    for look, places, table in groups:
        match = date_formats.matcher(written).fullmatch(look)
        month = date_formats.month_of(match["b"], written) if match and "b" in parts else None
        if match is None or ("b" in parts and month is None):
            continue
        found.append(places)
        years.append(number(table, *match.span("Y" if "Y" in parts else "y")))
        months.append(
            number(table, *match.span("m")) if month is None else np.full(len(places), month)
        )
        days.append(
            number(table, *match.span("d")) if "d" in parts else np.ones(len(places), np.int64)
        )
    year, month_, day = (np.concatenate(some) for some in (years, months, days))
    none = _is_none(year, month_, day, parts)
    well = (month_ >= 1) & (month_ <= 12)
    month_ = np.where(well, month_, 1)
    if "y" in parts:
        year = _with_century(year, month_, day, options)
    well &= (year >= _LEAST_YEAR) | ((year == 1) & (month_ == 1) & (day == 1))
    first = np.where(well, (year - 1970) * 12 + month_ - 1, 0)
    start = days_of_months(first)
    well &= (day >= 1) & (day <= days_of_months(first + 1) - start)
    precision = DAY if "d" in parts else MONTH
    read = np.where(none, _NO_DAY, start + day - 1)
    return np.concatenate(found), read, well | none, np.full(len(read), precision)


def _is_none(year: Ints, month: Ints, day: Ints, parts: frozenset[str]) -> Flags:
    """Dates of noughts or of nines only."""
    if not {"m", "d"} <= parts:
        return np.zeros(len(year), np.bool_)
    nines = (month == 99) & (day == 99) & (year == (9999 if "Y" in parts else 99))
    noughts = (year == 0) & (month == 0) & (day == 0)
    return np.asarray(noughts | nines, np.bool_)


def _with_century(year: Ints, month: Ints, day: Ints, options: Options) -> Ints:
    """Two-digit years as whole ones; a birth is never in the future."""
    before = options.get("two_digit_years_before")
    if not options.get("birth"):
        return _last_before(year, int(before or TWO_DIGIT_YEARS_BEFORE))
    today = _today(options)
    full = _last_before(year, int(before or today.year + 1))
    late = (full * 10000 + month * 100 + day) > (today.year * 10000 + today.month * 100 + today.day)
    return np.asarray(np.where(late, full - 100, full))


def _last_before(year: Ints, limit: int) -> Ints:
    return np.asarray(year + 100 * ((limit - 1 - year) // 100))
