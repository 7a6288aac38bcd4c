"""Find and map one table of a delivery, and the tables that stand below it in the same place."""

import re
from collections.abc import Sequence

import numpy as np

from connectors.read.batch import Batch
from connectors.read.table import SourceTable
from contracts.column import ColumnFacts
from contracts.dataset import dataset_facts
from contracts.file_forms import Delimited, Workbook
from contracts.kinds import Date, Money
from contracts.model import columns_of
from pipeline.surveyed import Surveyed, Terms, place_of, values_below
from transforms.headers import cell_at, matches, names_of, normalised
from transforms.mapping import Mapping, Proposal, Refused
from transforms.steps.find_header import WITHIN, Header, find_header, find_near_header
from transforms.steps.map_columns import map_columns
from transforms.steps.survey import holding
from transforms.values.parsed import Texts

_DATE_LIKE = re.compile(
    r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\b|\d{1,2}[\s\-][A-Za-z]{3}|[A-Za-z]{3}-\d\d"
)
_SUM_LIKE = re.compile(r"[\s£(\-]*\d[\d,]*(\.\d+)?[\s)\-]*")
_LIKE_A_TABLE = 3
_OTHER_UNIT = re.compile(
    r"£\s?['’]?000s?\b|£\s?[km]\b|\bin (thousands|millions|pence|euros?|dollars)\b"
    r"|\b(thousands|millions) of pounds\b",
    re.IGNORECASE,
)


def mapped(table: SourceTable, terms: Terms) -> Surveyed:
    """A table with the mapping of its columns; without one where it is not of the dataset.

    Raises:
        Refused: it looks like a table of the dataset and cannot be mapped.
    """
    form = terms.feed.file if terms.feed else None
    declared = form.header_row if isinstance(form, Delimited | Workbook) else None
    head = table.head(max(WITHIN, declared or 0))
    contract = columns_of(terms.dataset)
    row = declared if declared is not None else table.header_row
    header = find_header(
        head.table, head.rows.tolist(), contract, terms.feed, row, table.field_names
    )
    required = {name for name, facts in terms.columns.items() if not facts.optional}
    rules = terms.feed.columns if terms.feed else {}
    required -= {name for name, rule in rules.items() if rule.constant is not None}
    least = min(2, len(required))
    if header is not None and len(header.found & required) >= least:
        try:
            return _with_mapping(table, head, header, terms)
        except Refused as refused:
            if refused.code != "column-missing" or not _undated(head, terms, refused):
                raise
            return Surveyed(table, None, "a summary: nothing in it is a date", refused=refused)
    lines = len(_record_rows(head, terms.columns, required))
    near = find_near_header(head.table, head.rows.tolist(), contract)
    if near is not None and row in (None, near.row) and len(near.found & required) >= least:
        try:
            return _with_mapping(table, head, near, terms)
        except Refused as refused:
            if lines >= _LIKE_A_TABLE:
                raise
            return Surveyed(table, None, "no header of the dataset", refused=refused)
    if lines < _LIKE_A_TABLE:
        return Surveyed(table, None, "blank" if _blank(head) else "no header of the dataset")
    if header is None or not header.found & required:
        raise _not_found(table, head, terms, required, lines)
    return _with_mapping(table, head, header, terms)


def next_header(one: Surveyed, terms: Terms, words: set[int]) -> Header | None:
    """The first of some rows that bears the required headers elsewhere than the mapping does."""
    mapping = one.mapping
    assert mapping is not None, "only mapped tables are looked at"
    facts = columns_of(terms.dataset)
    required = {name for name in facts if not facts[name].optional and mapping.column(name)}
    above = {c.position: normalised(c.header) for c in mapping.columns if c.position is not None}
    for batch in one.table.batches(seed=terms.seed, header_row=mapping.header_row or None):
        chosen = np.flatnonzero(np.isin(batch.rows, sorted(words)))
        for place in chosen:
            row = int(batch.rows[place])
            cells = tuple((c[int(place)].as_py() or "") for c in batch.table.columns)
            if not required <= matches(cells, names_of(facts)):
                continue
            written = [normalised(cell) for cell in cells]
            if any(p >= len(written) or written[p] != name for p, name in above.items()):
                return Header(row, cells, frozenset())
    return None


def mapping_of(table: SourceTable, header: Header, terms: Terms) -> Mapping:
    """The mapping of a table under a header.

    Raises:
        Refused: ``column-missing``, ``header-ambiguous`` or ``tables-side-by-side``.
    """

    whole: dict[int, Texts] = {}

    def filled(positions: Sequence[int]) -> list[int]:
        return holding({p: [v] for p, v in below(positions).items()})

    def below(positions: Sequence[int]) -> dict[int, Texts]:
        fresh = [position for position in positions if position not in whole]
        if fresh:
            whole.update(values_below(table, fresh, header.row, terms.seed))
        return {position: whole[position] for position in positions}

    try:
        _refuse_side_by_side(header, terms)
        return map_columns(
            header,
            terms.columns,
            filled,
            terms.feed,
            terms.outside,
            columns_of(terms.dataset),
            below=below,
            schemes=terms.schemes,
            pinned=terms.pinned,
        )
    except Refused as refused:
        raise refused.at(place_of(table)) from None


def _with_mapping(table: SourceTable, head: Batch, header: Header, terms: Terms) -> Surveyed:
    mapping = mapping_of(table, header, terms)
    _refuse_other_units(table, head, mapping, terms)
    return Surveyed(table, mapping, None, _before(head, header.row))


def _refuse_other_units(table: SourceTable, head: Batch, mapping: Mapping, terms: Terms) -> None:
    """Refuse sums that a title says are not in pounds, unless the feed declares their unit."""
    rules = terms.feed.columns if terms.feed else {}
    unsaid = [
        column.name
        for column in mapping.columns
        if issubclass(terms.columns[column.name].kind, Money)
        and (column.name not in rules or rules[column.name].unit is None)
    ]
    for place in np.flatnonzero(head.rows < mapping.header_row) if unsaid else ():
        texts = (column[int(place)].as_py() or "" for column in head.table.columns)
        if any(_OTHER_UNIT.search(text) for text in texts):
            raise Refused(
                "unit-unclear",
                f"{place_of(table)}: row {int(head.rows[place])}, above the header, speaks of sums "
                f"in another unit than pounds. Declare the unit of {unsaid[0]} in the feed's file: "
                f"columns: {{{unsaid[0]}: {{unit: pence}}}}, or unit: pounds if they are in pounds "
                "all the same; sums in thousands are not read, ask for them in pounds",
            )


def _refuse_side_by_side(header: Header, terms: Terms) -> None:
    """Refuse a header that stands twice in one row: its rows would be two records each."""
    written = [normalised(cell) for cell in header.cells]
    places = [place for place, cell in enumerate(written) if cell]
    names = [written[place] for place in places]
    half = len(names) // 2
    if half < 2 or len(names) % 2 or names[:half] != names[half:]:
        return
    if len(matches(header.cells, names_of(terms.columns))) < 2:
        return
    first, second = (cell_at(places[at], header.row) for at in (0, half))
    raise Refused(
        "tables-side-by-side",
        f"two tables stand side by side, under the same headers from {first} and from {second} on, "
        "so that a row holds two records. Put one below the other, or on a sheet of its own",
    )


def _not_found(
    table: SourceTable, head: Batch, terms: Terms, required: set[str], lines: int
) -> Refused:
    """Why a table like one of the dataset has no header; with what the row above its first record
    may mean, by the values below."""
    first = next(iter(_record_rows(head, terms.columns, required)))
    cells = [
        tuple((column[place].as_py() or "") for column in head.table.columns)
        for place in range(max(0, first - 1), first)
    ]
    proposals: tuple[Proposal, ...] = ()
    if cells and sum(bool(cell.strip()) for cell in cells[0]) >= min(2, len(required)):
        header = Header(int(head.rows[first - 1]), cells[0], frozenset())
        try:
            mapping_of(table, header, terms)
        except Refused as refused:
            proposals = refused.proposals
    likely = "; ".join(
        f'{one.column} may be "{one.header}"' + (f" in {one.cell}" if one.cell else "")
        for one in proposals
    )
    return Refused(
        "header-not-found",
        f"{place_of(table)}: no row among the first {WITHIN} bears the headers of "
        f"{dataset_facts(terms.dataset).name}, yet at least {lines} rows look like its records. "
        + (f"By their values, {likely}. " if likely else "")
        + "Declare header_row and headers in the feed's file, or the sheets to read",
        proposals,
    )


def _undated(head: Batch, terms: Terms, refused: Refused) -> bool:
    """Whether a table lacks a date that each record needs, and none of its cells is one: then it is
    no table of records but a summary of some, as long as another table holds these."""
    needed = {
        name
        for name, facts in terms.columns.items()
        if issubclass(facts.kind, Date) and not (facts.optional or facts.nullable)
    }
    if not needed or any(one.column in needed for one in refused.proposals):
        return False
    cells = (cell for column in head.table.columns for cell in column.to_pylist() if cell)
    return not any(_DATE_LIKE.match(cell.strip()) for cell in cells)


def _blank(head: Batch) -> bool:
    return all(not (cell or "").strip() for c in head.table.columns for cell in c.to_pylist())


def _record_rows(head: Batch, columns: dict[str, ColumnFacts], required: set[str]) -> list[int]:
    """Places of the first records that could be records of the dataset, by their shape alone."""
    kinds = [columns[name].kind for name in required]
    dated = any(issubclass(kind, Date) for kind in kinds)
    summed = any(issubclass(kind, Money) for kind in kinds)
    found: list[int] = []
    if not (dated or summed):
        return found
    rows = zip(*(c.to_pylist() for c in head.table.columns), strict=True)
    for place, cells in enumerate(rows):
        texts = [cell.strip() for cell in cells if cell and cell.strip()]
        if len(texts) < max(2, len(required)):
            continue
        has_date = not dated or any(_DATE_LIKE.match(text) for text in texts)
        has_sum = not summed or any(_SUM_LIKE.fullmatch(text) for text in texts)
        if has_date and has_sum:
            found.append(place)
    return found


def _before(head: Batch, header_row: int) -> tuple[tuple[int, str], ...]:
    above = np.flatnonzero(head.rows < header_row)
    filled = [
        any((column[int(place)].as_py() or "").strip() for column in head.table.columns)
        for place in above
    ]
    return tuple(
        (int(head.rows[place]), "title" if full else "blank")
        for place, full in zip(above, filled, strict=True)
    )
