"""Cells of workbooks, as calamine gives them, as the text a person would write."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

TextArray: TypeAlias = "pa.Array[Any]"
Numbers = npt.NDArray[Any]

EXACT = 1e15
"""Whole numbers below have at most 15 digits, which a workbook keeps exactly."""

_NUMBERS = {float, int}
_NONE: Numbers = np.empty(0)
_PLAIN = (1e-4, 1e10)
# Between these, Arrow and Python write a number alike: its shortest digits, without an exponent.


def texts_only(cells: list[Any]) -> "TextArray | None":
    """A column of cells, where all are texts; None where some are not, which is soon found out."""
    try:
        return pa.array(cells, pa.string())
    except pa.ArrowTypeError:
        return None


def numbers_of(cells: list[Any], kinds: set[type]) -> Numbers:
    """Those cells that are numbers.

    Args:
        kinds: the types of the cells.
    """
    if kinds.isdisjoint(_NUMBERS):
        return _NONE
    return np.array(cells if kinds <= _NUMBERS else [c for c in cells if c.__class__ in _NUMBERS])


def text_of(cells: list[Any], kinds: set[type], numbers: Numbers) -> TextArray:
    """A column of cells, as calamine gives them, as text; in bulk where all cells, but for texts,
    are of one kind.

    Args:
        kinds: the types of the cells.
        numbers: those cells that are numbers.
    """
    others = kinds - {str}
    # Longer whole numbers are exact only as long as they are none with a fraction.
    if others <= _NUMBERS and (int not in others or (np.abs(numbers) < EXACT).all()):
        bulk: TextArray = _numbers(numbers)
    elif others == {date}:
        days = cells if kinds == others else [cell for cell in cells if cell.__class__ is date]
        bulk = pa.array(days, pa.date32()).cast(pa.string())
    else:
        return pa.array([_TEXT[type(cell)](cell) for cell in cells], pa.string())
    if kinds == others:
        return bulk
    texts = iter(bulk.to_pylist())
    return pa.array([c if c.__class__ is str else next(texts) for c in cells], pa.string())


def _numbers(values: Numbers) -> TextArray:
    """Numbers as text, as :func:`_number` has them."""
    sizes = np.abs(values)
    if ((sizes < EXACT) & (values == np.floor(values))).all():
        return pa.array(values.astype(np.int64)).cast(pa.string())
    if ((sizes < _PLAIN[1]) & ((sizes >= _PLAIN[0]) | (sizes == 0))).all():
        # Adding nought takes the sign from a nought that has one.
        return pa.array(values + 0.0).cast(pa.string())
    return pa.array([_number(value) for value in values.tolist()], pa.string())


def _number(value: float) -> str:
    """A number as a person would write it: no ``.0``, no exponent for whole numbers."""
    if value.is_integer():
        return str(int(value)) if abs(value) < EXACT else f"{Decimal(repr(value)):f}".split(".")[0]
    return repr(value)


def _moment(value: datetime) -> str:
    if value.time() == time(0):
        return value.date().isoformat()
    return value.isoformat()


def _duration(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    milliseconds = round(abs(value) / timedelta(milliseconds=1))
    seconds, below = divmod(milliseconds, 1000)
    hours, rest = divmod(seconds, 3600)
    fraction = f".{below:03d}" if below else ""
    return f"{sign}{hours}:{rest // 60:02d}:{rest % 60:02d}{fraction}"


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    timedelta: _duration,
}
