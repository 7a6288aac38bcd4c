"""Structure: the columns of a delivery against those of the last accepted one, cell by cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.findings import Finding
from pipeline.gates.seen import Seen
from pipeline.prepared import TableReading
from transforms.headers import cell_at, normalised
from transforms.mapping import MappedColumn

Then = Mapping[str, Any]
"""A table of the last accepted delivery as the repository has it."""


def structure(seen: Seen) -> Iterator[Finding]:
    """Findings ``column-new``, ``column-gone``, ``column-renamed``, ``column-reordered``,
    ``column-retyped``, ``date-format-changed``, ``unread-column-gone`` and ``form-changed``; and
    what the walk found itself."""
    yield from seen.structure
    told = {(one.code, one.column) for one in seen.structure}
    found: dict[tuple[str, str | None], Finding] = {}
    for table in seen.tables:
        then = _same(table, seen.last_tables)
        if table.mapping is None or then is None:
            continue
        for one in _differences(seen, table, then):
            # Several tables of a workbook tend to differ alike.
            found.setdefault((one.code, one.column or one.message), one)
    yield from (
        one for one in found.values()
        if (one.code, one.column) not in told
        and not (one.code == "column-renamed" and one.column in {column for _, column in told})
    )  # fmt: skip


def _same(table: TableReading, tables: Sequence[Then]) -> Then | None:
    """The table of the last delivery that a table answers to: of its sheet, or of its number."""
    for then in tables:
        if table.sheet is not None and then["sheet"] == table.sheet:
            return then
    return next((then for then in tables if then["number"] == table.number), None)


def _differences(seen: Seen, table: TableReading, then: Then) -> Iterator[Finding]:
    mapping = table.mapping
    assert mapping is not None, "only mapped tables are compared"
    before = {column["name"]: column for column in then["mapping"]["columns"]}
    now = {column.name: column for column in mapping.columns}
    for name, column in now.items():
        if name not in before:
            yield Finding(
                "column-new",
                f"{_place(table, column)}: the column {_quoted(column.header)} is new and is read "
                f"as {name}",
                name,
                {"now": normalised(column.header)},
            )
        else:
            yield from _column(table, column, before[name], then)
    for name, was in before.items():
        if name in now or name not in seen.facts or name in mapping.outside_agreement:
            continue
        where = cell_at(was["position"], then["header_row"] or 1) if was["position"] is not None \
            else "a constant"  # fmt: skip
        several = "; several columns could be it, and none was read" * (name in mapping.ambiguous)
        yield Finding(
            "column-gone",
            f"{_table(table)}: there is no {name} any more; it was {_quoted(was['header'])} in "
            f"{where} of the last accepted delivery{several}",
            name,
            {"before": normalised(was["header"]), "now": None},
        )
    yield from _unread(table, then)
    yield from _order(table, now, before)
    yield from _form(table, then)


def _column(
    table: TableReading, column: MappedColumn, was: Mapping[str, Any], then: Then
) -> Iterator[Finding]:
    before, now = normalised(was["header"]), normalised(column.header)
    # What a feed's file says of a header or a constant, a person has decided there.
    if before != now and column.how not in ("declared", "constant") and was["how"] != "constant":
        where = cell_at(was["position"], then["header_row"] or 1)
        yield Finding(
            "column-renamed",
            f"{_place(table, column)}: the header of {column.name} is {_quoted(column.header)}; it "
            f"was {_quoted(was['header'])} in {where} of the last accepted delivery",
            column.name,
            {
                "before": before,
                "now": now,
                "declare": {"columns": {column.name: {"header": column.header.strip()}}},
            },
        )
    yield from _dates(table, column, was)


def _dates(table: TableReading, column: MappedColumn, was: Mapping[str, Any]) -> Iterator[Finding]:
    before, now = set(was["date_formats"]), set(column.date_formats)
    if not before or not now or before & now:
        return
    orders = {_order_of(one) for one in before} - {""}, {_order_of(one) for one in now} - {""}
    turned = bool(orders[0] and orders[1]) and not orders[0] & orders[1]
    told = f"{', '.join(sorted(now))}; they were written {', '.join(sorted(before))}"
    yield Finding(
        "column-retyped" if turned else "date-format-changed",
        f"{_place(table, column)}: dates in {_quoted(column.header)} are written {told}",
        column.name,
        {"before": sorted(before), "now": sorted(now)},
    )


def _order_of(date_format: str) -> str:
    """Day first or month first, where a format has both beside each other in figures."""
    places = "".join(re.findall(r"%([dm])", date_format))
    return "" if date_format.startswith("%Y") else places


def _unread(table: TableReading, then: Then) -> Iterator[Finding]:
    mapping = table.mapping
    assert mapping is not None, "only mapped tables are compared"
    before = {normalised(header): header for header in then["mapping"]["unknown"]}
    now = {normalised(header): header for header in mapping.unknown}
    # A column that was read before and is not now is said to be gone, and where it went.
    for name in sorted(set(now) - set(before)):
        yield Finding(
            "column-new",
            f"{_table(table)}: the column {_quoted(now[name])} is new; it is in no contract and "
            "is not read",
            facts={"now": name},
        )
    for name in sorted(set(before) - set(now)):
        yield Finding(
            "unread-column-gone",
            f"{_table(table)}: the column {_quoted(before[name])}, which was never read, is gone",
            facts={"now": name},
        )


def _order(
    table: TableReading, now: Mapping[str, MappedColumn], before: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    both = [n for n in now if n in before
            and now[n].position is not None and before[n]["position"] is not None]  # fmt: skip
    here = sorted(both, key=lambda name: (now[name].position or 0, name))
    there = sorted(both, key=lambda name: (before[name]["position"], name))
    if here != there:
        yield Finding(
            "column-reordered",
            f"{_table(table)}: the columns stand in another order: {', '.join(here)}; before: "
            f"{', '.join(there)}",
            facts={"now": here},
        )


def _form(table: TableReading, then: Then) -> Iterator[Finding]:
    for word in ("kind", "encoding", "delimiter"):
        before, now = then["facts"].get(word), getattr(table, word)
        if before is not None and now is not None and before != now:
            yield Finding(
                "form-changed",
                f"{_table(table)}: the file's {word} is {now!r}; it was {before!r}",
                facts={"now": now, "what": word},
            )


def _table(table: TableReading) -> str:
    return f'{table.file}, sheet "{table.sheet}"' if table.sheet else table.file


def _place(table: TableReading, column: MappedColumn) -> str:
    if column.position is None:
        return _table(table)
    return f"{_table(table)}, cell {cell_at(column.position, table.header_row or 1)}"


def _quoted(header: str) -> str:
    return f'"{header.strip()}"'
