"""Match the headers of a table to the columns of its contract."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from contracts.column import ColumnFacts
from contracts.feed import ColumnRule, Feed
from transforms.headers import names_of, normalised
from transforms.mapping import How, MappedColumn, Refused
from transforms.mapping import Mapping as Mapped
from transforms.steps.find_header import Header

Filled = Callable[[Sequence[int]], list[int]]
"""Given source positions, those that hold values; of columns alike throughout, the first only."""

_LIKE_ENOUGH = 60
_NO_RULE = ColumnRule.model_validate({})


def map_columns(
    header: Header,
    columns: Mapping[str, ColumnFacts],
    filled: Filled,
    feed: Feed | None = None,
    outside_agreement: Sequence[str] = (),
    every_column: Mapping[str, ColumnFacts] | None = None,
) -> Mapped:
    """Match headers to contract columns. Values are looked at only to see whether there are any.

    Args:
        columns: the contract columns that may land.
        filled: asked where several source columns could be one contract column.
        feed: whose declared headers, constants and options hold.
        outside_agreement: contract columns that may not land.
        every_column: all columns of the contract, so that one outside the agreement is not
            reported as unknown.

    Raises:
        Refused: ``column-missing`` or ``header-ambiguous``.
    """
    rules = feed.columns if feed else {}
    written = [normalised(cell) for cell in header.cells]
    names = names_of(columns)
    found: list[MappedColumn] = []
    ambiguous: list[str] = []
    missing: list[str] = []
    taken: set[int] = set()
    for name, facts in columns.items():
        rule = rules.get(name, _NO_RULE)
        options = _options(facts, rule)
        if rule.constant is not None:
            found.append(MappedColumn(name, None, rule.constant, "constant", options=options))
            continue
        how: How = "declared" if rule.header is not None else "exact"
        wanted = [normalised(rule.header)] if rule.header is not None else names[name]
        position, rivals = _position(wanted, written, filled, set() if rule.header else taken)
        if rivals and not facts.optional:
            raise Refused("header-ambiguous", _ambiguity(name, header, rivals))
        if rivals:
            ambiguous.append(name)
        elif position is not None:
            taken.add(position)
            options = {**options, **_formats(rule)}
            formats = tuple(options.pop("date_formats", ()))
            evidence = "declared by the feed" if formats else ""
            found.append(
                MappedColumn(
                    name, position, header.cells[position], how, formats, evidence, options
                )
            )
        elif not facts.optional:
            missing.append(name)
    if missing:
        raise Refused("column-missing", _difference(missing, header, columns, taken, rules))
    outside = {n: (every_column or {})[n] for n in outside_agreement if n in (every_column or {})}
    known = {n for names_outside in names_of(outside).values() for n in names_outside}
    present = tuple(
        name
        for name, names in names_of(outside).items()
        if set(names) & set(written)
        or (name in rules and normalised(rules[name].header or "") in written)
    )
    known |= {normalised(h) for h in (feed.ignored_columns if feed else ())}
    known |= {normalised(r.header) for r in rules.values() if r.header}
    unknown = tuple(
        cell.strip()
        for place, cell in enumerate(header.cells)
        if cell.strip() and place not in taken and written[place] not in known
    )
    return Mapped(header.row, tuple(found), unknown, present, tuple(ambiguous))


def _position(
    wanted: Sequence[str], written: Sequence[str], filled: Filled, taken: set[int]
) -> tuple[int | None, list[int]]:
    """The source position of the best name that has values; or the rivals for it.

    An empty column gives way to a less preferred one with values; where none has values, the most
    preferred stands.
    """
    ranked = [
        [p for p, cell in enumerate(written) if cell == name and p not in taken]
        for name in dict.fromkeys(wanted)
        if name
    ]
    candidates = [places for places in ranked if places]
    if len(candidates) == 1 and len(candidates[0]) == 1:
        return candidates[0][0], []
    for places in candidates:
        holding = filled(places)
        if len(holding) == 1:
            return holding[0], []
        if len(holding) > 1:
            return None, holding
    return (candidates[0][0], []) if candidates else (None, [])


def _options(facts: ColumnFacts, rule: ColumnRule) -> dict[str, Any]:
    options = {k: v for k, v in facts.options.items() if k in ("scheme", "part")}
    if rule.scheme is not None:
        options["scheme"] = rule.scheme
    if rule.part is not None:
        options["part"] = rule.part
    if rule.two_digit_years_before is not None:
        options["two_digit_years_before"] = rule.two_digit_years_before
    return options


def _formats(rule: ColumnRule) -> dict[str, Any]:
    return {"date_formats": (rule.date_format,)} if rule.date_format is not None else {}


def _cell(position: int, row: int) -> str:
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _ambiguity(name: str, header: Header, rivals: Sequence[int]) -> str:
    places = ", ".join(f'"{header.cells[p].strip()}" in {_cell(p, header.row)}' for p in rivals)
    return (
        f"several columns could be {name}: {places}. Rename one in the file, or declare the header "
        f"of {name} in the feed's file"
    )


def _difference(
    missing: Sequence[str],
    header: Header,
    columns: Mapping[str, ColumnFacts],
    taken: set[int],
    rules: Mapping[str, ColumnRule],
) -> str:
    """What is missing, what was found and what it may be: never used without being declared."""
    free = {
        place: cell.strip()
        for place, cell in enumerate(header.cells)
        if cell.strip() and place not in taken
    }
    lines = []
    for name in missing:
        rule = rules.get(name)
        said = f' (declared as "{rule.header}")' if rule and rule.header else ""
        likely = _likely(name, columns[name], free)
        lines.append(f"no column for {name}{said}{likely}")
    where = f"row {header.row}" if header.row else "the file's form"
    shown = ", ".join(f'"{cell.strip()}"' for cell in header.cells if cell.strip()) or "nothing"
    return (
        f"{'; '.join(lines)}. Headers in {where}: {shown}. If one of them is meant, declare it in "
        "the feed's file: columns: {" + missing[0] + ": {header: ...}}"
    )


def _likely(name: str, facts: ColumnFacts, free: Mapping[int, str]) -> str:
    scores = {
        cell: max(
            (score for _, score, _ in process.extract(
                normalised(cell), [normalised(h) for h in (name, *facts.headers)],
                scorer=fuzz.ratio, limit=1,
            )),
            default=0.0,
        )
        for cell in free.values()
    }  # fmt: skip
    near = sorted((c for c in scores if scores[c] >= _LIKE_ENOUGH), key=lambda c: -scores[c])[:3]
    return " (closest: " + ", ".join(f'"{cell}"' for cell in near) + ")" if near else ""
