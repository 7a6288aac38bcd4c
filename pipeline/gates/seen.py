"""What the gates look at: a delivery as it would be published, and those accepted before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.column import ColumnFacts
from contracts.dataset import Replaces
from contracts.findings import Finding
from contracts.gates import ColumnGates, Gates
from pipeline.prepared import TableReading

Measures = Mapping[str, Any]


@dataclass(frozen=True)
class Past:
    """An accepted delivery: name, when it was landed, and its measures by contract column."""

    name: str
    landed_at: datetime
    measures: Mapping[str, Measures]


@dataclass(frozen=True)
class Seen:
    """A delivery before it is published.

    Attributes:
        limits: declared by the feed, or by its dataset for all feeds.
        facts: the dataset's columns.
        due: until when it was due, by the timetable; None where none is declared.
        now: measures by contract column, under ``""`` those of the delivery.
        past: the accepted deliveries before it, latest first.
        tables: the tables it was read from.
        last_tables: those of the last accepted delivery, as the repository has them.
        structure: what the walk found of its structure.
    """

    limits: Gates
    facts: Mapping[str, ColumnFacts]
    replaces: Replaces
    due: datetime | None
    landed_at: datetime
    now: Mapping[str, Measures]
    past: Sequence[Past]
    tables: Sequence[TableReading]
    last_tables: Sequence[Mapping[str, Any]]
    structure: Sequence[Finding] = ()

    def gates(self, column: str) -> ColumnGates:
        """The declared limits of a column."""
        return self.limits.columns.get(column, ColumnGates())

    def columns(self) -> Mapping[str, Measures]:
        """The columns that are looked at."""
        return {
            n: m for n, m in self.now.items() if n in self.facts and not self.gates(n).not_checked
        }

    def before(self, column: str) -> list[Measures]:
        """The measures of a column, or of the delivery, in the accepted deliveries."""
        return [past.measures[column] for past in self.past if column in past.measures]


def declare(column: str | None, **limits: Any) -> dict[str, Any]:
    """What a feed's file would have to say for a finding to pass; a fact of the finding."""
    inside = {"columns": {column: limits}} if column else limits
    return {"gates": inside}


def mean(measures: Measures) -> float:
    """A column's sum over the rows it is of: those that are loaded."""
    loaded = measures["present"] - measures["held"]["present"]
    return float(measures["sum"]) / float(max(loaded, 1))
