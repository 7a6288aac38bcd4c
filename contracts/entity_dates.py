"""What must hold of the dates an entity contract names as its own."""

from pathlib import Path

from contracts.entity import Entity, entity_facts
from contracts.kinds import Date
from contracts.model import columns_of
from contracts.modules import place_of_class


def entity_problems(entity: type[Entity], path: Path) -> list[tuple[int, int, str]]:
    """What is wrong with the dates an entity contract names as its own."""
    facts, columns = entity_facts(entity), columns_of(entity)
    named = {
        "valid_from": facts.valid_from,
        "valid_to": facts.valid_to,
        "happened_on": facts.happened_on,
    }
    said = []
    for keyword, name in named.items():
        if name is not None and (name not in columns or not issubclass(columns[name].kind, Date)):
            dates = [one for one, column in columns.items() if issubclass(column.kind, Date)]
            there = f"it has {', '.join(dates)}" if dates else "it has none"
            said.append(f"{keyword} {name!r} is no date of the entity; {there}")
    if facts.happened_on in columns and columns[str(facts.happened_on)].nullable:
        said.append(f"happened_on {facts.happened_on!r} may be empty; an event has its date")
    if facts.happened_on and (facts.valid_from or facts.valid_to):
        said.append("an entity is an event (happened_on) or lasts (valid_from); keep one")
    if facts.valid_to and not facts.valid_from:
        said.append("valid_to needs valid_from: say since when it is so")
    return [(*place_of_class(path, entity.__name__), message) for message in said]
