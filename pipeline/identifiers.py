"""Identifiers and where they lead: shown, merged, split, and taken back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from contracts.dataset import dataset_facts
from contracts.declarations import Declarations
from contracts.declarations import load as declared
from pipeline.settings import Settings
from repository.database import connected, database_url
from repository.identifiers.decisions import Decided, Decision
from repository.identifiers.redirects import (
    KINDS,
    NoSuchIdentifier,
    around,
    feeds_of,
    identifier_of,
    known,
    resolve,
)
from repository.problems import values_withheld


def show(entity: str, id: str) -> dict[str, Any]:
    """Where an identifier leads, and everything that was decided about it.

    Returns:
        ``entity``, ``id``; ``leads_to``: the identifiers to look for today, itself where it is
        still given; ``feeds``: those with a current row of each; ``redirects``: each with what it
        leads from and to, kind, since, author, reason and whether it was withdrawn.

    Raises:
        repository.identifiers.redirects.NoSuchIdentifier: there is and was none.
    """
    declarations, url = _repository()
    identifier = identifier_of(id)
    with connected(url) as conn:
        _see_entity(declarations, entity)
        found = around(conn, entity, identifier)
        if not found and not known(conn, entity, identifier):
            raise NoSuchIdentifier(f"there is and was no {entity} with the identifier {identifier}")
        ends = resolve(conn, entity, identifier)
        led = ends.parts or (ends.id,)
        return {
            "entity": entity,
            "id": str(identifier),
            "leads_to": [str(one) for one in led],
            "feeds": {str(one): feeds_of(conn, entity, one) for one in led},
            "redirects": [
                {
                    **{k: v for k, v in asdict(one).items() if k != "entity"},
                    "from_id": str(one.from_id),
                    "to_id": str(one.to_id),
                    "meaning": KINDS[one.kind],
                }
                for one in found
            ],
        }


def merge(
    entity: str, from_ids: Sequence[str], into: str, *, reason: str, author: str
) -> list[dict[str, Any]]:
    """Have several identifiers be one; see :meth:`Decision.merge`."""
    with _deciding(entity, reason, author) as decision:
        done = decision.merge([identifier_of(one) for one in from_ids], identifier_of(into))
    return [_told(one) for one in done]


def split(
    entity: str, id: str, to_ids: Sequence[str], *, reason: str, author: str
) -> list[dict[str, Any]]:
    """Tell that an identifier was given to several things; see :meth:`Decision.split`."""
    with _deciding(entity, reason, author) as decision:
        done = decision.split(identifier_of(id), [identifier_of(one) for one in to_ids])
    return [_told(one) for one in done]


def undo(entity: str, id: str, *, reason: str, author: str) -> list[dict[str, Any]]:
    """Withdraw what an identifier leads to; see :meth:`Decision.undo`."""
    with _deciding(entity, reason, author) as decision:
        done = decision.undo(identifier_of(id))
    return [_told(one) for one in done]


@contextmanager
def _deciding(entity: str, reason: str, author: str) -> Iterator[Decision]:
    declarations, url = _repository()
    _see_entity(declarations, entity)
    mains = {
        name
        for name, feed in declarations.feeds.items()
        if dataset_facts(declarations.dataset(feed.dataset)).main == entity
    }
    with values_withheld(), connected(url) as conn:
        yield Decision(conn, entity, declarations.entities, reason, author, mains)


def _repository() -> tuple[Declarations, str]:
    settings = Settings.from_environment()
    return declared(settings.contracts), database_url(settings.state)


def _see_entity(declarations: Declarations, entity: str) -> None:
    if entity not in declarations.entities:
        raise NoSuchIdentifier(
            f"there is no entity {entity}; there are {', '.join(sorted(declarations.entities))}"
        )


def _told(one: Decided) -> dict[str, Any]:
    return {
        "from_id": str(one.from_id),
        "to_id": str(one.to_id),
        "kind": one.kind,
        **asdict(one.moved),
    }
