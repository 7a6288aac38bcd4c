"""An entity contract: what the repository promises to analysts of one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, ClassVar

from contracts.column import column
from contracts.kinds import Identifier
from contracts.model import Contract

__all__ = ["Entity", "EntityFacts", "column", "link"]


@dataclass(frozen=True)
class EntityFacts:
    """The facts of an entity as a whole.

    Attributes:
        name: the table's name.
        title: for people.
        version: semantic version of the contract.
        identity: the canonical columns that tell one from another. Empty: nothing does but the
            record itself, and a record that stands twice in a delivery is two.
        shared: whether the same identity from two feeds is the same thing (an organisation's
            name) or each feed's own (a payroll number).
        valid_from: the date from which on the source says that it is so; None, or empty in a row:
            from the date on of which the delivery speaks.
        valid_to: the last day on which the source says that it is so; empty in a row: it is open.
        happened_on: of an event, the date of it. It is so since that day; where a later delivery
            lacks it, it is taken back and does not end.
        doc: the description and caveats, from the class's docstring.
    """

    name: str
    title: str
    version: str
    identity: tuple[str, ...]
    shared: bool
    doc: str
    valid_from: str | None = None
    valid_to: str | None = None
    happened_on: str | None = None

    @property
    def own_start(self) -> str | None:
        """The attribute that says since when a row is so; None where the delivery's date does."""
        return self.happened_on or self.valid_from


class Entity(Contract):
    """Base of entity contracts; class keywords are those of :class:`EntityFacts`."""

    _entity: ClassVar[EntityFacts]

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        title: str | None = None,
        version: str = "1.0.0",
        identity: Sequence[str] = (),
        shared: bool = False,
        valid_from: str | None = None,
        valid_to: str | None = None,
        happened_on: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if name is None:
            raise TypeError(f"entity {cls.__name__}: give its name")
        cls._entity = EntityFacts(
            name=name,
            title=title or name.replace("_", " ").capitalize(),
            version=version,
            identity=tuple(identity),
            shared=shared,
            doc=getdoc(cls) or "",
            valid_from=valid_from,
            valid_to=valid_to,
            happened_on=happened_on,
        )


def entity_facts(entity: type[Entity]) -> EntityFacts:
    """The facts of an entity as a whole."""
    return entity._entity


def link(meaning: str, *, to: str) -> Any:
    """Declare an :class:`~contracts.kinds.Identifier` of another entity the same row speaks of.

    ``to`` is ``entity`` or ``entity:role``, as dataset columns use it. The identifier is null
    where the row gives no identity for that entity.
    """
    return column(meaning, nullable=True, options={"link": to})


def links_of(entity: type[Entity]) -> dict[str, str]:
    """An entity's links: column to ``entity`` or ``entity:role``."""
    return {
        name: facts.options["link"]
        for name, facts in entity._facts.items()
        if facts.kind is Identifier and "link" in facts.options
    }
