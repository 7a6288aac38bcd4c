"""Counts too small to show: they might tell of one person, one firm, one school."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

K = TypeVar("K")

SMALLEST = 5
"""Counts from 1 to one below this are not shown."""


def hidden(counts: Mapping[K, int]) -> dict[K, int | None]:
    """Counts of the parts of one whole, those too small as None.

    Where only one is hidden, the smallest of the others is too: else the whole would tell it.
    """
    small = {name for name, count in counts.items() if 0 < count < SMALLEST}
    others = [name for name, count in counts.items() if count >= SMALLEST]
    if len(small) == 1 and others:
        small.add(min(others, key=lambda name: (counts[name], str(name))))
    return {name: None if name in small else count for name, count in counts.items()}


def total(counts: Iterable[int]) -> int | None:
    """The sum, None where it is too small to show."""
    whole = sum(counts)
    return None if 0 < whole < SMALLEST else whole
