"""Find, map and prove the tables of a delivery before any row of it is worked."""

import re
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Columns
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.read.batch import Batch, Int32s
from connectors.read.table import SourceTable
from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.feed import Delimited, Feed, Workbook
from contracts.kinds import BirthDate, Date, Money
from contracts.model import columns_of
from transforms.headers import matches, names_of, normalised
from transforms.mapping import PLAUSIBLE, MappedColumn, Mapping, Refused
from transforms.steps.date_shapes import DateColumn, Order
from transforms.steps.find_header import WITHIN, Header, find_header
from transforms.steps.map_columns import map_columns
from transforms.steps.minimise import minimise
from transforms.steps.prove_dates import DateProof, prove_dates, proved_order
from transforms.steps.survey import gather_dates, holding
from transforms.steps.watch_dates import DateWatch, NotSettled
from transforms.values.parsed import Texts

_DATE_LIKE = re.compile(
    r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\b|\d{1,2}[\s\-][A-Za-z]{3}|[A-Za-z]{3}-\d\d"
)
_SUM_LIKE = re.compile(r"[\s£(\-]*\d[\d,]*(\.\d+)?[\s)\-]*")
_LIKE_A_TABLE = 3


FactsByName: TypeAlias = Columns[str, ColumnFacts]
DateColumns: TypeAlias = dict[str, DateColumn]


@dataclass(frozen=True)
class Surveyed:
    """One table of a delivery, ready to be walked.

    Attributes:
        mapping: None where the table is not read; then ``reason`` says why.
        before: (row, reason) of the records above the header.
        shared: whether another table stands in the same place, above or below.
        until: the last row, where another table with a header of its own follows; None to the end.
        head_only: whether only its first records were looked at.
        watches: of date columns whose formats were proved by the first records, to be held against
            all others.
    """

    table: SourceTable
    mapping: Mapping | None
    reason: str | None = None
    before: tuple[tuple[int, str], ...] = ()
    until: int | None = None
    shared: bool = False
    head_only: bool = False
    watches: dict[str, DateWatch] = field(default_factory=dict)

    def inside(self, rows: Int32s) -> npt.NDArray[np.bool_]:
        """Which rows stand below the header and above any other table."""
        below = rows > (self.mapping.header_row if self.mapping else 0)
        return below if self.until is None else below & (rows <= self.until)

    def above_header(self, rows: Int32s) -> list[tuple[int, str]]:
        """The records above the header among the rows of a batch."""
        if len(rows) == 0 or not self.before or rows[0] > self.before[-1][0]:
            return []
        present = set(rows[: len(self.before) + 1].tolist())
        return [(row, reason) for row, reason in self.before if row in present]


def survey(
    tables: Sequence[SourceTable],
    dataset: type[Dataset],
    agreed: Collection[str] | None,
    feed: Feed | None = None,
    seed: int = 0,
    *,
    whole: bool = True,
) -> list[Surveyed]:
    """Map every table of a delivery and prove how its dates are written.

    Args:
        agreed: contract columns that may land; None for all.
        whole: read every table to its end. If not, the first records of a long one do where they
            settle how dates are written; its dates are then to be watched.

    Raises:
        Refused: no table is of the dataset, or one that looks like it cannot be mapped, or the
            dates of one cannot be told.
    """
    columns, outside = minimise(columns_of(dataset), agreed)
    found = [_mapped(table, dataset, columns, outside, feed, seed) for table in tables]
    if not any(one.mapping for one in found):
        places = "; ".join(f"{_place(one.table)}: {one.reason}" for one in found)
        raise Refused(
            "header-not-found",
            f"no table of {dataset_facts(dataset).name}. {places}. None of the first {WITHIN} rows "
            "has the headers of the contract: if the file is meant for it, declare its headers "
            "(columns: ... header) and header_row in the feed's file",
        )
    if not whole:
        heads = [replace(one, head_only=_is_long(one)) for one in found]
        try:
            return _proved(_all_parted(heads, dataset, columns, outside, feed, seed), dataset, feed)
        except (NotSettled, Refused):
            pass  # what the whole tables say is what counts
    return _proved(_all_parted(found, dataset, columns, outside, feed, seed), dataset, feed)


def _is_long(one: Surveyed) -> bool:
    return one.mapping is not None and one.table.is_long


def _place(table: SourceTable) -> str:
    return f'{table.file}, sheet "{table.sheet}"' if table.sheet else table.file


def _mapped(
    table: SourceTable,
    dataset: type[Dataset],
    columns: dict[str, ColumnFacts],
    outside: tuple[str, ...],
    feed: Feed | None,
    seed: int,
) -> Surveyed:
    head = table.head()
    form = feed.file if feed else None
    declared = form.header_row if isinstance(form, Delimited | Workbook) else None
    header = find_header(
        head.table,
        head.rows.tolist(),
        columns_of(dataset),
        feed,
        declared if declared is not None else table.header_row,
        table.field_names,
    )
    required = {name for name, facts in columns.items() if not facts.optional}
    required -= {name for name, rule in (feed.columns if feed else {}).items() if rule.constant}
    likely = header is not None and len(header.found & required) >= min(2, len(required))
    if header is None or not likely:
        lines = _record_like(head, columns, required)
        if lines >= _LIKE_A_TABLE and (header is None or not header.found & required):
            return _not_mapped(table, dataset, lines)
        if header is None or lines < _LIKE_A_TABLE:
            return Surveyed(table, None, "blank" if _blank(head) else "no header of the dataset")

    def filled(positions: Sequence[int]) -> list[int]:
        return _holding(table, positions, header.row, seed)

    try:
        mapping = map_columns(header, columns, filled, feed, outside, columns_of(dataset))
    except Refused as refused:
        raise refused.at(_place(table)) from None
    return Surveyed(table, mapping, None, _before(head, header.row))


def _all_parted(
    found: Sequence[Surveyed],
    dataset: type[Dataset],
    columns: dict[str, ColumnFacts],
    outside: tuple[str, ...],
    feed: Feed | None,
    seed: int,
) -> list[tuple[Surveyed, DateColumns]]:
    return [part for one in found for part in _parted(one, dataset, columns, outside, feed, seed)]


def _parted(
    one: Surveyed,
    dataset: type[Dataset],
    columns: dict[str, ColumnFacts],
    outside: tuple[str, ...],
    feed: Feed | None,
    seed: int,
) -> list[tuple[Surveyed, DateColumns]]:
    """The tables that stand one below the other: where a later row bears headers of the dataset
    other than those above it, another table begins. With the distinct values of their dates."""
    if one.mapping is None:
        return [(one, {})]
    gathered = _date_columns(one, columns_of(dataset), seed)
    words = {row for column in gathered.values() for row in column.words}
    if words and one.head_only:
        raise NotSettled
    header = _next_header(one, dataset, words, seed) if words else None
    if header is None:
        return [(one, gathered)]

    def filled(positions: Sequence[int]) -> list[int]:
        return _holding(one.table, positions, header.row, seed)

    try:
        below = map_columns(header, columns, filled, feed, outside, columns_of(dataset))
    except Refused as refused:
        raise refused.at(_place(one.table)) from None
    rest = Surveyed(one.table, below, shared=True)
    above = replace(one, until=header.row - 1, shared=True)
    return [
        (above, _date_columns(above, columns_of(dataset), seed)),
        *_parted(rest, dataset, columns, outside, feed, seed),
    ]


def _next_header(
    one: Surveyed, dataset: type[Dataset], words: set[int], seed: int
) -> Header | None:
    """The first of the rows that bears the required headers elsewhere than the mapping does."""
    mapping = one.mapping
    assert mapping is not None, "only mapped tables are looked at"
    facts = columns_of(dataset)
    required = {name for name in facts if not facts[name].optional and mapping.column(name)}
    above = {c.position: normalised(c.header) for c in mapping.columns if c.position is not None}
    for batch in one.table.batches(seed=seed, header_row=mapping.header_row or None):
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


def _holding(table: SourceTable, positions: Sequence[int], header_row: int, seed: int) -> list[int]:
    gathered: dict[int, list[Texts]] = {p: [] for p in positions}
    for batch in table.batches(columns=positions, seed=seed, header_row=header_row or None):
        below = pa.array(batch.rows > header_row)
        for position in positions:
            if str(position) in batch.table.column_names:
                gathered[position].append(batch.table.column(str(position)).filter(below))
    return holding(gathered)


def _not_mapped(table: SourceTable, dataset: type[Dataset], lines: int) -> Surveyed:
    raise Refused(
        "header-not-found",
        f"{_place(table)}: no row among the first fifty bears the headers of "
        f"{dataset_facts(dataset).name}, yet at least {lines} rows look like its records. Declare "
        "header_row and headers in the feed's file, or the sheets to read",
    )


def _blank(head: Batch) -> bool:
    return all(not (cell or "").strip() for c in head.table.columns for cell in c.to_pylist())


def _record_like(head: Batch, columns: dict[str, ColumnFacts], required: set[str]) -> int:
    """How many of the first records could be records of the dataset, by their shape alone."""
    kinds = [columns[name].kind for name in required]
    dated = any(issubclass(kind, Date) for kind in kinds)
    summed = any(issubclass(kind, Money) for kind in kinds)
    found = 0
    for cells in zip(*(c.to_pylist() for c in head.table.columns), strict=True):
        texts = [cell.strip() for cell in cells if cell and cell.strip()]
        if len(texts) < max(2, len(required)):
            continue
        has_date = not dated or any(_DATE_LIKE.match(text) for text in texts)
        has_sum = not summed or any(_SUM_LIKE.fullmatch(text) for text in texts)
        found += has_date and has_sum and (dated or summed)
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


def _proved(
    found: Sequence[tuple[Surveyed, DateColumns]], dataset: type[Dataset], feed: Feed | None
) -> list[Surveyed]:
    facts = columns_of(dataset)
    orders: set[Order] = set()
    for _, columns in found:
        orders |= {o for o in map(proved_order, columns.values()) if o is not None}
    elsewhere = orders.pop() if len(orders) == 1 else None
    return [_proved_table(one, columns, facts, elsewhere, dataset, feed) for one, columns in found]


def _proved_table(
    one: Surveyed,
    columns: DateColumns,
    facts: FactsByName,
    elsewhere: Order | None,
    dataset: type[Dataset],
    feed: Feed | None,
) -> Surveyed:
    """A table with the formats of its date columns."""
    if one.mapping is None:
        return one
    declared = feed.date_order if feed else None
    spread = {} if one.shared else _spread(one, columns)
    made: list[MappedColumn] = []
    watches: dict[str, DateWatch] = {}
    for column in one.mapping.columns:
        if column.name not in columns:
            made.append(column)
            continue
        try:
            proof = prove_dates(
                columns[column.name],
                dataset_facts(dataset).date_order,
                declared_order=declared,
                order_elsewhere=elsewhere,
                birth=issubclass(facts[column.name].kind, BirthDate),
                required=not (facts[column.name].optional or facts[column.name].nullable),
                spread=spread.get(column.name),
            )
        except Refused as refused:
            place = f'{_place(one.table)}, column "{column.header.strip()}"'
            raise refused.at(place) from None
        if one.head_only:
            watches[column.name] = DateWatch(columns[column.name], proof, declared)
        made.append(_dated(column, proof))
    return replace(one, mapping=replace(one.mapping, columns=tuple(made)), watches=watches)


def _dated(column: MappedColumn, proof: DateProof) -> MappedColumn:
    options = dict(column.options)
    if proof.plausible:
        options[PLAUSIBLE] = list(proof.plausible)
    return replace(
        column, date_formats=proof.formats, date_evidence=proof.evidence, options=options
    )


def _spread(one: Surveyed, columns: DateColumns) -> DateColumns:
    """Dates from all parts of a long table; nothing where all of its dates were gathered."""
    mapping = one.mapping
    assert mapping is not None, "only mapped tables are looked at"
    at = {c.name: c.position for c in mapping.columns if c.name in columns}
    wanted = sorted({position for position in at.values() if position is not None})
    batches = one.table.sample(wanted, mapping.header_row or None) if wanted else None
    if batches is None:
        return {}
    found = {name: DateColumn() for name in at}
    for batch in batches:
        for name, position in at.items():
            if str(position) in batch.table.column_names:
                gather_dates(found[name], batch.table.column(str(position)), batch.rows)
    return found


def _date_columns(one: Surveyed, facts: FactsByName, seed: int) -> DateColumns:
    """The distinct values of the date columns whose format nobody declared."""
    mapping = one.mapping
    if mapping is None:
        return {}
    wanted = {
        column.name: column.position
        for column in mapping.columns
        if column.position is not None
        and not column.date_formats
        and issubclass(facts[column.name].kind, Date)
    }
    found = {name: DateColumn() for name in wanted}
    if not wanted:
        return found
    for batch in one.table.batches(
        columns=sorted(set(wanted.values())), seed=seed, header_row=mapping.header_row or None
    ):
        below = one.inside(batch.rows)
        for name, position in wanted.items():
            if str(position) in batch.table.column_names:
                values = batch.table.column(str(position))
                if not below.all():
                    values = values.filter(pa.array(below))
                gather_dates(found[name], values, batch.rows[below])
        if one.head_only:
            break
    return found
