"""Dates whose day and month a spreadsheet swapped: proved and read swapped back, or refused.

A spreadsheet that reads one order of day and month and is given the other makes a wrong date of
every text that has a reading in its own order (day up to the 12th), and leaves the rest as text.
"""

import calendar
from collections.abc import Mapping as Columns
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.mapping import SWAPPED_BACK, Mapping, Refused
from transforms.steps.date_shapes import DateColumn, Order, Shapes, in_order
from transforms.steps.issues import Issues
from transforms.steps.select import Written
from transforms.values import dates

CODE = "date-swapped-back"
_STAMP = r"^\s*[0-9]{4}[-/.\s][0-9]{1,2}[-/.\s][0-9]{1,2}"
_ENOUGH = 3
"""Distinct stored dates that must lie outside the text's period as stored, to prove the swap."""


def swapped_back(found: Shapes, column: DateColumn, serials: list[str]) -> str | None:
    """Whether the column proves that its stored dates have day and month swapped.

    It does where every stored date has a day up to 12 and every text date is beyond the 12th in
    one and the same order; and all stored dates, swapped back, fall into the months the text dates
    span, while most of them do not as they are stored.

    Args:
        serials: the whole numbers of the column that are stored dates.

    Returns:
        The proof in plain words; None where nothing speaks of a swap.

    Raises:
        Refused: ``date-swapped``, where the column bears the mark of a swap and does not prove it.
    """
    last = found.last
    beyond = (last.first > 12) | (last.second > 12)
    cells = found.stamps + serials
    if not len(last) or not beyond.all() or not cells:
        return None
    stored = _days(cells, (*dict.fromkeys(found.certain), dates.SERIAL))
    if not stored or any(day.day > 12 for day in stored):
        return None
    stamp = min(column.rows[value] for value in cells)
    text = int(last.rows.min())
    if not serials and (order := _order(found)) is not None:
        proof = _proof(found, stored, order)
        if proof is not None:
            return (
                f"day and month swapped back: {len(found.stamps)} distinct dates are stored as "
                f"dates, none after the 12th (row {stamp}), and the text dates are all beyond the "
                f"12th (row {text}); {proof}"
            )
    raise Refused(
        "date-swapped",
        f"some dates are stored as dates, none after the 12th of a month (row {stamp}), and the "
        f"rest are text, none before the 13th (row {text}): the mark of a spreadsheet that swapped "
        "day and month wherever both readings exist. Ask for the file to be made anew from its "
        "source, or declare every way its dates are to be read: date_format: "
        f"{_example(found)} where the stored dates are right as they stand",
    )


def back(written: str) -> str:
    """The format of a stored date, day and month changed about."""
    return written.replace("%m", "%?").replace("%d", "%m").replace("%?", "%d")


def note_swaps(written: Columns[str, Written], mapping: Mapping, rows: Any, issues: Issues) -> None:
    """Note every row whose stored date was read swapped back."""
    for column in mapping.columns:
        if not column.options.get(SWAPPED_BACK):
            continue
        here = written[column.name]
        stamps = pc.match_substring_regex(here.distinct, _STAMP).fill_null(False)
        chosen = np.asarray(here.spread(stamps).fill_null(False), np.bool_)
        issues.add(np.asarray(rows)[chosen], column.name, CODE)


def _order(found: Shapes) -> Order | None:
    """The one order that all text dates prove."""
    last = found.last
    if ((last.first > 12) & (last.second <= 12)).all():
        return "dmy"
    return "mdy" if ((last.second > 12) & (last.first <= 12)).all() else None


def _proof(found: Shapes, stored: list[date], order: Order) -> str | None:
    text = _days(
        found.last.values.to_pylist(),
        tuple(in_order(written, order) for written in found.last_formats),
    )
    swapped = [_swapped(day) for day in stored]
    if not text or len(text) != len(found.last) or None in swapped:
        return None
    first, end = min(text).replace(day=1), max(text)
    end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    outside = {day for day in stored if not first <= day <= end}
    if len(outside) < max(_ENOUGH, len(set(stored)) / 2):
        return None
    if not all(day is not None and first <= day <= end for day in swapped):
        return None
    return (
        f"swapped back all lie in {_span(first, end)} like the text dates, while as stored "
        f"{len(outside)} of {len(set(stored))} do not"
    )


def _span(first: date, end: date) -> str:
    months = f"{first:%Y-%m}", f"{end:%Y-%m}"
    return months[0] if months[0] == months[1] else f"{months[0]} to {months[1]}"


def _swapped(day: date) -> date | None:
    try:
        return day.replace(month=day.day, day=day.month)
    except ValueError:
        return None


def _days(values: list[str], formats: tuple[str, ...]) -> list[date]:
    read = dates.parse(pa.array(values, pa.string()), {"formats": formats})
    return [day for day in read.values.to_pylist() if day is not None]


def _example(found: Shapes) -> str:
    formats = [*dict.fromkeys(found.certain)]
    formats += [in_order(written, _order(found) or "dmy") for written in found.last_formats]
    return "[" + ", ".join(f'"{one}"' for one in formats) + "]"
