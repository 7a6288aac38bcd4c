"""How the columns of one table answer to a contract; stored as lineage, passed between tasks."""

import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

PLAUSIBLE = "plausible"
"""Option of a date column: the span outside which a date is noted. It changes no value."""

SWAPPED_BACK = "swapped_back"
"""Option of a date column whose stored dates are read with day and month changed about."""

IN_DOUBT = "in_doubt_outside"
"""Option of a date column that holds single dates of the other order of day and month: the span
outside which a date is in doubt that lies inside with day and month changed about."""

How = Literal["exact", "declared", "inferred", "constant"]


@dataclass(frozen=True)
class Proposal:
    """A header that may be meant for a contract column, and is not taken without being declared.

    Attributes:
        column: the contract column.
        header: as written.
        cell: where it stands; None where the form of the file names the columns.
        score: likeness to the nearest known name, 0 to 100.
        evidence: what speaks for it, and what does not, in plain words.
    """

    column: str
    header: str
    cell: str | None
    score: float
    evidence: str

    @property
    def yaml(self) -> str:
        """The line to put under ``columns`` in the feed's file."""
        return f"{self.column}: {{header: {json.dumps(self.header, ensure_ascii=False)}}}"


class Refused(Exception):
    """A delivery, or a table of it, that is not what its contract says.

    Attributes:
        code: issue code of severity ``stop``.
        message: plain English with file, sheet or cell and remedy. It holds headers at most, never
            a value of a data row.
        proposals: headers that may be what is missing.
    """

    def __init__(self, code: str, message: str, proposals: Sequence[Proposal] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.proposals = tuple(proposals)

    def at(self, place: str) -> "Refused":
        """The same refusal, saying in which file and sheet."""
        return Refused(self.code, f"{place}: {self.message}", self.proposals)


@dataclass(frozen=True)
class MappedColumn:
    """One contract column and where it stands.

    Attributes:
        name: the contract column.
        position: 0-based column of the source; None for a constant.
        header: the header as written, or the constant's value.
        how: found by the contract's header names, by the feed's declared header, inferred from a
            header nearly alike and the column's own values, or a constant.
        score: of an inferred one, the likeness of the names, 0 to 100.
        evidence: of an inferred one, what it rests on, in plain words.
        date_formats: the formats the column follows, for dates.
        date_evidence: how they are known.
        options: further options of the value's parser; JSON-able.
    """

    name: str
    position: int | None
    header: str
    how: How
    date_formats: tuple[str, ...] = ()
    date_evidence: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Mapping:
    """The mapping of one table.

    Attributes:
        header_row: 1-based source row of the header; 0 where the form of the file names columns.
        columns: the contract columns found, in the contract's order.
        unknown: headers that are in neither contract nor feed; not read.
        outside_agreement: contract columns the table has and the agreement does not let land;
            not read.
        ambiguous: optional contract columns left out because several source columns could be it.
        proposals: headers that may be meant for optional contract columns the table lacks.
    """

    header_row: int
    columns: tuple[MappedColumn, ...]
    unknown: tuple[str, ...] = ()
    outside_agreement: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    def column(self, name: str) -> MappedColumn | None:
        """The mapping of a contract column; None where the table lacks it."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def positions(self) -> tuple[int, ...]:
        """Source positions that are read, in order."""
        return tuple(sorted({c.position for c in self.columns if c.position is not None}))

    @property
    def reading(self) -> str:
        """All that decides how a record is read besides its bytes: two tables of one reading turn
        the same record into the same values. In which order the formats of a column were met
        does not matter: no two of one column read a value differently."""
        decisive = [
            (
                column.name,
                column.header if column.position is None else column.position,
                sorted(column.date_formats),
                {k: v for k, v in sorted(column.options.items()) if k != PLAUSIBLE},
            )
            for column in self.columns
        ]
        return json.dumps(decisive)

    def to_json(self) -> dict[str, Any]:
        """As plain lists, dictionaries and texts."""
        return dict(json.loads(json.dumps(asdict(self))))

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "Mapping":
        """Back from :meth:`to_json`."""
        columns = tuple(
            MappedColumn(**{**column, "date_formats": tuple(column["date_formats"])})
            for column in written["columns"]
        )
        lists = {
            name: tuple(written[name]) for name in ("unknown", "outside_agreement", "ambiguous")
        }
        proposals = tuple(Proposal(**one) for one in written.get("proposals", ()))
        return cls(written["header_row"], columns, **lists, proposals=proposals)


@dataclass(frozen=True)
class Pin:
    """From which header a contract column was taken in a delivery accepted before.

    Attributes:
        header: as written there.
        how: how it was found there.
    """

    header: str
    how: How


Pins = Lookup[str, Sequence[Pin]]
"""The pins of each contract column: several where the tables of a delivery differ."""


def pins_of(mappings: Iterable[Lookup[str, Any]]) -> dict[str, list[Pin]]:
    """The pins of a delivery, from the mappings of its tables (:meth:`Mapping.to_json`)."""
    found: dict[str, list[Pin]] = {}
    for written in mappings:
        for column in written.get("columns", ()):
            pin = Pin(column["header"], column["how"])
            if pin not in found.setdefault(column["name"], []):
                found[column["name"]].append(pin)
    return found
