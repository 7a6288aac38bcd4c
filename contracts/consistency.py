"""What should be found in another feed: a child entitled to free meals on a school's roll."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.model import canonical_columns

if TYPE_CHECKING:
    from contracts.entity import Entity


@dataclass(frozen=True)
class FoundIn:
    """Rows of an entity that this dataset brings should be among those another dataset brings.

    Attributes:
        dataset: the other dataset.
        entity: the entity both bring.
        by: its attributes that tell the same thing in both; rows lacking one are not counted.
        same_organisation: only feeds of the organisation that supplies this one; else of all.
        least: the share that should be found; less is noted. A sudden fall stops the delivery.
    """

    dataset: str
    entity: str
    by: tuple[str, ...]
    same_organisation: bool = True
    least: float = 0.0

    @property
    def name(self) -> str:
        """The word for it among the measures of a delivery."""
        return f"{self.entity} in {self.dataset}"


def wrong_with(
    declared: tuple[FoundIn, ...], entities: Mapping[str, "type[Entity]"], brought: set[str]
) -> list[str]:
    """What is wrong with what a dataset says of others.

    Args:
        brought: the entities the dataset brings.
    """
    found = []
    for one in declared:
        entity = entities.get(one.entity)
        if entity is None or one.entity not in brought:
            found.append(f"consistency: the dataset brings no entity {one.entity!r}")
            continue
        known = canonical_columns(entity)
        found += [
            f"consistency: {one.entity} has no attribute {name!r}"
            for name in one.by
            if name not in known
        ]
    return found
