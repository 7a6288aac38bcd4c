"""Find the header row among a table's first records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from contracts.column import ColumnFacts
from contracts.feed import Feed
from transforms.headers import matches, names_of, normalised

WITHIN = 50
"""The header is looked for among so many first records."""


@dataclass(frozen=True)
class Header:
    """A header row: its 1-based source row, its cells as written, and what they answer to.

    Attributes:
        row: 0 where the form of the file, not the file, names the columns.
        found: contract columns some cell is a header of.
    """

    row: int
    cells: tuple[str, ...]
    found: frozenset[str]


def find_header(
    head: pa.Table,
    rows: Sequence[int],
    columns: Mapping[str, ColumnFacts],
    feed: Feed | None = None,
    declared_row: int | None = None,
    field_names: Sequence[str] | None = None,
) -> Header | None:
    """The row whose cells answer to most contract columns; the first of several alike.

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
    table = head.slice(0, len(rows)).to_pydict()
    for place, row in enumerate(rows):
        if declared_row is not None and row != declared_row:
            continue
        if declared_row is None and row > WITHIN:
            break
        cells = tuple((table[str(i)][place] or "") for i in range(head.num_columns))
        found = frozenset(matches(cells, names))
        if best is None or len(found) > len(best.found):
            best = Header(row, cells, found)
    if best is None or (declared_row is None and len(best.found) < min(2, len(columns))):
        return None
    return best
