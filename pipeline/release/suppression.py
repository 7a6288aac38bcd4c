"""Which cells of a table of counts must not be shown, so that no small count can be worked out.

A *cell* is a place in the cube of a table: one value for each grouping, or :data:`ALL`, which
stands for the total over it. All totals are taken for known, published or not, since somebody else
may publish them.

- *Primary*: the count is below the smallest that may be shown. A count of nothing is no cell:
  that a group has no rows is not hidden.
- *Secondary*: hidden so that a primary one cannot be worked out from the others of its line and
  their total. In every line (the cells along one grouping, with their total) there are none hidden
  or at least two, which together hold at least as many as the smallest.
- That is not enough where lines cross, so the equations of all lines are solved for the cells
  hidden; as long as one of them has but one solution, more are hidden.

No cell of nothing is ever hidden, so every hidden value may be a little more or less than it is
without another falling below nothing: what the equations leave open stays open though counts are
known not to be negative.

Source: Hundepool and others, Statistical Disclosure Control (2012), chapter 4; the rule here hides
the smallest neighbour, not the best set, so it may hide more than it must.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Cell = tuple[Hashable, ...]
ALL: Final = "\x00all"
"""In a cell's place: the total over that grouping."""

MOST_CELLS = 20_000
"""Cells, with totals, that are worked on; the equations of more take too long."""

PRIME = 2_147_483_647
"""Equations are solved modulo a prime: exact, and fast. Their factors are 1 and -1."""

Equation = dict[Cell, int]


class TooManyCells(Exception):
    """A table is too large to be made safe; the message says what to do."""


@dataclass(frozen=True)
class Hidden:
    """The cells that must not be shown."""

    primary: frozenset[Cell]
    secondary: frozenset[Cell]

    @property
    def cells(self) -> frozenset[Cell]:
        """Both."""
        return self.primary | self.secondary


def cube(counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """Counts with the totals over every grouping and set of groupings.

    Args:
        counts: of the groups themselves, all cells of the same length.
    """
    found: dict[Cell, int] = {}
    for cell, count in counts.items():
        for totalled in _totals(cell):
            found[totalled] = found.get(totalled, 0) + count
    return found


def suppressed(counts: Mapping[Cell, int], smallest: int) -> Hidden:
    """The cells to hide of a cube.

    Args:
        counts: with totals (:func:`cube`), each at least 1.
        smallest: the smallest count that may be shown.

    Raises:
        TooManyCells: there are more than 20,000.
    """
    if len(counts) > MOST_CELLS:
        raise TooManyCells(
            f"there are {len(counts):,} groups with their totals, too many to be made safe "
            f"(at most {MOST_CELLS:,}): group by fewer or coarser columns"
        )
    primary = frozenset(cell for cell, count in counts.items() if 0 < count < smallest)
    lines = _lines(counts)
    through: dict[Cell, list[int]] = {}
    for number, line in enumerate(lines):
        for cell in line:
            through.setdefault(cell, []).append(number)
    hidden = set(primary)
    waiting = {number for cell in hidden for number in through[cell]}
    while True:
        while waiting:
            number = min(waiting)
            waiting.discard(number)
            added = _one_more(lines[number], counts, hidden, smallest)
            if added is not None:
                hidden.add(added)
                waiting.update(through[added])
        for cell in sorted(determined(lines, hidden), key=repr):
            added = _nearest(cell, lines, through, counts, hidden)
            if added is not None:
                hidden.add(added)
                waiting.update(through[added])
        if not waiting:
            return Hidden(primary, frozenset(hidden - primary))


def determined(lines: Iterable[Iterable[Cell]], hidden: Iterable[Cell]) -> set[Cell]:
    """The hidden cells that the equations of the lines have but one solution for."""
    unknown = set(hidden)
    reduced: dict[Cell, Equation] = {}
    equations = (_equation(line, unknown) for line in lines)
    for equation in sorted((one for one in equations if one), key=len):
        left = _less(equation, reduced)
        if left:
            pivot = min(left, key=repr)
            inverse = pow(left[pivot], -1, PRIME)
            own = {cell: factor * inverse % PRIME for cell, factor in left.items()}
            for other, standing in list(reduced.items()):
                if pivot in standing:
                    reduced[other] = _minus(standing, own, standing[pivot])
            reduced[pivot] = own
    return {pivot for pivot, equation in reduced.items() if len(equation) == 1}


def _totals(cell: Cell) -> Iterator[Cell]:
    for number in range(1 << len(cell)):
        yield tuple(ALL if number >> at & 1 else value for at, value in enumerate(cell))


def _lines(counts: Mapping[Cell, int]) -> list[tuple[Cell, ...]]:
    """Every line: the cells along one grouping, their total last."""
    found: dict[tuple[int, Cell], list[Cell]] = {}
    for cell in sorted(counts, key=repr):
        for at, value in enumerate(cell):
            if value is not ALL:
                total = (*cell[:at], ALL, *cell[at + 1 :])
                found.setdefault((at, total), []).append(cell)
    return [(*cells, total) for (_, total), cells in found.items()]


def _one_more(
    line: tuple[Cell, ...], counts: Mapping[Cell, int], hidden: set[Cell], smallest: int
) -> Cell | None:
    """The cell of a line to hide as well; None where what is hidden in it is safe."""
    out = [cell for cell in line if cell in hidden]
    if not out:
        return None
    total = line[-1]
    together = sum(counts[cell] for cell in out)
    if len(out) > 1 and (total in hidden or together >= smallest):
        return None
    shown = [cell for cell in line if cell not in hidden and counts[cell]]
    return min(shown, key=lambda cell: _order(cell, counts)) if shown else None


def _nearest(
    cell: Cell,
    lines: Sequence[tuple[Cell, ...]],
    through: Mapping[Cell, Sequence[int]],
    counts: Mapping[Cell, int],
    hidden: set[Cell],
) -> Cell | None:
    """The cell to hide as well where another follows from the rest: of its own lines, else of those
    that cross them at hidden cells, and so on; None where nothing more is shown."""
    met, edge = {cell}, [cell]
    while edge:
        beside = {one for near in edge for number in through[near] for one in lines[number]} - met
        shown = [one for one in beside if one not in hidden and counts[one]]
        if shown:
            return min(shown, key=lambda one: _order(one, counts))
        met |= beside
        edge = [one for one in beside if one in hidden]
    return None


def _order(cell: Cell, counts: Mapping[Cell, int]) -> tuple[int, int, str]:
    """What is hidden first: groups before totals, small before large."""
    return (sum(1 for value in cell if value is ALL), counts[cell], repr(cell))


def _equation(line: Iterable[Cell], unknown: set[Cell]) -> Equation:
    *cells, total = line
    found = {cell: 1 for cell in cells if cell in unknown}
    if total in unknown:
        found[total] = PRIME - 1
    return found


def _less(equation: Equation, reduced: Mapping[Cell, Equation]) -> Equation:
    """What is left of an equation when those before are taken from it."""
    for pivot in [cell for cell in equation if cell in reduced]:
        if pivot in equation:
            equation = _minus(equation, reduced[pivot], equation[pivot])
    return equation


def _minus(equation: Equation, other: Equation, times: int) -> Equation:
    left = dict(equation)
    for cell, factor in other.items():
        value = (left.get(cell, 0) - factor * times) % PRIME
        if value:
            left[cell] = value
        else:
            left.pop(cell, None)
    return left
