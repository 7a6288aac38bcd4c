"""Schema and tags of what is read and what is written."""

from collections.abc import Iterator
from typing import Any

from contracts.column import ColumnFacts
from contracts.dataset import Dataset
from contracts.entity import Entity, entity_facts
from contracts.kinds import Identifier, Personal
from contracts.model import columns_of
from pipeline.lineage_events.facets import Plain, facet, tag
from pipeline.lineage_events.fields import Fields

ORDER: tuple[Personal, ...] = ("none", "personal", "special")
PERSONAL = "personal-data"
NOT_SHARED = "outside-agreement"


def supplied(dataset: type[Dataset], fields: Fields) -> Plain:
    """Facets ``schema`` and ``tags`` of what was supplied, by the supplier's headers."""
    facts = columns_of(dataset)
    described: list[Plain] = []
    tags: list[Plain] = []
    for name, headers in fields.read.items():
        for header in headers:
            described.append(_field(header, "text", facts[name].meaning))
            tags.append(tag(PERSONAL, facts[name].personal, header))
    for name in fields.dropped:
        if name in facts:
            described.append(_field(name, "text", facts[name].meaning))
            tags += [tag(PERSONAL, facts[name].personal, name), tag(NOT_SHARED, "dropped", name)]
    return _facets(described, tags)


def stored(entity: type[Entity]) -> Plain:
    """Facets ``schema`` and ``tags`` of an entity's table, by its contract."""
    described = []
    tags = []
    for name, kind, meaning, personal in _columns(entity):
        described.append(_field(name, kind, meaning))
        tags.append(tag(PERSONAL, personal, name))
    return _facets(described, tags)


def class_of_companion(owner: ColumnFacts, suffix: str) -> Personal:
    """The personal-data class of a companion column: its kind's, or that of what it is made of."""
    kind = owner.companions[suffix]
    return owner.personal if kind.personal == "none" else kind.personal


def _columns(entity: type[Entity]) -> Iterator[tuple[str, str, str, Personal]]:
    facts, columns = entity_facts(entity), columns_of(entity)
    made_of = [columns[name].personal for name in facts.identity if name in columns]
    if f"{facts.name}_id" not in columns:
        meaning = f"The repository's identifier of the {facts.title.lower()}"
        yield f"{facts.name}_id", Identifier.sql, meaning, max(made_of or ["none"], key=ORDER.index)
    for column in columns.values():
        yield column.name, column.kind.sql, column.meaning, column.personal
        for suffix, kind in column.companions.items():
            meaning = f"{column.meaning} ({suffix.replace('_', ' ')})"
            yield f"{column.name}_{suffix}", kind.sql, meaning, class_of_companion(column, suffix)


def _facets(described: list[Plain], tags: list[Plain]) -> Plain:
    for position, one in enumerate(described, 1):
        one["ordinal_position"] = position
    classes: list[Any] = [one["value"] for one in tags if one["key"] == PERSONAL]
    whole = tag(PERSONAL, max(classes or ["none"], key=ORDER.index))
    return {"schema": facet("schema", fields=described), "tags": facet("tags", tags=[whole, *tags])}


def _field(name: str, kind: str, meaning: str) -> Plain:
    return {"name": name, "type": kind, "description": meaning}
