"""What a column's own dates leave in doubt: single dates of the other order, and periods of a
financial year that look like months."""

import calendar
import re

import numpy as np

from transforms.headers import words
from transforms.mapping import Refused
from transforms.steps.date_shapes import DateColumn, Last, Order, Shapes, in_order
from transforms.values import dates

_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.\-](?P<month>\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<month>\d{1,2})[/.\-](?P<year>\d{4})", re.ASCII)
_PERIODS = {"period", "fiscal", "financial", "fy"}
_LAST_PERIOD = 16
"""Ledgers close a year in up to four periods after its twelfth."""


def months_proved(found: Shapes, order: Order) -> tuple[str, str]:
    """First and last day (ISO) of the months in which the dates lie that prove an order.

    Where some dates are written in the other order, one that lies outside these months, and inside
    them with day and month changed about, may be one of those.
    """
    last = found.last
    proving = (last.first > 12) | (last.second > 12)
    values = last.values.filter(proving)
    formats = tuple(in_order(written, order) for written in found.last_formats)
    days = [d for d in dates.parse(values, {"formats": formats}).values.to_pylist() if d]
    end = max(days)
    end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    return min(days).replace(day=1).isoformat(), end.isoformat()


def has_strays(last: Last) -> bool:
    """Whether dates of both orders stand in a column."""
    day_first = (last.first > 12) & (last.second <= 12)
    month_first = (last.second > 12) & (last.first <= 12)
    return bool(day_first.any() and month_first.any())


def is_year_and_number(value: str) -> bool:
    """Whether a text is a year and a number of one or two digits, as months and periods are."""
    return _year_and_number(value) is not None


def refuse_periods(column: DateColumn, header: str) -> None:
    """Refuse months as numbers that may number the periods of a financial year instead.

    ``2020/01`` is January 2020 under ``Month``; under ``Period`` it may be April. Under any header
    it is no month where another value of the column numbers a thirteenth, nor where all of them
    are two years in a row, as in ``2010/11``.

    Raises:
        Refused: ``date-period-unclear``.
    """
    told = [
        (int(match["year"]), int(match["month"]), column.rows[value])
        for value in column.counts
        if (match := _year_and_number(value))
    ]
    if not told:
        return
    years, numbers, rows = (np.array(part) for part in zip(*told, strict=True))
    beyond = (numbers == 0) | ((numbers > 12) & (numbers <= _LAST_PERIOD))
    if beyond.any():
        why = f"row {rows[beyond].min()} numbers one that no calendar has"
    elif bool((numbers == (years + 1) % 100).all()):
        why = "each is written as two years in a row are, which a financial year spans"
    elif named := sorted(_PERIODS.intersection(words(header))):
        why = f'the header speaks of "{named[0]}"'
    else:
        return
    raise Refused(
        "date-period-unclear",
        f"dates are a year and a number, from row {rows.min()} on, which may be a period of a "
        f"financial year and not a month: {why}. Ask for dates, or, if these are calendar months, "
        "declare date_format in the feed's file, such as %Y/%m",
    )


def _year_and_number(value: str) -> re.Match[str] | None:
    return _YEAR_FIRST.fullmatch(value) or _YEAR_LAST.fullmatch(value)
