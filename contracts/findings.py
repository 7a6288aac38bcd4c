"""A finding: something found of a delivery as a whole, where an issue is found of a row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What was found of a delivery.

    Attributes:
        code: of the issue catalogue, which says whether it stops the delivery or is noted.
        message: plain English for the person who decides; headers and counts, never a value of a
            row.
        column: the contract column; None where the whole delivery is meant.
        facts: the figures the message is made of; JSON-able, no value of a row either.
    """

    code: str
    message: str
    column: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain dictionary."""
        return {**asdict(self), "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Finding":
        """Back from :meth:`to_json`."""
        return cls(written["code"], written["message"], written["column"], written["facts"])
