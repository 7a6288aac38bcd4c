"""Where feeds differ on one thing: counts for everybody, values for who accounts for it."""

from collections import Counter
from typing import Any

from contracts.declarations import Declarations
from contracts.declarations import load as declared
from contracts.entity import entity_facts
from contracts.model import columns_of
from pipeline.settings import Settings
from repository.database import connected, database_url
from repository.feeds import feed_number
from repository.problems import values_withheld
from repository.quarantine import Reader, account
from repository.sources import conflicts


class NotShared(LookupError):
    """Feeds do not share this entity, or there is none of that name, or no such attribute."""


def counts(entity: str | None = None) -> list[dict[str, Any]]:
    """Conflicts by entity, attribute and feed (:func:`repository.sources.conflicts.counts`).

    Raises:
        NotShared: no two feeds can speak of one such thing.
    """
    declarations, url = _repository()
    with values_withheld(), connected(url) as conn:
        return conflicts.counts(conn, _shared(declarations, entity))


def listed(
    entity: str | None = None,
    reader: Reader | None = None,
    *,
    attribute: str | None = None,
    most: int = 50,
) -> list[dict[str, Any]]:
    """Every value of the first conflicts, chosen ones first.

    As :func:`repository.sources.conflicts.listed` gives them.

    Args:
        entity: only of this one.
        reader: who is shown values of personal attributes, and what for: it is recorded for every
            feed of them before anything is shown. Without, these values are null.
        attribute: only of this one.
        most: values at most, of each entity.

    Raises:
        NotShared: no two feeds can speak of one such thing, or it has no such attribute.
    """
    declarations, url = _repository()
    if attribute is not None:
        _see_attribute(declarations, _shared(declarations, entity), attribute)
    found: list[dict[str, Any]] = []
    with values_withheld(), connected(url) as conn:
        for name in _shared(declarations, entity):
            personal = [
                column
                for column, facts in columns_of(declarations.entities[name]).items()
                if facts.personal != "none"
            ]
            hidden = personal if reader is None else []
            rows = conflicts.listed(conn, name, hidden, attribute=attribute, most=most)
            if reader is not None:
                opened = Counter(row["feed"] for row in rows if row["attribute"] in personal)
                for feed, many in sorted(opened.items()):
                    account(conn, feed_number(conn, feed), many, reader)
            found += rows
    return found


def _shared(declarations: Declarations, entity: str | None) -> list[str]:
    shared = [
        name
        for name, contract in sorted(declarations.entities.items())
        if entity_facts(contract).shared
    ]
    if entity is None:
        return shared
    if entity not in shared:
        known = entity in declarations.entities
        why = "is each feed's own, so that no two feeds speak of one" if known else "is not there"
        raise NotShared(f"entity {entity} {why}; feeds share {', '.join(shared) or 'none'}")
    return [entity]


def _see_attribute(declarations: Declarations, entities: list[str], attribute: str) -> None:
    there = {one for name in entities for one in columns_of(declarations.entities[name])}
    if attribute not in there:
        raise NotShared(
            f"{', '.join(entities)} has no attribute {attribute}; there are "
            f"{', '.join(sorted(there))}"
        )


def _repository() -> tuple[Declarations, str]:
    settings = Settings.from_environment()
    return declared(settings.contracts), database_url(settings.state)
