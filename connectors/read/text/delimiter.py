"""Proves what parts the cells of delimited text, from the records at its head."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.errors import Unreadable
from connectors.read.text.dialect import Dialect

CANDIDATES = (",", ";", "\t", "|")
COMPOUNDS = ("||", "~|~", "^|^", "|~|", "|^|", "#|#", "@|@", ";;", "::", "~^~")
"""Delimiters of several characters that programs write; looked at only where they occur."""
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_CLOSE = 0.02
_HALF = 0.5

Heads = Callable[[str], Sequence[str]]
"""The first records as a delimiter cuts them."""


@dataclass(frozen=True)
class _Reading:
    """How the head reads with one delimiter.

    Attributes:
        delimiter: the delimiter.
        share: share of the non-blank records that have the commonest number of cells above one,
            or one less or more (suppliers leave out the last cell).
        cells: that number.
        even: whether every non-blank record has that number.
    """

    delimiter: str
    share: float
    cells: int
    even: bool


def prove_delimiter(heads: Heads, file: str, quote: str = '"') -> str:
    """The delimiter under which the records of the head have most consistently the same length.

    Where several do about as well, the one that parts every record alike, header and all, goes
    before those that do not; then the one that parts into most cells. A delimiter that stands
    nowhere but inside a longer one (``|`` in ``~|~``) is a part of that.

    A file in which no candidate ever occurs has one column, and a comma will do.

    Args:
        quote: the mark round cells.

    Raises:
        Unreadable: ``delimiter-undecided``, where two serve equally well.
    """
    cut = {mark: heads(mark) for mark in CANDIDATES}
    cut |= {mark: heads(mark) for mark in COMPOUNDS if _occurs(mark, cut[","])}
    readings = [r for r in (_read(head, d, quote) for d, head in cut.items()) if r.cells > 1]
    readings = _whole(readings, cut, quote)
    if not readings:
        return ","
    best = max(readings, key=lambda r: (r.share, r.cells))
    close = [one for one in readings if best.share - one.share < _CLOSE]
    close = [one for one in close if one.even] or close
    cells = max(one.cells for one in close)
    first, *others = [one.delimiter for one in close if one.cells == cells]
    if others:
        raise Unreadable(
            "delimiter-undecided",
            f"{file}: {_named(first)} and {_named(others[0])} both part the records evenly. "
            "Declare the delimiter in the feed's file section.",
        )
    return first


def _named(delimiter: str) -> str:
    return _NAMES.get(delimiter, repr(delimiter))


def _occurs(mark: str, records: Sequence[str]) -> bool:
    return any(mark in record for record in records)


def _read(records: Sequence[str], delimiter: str, quote: str) -> _Reading:
    counts: Counter[int] = Counter()
    for record in records:
        cells = Dialect(delimiter, quote).cells(record)
        if any(cell.strip() for cell in cells):
            counts[len(cells)] += 1
    several = {cells: number for cells, number in counts.items() if cells > 1}
    if not several:
        return _Reading(delimiter, 0.0, 1, even=False)
    commonest = max(several, key=lambda cells: (several[cells], cells))
    near = sum(n for cells, n in several.items() if abs(cells - commonest) <= 1)
    return _Reading(delimiter, near / counts.total(), commonest, even=len(counts) == 1)


def _whole(
    readings: Sequence[_Reading], cut: dict[str, Sequence[str]], quote: str
) -> list[_Reading]:
    """Without delimiters that are but parts of a longer one, and without longer ones that are no
    delimiter: marks round every cell, or an odd few characters in the text of a few records."""
    kept = [one for one in readings if not _only_wraps(one.delimiter, cut[one.delimiter])]
    parts = {
        short.delimiter
        for short in kept
        for long in kept
        if _is_part(short.delimiter, long.delimiter, cut[long.delimiter], quote)
    }
    return [
        one
        for one in kept
        if one.delimiter not in parts
        and (one.delimiter in CANDIDATES or _inside(one.delimiter) or one.share >= _HALF)
    ]


def _is_part(short: str, long: str, records: Sequence[str], quote: str) -> bool:
    """Whether one delimiter stands nowhere but inside a longer one, and in cells with marks round
    them."""
    if short == long or short not in long:
        return False
    if quote:
        mark, between = re.escape(quote), re.escape(long)
        marked = re.compile(
            rf"(?:^|(?<={between})){mark}(?:{mark}{mark}|(?!{mark}).)*{mark}(?={between}|$)", re.S
        )
        records = [marked.sub("", record) if quote in record else record for record in records]
    return not any(short in piece for record in records for piece in record.split(long))


def _inside(long: str) -> str:
    """The simple delimiter within a longer one; empty where there is none."""
    return next((short for short in CANDIDATES if short in long), "")


def _only_wraps(long: str, records: Sequence[str]) -> bool:
    """Whether what stands on both sides of the delimiter is round whole records too: then it is a
    mark round cells (``~a~|~b~``)."""
    before, _, after = long.partition(_inside(long) or long)
    if not before or before != after:
        return False
    filled = [record for record in records if record.strip()]
    return all(one.startswith(after) and one.endswith(before) for one in filled)
