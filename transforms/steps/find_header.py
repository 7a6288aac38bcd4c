"""Find the header row among a table's first records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from contracts.column import ColumnFacts
from contracts.feed import Feed
from transforms.headers import (
    matches,
    may_be_near,
    names_of,
    nearest,
    normalised,
    vocabulary_of,
    words,
)

WITHIN = 200
"""The header is looked for among so many first records: among all a table is known by before it is
read whole."""

_LONGEST = 6
"""Words of a header, at most: of longer texts none is looked at for near names."""


@dataclass(frozen=True)
class Header:
    """A header row: its 1-based source row, its cells as written, and what they answer to.

    Attributes:
        row: 0 where the form of the file, not the file, names the columns.
        cells: of a header broken over two rows, the two joined.
        found: contract columns some cell is a header of.
        grouped: where a row above groups the columns, each cell with its group before it.
    """

    row: int
    cells: tuple[str, ...]
    found: frozenset[str]
    grouped: tuple[str, ...] = ()


def find_header(
    head: pa.Table,
    rows: Sequence[int],
    columns: Mapping[str, ColumnFacts],
    feed: Feed | None = None,
    declared_row: int | None = None,
    field_names: Sequence[str] | None = None,
) -> Header | None:
    """The row whose cells answer to most contract columns; the first of several alike.

    A header may be broken over two rows: they are taken together where that answers to more
    columns than either does.

    Args:
        head: the table's first records, columns by position.
        rows: their source rows.
        columns: the contract's columns.
        feed: whose declared headers count as names.
        declared_row: the header's row, where the feed declares it; 0 where there is none.
        field_names: the columns' names, where the form of the file gives them.

    Returns:
        None where no row answers to two columns (to one, if the contract has but one).
    """
    names = names_of(columns)
    for name, rule in (feed.columns if feed else {}).items():
        if rule.header is not None:
            names[name] = [normalised(rule.header)]
    if field_names is not None and (declared_row or 0) == 0:
        return Header(0, tuple(field_names), frozenset(matches(field_names, names)))
    best: Header | None = None
    above: tuple[str, ...] = ()
    for row, cells in _lines(head, rows):
        if declared_row is not None and row > declared_row:
            break
        if declared_row is None or row == declared_row:
            for header in _readings(row, cells, above, names):
                if best is None or len(header.found) > len(best.found):
                    best = header
        above = cells if _are_names(cells) else ()
    if best is None or (declared_row is None and len(best.found) < min(2, len(columns))):
        return None
    return best


def find_near_header(
    head: pa.Table, rows: Sequence[int], columns: Mapping[str, ColumnFacts]
) -> Header | None:
    """The row whose cells are nearly names of most contract columns, of at least two.

    Asked where :func:`find_header` finds none; whether its columns are those of the contract their
    values have to prove.
    """
    known = vocabulary_of(columns)
    names = {name: (*facts.headers, name) for name, facts in columns.items()}
    best: Header | None = None
    seen: dict[str, set[str]] = {}
    for row, cells in _lines(head, rows):
        near: set[str] = set()
        for cell in cells:
            if cell not in seen and 0 < len(words(cell)) <= _LONGEST:
                likely = names if may_be_near(cell, known) else {}
                seen[cell] = {n for n, some in likely.items() if nearest(cell, some, known)}
            near |= seen.get(cell, set())
        if len(near) >= min(2, len(columns)) and (best is None or len(near) > len(best.found)):
            best = Header(row, cells, frozenset(near))
    return best


def _lines(head: pa.Table, rows: Sequence[int]) -> "list[tuple[int, tuple[str, ...]]]":
    table = head.slice(0, len(rows)).to_pydict()
    return [
        (row, tuple((table[str(i)][place] or "") for i in range(head.num_columns)))
        for place, row in enumerate(rows)
    ]


def _readings(
    row: int,
    cells: tuple[str, ...],
    above: tuple[str, ...],
    names: Mapping[str, Sequence[str]],
) -> list[Header]:
    """A row as a header: alone, under a row that groups its columns, and joined to that row.

    Args:
        above: the row above; nothing where that has no names.
    """
    groups = _groups(above, cells)
    made = [Header(row, cells, frozenset(matches((*cells, *groups), names)), groups)]
    if above and len(above) == len(cells):
        joined = tuple(_joined(a, b) for a, b in zip(above, cells, strict=True))
        together = frozenset(matches(joined, names))
        if len(together) > len(matches(above, names)):
            made.append(Header(row, joined, together))
        # A header that stands a row higher, over a blank cell.
        filled = tuple(b if b.strip() else a for a, b in zip(above, cells, strict=True))
        both = frozenset(matches((*filled, *groups), names))
        made.append(Header(row, filled, both, groups))
    return made


def _groups(above: tuple[str, ...], cells: tuple[str, ...]) -> tuple[str, ...]:
    """Each cell with the group it stands under; nothing where the row above groups nothing.

    A group's name stands over its first column. One with a single text is a title.
    """
    several = sum(bool(cell.strip()) for cell in above) > 1
    if not several or len(above) != len(cells):
        return ()
    made, group = [], ""
    for over, cell in zip(above, cells, strict=True):
        group = over if over.strip() else group
        made.append(_joined(group, cell) if cell.strip() else cell)
    return tuple(made)


def _joined(above: str, below: str) -> str:
    return " ".join(part.strip() for part in (above, below) if part.strip())


def _are_names(cells: Sequence[str]) -> bool:
    """Whether all filled cells of a row have letters, and some is filled: a row that has a figure
    is none of names."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(any(c.isalpha() for c in cell) for cell in filled)
