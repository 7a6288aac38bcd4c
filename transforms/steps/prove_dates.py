"""Prove from a whole column how its dates are written; refuse where that cannot be proved."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from contracts.dataset import DateOrder
from transforms.mapping import Refused
from transforms.steps.date_doubts import has_strays, months_proved
from transforms.steps.date_shapes import (
    DateColumn,
    Last,
    Order,
    Shapes,
    in_order,
    shapes,
    year_ahead,
)
from transforms.steps.swapped import back, swapped_back
from transforms.values import dates
from transforms.values.parsed import Flags

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
        in_doubt: where single dates are of the other order: two ISO dates outside which a date is
            in doubt that lies inside with day and month changed about.
        swapped: whether stored dates are read with day and month changed about.
    """

    formats: tuple[str, ...]
    evidence: str
    order: Order | None = None
    plausible: tuple[str, str] | None = None
    in_doubt: tuple[str, str] | None = None
    swapped: bool = False


def prove_dates(
    column: DateColumn,
    default: DateOrder,
    *,
    whose: str = "the contract's order",
    declared_order: DateOrder | None = None,
    order_elsewhere: Order | None = None,
    birth: bool = False,
    required: bool = True,
    spread: DateColumn | None = None,
) -> DateProof:
    """Find the formats of a column.

    The order of day and month is, in this sequence: what the feed declares; what the column proves
    (a part above 12); what another table of the same file proves; the default, unless the column
    speaks against it. Under a declared order, dates of the other one cannot be read.

    Args:
        default: the dataset's order, else that of the organisation's locale.
        whose: which of these it is, for people.
        spread: dates from all parts of the column, to tell the span of plausible ones from, where
            they are too many to be gathered.

    Raises:
        Refused: ``date-order-contradictory``, ``date-order-ambiguous``, ``date-swapped``, or, of a
            required column, ``date-format-unproved``.
    """
    found = shapes(column)
    if declared_order is None and default != "ymd":
        _refuse_year_first(found.last)
    swap = swapped_back(found, column, _serials(found.numbers))
    year_first = (declared_order or default) == "ymd" and len(found.last) > 0
    year_first = year_first and bool(found.last.short.all())
    order, proved, evidence = _order_of(
        found, column, (default, whose), declared_order, order_elsewhere, year_first
    )
    kept = _formats(found, order, bool(swap), year_first, _BIRTH_SERIALS if birth else _SERIALS)
    if required and not kept and column.dated:
        raise Refused(
            "date-format-unproved",
            f"nothing in the column, from row {min(column.rows.values())} on, is a date written in "
            "a way that says day, month and year, or month and year. Declare date_format in the "
            "feed's file",
        )
    if not len(found.last):
        evidence = "formats that leave no doubt" if kept else "no date in the column"
    if swap:
        evidence = f"{evidence}; {swap}"
    plausible = None if birth else _plausible(spread or column, kept)
    doubt = None
    if proved is not None and declared_order is None and not birth and has_strays(found.last):
        doubt = months_proved(found, proved)
    return DateProof(kept, evidence, proved, plausible, doubt, bool(swap))


def _formats(
    found: Shapes, order: Order, swap: bool, year_first: bool, serials: tuple[int, int]
) -> tuple[str, ...]:
    """The formats of a column's dates, those first that leave no doubt.

    Args:
        order: of day and month.
        swap: whether stored dates have day and month changed about.
        year_first: whether the year is the first of three two-digit parts.
        serials: the day numbers that are dates.
    """
    stamps = set(found.certain_stamps)
    formats = [back(one) if swap and one in stamps else one for one in found.certain]
    formats += [
        year_ahead(written) if year_first else in_order(written, order)
        for written in found.last_formats
    ]
    formats += _compact_formats(found, order)
    if _are_serials(found.numbers, serials):
        formats.append(dates.SERIAL)
    return tuple(dict.fromkeys(formats))


def _order_of(
    found: Shapes,
    column: DateColumn,
    default: tuple[DateOrder, str],
    declared: DateOrder | None,
    elsewhere: Order | None,
    year_first: bool,
) -> tuple[Order, Order | None, str]:
    """The order of day and month, the one the column itself proves, and how it is known."""
    if year_first:
        said = "declared by the feed" if declared else default[1]
        return "dmy", None, f"year first, {said}"
    if declared in ("dmy", "mdy"):
        wanted: Order = "dmy" if declared == "dmy" else "mdy"
        return wanted, proved_order(column), "order declared by the feed"
    proved, evidence = _proved_order(found.last)
    if proved is not None:
        return proved, proved, evidence
    if elsewhere is not None:
        return elsewhere, None, "order proved by another table of the file"
    order: Order = "mdy" if default[0] == "mdy" else "dmy"
    return order, None, _default_evidence(found, order, default[1])


def proved_order(column: DateColumn) -> Order | None:
    """The order of day and month that a column itself proves; None where it proves none."""
    try:
        return _proved_order(shapes(column).last)[0]
    except Refused:
        return None


def _proved_order(last: Last) -> tuple[Order | None, str]:
    proofs: dict[Order, Flags] = {
        "dmy": (last.first > 12) & (last.second <= 12),
        "mdy": (last.second > 12) & (last.first <= 12),
    }
    weight = {order: int(last.counts[found].sum()) for order, found in proofs.items()}
    if not any(weight.values()):
        return None, ""
    order: Order = "dmy" if weight["dmy"] >= weight["mdy"] else "mdy"
    other: Order = "mdy" if order == "dmy" else "dmy"
    row = int(last.rows[proofs[order]].min())
    if weight[other] and not are_strays(weight[other], weight[order]):
        against = int(last.rows[proofs[other]].min())
        first, second = (row, against) if order == "dmy" else (against, row)
        raise Refused(
            "date-order-contradictory",
            f"dates are written day first in row {first} and month first in row {second}, so that "
            "the others cannot be told. Write one order throughout, or declare date_order in the "
            "feed's file",
        )
    words = "day first" if order == "dmy" else "month first"
    return order, f"{words}, proved by row {row}"


def are_strays(against: int, proofs: int) -> bool:
    """Whether so few rows speak against an order that it is the column's all the same."""
    return proofs >= _STRAY_OF and against <= _STRAY * proofs


def _refuse_year_first(last: Last) -> None:
    """Two digits three times may be year, month and day: refused where that is fewer months."""
    if not may_be_year_first(last):
        return
    a, b, c = (part[last.short] for part in (last.first, last.second, last.third))
    days = a <= 31
    year_last = set(zip(c[days].tolist(), b[days].tolist(), strict=True))
    year_first = set(zip(a.tolist(), b.tolist(), strict=True))
    if len(year_first) < len(year_last):
        raise Refused(
            "date-order-ambiguous",
            "dates of three two-digit parts make fewer months if the year is their first part "
            "than if it is their last. Declare date_format in the feed's file",
        )


def may_be_year_first(last: Last) -> bool:
    """Whether all dates of three two-digit parts would be dates with the year first too."""
    b, c = last.second[last.short], last.third[last.short]
    return bool(len(b)) and bool(((b >= 1) & (b <= 12) & (c >= 1) & (c <= 31)).all())


def _default_evidence(shapes: Shapes, order: Order, whose: str) -> str:
    """Why the default order stands.

    Raises:
        Refused: ``date-order-ambiguous``, where the other order makes better sense of the column.
    """
    words = "day first" if order == "dmy" else "month first"
    if not len(shapes.last):
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
            return f"{words}, {whose}, which agrees with the column's other dates"
        doubtful = _within(as_other, around[0] - month, around[-1] + month)
    else:
        months, other = ({(d.year, d.month) for d in days} for days in (as_default, as_other))
        doubtful = len(months) > 1 and len(other) == 1
    if doubtful:
        raise Refused(
            "date-order-ambiguous",
            f"no date has a part above 12 that would tell day from month, and read in {whose} "
            "they lie over several months where the other order makes one period of them. Declare "
            "date_order in the feed's file",
        )
    return f"{words}, {whose}; nothing in the column speaks against it"


def _read(shapes: Shapes, order: Order) -> list[date]:
    formats = tuple(in_order(written, order) for written in shapes.last_formats)
    parsed = dates.parse(shapes.last.values, {"formats": formats})
    return [day for day in parsed.values.to_pylist() if day is not None]


def _within(days: list[date], first: date, last: date) -> bool:
    return bool(days) and all(first <= day <= last for day in days)


def _compact_formats(shapes: Shapes, order: Order) -> list[str]:
    """The format of dates of eight digits: no date reads both year first and year last."""
    last = ("%d%m%Y", "%m%d%Y") if order == "dmy" else ("%m%d%Y", "%d%m%Y")
    for one in ("%Y%m%d", *last) if shapes.compact else ():
        read = dates.parse(pa.array(shapes.compact), {"formats": (one,)}).values
        years = [day.year for day in read.to_pylist() if day is not None]
        if len(years) == len(shapes.compact) and all(1900 <= year <= 2100 for year in years):
            return [one]
    return []


def _serials(numbers: list[str]) -> list[str]:
    return [number for number in numbers if _are_serials([number], _SERIALS)]


def _are_serials(numbers: list[str], within: tuple[int, int]) -> bool:
    return bool(numbers) and all(within[0] <= float(number) < within[1] for number in numbers)


def _plausible(column: DateColumn, formats: tuple[str, ...]) -> tuple[str, str] | None:
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
