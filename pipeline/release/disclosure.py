"""Disclosure control: what is done so that an open table tells of nobody, and the report of it.

The report has counts, never a value of a row, nor what a redaction rule looks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from contracts.entity import Entity
from contracts.open_table import OpenTable
from contracts.open_table.checks import personal_class
from pipeline.release.suppression import ALL, Cell, Hidden, suppressed
from repository.access.purposes import Grant
from repository.open import rows as open_rows

Plain = dict[str, Any]
Row = dict[str, Any]


class DisclosureRisk(Exception):
    """What would be published might tell of somebody; the message says which rule stops it."""


@dataclass(frozen=True)
class Aggregated:
    """The rows of an aggregated table as they may be shown, and what was hidden.

    Attributes:
        rows: each group, and each total where totals are published: the groupings (None where
            totalled), ``total_over`` (names of the groupings totalled, with commas between),
            the measures (None where hidden), ``suppressed``.
        hidden: the cells whose counts are not shown.
    """

    rows: list[Row]
    hidden: Hidden
    groups: int


def aggregated(table: OpenTable, found: Sequence[Row]) -> Aggregated:
    """Make groups safe to show.

    Args:
        found: as :func:`repository.open.rows.grouped` gives them.

    Raises:
        pipeline.release.suppression.TooManyCells
    """
    names = [one.name for one in table.group_by]
    cells = {_cell(row, names): row for row in found if row[open_rows.COUNT]}
    counts = {cell: int(row[open_rows.COUNT]) for cell, row in cells.items()}
    hidden = suppressed(counts, table.disclosure.smallest)
    rows = [
        _shown(table, cell, row, cell in hidden.cells)
        for cell, row in sorted(cells.items(), key=lambda one: _sorted_by(one[0]))
        if table.totals or ALL not in cell
    ]
    return Aggregated(rows, hidden, sum(1 for cell in counts if ALL not in cell))


def report(
    conn: psycopg.Connection,
    table: OpenTable,
    grants: Sequence[Grant],
    hidden: Aggregated | None,
    entities: Mapping[str, type[Entity]],
) -> Plain:
    """What was done, rule by rule, with counts; the personal-data class of each column.

    Raises:
        DisclosureRisk: rows share too rare a combination of quasi-identifiers, and the table says
            that nothing is published then.
    """
    rules, left_out = open_rows.redacted(conn, table, grants)
    told: Plain = {
        "open_table": table.name,
        "columns": {
            name: personal_class(entities[table.entity], name, entities) for name in table.read
        },
        "redaction": [
            {
                "looks_at": rule.column,
                "reason": rule.reason,
                "does": f"empties {', '.join(rule.hides)}" if rule.hides else "leaves the row out",
                "rows": rule.rows,
            }
            for rule in rules
        ],
        "rows_left_out": left_out,
    }
    if hidden is not None:
        told["suppression"] = _suppression(table, hidden)
    if table.disclosure.quasi_identifiers:
        told["quasi_identifiers"] = _k_anonymity(conn, table, grants)
    return told


def _suppression(table: OpenTable, found: Aggregated) -> Plain:
    rule = table.disclosure
    return {
        "smallest_count_shown": rule.smallest,
        "counts_rounded_to": rule.round_to,
        "groups": found.groups,
        "hidden_for_small_counts": len(found.hidden.primary),
        "hidden_so_that_those_cannot_be_worked_out": len(found.hidden.secondary),
        "hidden_totals": sum(1 for cell in found.hidden.cells if ALL in cell),
        "checked": "no hidden count follows from what is shown and the totals",
    }


def _k_anonymity(conn: psycopg.Connection, table: OpenTable, grants: Sequence[Grant]) -> Plain:
    rule = table.disclosure
    found = open_rows.smallest_group(conn, table, grants)
    if found.groups_below and rule.below_k == "refuse":
        raise DisclosureRisk(
            f"{table.name}: {found.groups_below:,} combinations of "
            f"{', '.join(rule.quasi_identifiers)} stand on fewer than {rule.k} rows "
            f"({found.rows_below:,} rows in all), so they might tell of somebody; publish fewer or "
            "coarser columns, redact those rows, or say `below_k: warn` and why in the description"
        )
    return {
        "columns": list(rule.quasi_identifiers),
        "k": rule.k,
        "combinations": found.groups,
        "smallest": found.smallest,
        "combinations_below_k": found.groups_below,
        "rows_below_k": found.rows_below,
    }


def _cell(row: Row, names: Sequence[str]) -> Cell:
    totalled = row[open_rows.TOTALLED]
    last = len(names) - 1
    return tuple(ALL if totalled >> (last - at) & 1 else row[name] for at, name in enumerate(names))


def _shown(table: OpenTable, cell: Cell, row: Row, hidden: bool) -> Row:
    names = [one.name for one in table.group_by]
    told: Row = {
        name: None if value is ALL else value for name, value in zip(names, cell, strict=True)
    }
    over = [name for name, value in zip(names, cell, strict=True) if value is ALL]
    told["total_over"] = ",".join(over)
    for measure in table.measures:
        if measure.sum is not None:
            told[measure.name] = None if hidden else row[measure.name]
        elif table.disclosure.round_to:
            # A rounded count says too little to be hidden, whatever it is.
            told[measure.name] = _rounded(row[open_rows.COUNT], table.disclosure.round_to)
        else:
            told[measure.name] = None if hidden else row[open_rows.COUNT]
    told["suppressed"] = hidden
    return told


def _rounded(count: int, base: int) -> int:
    return (2 * count + base) // (2 * base) * base


def _sorted_by(cell: Cell) -> tuple[tuple[bool, bool, str], ...]:
    """Totals after what they total; groups without a value before those with one."""
    return tuple(
        (
            value is ALL,
            value is not None,
            value.isoformat() if isinstance(value, date) else str(value),
        )
        for value in cell
    )


def published_types(table: OpenTable, types: Mapping[str, str]) -> dict[str, str]:
    """The PostgreSQL type of each published column, in order.

    Args:
        types: of what is read (:func:`repository.open.rows.types_of`).
    """
    if not table.aggregated:
        return {name: types[name] for name in (*table.columns, "supplied_by", "as_at")}
    found = {one.name: types[one.name] for one in table.group_by}
    found["total_over"] = "text"
    for measure in table.measures:
        found[measure.name] = types[measure.name] if measure.sum else "bigint"
    return {**found, "suppressed": "boolean"}
