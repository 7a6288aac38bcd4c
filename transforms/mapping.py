"""How the columns of one table answer to a contract; stored as lineage, passed between tasks."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

PLAUSIBLE = "plausible"
"""Option of a date column: the span outside which a date is noted. It changes no value."""

How = Literal["exact", "declared", "constant"]


class Refused(Exception):
    """A delivery, or a table of it, that is not what its contract says.

    Attributes:
        code: issue code of severity ``stop``.
        message: plain English with file, sheet or cell and remedy. It holds headers at most, never
            a value of a data row.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def at(self, place: str) -> "Refused":
        """The same refusal, saying in which file and sheet."""
        return Refused(self.code, f"{place}: {self.message}")


@dataclass(frozen=True)
class MappedColumn:
    """One contract column and where it stands.

    Attributes:
        name: the contract column.
        position: 0-based column of the source; None for a constant.
        header: the header as written, or the constant's value.
        how: found by the contract's header names, by the feed's declared header, or a constant.
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
    """

    header_row: int
    columns: tuple[MappedColumn, ...]
    unknown: tuple[str, ...] = ()
    outside_agreement: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

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
        return cls(written["header_row"], columns, **lists)
