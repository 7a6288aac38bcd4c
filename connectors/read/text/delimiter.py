"""Proves what parts the cells of delimited text, from the records at its head."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import Unreadable
from connectors.read.text.dialect import Dialect

CANDIDATES = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


@dataclass(frozen=True)
class _Reading:
    """How the head reads with one delimiter.

    Attributes:
        delimiter: the delimiter.
        share: share of the non-blank records that have the commonest number of cells above one,
            or one less or more (suppliers leave out the last cell).
        cells: that number.
    """

    delimiter: str
    share: float
    cells: int


def prove_delimiter(heads: Mapping[str, Sequence[str]], file: str, quote: str = '"') -> str:
    """The delimiter under which the records of the head have most consistently the same length.

    ``heads`` are the first records as each candidate cuts them, ``quote`` the mark round cells. A
    file in which no candidate ever occurs has one column, and a comma will do.

    Raises:
        Unreadable: ``delimiter-undecided``, where two serve equally well.
    """
    readings = [r for r in (_read(head, d, quote) for d, head in heads.items()) if r.cells > 1]
    if not readings:
        return ","
    best = max(readings, key=lambda r: (r.share, r.cells))
    for other in readings:
        if other is not best and abs(other.share - best.share) < 0.02:
            if other.cells == best.cells:
                raise Unreadable(
                    "delimiter-undecided",
                    f"{file}: {_NAMES[best.delimiter]} and {_NAMES[other.delimiter]} both part the "
                    "records evenly. Declare the delimiter in the feed's file section.",
                )
            best = max(best, other, key=lambda r: r.cells)
    return best.delimiter


def _read(records: Sequence[str], delimiter: str, quote: str) -> _Reading:
    counts: Counter[int] = Counter()
    for record in records:
        cells = Dialect(delimiter, quote).cells(record)
        if any(cell.strip() for cell in cells):
            counts[len(cells)] += 1
    several = {cells: number for cells, number in counts.items() if cells > 1}
    if not several:
        return _Reading(delimiter, 0.0, 1)
    commonest = max(several, key=lambda cells: (several[cells], cells))
    near = sum(n for cells, n in several.items() if abs(cells - commonest) <= 1)
    return _Reading(delimiter, near / counts.total(), commonest)
