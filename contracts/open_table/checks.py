"""What must hold of an open table: its columns are there, are nobody's, and may be published."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from contracts.agreement import Agreement
from contracts.dataset import Dataset
from contracts.entity import Entity, entity_facts, links_of
from contracts.kinds import Date, DecimalNumber, Identifier, Kind, Money, WholeNumber
from contracts.model import canonical_columns, columns_of
from contracts.open_table import OpenTable
from contracts.strict_yaml import Document

if TYPE_CHECKING:
    from contracts.declarations import Declarations

Problem = tuple[int, int, str]
SUMMABLE = (Money, WholeNumber, DecimalNumber)
BESIDE = ("supplied_by", "as_at")
"""Columns every open table has beside those declared."""


def publishable(agreement: Agreement, entity: str) -> frozenset[str] | None:
    """Attributes of an entity that an agreement lets be published; None where it lets nothing."""
    found = [
        purpose.entities[entity]
        for purpose in agreement.purposes
        if purpose.open and entity in purpose.entities
    ]
    return frozenset(name for names in found for name in names) if found else None


def published_feeds(table: OpenTable, declared: "Declarations") -> dict[str, Agreement]:
    """The feeds whose rows an open table shows, with the agreements that allow it.

    Rows may be shown from an agreement's first day to its last.
    """
    found = {
        name: declared.agreement_of(feed)
        for name, feed in sorted(declared.feeds.items())
        if table.feeds == "all" or name in table.feeds
    }
    return {
        name: agreement
        for name, agreement in found.items()
        if publishable(agreement, table.entity) is not None
        and _speaks_of(declared.datasets[declared.feeds[name].dataset], table.entity)
    }


def open_table_problems(
    table: OpenTable,
    document: Document,
    declared: "Declarations",
    unusable: Collection[tuple[str, str]],
) -> list[Problem]:
    """What is wrong with an open table, with line and column."""
    entity = declared.entities.get(table.entity)
    if entity is None:
        broken = ("entities", table.entity) in unusable
        said = "is itself broken" if broken else "is not in entities/; add it or name another"
        return [(*document.place("entity"), f"entity {table.entity!r} {said}")]
    found = list(_column_problems(table, document, entity, declared.entities))
    found += _disclosure_problems(table, document, entity)
    if not found:
        found += _feed_problems(table, document, declared)
    return found


def _column_problems(
    table: OpenTable,
    document: Document,
    entity: type[Entity],
    entities: Mapping[str, type[Entity]],
) -> Iterator[Problem]:
    kinds = _kinds(entity)
    for keys, name in _named(table):
        place = document.place(*keys)
        if name not in kinds:
            yield (*place, f"{table.entity} has no column {name!r}; it has {', '.join(kinds)}")
        elif personal_class(entity, name, entities) != "none":
            personal = personal_class(entity, name, entities)
            message = f"{table.entity}.{name} is {personal} data and is never published; remove it"
            yield (*place, message)
        elif name in BESIDE:
            yield (*place, f"every open table has a column {name} of its own; remove it")
    for number, group in enumerate(table.group_by):
        if group.by and group.column in kinds and not issubclass(kinds[group.column], Date):
            place = document.place("group_by", number, "by")
            yield (*place, f"{group.column} is no date and has no {group.by}")
    for number, measure in enumerate(table.measures):
        if measure.sum in kinds and not issubclass(kinds[measure.sum], SUMMABLE):
            place = document.place("measures", number, "sum")
            yield (*place, f"{measure.sum} is no number that could be summed")


def _named(table: OpenTable) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for i, name in enumerate(table.columns):
        yield ("columns", i), name
    for i, group in enumerate(table.group_by):
        yield ("group_by", i), group.column
    for i, measure in enumerate(table.measures):
        if measure.sum is not None:
            yield ("measures", i, "sum"), measure.sum


def _disclosure_problems(
    table: OpenTable, document: Document, entity: type[Entity]
) -> Iterator[Problem]:
    kinds = _kinds(entity)
    identifiers = {n for n in table.columns if n in kinds and issubclass(kinds[n], Identifier)}
    for number, rule in enumerate(table.disclosure.redact):
        at = ("disclosure", "redact", number)
        if rule.column not in kinds:
            yield (*document.place(*at, "column"), f"{table.entity} has no column {rule.column!r}")
        if rule.hide and table.aggregated:
            yield (*document.place(*at, "hide"), "groups have no columns to hide; leave rows out")
            continue
        for i, name in enumerate(rule.hide):
            if name not in table.columns:
                yield (*document.place(*at, "hide", i), f"{name!r} is not among the columns")
        # An identifier is a hash of what is hidden, and could be guessed.
        shown = sorted(identifiers - set(rule.hide)) if rule.hide else []
        if shown:
            message = f"{', '.join(shown)} would give away what is hidden; hide it as well"
            yield (*document.place(*at, "hide"), message)
    for i, name in enumerate(table.disclosure.quasi_identifiers):
        if name not in table.columns:
            place = document.place("disclosure", "quasi_identifiers", i)
            yield (*place, f"{name!r} is not among the columns")


def _feed_problems(
    table: OpenTable, document: Document, declared: "Declarations"
) -> Iterator[Problem]:
    place = document.place("feeds")
    for number, name in enumerate(table.feeds if table.feeds != "all" else ()):
        at = document.place("feeds", number)
        if name not in declared.feeds:
            broken = name in declared.broken_feeds()
            said = "is itself broken" if broken else "is not declared; add it or correct the name"
            yield (*at, f"feed {name} {said}")
            continue
        agreement = declared.agreement_of(declared.feeds[name])
        if publishable(agreement, table.entity) is None:
            message = (
                f"agreement {agreement.id} of feed {name} does not let {table.entity} be "
                "published: no purpose of it that names it says `open: true`"
            )
            yield (*at, message)
        elif not _speaks_of(declared.datasets[declared.feeds[name].dataset], table.entity):
            yield (*at, f"feed {name} brings no {table.entity}")
    feeds = published_feeds(table, declared)
    if not feeds and table.feeds == "all":
        message = (
            f"no feed's agreement lets {table.entity} be published; the purpose that allows it "
            "says `open: true`"
        )
        yield (*place, message)
    for agreement in {one.id: one for one in feeds.values()}.values():
        allowed = publishable(agreement, table.entity) or frozenset()
        # What rows are chosen by is used, not shown.
        for keys, name in _named(table):
            if name not in allowed:
                message = (
                    f"agreement {agreement.id} does not let {table.entity}.{name} be published; "
                    "name it under a purpose with `open: true`, or remove it here"
                )
                yield (*document.place(*keys), message)


def agreement_opens_problems(
    agreement: Agreement, document: Document, entities: Mapping[str, type[Entity]]
) -> Iterator[Problem]:
    """What an agreement may not let be published."""
    for number, purpose in enumerate(agreement.purposes):
        if not purpose.open:
            continue
        for entity, names in purpose.entities.items():
            contract = entities.get(entity)
            for i, name in enumerate(names if contract else ()):
                known = contract is not None and name in _kinds(contract)
                personal = personal_class(contract, name, entities) if contract and known else ""
                if personal not in ("", "none"):
                    message = (
                        f"{entity}.{name} is {personal} data; a purpose with "
                        "`open: true` publishes to everybody, so remove it, or `open`"
                    )
                    yield (*document.place("purposes", number, "entities", entity, i), message)


def _kinds(entity: type[Entity]) -> dict[str, type[Kind]]:
    return {**canonical_columns(entity), f"{entity_facts(entity).name}_id": Identifier}


def personal_class(entity: type[Entity], name: str, entities: Mapping[str, type[Entity]]) -> str:
    """The personal-data class of a column; an identifier has that of what it is made from."""
    facts = columns_of(entity)
    if name in facts:
        own: str = facts[name].personal
        linked = entities.get(links_of(entity).get(name, "").partition(":")[0])
        return own if linked is None else max(own, _identity_class(linked), key=_strictness)
    if name == f"{entity_facts(entity).name}_id":
        return _identity_class(entity)
    owner = max((one for one in facts if name.startswith(f"{one}_")), key=len)
    return max(canonical_columns(entity)[name].personal, facts[owner].personal, key=_strictness)


def _identity_class(entity: type[Entity]) -> str:
    facts, kinds = columns_of(entity), canonical_columns(entity)
    made_from = entity_facts(entity).identity or tuple(facts)
    return max(
        (facts[name].personal if name in facts else kinds[name].personal for name in made_from),
        key=_strictness,
    )


def _strictness(personal: str) -> int:
    return ("none", "personal", "special").index(personal)


def _speaks_of(dataset: type[Dataset], entity: str) -> bool:
    return any(
        target.partition(".")[0].partition(":")[0] == entity
        for column in columns_of(dataset).values()
        for target in column.to
    )
