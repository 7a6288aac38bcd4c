"""The declared ways of values: from a supplier's header to a column, a view and an open table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.declarations import Declarations
from contracts.entity import entity_facts, links_of
from contracts.feed import Feed
from contracts.kinds import MatchForm
from contracts.model import canonical_columns, columns_of
from contracts.open_table import OpenTable


@dataclass(frozen=True)
class Target:
    """Where a contract column goes: an entity, the role it plays in the row, its attribute."""

    entity: str
    role: str
    attribute: str


def targets_of(facts: ColumnFacts) -> list[Target]:
    """Where a contract column goes."""
    found = []
    for target in facts.to:
        place, _, attribute = target.partition(".")
        entity, _, role = place.partition(":")
        found.append(Target(entity, role, attribute))
    return found


def entities_of(dataset: type[Dataset]) -> list[str]:
    """The entities a dataset brings, its main one first."""
    found = [dataset_facts(dataset).main]
    for facts in columns_of(dataset).values():
        found += [target.entity for target in targets_of(facts)]
    return list(dict.fromkeys(found))


def feeds_of(declared: Declarations, dataset: str) -> list[Feed]:
    """The feeds of a dataset."""
    return [feed for _, feed in sorted(declared.feeds.items()) if feed.dataset == dataset]


def attribute_of(declared: Declarations, entity: str, column: str) -> str:
    """The attribute a canonical column belongs to: of a companion, the one it comes with."""
    facts = columns_of(declared.entities[entity])
    if column in facts:
        return column
    return max((one for one in facts if column.startswith(f"{one}_")), key=len, default=column)


def companions_of(declared: Declarations, entity: str, attribute: str) -> list[str]:
    """The further columns an attribute yields."""
    found = columns_of(declared.entities[entity]).get(attribute)
    return [f"{attribute}_{suffix}" for suffix in found.companions] if found else []


def filled_by(declared: Declarations, entity: str, attribute: str) -> list[tuple[str, str]]:
    """Dataset and contract column of everything that leads to an attribute."""
    return [
        (name, column)
        for name, dataset in sorted(declared.datasets.items())
        for column, facts in columns_of(dataset).items()
        if any((t.entity, t.attribute) == (entity, attribute) for t in targets_of(facts))
    ]


def header_in(feed: Feed, dataset: type[Dataset], column: str) -> str:
    """How a feed's file says where a contract column stands."""
    rule = feed.columns.get(column)
    if rule is not None and rule.constant is not None:
        return f"always {rule.constant!r}, declared by the feed"
    if rule is not None and rule.header is not None:
        return f'"{rule.header}"'
    known = columns_of(dataset)[column].headers
    return "any of " + ", ".join(known) if known else column


def identified_by(declared: Declarations, entity: str, column: str) -> list[str]:
    """Columns that identify rows by a column or its companions: the entity's own identifier where
    it is made from them, and the links of others to it."""
    made_from = entity_facts(declared.entities[entity]).identity
    mine = {column, *companions_of(declared, entity, column)}
    # Where nothing tells one from another but the record, every column of it does.
    if made_from and not mine & set(made_from):
        return []
    found = [f"{entity}.{entity}_id"]
    for name, contract in sorted(declared.entities.items()):
        found += [
            f"{name}.{column}"
            for column, to in links_of(contract).items()
            if to.partition(":")[0] == entity
        ]
    return found


def views_of(
    declared: Declarations, entity: str, column: str | None = None, feed: str | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Purpose, columns and feeds of every view that shows an entity, or one column of it, by the
    agreements of the feeds.

    Companions are shown with their attribute, but for match forms, which must be named.
    """
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for name, one in sorted(declared.feeds.items()):
        if feed not in (None, name):
            continue
        for purpose in declared.agreement_of(one).purposes:
            granted = purpose.entities.get(entity, ())
            shown = [c for c in granted if column is None or c == _named(declared, entity, column)]
            if shown:
                columns, feeds = found.setdefault(purpose.name, ({}, {}))
                columns |= dict.fromkeys(granted)
                feeds[name] = None
    for purpose_name, (columns, feeds) in sorted(found.items()):
        yield purpose_name, list(columns), list(feeds)


def views_named(declared: Declarations, entity: str) -> list[str]:
    """The views of an entity that a purpose has; the functions for other times show the same."""
    if not entity_facts(declared.entities[entity]).shared:
        return [entity]
    return [entity, f"{entity}_settled", f"{entity}_conflict"]


def _named(declared: Declarations, entity: str, column: str) -> str:
    kind = canonical_columns(declared.entities[entity]).get(column)
    if kind is not None and issubclass(kind, MatchForm):
        return column
    return attribute_of(declared, entity, column)


def open_tables_of(
    declared: Declarations, entity: str, column: str | None = None, feed: str | None = None
) -> list[OpenTable]:
    """Open tables made from an entity, or from one column of it, or with rows of a feed."""
    return [
        table
        for _, table in sorted(declared.open_tables.items())
        if table.entity == entity
        and (column is None or column in _read(table))
        and (feed is None or _published(declared, table, feed))
    ]


def _read(table: OpenTable) -> set[str]:
    return {*table.read, *(one.column for one in table.disclosure.redact)}


def _published(declared: Declarations, table: OpenTable, feed: str) -> bool:
    if table.feeds != "all":
        return feed in table.feeds
    one = declared.feeds.get(feed)
    return one is not None and any(
        purpose.open and table.entity in purpose.entities
        for purpose in declared.agreement_of(one).purposes
    )


def lists_of(
    declared: Declarations, feed: Feed | None, facts: Mapping[str, object], column: str
) -> str | None:
    """The scheme a column is read by, in a feed where it says so itself; None where by none."""
    rule = feed.columns.get(column) if feed is not None else None
    if rule is not None and rule.scheme is not None:
        return rule.scheme
    scheme = facts.get("scheme")
    return str(scheme) if scheme is not None else None
