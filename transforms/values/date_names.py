"""Dates in forms that have a name instead of a ``strptime`` format: workbooks' serial numbers,
years, quarters, weeks.

A year, quarter or week is its first day, with the precision that says so.

Serial numbers are those of Microsoft's workbooks (ECMA-376 part 1, section 18.17.4.1): in the 1900
system 1 is 1 January 1900, and 60 is 29 February 1900, a day that never was and is not read. What
stands behind the point is the time of day.
"""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts import date_formats
from transforms.values.characters import Ints
from transforms.values.parsed import Flags, Texts, true_where

EPOCH = date(1970, 1, 1)
PRECISIONS = ("day", "week", "month", "quarter", "year")
DAY, WEEK, MONTH, QUARTER, YEAR = range(len(PRECISIONS))

_FINANCIAL = r"(?:FY ?)?(?P<Y>\d{4})[/-](?P<e>\d{4}|\d{2})"
_SERIAL = r"^(?P<n>\d{1,5})(?:\.\d+)?$"
# The last serial a workbook takes: 31 December 9999, a placeholder.
_LAST_SERIAL = "2958465"
_SERIAL_OF_FEBRUARY_29 = 60


def days_of_months(months: Ints) -> Ints:
    """Days since 1970 of the first days of months, which are counted from January 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def read_named(name: str, texts: Texts) -> tuple[Ints, Flags, Ints]:
    """Days since 1970, whether there is such a day, and the place of the precision."""
    return _READERS[name](texts)


def _parts(texts: Texts, expression: str, *names: str) -> tuple[Flags, list[Ints]]:
    """Whether texts have a form, and numbers in it; -1 where a part is not written."""
    found = pc.extract_regex(texts, expression)
    well = true_where(found.is_valid())
    numbers = []
    for name in names:
        part = pc.struct_field(found, name)
        told = pc.if_else(pc.equal(pc.binary_length(part), 0), "-1", part).fill_null("-1")
        numbers.append(np.asarray(told.cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64))
    return well, numbers


def _alike(texts: Texts, precision: int) -> Ints:
    return np.full(len(texts), precision, np.int64)


def _serials(texts: Texts) -> tuple[Ints, Flags, Ints]:
    well, (serial,) = _parts(texts, _SERIAL, "n")
    # The day that never was shifts those before it.
    days = serial - (EPOCH - date(1899, 12, 30)).days + ((serial >= 1) & (serial < 60))
    last = true_where(pc.equal(texts, _LAST_SERIAL))
    days[last] = (date(9999, 12, 31) - EPOCH).days
    return days, (well & (serial != _SERIAL_OF_FEBRUARY_29)) | last, _alike(texts, DAY)


def _serials_1904(texts: Texts) -> tuple[Ints, Flags, Ints]:
    well, (serial,) = _parts(texts, _SERIAL, "n")
    return serial - (EPOCH - date(1904, 1, 1)).days, well, _alike(texts, DAY)


def _month_number(year: Ints, month: Ints | int, well: Flags) -> Ints:
    return np.where(well, (year - 1970) * 12 + month - 1, 0)


def _years(texts: Texts) -> tuple[Ints, Flags, Ints]:
    well, (year,) = _parts(texts, r"^(?P<Y>\d{4})$", "Y")
    return days_of_months(_month_number(year, 1, well)), well, _alike(texts, YEAR)


def _quarters(texts: Texts) -> tuple[Ints, Flags, Ints]:
    one = r"^(?P<Y>\d{4})[ /-]?[Qq](?P<q>[1-4])$"
    other = r"^(?:[Qq]|(?i:quarter) )(?P<q>[1-4])[ /-]?(?P<Y>\d{4})$"
    return _either(texts, one, other, 1, ("Y", "q"))


def _financial_quarters(texts: Texts) -> tuple[Ints, Flags, Ints]:
    one = rf"^{_FINANCIAL}[ -]?[Qq](?P<q>[1-4])$"
    other = rf"^(?:[Qq]|(?i:quarter) )(?P<q>[1-4])[ -]?{_FINANCIAL}$"
    return _either(texts, one, other, 4, ("Y", "q", "e"))


def _either(
    texts: Texts, one: str, other: str, first_month: int, names: tuple[str, ...]
) -> tuple[Ints, Flags, Ints]:
    """Quarters in one form or another, the first of them beginning with a month."""
    well, parts = _parts(texts, one, *names)
    also, more = _parts(texts, other, *names)
    year, quarter, *end = (np.where(well, a, b) for a, b in zip(parts, more, strict=True))
    well = well | also
    if end:
        well &= _follows(year, end[0])
    first = _month_number(year, first_month + 3 * (quarter - 1), well)
    return days_of_months(first), well, _alike(texts, QUARTER)


def _follows(year: Ints, end: Ints) -> Flags:
    """Whether a year written with two digits or four is the one after another."""
    return np.asarray(np.where(end > 99, end == year + 1, end == (year + 1) % 100), np.bool_)


def _years_from(month: int) -> Callable[[Texts], tuple[Ints, Flags, Ints]]:
    def read(texts: Texts) -> tuple[Ints, Flags, Ints]:
        well, (year, end) = _parts(texts, rf"^{_FINANCIAL}$", "Y", "e")
        well &= _follows(year, end)
        return days_of_months(_month_number(year, month, well)), well, _alike(texts, YEAR)

    return read


def _weeks(texts: Texts) -> tuple[Ints, Flags, Ints]:
    form = r"^(?P<Y>\d{4})-?W(?P<w>\d{2})(?:-?(?P<u>[1-7]))?$"
    well, (year, week, weekday) = _parts(texts, form, "Y", "w", "u")
    monday = _first_monday(np.where(well, year, 1970))
    # The week that holds 4 January is the first; the last is the one before the next year's first.
    weeks = (_first_monday(np.where(well, year + 1, 1971)) - monday) // 7
    well &= (week >= 1) & (week <= weeks)
    days = monday + 7 * (week - 1) + np.maximum(weekday, 1) - 1
    return days, well, np.where(weekday > 0, DAY, WEEK)


def _first_monday(year: Ints) -> Ints:
    fourth = days_of_months((year - 1970) * 12) + 3
    # 1 January 1970 was a Thursday.
    return fourth - (fourth + 3) % 7


def _ordinals(texts: Texts) -> tuple[Ints, Flags, Ints]:
    well, (year, day) = _parts(texts, r"^(?P<Y>\d{4})-?(?P<j>\d{3})$", "Y", "j")
    first = days_of_months(_month_number(year, 1, well))
    length = days_of_months(_month_number(year + 1, 1, well)) - first
    well &= (day >= 1) & (day <= length)
    return first + day - 1, well, _alike(texts, DAY)


_READERS: dict[str, Callable[[Texts], tuple[Ints, Flags, Ints]]] = {
    date_formats.SERIAL: _serials,
    date_formats.SERIAL_1904: _serials_1904,
    date_formats.YEAR: _years,
    date_formats.QUARTER: _quarters,
    date_formats.FINANCIAL_YEAR: _years_from(4),
    date_formats.FINANCIAL_QUARTER: _financial_quarters,
    date_formats.ACADEMIC_YEAR: _years_from(9),
    date_formats.ISO_WEEK: _weeks,
    date_formats.ORDINAL: _ordinals,
}
