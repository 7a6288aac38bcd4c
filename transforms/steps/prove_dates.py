"""Prove from a whole column how its dates are written; refuse where that cannot be proved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pyarrow as pa

from contracts.dataset import DateOrder
from transforms.mapping import Refused
from transforms.values import dates

Order = Literal["dmy", "mdy"]

_TAIL = r"(?:[T\s]\s*\d{1,2}:\d{2}.*)?"
_TRIPLE = re.compile(rf"(\d{{1,4}})([/.\-\s])(\d{{1,2}})\2(\d{{4}}|\d{{1,2}}){_TAIL}")
_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?([\s/.\-]?)([A-Za-z]{3,9}\.?)([\s/.\-,]*)(\d{4}|\d{2})" + _TAIL
)
_NAME_FIRST = re.compile(
    r"([A-Za-z]{3,9}\.?)\s+(\d{1,2})(?:st|nd|rd|th)?(,?\s+)(\d{4}|\d{2})" + _TAIL
)
_NAMED_MONTH = re.compile(r"([A-Za-z]{3,9}\.?)([\s/.\-']*)(\d{4}|\d{2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})([/.\-])(\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})([/.\-])(\d{1,2})")
_COMPACT = re.compile(r"\d{8}")
_NUMBER = re.compile(r"\d{1,7}(\.\d+)?")
_SERIALS = (29221, 54789)  # 1980 to 2050
_BIRTH_SERIALS = (3654, 54789)  # 1910 to 2050

# An order that so few rows contradict is the column's; those rows cannot be read.
_STRAY = 0.01
_STRAY_OF = 100


@dataclass(frozen=True)
class DateProof:
    """How a column's dates are written.

    Attributes:
        formats: as ``transforms/values/dates`` takes them.
        evidence: how they are known, for people.
        order: the order of day and month that the column itself proves; None where it does not.
        plausible: two ISO dates outside which a date is far from the others.
    """

    formats: tuple[str, ...]
    evidence: str
    order: Order | None = None
    plausible: tuple[str, str] | None = None


@dataclass
class DateColumn:
    """The distinct values of a date column, gathered over all batches.

    Attributes:
        counts: value to number of rows.
        rows: value to its first row.
        words: rows in which a word without digit stands instead of a date, some of them.
    """

    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    words: set[int] = field(default_factory=set)

    @property
    def dated(self) -> bool:
        """Whether some value has a digit, as every date has."""
        return any(any(c.isdigit() for c in value) for value in self.counts)

    def add(self, value: str, count: int, row: int) -> None:
        """Count a written value; a time of day is left off, so that few distinct ones remain."""
        text = " ".join(value.split())
        if ":" in text:
            text = re.sub(r"[T ]\s*\d{1,2}:\d{2}.*$", "T00:00", text)
        if text:
            self.counts[text] = self.counts.get(text, 0) + count
            self.rows.setdefault(text, row)


@dataclass
class _Shapes:
    """What the values look like; each list holds values with their parts."""

    last: list[tuple[str, int, int, str]] = field(default_factory=list)  # a/b/year
    certain: list[str] = field(default_factory=list)  # formats that leave no doubt
    certain_values: list[str] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)  # year first: a real date cell, as text
    compact: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


def prove_dates(
    column: DateColumn,
    default: DateOrder,
    *,
    declared_order: DateOrder | None = None,
    order_elsewhere: Order | None = None,
    birth: bool = False,
    required: bool = True,
) -> DateProof:
    """Find the formats of a column.

    The order of day and month is, in this sequence: what the feed declares; what the column proves
    (a part above 12); what another table of the same file proves; the contract's default, unless
    the column speaks against it.

    Raises:
        Refused: ``date-order-contradictory``, ``date-order-ambiguous``, ``date-swapped``, or, of a
            required column, ``date-format-unproved``.
    """
    shapes = _shapes(column)
    if declared_order is None:
        _refuse_year_first(shapes)
    proved, evidence = _proved_order(shapes, column)
    if declared_order in ("dmy", "mdy"):
        order: Order = "dmy" if declared_order == "dmy" else "mdy"
        evidence = "order declared by the feed"
    else:
        _refuse_swapped(shapes, column)
        if proved is not None:
            order = proved
        elif order_elsewhere is not None:
            order, evidence = order_elsewhere, "order proved by another table of the file"
        else:
            order = "mdy" if default == "mdy" else "dmy"
            evidence = _default_evidence(shapes, order)
    formats = list(dict.fromkeys(shapes.certain))
    formats += [_last_format(value, order) for value, *_ in shapes.last]
    formats += _compact_formats(shapes, order)
    if _are_serials(shapes.numbers, _BIRTH_SERIALS if birth else _SERIALS):
        formats.append(dates.SERIAL)
    kept = tuple(dict.fromkeys(formats))
    if required and not kept and column.dated:
        raise Refused(
            "date-format-unproved",
            f"nothing in the column, from row {min(column.rows.values())} on, is a date written in "
            "a way that says day, month and year, or month and year. Declare date_format in the "
            "feed's file",
        )
    if not shapes.last:
        evidence = "formats that leave no doubt" if kept else "no date in the column"
    return DateProof(kept, evidence, proved, None if birth else _plausible(column, kept))


def proved_order(column: DateColumn) -> Order | None:
    """The order of day and month that a column itself proves; None where it proves none."""
    try:
        return _proved_order(_shapes(column), column)[0]
    except Refused:
        return None


def _shapes(column: DateColumn) -> _Shapes:
    shapes = _Shapes()
    for value in column.counts:
        if match := _TRIPLE.fullmatch(value):
            first, mark, second, third = match.groups()
            if len(first) == 4:
                shapes.certain.append(f"%Y{mark}%m{mark}%d")
                shapes.stamps.append(value)
            elif len(first) <= 2 and len(third) in (2, 4):
                shapes.last.append((value, int(first), int(second), third))
        elif (match := _NAMED.fullmatch(value)) and _is_month(match[3]):
            _certain(shapes, value, f"%d{match[2]}%b{match[4]}{_year(match[5])}")
        elif (match := _NAME_FIRST.fullmatch(value)) and _is_month(match[1]):
            _certain(shapes, value, f"%b %d{match[3]}{_year(match[4])}")
        elif (match := _NAMED_MONTH.fullmatch(value)) and _is_month(match[1]):
            _certain(shapes, value, f"%b{match[2]}{_year(match[3])}")
        elif match := _MONTH_YEAR.fullmatch(value):
            _certain(shapes, value, f"%m{match[2]}%Y")
        elif match := _YEAR_MONTH.fullmatch(value):
            _certain(shapes, value, f"%Y{match[2]}%m")
        elif _COMPACT.fullmatch(value):
            shapes.compact.append(value)
        elif _NUMBER.fullmatch(value):
            shapes.numbers.append(value)
    return shapes


def _certain(shapes: _Shapes, value: str, written: str) -> None:
    shapes.certain.append(written)
    shapes.certain_values.append(value)


def _is_month(word: str) -> bool:
    return word.rstrip(".").casefold() in dates.MONTHS


def _year(text: str) -> str:
    return "%Y" if len(text) == 4 else "%y"


def _last_format(value: str, order: Order) -> str:
    match = _TRIPLE.fullmatch(value)
    assert match is not None, "only values of this shape come here"
    mark, year = match[2], _year(match[4])
    return f"%d{mark}%m{mark}{year}" if order == "dmy" else f"%m{mark}%d{mark}{year}"


def _proved_order(shapes: _Shapes, column: DateColumn) -> tuple[Order | None, str]:
    proofs: dict[Order, list[str]] = {
        "dmy": [v for v, first, second, _ in shapes.last if first > 12 >= second],
        "mdy": [v for v, first, second, _ in shapes.last if second > 12 >= first],
    }
    weight = {order: sum(column.counts[v] for v in found) for order, found in proofs.items()}
    if not any(weight.values()):
        return None, ""
    order: Order = "dmy" if weight["dmy"] >= weight["mdy"] else "mdy"
    other: Order = "mdy" if order == "dmy" else "dmy"
    row = min(column.rows[v] for v in proofs[order])
    if weight[other] and not (
        weight[order] >= _STRAY_OF and weight[other] <= _STRAY * weight[order]
    ):
        against = min(column.rows[v] for v in proofs[other])
        first, second = (row, against) if order == "dmy" else (against, row)
        raise Refused(
            "date-order-contradictory",
            f"dates are written day first in row {first} and month first in row {second}, so that "
            "the others cannot be told. Write one order throughout, or declare date_order in the "
            "feed's file",
        )
    words = "day first" if order == "dmy" else "month first"
    return order, f"{words}, proved by row {row}"


def _refuse_year_first(shapes: _Shapes) -> None:
    """Two digits three times may be year, month and day: refused where that is fewer months."""
    short = [(a, b, int(c)) for _, a, b, c in shapes.last if len(c) == 2]
    if not short or not all(1 <= b <= 12 and 1 <= c <= 31 for _, b, c in short):
        return
    last = {(c, b) for a, b, c in short if a <= 31}
    first = {(a, b) for a, b, _ in short}
    if len(first) < len(last):
        raise Refused(
            "date-order-ambiguous",
            "dates of three two-digit parts make fewer months if the year is their first part "
            "than if it is their last. Declare date_format in the feed's file",
        )


def _refuse_swapped(shapes: _Shapes, column: DateColumn) -> None:
    """A spreadsheet that reads one order and is given the other swaps day and month where it can
    (day up to 12) and leaves the rest as text."""
    text_beyond = [v for v, first, second, _ in shapes.last if max(first, second) > 12]
    cells = shapes.stamps + [v for v in shapes.numbers if _are_serials([v], _SERIALS)]
    if not text_beyond or len(text_beyond) < len(shapes.last) or not cells:
        return
    parsed = dates.parse(
        pa.array(cells), {"formats": (*dict.fromkeys(shapes.certain), dates.SERIAL)}
    )
    found = [day for day in parsed.values.to_pylist() if day is not None]
    if found and all(day.day <= 12 for day in found):
        stamp = min(column.rows[v] for v in cells)
        text = min(column.rows[v] for v in text_beyond)
        raise Refused(
            "date-swapped",
            f"some dates are stored as dates, none after the 12th of a month (row {stamp}), and "
            f"the rest are text, none before the 13th (row {text}): the mark of a spreadsheet that "
            "swapped day and month wherever both readings exist. Ask for the file to be made "
            "anew from its source, or declare date_order in the feed's file",
        )


def _default_evidence(shapes: _Shapes, order: Order) -> str:
    """Why the default order stands.

    Raises:
        Refused: ``date-order-ambiguous``, where the other order makes better sense of the column.
    """
    words = "day first" if order == "dmy" else "month first"
    if not shapes.last:
        return ""
    as_default = _read(shapes, order)
    as_other = _read(shapes, "mdy" if order == "dmy" else "dmy")
    sure = dates.parse(
        pa.array(shapes.certain_values + shapes.stamps, pa.string()),
        {"formats": tuple(dict.fromkeys(shapes.certain))},
    ).values.to_pylist()
    around = sorted(day for day in sure if day is not None)
    if around:
        month = timedelta(days=31)
        if _within(as_default, around[0] - month, around[-1] + month):
            return f"{words}, the contract's order, which agrees with the column's other dates"
        doubtful = _within(as_other, around[0] - month, around[-1] + month)
    else:
        months, other = ({(d.year, d.month) for d in days} for days in (as_default, as_other))
        doubtful = len(months) > 1 and len(other) == 1
    if doubtful:
        raise Refused(
            "date-order-ambiguous",
            "no date has a part above 12 that would tell day from month, and read in the "
            "contract's order they lie over several months where the other order makes one "
            "period of them. Declare date_order in the feed's file",
        )
    return f"{words}, the contract's order; nothing in the column speaks against it"


def _read(shapes: _Shapes, order: Order) -> list[date]:
    formats = tuple(dict.fromkeys(_last_format(value, order) for value, *_ in shapes.last))
    parsed = dates.parse(pa.array([value for value, *_ in shapes.last]), {"formats": formats})
    return [day for day in parsed.values.to_pylist() if day is not None]


def _within(days: list[date], first: date, last: date) -> bool:
    return bool(days) and all(first <= day <= last for day in days)


def _compact_formats(shapes: _Shapes, order: Order) -> list[str]:
    """The format of dates of eight digits: no date reads both year first and year last."""
    last = ("%d%m%Y", "%m%d%Y") if order == "dmy" else ("%m%d%Y", "%d%m%Y")
    for one in ("%Y%m%d", *last) if shapes.compact else ():
        read = dates.parse(pa.array(shapes.compact), {"formats": (one,)}).values
        years = [day.year for day in read.to_pylist() if day is not None]
        if len(years) == len(shapes.compact) and all(1900 <= year <= 2100 for year in years):
            return [one]
    return []


def _are_serials(numbers: list[str], within: tuple[int, int]) -> bool:
    return bool(numbers) and all(within[0] <= float(number) < within[1] for number in numbers)


def _plausible(
    column: DateColumn, formats: Mapping[int, str] | tuple[str, ...]
) -> tuple[str, str] | None:
    """The span outside which a date is far from the others.

    Three hundred days from the middle half of the rows, or three times its width: a year mistyped
    falls outside, a late invoice does not.
    """
    values = list(column.counts)
    read = dates.parse(pa.array(values, pa.string()), {"formats": tuple(formats)}).values
    days = read.cast(pa.int32()).to_numpy(zero_copy_only=False)
    counts = np.array([column.counts[value] for value in values])
    told = ~np.isnan(days.astype(float))
    if not told.any():
        return None
    order = np.argsort(days[told], kind="stable")
    sorted_days = days[told].astype(np.int64)[order]
    share = np.cumsum(counts[told][order]) / counts[told].sum()
    low = int(sorted_days[np.searchsorted(share, 0.25)])
    high = int(sorted_days[min(np.searchsorted(share, 0.75), len(sorted_days) - 1)])
    margin = max(300, 3 * (high - low))
    first, last = (dates.EPOCH + timedelta(days=day) for day in (low - margin, high + margin))
    return first.isoformat(), last.isoformat()
