"""What a contract says of one column: its meaning, its kind, where it goes, what must hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandera.polars as pa

from contracts.kinds import Kind, MissingReason, Personal, PersonalMissingReason

KEY = "watersmeet"

MISSING = "missing"
"""Suffix of the companion that says why a value is missing."""


@dataclass(frozen=True)
class ColumnFacts:
    """The facts of one column, as declared.

    Attributes:
        name: the column's canonical name.
        kind: what kind of value it holds.
        meaning: one line for the dictionary.
        headers: names suppliers give it, compared without case, punctuation and white space.
        to: where it goes in the repository: ``entity.attribute``, or ``entity:role.attribute``
            where one row speaks of several entities of a kind.
        optional: whether a delivery may lack the column altogether.
        nullable: whether a row may lack the value.
        personal: its personal-data class.
        options: further facts for the kind, such as ``scheme`` of a code.
        reasons: whether a companion ``<column>_missing`` says why a value is missing.
    """

    name: str
    kind: type[Kind]
    meaning: str
    headers: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    optional: bool = False
    nullable: bool = False
    personal: Personal = "none"
    options: Mapping[str, Any] = field(default_factory=dict)
    reasons: bool = False

    @property
    def companions(self) -> Mapping[str, type[Kind]]:
        """Further canonical columns this one yields, suffix to kind: its kind's, and the reason a
        value is missing."""
        if not self.reasons:
            return self.kind.companions
        reason = MissingReason if self.personal == "none" else PersonalMissingReason
        return {**self.kind.companions, MISSING: reason}


def column(
    meaning: str,
    *,
    headers: Sequence[str] = (),
    to: str | Sequence[str] = (),
    optional: bool = False,
    nullable: bool = False,
    personal: Personal | None = None,
    options: Mapping[str, Any] | None = None,
    reasons: bool = False,
    **checks: Any,
) -> Any:
    """Declare a column of a dataset or an attribute of an entity.

    ``checks`` are Pandera's own (``ge``, ``le``, ``isin``, ``str_matches``, ``str_length`` ...) and
    hold for the canonical value. The other arguments are described at :class:`ColumnFacts`.
    """
    declared = {
        "meaning": meaning,
        "headers": tuple(headers),
        "to": (to,) if isinstance(to, str) else tuple(to),
        "optional": optional,
        "nullable": nullable,
        "personal": personal,
        "options": dict(options or {}),
        "reasons": reasons,
    }
    return pa.Field(
        nullable=nullable or optional, description=meaning, metadata={KEY: declared}, **checks
    )


def facts_of(name: str, kind: type[Kind], declared: Mapping[str, Any]) -> ColumnFacts:
    """The facts of a declared column, the kind's own filled in where the column is silent."""
    personal = declared["personal"] or kind.personal
    return ColumnFacts(name=name, kind=kind, **{**declared, "personal": personal})
