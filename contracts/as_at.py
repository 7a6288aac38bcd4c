"""The date a delivery speaks of, read from its name."""

import calendar
import re
from datetime import date, datetime
from typing import Literal

import polars as pl

LONGEST = 255
"""Names longer than this are not searched: no file system gives longer ones."""

Day = Literal["first", "last"]


class Undated(ValueError):
    """A name that does not tell the date as its feed declares; the message says what is wrong."""


def date_in(name: str, pattern: str, date_format: str, day: Day | None) -> date:
    """The date a delivery's name tells.

    Args:
        name: the delivery's name.
        pattern: a regular expression whose group ``date`` is the date; found anywhere in the name.
        date_format: how that is written (strptime).
        day: which day of the month stands for it where the format gives none.

    Raises:
        Undated: the pattern is not found, or what it finds is no date.
    """
    found = _date_part(pattern, name) if len(name) <= LONGEST else None
    if found is None:
        raise Undated(
            f"the name {name!r} does not tell the date the delivery speaks of: it does not match "
            f"{pattern!r}"
        )
    try:
        told = datetime.strptime(found, date_format).date()
    except ValueError:
        raise Undated(
            f"the name {name!r} does not tell the date the delivery speaks of: {found!r} "
            f"is no date of the form {date_format!r}"
        ) from None
    if day == "last":
        return told.replace(day=calendar.monthrange(told.year, told.month)[1])
    return told


def _date_part(pattern: str, name: str) -> str | None:
    """What the group ``date`` finds, by an engine whose time grows with the name and no faster."""
    group = re.compile(pattern).groupindex["date"]
    found: str | None = pl.Series([name]).str.extract(pattern, group).item()
    return found


def wrong_with(pattern: str, date_format: str, day: Day | None) -> str | None:
    """What is wrong with a declaration of how names tell dates; None where nothing is."""
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        return f"name: {pattern!r} is no regular expression: {error}"
    if "date" not in groups:
        return f"name: {pattern!r} has no group `date`; write (?P<date>...) round the date"
    try:
        _date_part(pattern, "")
    except pl.exceptions.ComputeError:
        return (
            f"name: {pattern!r} looks around or back (`(?=`, `(?<`, `\\1`), which may take time "
            "beyond all measure; write it without"
        )
    then = datetime(2003, 11, 23)
    try:
        back = datetime.strptime(then.strftime(date_format), date_format)
    except (ValueError, re.error):
        return f"format: {date_format!r} is no format of dates (strptime)"
    if (back.year, back.month) != (then.year, then.month):
        return f"format: {date_format!r} does not give year and month (strptime)"
    if back.day != then.day and day is None:
        return "day: the format gives no day of the month; say `day: first` or `day: last`"
    if back.day == then.day and day is not None:
        return "day: the format gives the day of the month; leave `day` out"
    return None
