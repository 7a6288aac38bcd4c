"""The ladder of the kitemark: its levels, and what each demands of a feed's deliveries.

It is declared in ``kitemark.yml`` in the folder of declarations, or in ours where an adopter's
folder has none.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, model_validator

from contracts.declaration import Declaration
from contracts.modules import OWN
from contracts.strict_yaml import parse, read

FILE = "kitemark.yml"

Dimension = Literal[
    "completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"
]
"""The six primary dimensions of data quality (DAMA UK, 2013)."""
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


class Demand(Declaration):
    """What a level demands of one dimension, in one delivery."""

    least_checks: int = Field(ge=1, description="checks that must have run, on one row at least")
    most_failed_percent: float = Field(
        ge=0, le=100, description="rows with an issue, of the rows examined"
    )
    most_findings: int | None = Field(
        None, ge=0, description="findings on the delivery as a whole; any number where not given"
    )


class Level(Declaration):
    """One level: it is reached where the demands hold in so many deliveries in a row."""

    name: str = Field(pattern=r"^[a-z]+$")
    meaning: str
    deliveries_in_a_row: int = Field(1, ge=1)
    demands: dict[Dimension, Demand] = Field(default_factory=dict)


class Ladder(Declaration):
    """The levels, the lowest first. A level demands at least what the one below it demands."""

    version: str = Field(pattern=r"^\d+\.\d+\.\d+$", description="raised with every change")
    trend_over: int = Field(ge=2, description="deliveries the trend looks at")
    levels: tuple[Level, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _climbs(self) -> "Ladder":
        names = [level.name for level in self.levels]
        if len(set(names)) < len(names):
            raise ValueError("two levels have one name; rename one")
        first = self.levels[0]
        if first.demands or first.deliveries_in_a_row > 1:
            raise ValueError(f"{first.name} is the lowest level; it can demand nothing")
        for below, level in zip(self.levels, self.levels[1:], strict=False):
            _check_above(below, level)
        return self

    @property
    def longest_row(self) -> int:
        """The most deliveries in a row any level demands."""
        return max(level.deliveries_in_a_row for level in self.levels)

    def number(self, name: str) -> int:
        """A level's place, 0 for the lowest.

        Raises:
            LookupError: no level has the name.
        """
        for number, level in enumerate(self.levels):
            if level.name == name:
                return number
        raise LookupError(f"the ladder has no level {name}")


def _check_above(below: Level, level: Level) -> None:
    if not level.demands:
        raise ValueError(f"{level.name} demands nothing; only the lowest level may")
    if level.deliveries_in_a_row < below.deliveries_in_a_row:
        raise ValueError(f"{level.name} asks for fewer deliveries in a row than {below.name}")
    for dimension, lower in below.demands.items():
        upper = level.demands.get(dimension)
        if upper is None:
            raise ValueError(f"{level.name} must demand of {dimension} what {below.name} does")
        wrong = [
            word
            for word, easier in (
                ("least_checks", upper.least_checks < lower.least_checks),
                ("most_failed_percent", upper.most_failed_percent > lower.most_failed_percent),
                ("most_findings", _most(upper) > _most(lower)),
            )
            if easier
        ]
        if wrong:
            raise ValueError(
                f"{level.name}, {dimension}: {' and '.join(wrong)} is easier than in {below.name}"
            )


def _most(demand: Demand) -> float:
    return float("inf") if demand.most_findings is None else demand.most_findings


def ladder_file(root: Path) -> Path:
    """The file that declares the ladder for a folder of declarations."""
    own = root / FILE
    return own if own.is_file() else OWN / FILE


def load_ladder(root: Path) -> Ladder:
    """The ladder that holds for a folder of declarations.

    Raises:
        contracts.strict_yaml.Unreadable: it cannot be used; line, column and remedy.
    """
    named: Mapping[str, str] = {}
    return parse(read(ladder_file(root)), Ladder, named)
