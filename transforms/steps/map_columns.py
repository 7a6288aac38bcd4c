"""Match the headers of a table to the columns of its contract."""

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from contracts.column import ColumnFacts
from contracts.feed import ColumnRule, Feed
from contracts.register import Register
from transforms.headers import cell_at, names_of, normalised, position_of
from transforms.mapping import How, MappedColumn, Pins, Proposal, Refused
from transforms.mapping import Mapping as Mapped
from transforms.steps.find_header import Header
from transforms.steps.infer_columns import Below, Inferred, Missing, infer_columns

Filled = Callable[[Sequence[int]], list[int]]
"""Given source positions, those that hold values; of columns alike throughout, the first only."""

_NO_RULE = ColumnRule.model_validate({})
_WRITTEN = ("decimal", "unit", "leading_zeros")


def map_columns(
    header: Header,
    columns: Mapping[str, ColumnFacts],
    filled: Filled,
    feed: Feed | None = None,
    outside_agreement: Sequence[str] = (),
    every_column: Mapping[str, ColumnFacts] | None = None,
    *,
    below: Below | None = None,
    schemes: Mapping[str, Register] | None = None,
    pinned: Pins | None = None,
) -> Mapped:
    """Match headers to contract columns, by name; by values too where a name is nearly alike.

    Args:
        columns: the contract columns that may land.
        filled: asked where several source columns could be one contract column.
        feed: whose declared headers, constants and options hold.
        outside_agreement: contract columns that may not land.
        every_column: all columns of the contract, so that one outside the agreement is not
            reported as unknown.
        below: asked for the values of columns whose header is nearly a known one; where None, no
            column is inferred.
        schemes: code lists by name, for codes among them.
        pinned: from which headers the columns were taken in the delivery accepted before: of
            several near ones such a header stays the column's.

    Raises:
        Refused: ``column-missing``, with proposals, or ``header-ambiguous``.
    """
    rules = feed.columns if feed else {}
    named = _Named(header, columns, filled, rules)
    for name in columns:
        named.match(name)
    outside = {n: (every_column or {})[n] for n in outside_agreement if n in (every_column or {})}
    known = _no_surprise(outside, feed)
    inferred = Inferred()
    if below is not None:
        inferred = _inferred(named, known, every_column or columns, below, schemes or {}, pinned)
    found = {column.name: column for column in named.found}
    found |= {
        column.name: _with_formats(column, rules.get(column.name, _NO_RULE))
        for column in inferred.columns
    }
    missing = [n for n in named.absent if n not in found and not columns[n].optional]
    if missing:
        proposals = [one for one in inferred.proposals if one.column in missing]
        message = _difference(missing, header, named.taken, rules, proposals)
        raise Refused("column-missing", message, proposals)
    taken = {column.position for column in found.values()}
    return Mapped(
        header.row,
        tuple(found[name] for name in columns if name in found),
        named.unknown(taken, known),
        tuple(_present(outside, named.written, rules)),
        tuple(named.ambiguous),
        tuple(one for one in inferred.proposals if one.column not in found),
    )


def _no_surprise(outside: Mapping[str, ColumnFacts], feed: Feed | None) -> set[str]:
    """Headers that are known and yet no name of a column that may land: of columns outside the
    agreement, ignored ones, and those the feed declares."""
    known = _names(outside)
    if feed is not None:
        known |= {normalised(header) for header in feed.ignored_columns}
        known |= {normalised(rule.header) for rule in feed.columns.values() if rule.header}
    return known


def _inferred(
    named: "_Named",
    known: set[str],
    contract: Mapping[str, ColumnFacts],
    below: Below,
    schemes: Mapping[str, Register],
    pinned: Pins | None,
) -> Inferred:
    """What is inferred or proposed for the columns no header is a name of."""
    spoken_for = _names({n: f for n, f in contract.items() if n not in named.absent})
    free = named.free(known | spoken_for)
    missing = named.missing(contract, pinned)
    return infer_columns(missing, free, named.header.row, below, schemes)


class _Named:
    """The contract columns some header is an exact or declared name of."""

    def __init__(
        self,
        header: Header,
        columns: Mapping[str, ColumnFacts],
        filled: Filled,
        rules: Mapping[str, ColumnRule],
    ) -> None:
        self.header, self.columns, self.filled, self.rules = header, columns, filled, rules
        self.written = [normalised(cell) for cell in header.cells]
        self.grouped = [normalised(cell) for cell in header.grouped]
        self.names = names_of(columns)
        self.found: list[MappedColumn] = []
        self.ambiguous: list[str] = []
        self.absent: list[str] = []
        self.taken: set[int] = set()
        self.main = _main_block(self.written, columns, self.names)

    def match(self, name: str) -> None:
        """Look for one contract column.

        Raises:
            Refused: ``header-ambiguous``.
        """
        facts, rule = self.columns[name], self.rules.get(name, _NO_RULE)
        options = _options(facts, rule)
        if rule.constant is not None:
            column = MappedColumn(name, None, rule.constant, "constant", options=options)
            self.found.append(column)
            return
        how: How = "declared" if rule.header is not None else "exact"
        wanted = [normalised(rule.header)] if rule.header is not None else self.names[name]
        taken = set() if rule.header else self.taken
        position, rivals = self._position(wanted, taken, rule.at)
        if rivals and not facts.optional:
            raise Refused("header-ambiguous", _ambiguity(name, self.header, rivals))
        if rivals:
            self.ambiguous.append(name)
        elif position is not None:
            self.taken.add(position)
            cell = self._as_written(position, wanted)
            column = MappedColumn(name, position, cell, how, options=options)
            self.found.append(_with_formats(column, rule))
        else:
            self.absent.append(name)

    def missing(self, contract: Mapping[str, ColumnFacts], pinned: Pins | None) -> Missing:
        """What was not found."""
        known = bool(pinned) or any(rule.header is not None for rule in self.rules.values())
        before = pinned or {}
        return Missing(
            {name: self.columns[name] for name in self.absent},
            {
                name: _options(self.columns[name], self.rules.get(name, _NO_RULE))
                for name in self.absent
            },
            frozenset(n for n in self.absent if self.rules.get(n, _NO_RULE).header is not None),
            contract,
            kept={
                name: frozenset(normalised(pin.header) for pin in before.get(name, ()))
                for name in self.absent
            },
            by_name=frozenset(
                name
                for name in self.absent
                if known and self.columns[name].optional and name not in before
            ),
            spare={
                place: cell
                for place, cell in enumerate(self.header.cells)
                if cell.strip() and place not in self.taken
            },
        )

    def free(self, known: set[str]) -> dict[int, tuple[str, ...]]:
        """Source positions that answer to nothing, with their headers, the fullest first."""
        return {
            place: (*self.header.grouped[place : place + 1], cell)
            for place, cell in enumerate(self.header.cells)
            if cell.strip() and place not in self.taken and self.written[place] not in known
        }

    def unknown(self, taken: Set[int | None], known: Set[str]) -> tuple[str, ...]:
        """Headers that answer to nothing, as written.

        Args:
            taken: source positions that were taken.
            known: headers that are no surprise.
        """
        return tuple(
            cell.strip()
            for place, cell in enumerate(self.header.cells)
            if cell.strip() and place not in taken and self.written[place] not in known
        )

    def _as_written(self, position: int, wanted: Sequence[str]) -> str:
        own = self.header.cells[position]
        if self.grouped and self.grouped[position] in wanted:
            return self.header.grouped[position]
        return own

    def _position(
        self, wanted: Sequence[str], taken: set[int], at: str | None
    ) -> tuple[int | None, list[int]]:
        """The source position of the best name that has values; or the rivals for it.

        A header read together with the one above it is a better name than it is alone. An empty
        column gives way to a less preferred one with values; where none has values, the most
        preferred stands. Of rivals that in the block of columns with all required ones stands, so
        that a small table beside the records is no rival.
        """
        letter = None if at is None else position_of(at)
        ranked = [
            [
                p
                for p, cell in enumerate(cells)
                if cell == name and p not in taken and letter in (None, p)
            ]
            for cells in (self.grouped, self.written)
            for name in dict.fromkeys(wanted)
            if name
        ]
        candidates = [places for places in ranked if places]
        if len(candidates) == 1 and len(candidates[0]) == 1:
            return candidates[0][0], []
        for places in candidates:
            holding = self.filled(places)
            if len(holding) == 1:
                return holding[0], []
            if len(holding) > 1:
                inside = [p for p in holding if p in self.main]
                return (inside[0], []) if len(inside) == 1 else (None, holding)
        return (candidates[0][0], []) if candidates else (None, [])


def _main_block(
    written: Sequence[str], columns: Mapping[str, ColumnFacts], names: Mapping[str, Sequence[str]]
) -> range:
    """Of blocks of columns parted by a blank header, the one that bears all required headers;
    none where there is but one block, or several do."""
    blocks: list[range] = []
    start = 0
    for place, cell in enumerate((*written, "")):
        if not cell:
            if place > start:
                blocks.append(range(start, place))
            start = place + 1
    required = {name for name, facts in columns.items() if not facts.optional}
    full = [
        block
        for block in blocks
        if required <= {
            name for name, known in names.items()
            if set(known) & {written[place] for place in block}
        }
    ]  # fmt: skip
    return full[0] if len(full) == 1 and len(blocks) > 1 else range(0)


def _with_formats(column: MappedColumn, rule: ColumnRule) -> MappedColumn:
    if not rule.date_formats:
        return column
    return replace(column, date_formats=rule.date_formats, date_evidence="declared by the feed")


def _names(columns: Mapping[str, ColumnFacts]) -> set[str]:
    return {name for names in names_of(columns).values() for name in names}


def _present(
    outside: Mapping[str, ColumnFacts],
    written: Sequence[str],
    rules: Mapping[str, ColumnRule],
) -> list[str]:
    """The contract columns outside the agreement that the table has."""
    return [
        name
        for name, names in names_of(outside).items()
        if set(names) & set(written)
        or (name in rules and normalised(rules[name].header or "") in written)
    ]


def _options(facts: ColumnFacts, rule: ColumnRule) -> dict[str, Any]:
    options = {
        k: v for k, v in facts.options.items() if k in ("scheme", "part", "name_order", *_WRITTEN)
    }
    options |= {word: told for word in _WRITTEN if (told := getattr(rule, word)) is not None}
    if rule.missing:
        options["missing"] = {reason: list(texts) for reason, texts in rule.missing.items()}
    if rule.scheme is not None:
        options["scheme"] = rule.scheme
    if rule.part is not None:
        options["part"] = rule.part
    if rule.name_order is not None:
        options["name_order"] = rule.name_order
    if rule.two_digit_years_before is not None:
        options["two_digit_years_before"] = rule.two_digit_years_before
    return options


def _ambiguity(name: str, header: Header, rivals: Sequence[int]) -> str:
    shown = header.grouped or header.cells
    written = json.dumps(" ".join(header.cells[rivals[0]].split()), ensure_ascii=False)
    letter = cell_at(rivals[0], header.row).rstrip("0123456789")
    places = ", ".join(f'"{shown[p].strip()}" in {cell_at(p, header.row)}' for p in rivals)
    return (
        f"several columns could be {name}: {places}. Rename one in the file, or declare in the "
        f"feed's file which it is: columns: {{{name}: {{header: {written}, at: {letter}}}}}"
    )


def _difference(
    missing: Sequence[str],
    header: Header,
    taken: set[int],
    rules: Mapping[str, ColumnRule],
    proposals: Sequence[Proposal],
) -> str:
    """What is missing, what was found and what it may be: never used without being declared."""
    lines = []
    for name in missing:
        rule = rules.get(name)
        said = f' (declared as "{rule.header}")' if rule and rule.header else ""
        likely = [one for one in proposals if one.column == name]
        close = ", ".join(
            f'"{one.header}"' + (f" in {one.cell}" if one.cell else "") + f", {one.evidence}"
            for one in likely
        )
        lines.append(f"no column for {name}{said}" + (f" (closest: {close})" if close else ""))
    where = f"row {header.row}" if header.row else "the file's form"
    shown = ", ".join(f'"{cell.strip()}"' for cell in header.cells if cell.strip()) or "nothing"
    best = {one.column: one for one in reversed(proposals) if one.column in missing}
    written = ", ".join(
        best[name].yaml if name in best else f"{name}: {{header: ...}}" for name in missing
    )
    return (
        f"{'; '.join(lines)}. Headers in {where}: {shown}. If it is meant, declare it in the "
        f"feed's file: columns: {{{written}}}"
    )
