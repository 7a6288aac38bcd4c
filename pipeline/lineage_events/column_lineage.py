"""Which supplied column each stored column is made of, how, and whether that hides the value."""

from collections.abc import Iterable, Iterator, Mapping

from contracts.column import MISSING, ColumnFacts
from contracts.dataset import Dataset
from contracts.entity import Entity, entity_facts, links_of
from contracts.kinds import Reference
from contracts.model import columns_of
from pipeline.lineage_events.facets import Plain, facet
from pipeline.lineage_events.fields import Fields

Entities = Mapping[str, type[Entity]]
Used = tuple[str, Plain]
"""A contract column, and what is done with it."""

KEPT_BACK = "not shared under the agreement: dropped before it is read"
HASHED = "hash of the identity"


def column_lineage(
    dataset: type[Dataset],
    entity: str,
    entities: Entities,
    source: Plain,
    fields: Fields,
    checked: Iterable[str],
) -> Plain:
    """Facet ``columnLineage`` of one entity's table.

    Args:
        entity: its name among the entities.
        source: namespace and name of what was supplied.
        checked: contract columns whose checks keep rows out.
    """
    made = _Made(dataset, entity, entities, fields)
    described = {
        column: {"inputFields": inputs}
        for column, used in made.columns()
        if (inputs := list(_inputs(source, fields, used)))
    }
    kept_out = [(name, _done("INDIRECT", "FILTER", "rows that fail its checks are not loaded"))
                for name in checked if name in fields.read]  # fmt: skip
    return facet("columnLineage", fields=described, dataset=list(_inputs(source, fields, kept_out)))


class _Made:
    """What the columns of one entity's table are made of."""

    def __init__(
        self, dataset: type[Dataset], entity: str, entities: Entities, fields: Fields
    ) -> None:
        self.entity, self.entities, self.fields = entities[entity], entities, fields
        self.supplied = columns_of(dataset)
        self.name = entity

    def columns(self) -> Iterator[tuple[str, list[Used]]]:
        """Each stored column with what it is made of."""
        links = links_of(self.entity)
        if f"{self.name}_id" not in columns_of(self.entity):
            yield f"{self.name}_id", self._identity(self.name)
        for attribute, facts in columns_of(self.entity).items():
            if attribute in links:
                yield attribute, self._identity(links[attribute])
                continue
            yield attribute, [(name, self._read(name, facts)) for name in self._from(attribute)]
            for suffix in facts.companions:
                yield (
                    f"{attribute}_{suffix}",
                    [(name, self._beside(name, suffix)) for name in self._from(attribute)],
                )

    def _from(self, attribute: str) -> list[str]:
        """Contract columns that lead to an attribute, in whatever role."""
        return [
            name
            for name, facts in self.supplied.items()
            for target in facts.to
            if target.partition(".")[2] == attribute
            and target.partition(".")[0].partition(":")[0] == self.name
        ]

    def _identity(self, role: str) -> list[Used]:
        """Columns an identifier is a hash of: those of the identity of an entity in a role (of the
        entity itself, in any); the whole record where nothing else tells one from another."""
        identity = entity_facts(self.entities[role.partition(":")[0]]).identity
        found = [
            name
            for name, facts in self.supplied.items()
            for target in facts.to
            if role in (target.partition(".")[0], target.partition(".")[0].partition(":")[0])
            and _is_part(target.partition(".")[2], identity)
        ]
        done = _done("DIRECT", "TRANSFORMATION", HASHED, masking=True)
        return [(name, done) for name in (found if identity else self.fields.read)]

    def _read(self, name: str, facts: ColumnFacts) -> Plain:
        if name in self.fields.dropped:
            return _done("DIRECT", "TRANSFORMATION", KEPT_BACK, masking=True)
        if issubclass(facts.kind, Reference):
            return _done("DIRECT", "IDENTITY", "kept as written")
        if "scheme" in facts.options:
            return _done("DIRECT", "TRANSFORMATION", f"code of the list {facts.options['scheme']}")
        return _done("DIRECT", "TRANSFORMATION", f"read as {facts.kind.name.replace('_', ' ')}")

    def _beside(self, name: str, suffix: str) -> Plain:
        if name in self.fields.dropped:
            return _done("DIRECT", "TRANSFORMATION", KEPT_BACK, masking=True)
        if suffix == MISSING:
            hides = self.supplied[name].personal != "none"
            return _done("DIRECT", "TRANSFORMATION", "why there is no value", masking=hides)
        return _done("DIRECT", "TRANSFORMATION", suffix.replace("_", " "))


def _is_part(attribute: str, identity: Iterable[str]) -> bool:
    """Whether an attribute, or a companion of it, is part of an identity."""
    return any(one == attribute or one.startswith(f"{attribute}_") for one in identity)


def _inputs(source: Plain, fields: Fields, used: Iterable[Used]) -> Iterator[Plain]:
    for name, done in used:
        headers = fields.read.get(name, (name,) if name in fields.dropped else ())
        for header in headers:
            yield {**source, "field": header, "transformations": [done]}


def _done(kind: str, subtype: str, description: str, *, masking: bool = False) -> Plain:
    return {"type": kind, "subtype": subtype, "description": description, "masking": masking}
