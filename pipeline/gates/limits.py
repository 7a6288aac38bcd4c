"""How far a figure may lie from what is usual; docs/gates.md publishes these formulas."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from contracts.gates import Change

HISTORY = 12
"""Accepted deliveries that teach what is usual, the latest."""

LEARNT = 3
"""Accepted deliveries from which on the spread between them is learnt; before, limits are wide."""

SPREADS = 4.0
"""Robust standard deviations a figure may lie from the median; of rows, which have no long tails,
three, so that half as many are told from a month that varies by a fifth."""

MAD_TO_DEVIATION = 1.4826
"""Of a normal distribution the standard deviation is so many median absolute deviations."""

FEWEST = 20
"""Values below which neither sums nor sizes are compared."""


@dataclass(frozen=True)
class Widths:
    """Falls and rises allowed: with few accepted deliveries, at least, and at most; and how many
    robust standard deviations in between."""

    first: tuple[float, float]
    least: tuple[float, float]
    most: tuple[float, float]
    spreads: float = SPREADS


ROWS = Widths(first=(0.5, 2.0), least=(0.3, 0.6), most=(0.8, 4.0), spreads=3.0)
SUM = Widths(first=(0.9, 9.0), least=(0.8, 4.0), most=(0.95, 19.0))
SIZE = Widths(first=(0.8, 4.0), least=(0.67, 2.0), most=(0.8, 4.0))


@dataclass(frozen=True)
class Band:
    """What is usual of a figure and the limits about it; an absolute limit may be lacking."""

    usual: float
    fall: float
    rise: float
    least: float | None = None
    most: float | None = None

    def outside(self, value: float) -> bool:
        """Whether a value lies outside."""
        if self.least is not None and value < self.least:
            return True
        if self.most is not None and value > self.most:
            return True
        if (value > 0) != (self.usual > 0) and self.usual != 0:
            return True
        low, high = self.usual * (1 - self.fall), self.usual * (1 + self.rise)
        return not min(low, high) <= value <= max(low, high)


def band(values: Sequence[float], declared: Change, widths: Widths) -> Band | None:
    """The band of a figure from those of accepted deliveries; None where there is none."""
    if not values:
        absolute = declared.least is not None or declared.most is not None
        return Band(0.0, 1.0, 0.0, declared.least, declared.most) if absolute else None
    usual = float(median(values))
    fall, rise = widths.first
    if len(values) >= LEARNT:
        spread = widths.spreads * deviation([math.log(abs(v)) for v in values if v])
        fall = min(max(widths.least[0], 1 - math.exp(-spread)), widths.most[0])
        rise = min(max(widths.least[1], math.exp(spread) - 1), widths.most[1])
    return Band(
        usual,
        fall if declared.fall is None else declared.fall,
        rise if declared.rise is None else declared.rise,
        declared.least,
        declared.most,
    )


def highest_share(
    values: Sequence[float], declared: float | None, rows: int, *, first: float, least: float
) -> float | None:
    """The highest share that passes: declared, or what is usual and a margin beside it.

    Args:
        values: shares of accepted deliveries.
        rows: of this delivery: of few, a share is off by chance.
        first, least: the margin with few accepted deliveries, and at least.

    Returns:
        None where nothing is declared and nothing is known.
    """
    if declared is not None:
        return declared
    if not values or not rows:
        return None
    margin = first if len(values) < LEARNT else max(least, SPREADS * deviation(values))
    return float(median(values)) + max(margin, 1.5 / math.sqrt(rows))


def deviation(values: Sequence[float]) -> float:
    """A robust standard deviation: the median absolute deviation from the median, scaled."""
    if not values:
        return 0.0
    middle = median(values)
    return MAD_TO_DEVIATION * float(median([abs(value - middle) for value in values]))


def by_chance(usual: float) -> float:
    """By how many rows a count may differ from what is usual by chance alone."""
    return 3 * math.sqrt(max(usual, 1.0))


def in_percent(share: float) -> str:
    """A share in words."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 10 or percent == int(percent) else f"{percent:.1f} %"


def wide(value: float, step: float = 0.05) -> float:
    """A limit that lets a value pass with a little room, as a person would write it."""
    return round(math.ceil(value / step + 0.5) * step, 2)
