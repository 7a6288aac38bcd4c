"""Find, map and prove the tables of a delivery before any row of it is worked."""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Columns
from dataclasses import replace
from typing import TypeAlias

import pyarrow as pa

from connectors.read.table import SourceTable
from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.feed import Feed
from contracts.kinds import BirthDate, Date
from contracts.locale import DATE_ORDERS, DEFAULT, DateOrder
from contracts.model import columns_of
from contracts.register import Register
from pipeline.mapped import mapped, mapping_of, next_header
from pipeline.surveyed import Surveyed, Terms
from transforms.mapping import IN_DOUBT, PLAUSIBLE, SWAPPED_BACK, MappedColumn, Pins, Refused
from transforms.steps.date_doubts import refuse_periods
from transforms.steps.date_shapes import DateColumn, Order
from transforms.steps.find_header import WITHIN
from transforms.steps.minimise import minimise
from transforms.steps.prove_dates import DateProof, prove_dates, proved_order
from transforms.steps.survey import gather_dates
from transforms.steps.watch_dates import DateWatch, NotSettled

FactsByName: TypeAlias = Columns[str, ColumnFacts]
DateColumns: TypeAlias = dict[str, DateColumn]


def survey(
    tables: Sequence[SourceTable],
    dataset: type[Dataset],
    agreed: Collection[str] | None,
    feed: Feed | None = None,
    seed: int = 0,
    *,
    whole: bool = True,
    schemes: Columns[str, Register] | None = None,
    pinned: Pins | None = None,
    locale: str = DEFAULT,
) -> list[Surveyed]:
    """Map every table of a delivery and prove how its dates are written.

    Args:
        agreed: contract columns that may land; None for all.
        whole: read every table to its end. If not, the first records of a long one do where they
            settle how dates are written; its dates are then to be watched.
        schemes: code lists by name, for columns of codes whose header is only nearly known.
        pinned: from which headers the columns were taken in the delivery accepted before.
        locale: of the organisation, for the order of day and month where neither feed nor dataset
            says it.

    Raises:
        Refused: no table is of the dataset, or one that looks like it cannot be mapped, or the
            dates of one cannot be told.
    """
    columns, outside = minimise(columns_of(dataset), agreed)
    terms = Terms(dataset, columns, outside, feed, seed, dict(schemes or {}), pinned or {})
    found = [mapped(table, terms) for table in tables]
    if not any(one.mapping for one in found):
        for one in found:
            if one.refused is not None:
                raise one.refused
        places = "; ".join(f"{one.place}: {one.reason}" for one in found)
        raise Refused(
            "header-not-found",
            f"no table of {dataset_facts(dataset).name}. {places}. None of the first {WITHIN} rows "
            "has the headers of the contract: if the file is meant for it, declare its headers "
            "(columns: ... header) and header_row in the feed's file",
        )
    if not whole:
        heads = [replace(one, head_only=_is_long(one)) for one in found]
        try:
            return _proved(_all_parted(heads, terms), dataset, feed, locale)
        except (NotSettled, Refused):
            pass  # what the whole tables say is what counts
    return _proved(_all_parted(found, terms), dataset, feed, locale)


def _is_long(one: Surveyed) -> bool:
    return one.mapping is not None and one.table.is_long


def _all_parted(found: Sequence[Surveyed], terms: Terms) -> list[tuple[Surveyed, DateColumns]]:
    return [part for one in found for part in _parted(one, terms)]


def _parted(one: Surveyed, terms: Terms) -> list[tuple[Surveyed, DateColumns]]:
    """The tables that stand one below the other: where a later row bears headers of the dataset
    other than those above it, another table begins. With the distinct values of their dates."""
    if one.mapping is None:
        return [(one, {})]
    facts = columns_of(terms.dataset)
    gathered = _date_columns(one, facts, terms.seed)
    words = {row for column in gathered.values() for row in column.words}
    if words and one.head_only:
        raise NotSettled
    header = next_header(one, terms, words) if words else None
    if header is None:
        return [(one, gathered)]
    below = mapping_of(one.table, header, terms)
    rest = Surveyed(one.table, below, shared=True)
    above = replace(one, until=header.row - 1, shared=True)
    return [(above, _date_columns(above, facts, terms.seed)), *_parted(rest, terms)]


def _proved(
    found: Sequence[tuple[Surveyed, DateColumns]],
    dataset: type[Dataset],
    feed: Feed | None,
    locale: str,
) -> list[Surveyed]:
    facts = columns_of(dataset)
    default = _default_order(dataset, locale)
    orders: set[Order] = set()
    for _, columns in found:
        orders |= {o for o in map(proved_order, columns.values()) if o is not None}
    elsewhere = orders.pop() if len(orders) == 1 else None
    return [_proved_table(one, columns, facts, elsewhere, default, feed) for one, columns in found]


def _default_order(dataset: type[Dataset], locale: str) -> tuple[DateOrder, str]:
    """The order where neither the feed nor a column tells, and whose it is."""
    own = dataset_facts(dataset).date_order
    if own is not None:
        return own, "the contract's order"
    return DATE_ORDERS[locale], f"the order of the organisation's locale, {locale}"


def _proved_table(
    one: Surveyed,
    columns: DateColumns,
    facts: FactsByName,
    elsewhere: Order | None,
    default: tuple[DateOrder, str],
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
        birth = issubclass(facts[column.name].kind, BirthDate)
        try:
            refuse_periods(columns[column.name], column.header)
            proof = prove_dates(
                columns[column.name],
                default[0],
                whose=default[1],
                declared_order=declared,
                order_elsewhere=elsewhere,
                birth=birth,
                required=not (facts[column.name].optional or facts[column.name].nullable),
                spread=spread.get(column.name),
            )
        except Refused as refused:
            place = f'{one.place}, column "{column.header.strip()}"'
            raise refused.at(place) from None
        if one.head_only:
            watches[column.name] = DateWatch(columns[column.name], proof, declared, birth=birth)
        made.append(_dated(column, proof))
    return replace(one, mapping=replace(one.mapping, columns=tuple(made)), watches=watches)


def _dated(column: MappedColumn, proof: DateProof) -> MappedColumn:
    options = dict(column.options)
    if proof.plausible:
        options[PLAUSIBLE] = list(proof.plausible)
    if proof.in_doubt:
        options[IN_DOUBT] = list(proof.in_doubt)
    if proof.swapped:
        options[SWAPPED_BACK] = True
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
