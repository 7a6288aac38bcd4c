"""From a ladder and what deliveries showed, the level reached and what the next one wants."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from contracts.ladder import Demand, Ladder, Level
from contracts.promised_checks import LATE
from contracts.share import counted

Trend = Literal["up", "steady", "down"]


@dataclass(frozen=True)
class Ran:
    """A check, and on how many rows it ran; 0 where it could have and did not."""

    code: str
    column: str
    rows: int

    def __str__(self) -> str:
        return f"{self.code} ({self.column})" if self.column else self.code


@dataclass(frozen=True)
class Failing:
    """Rows with one issue in one column, and whose job it is."""

    code: str
    column: str
    rows: int
    whose: str

    def __str__(self) -> str:
        return f"{self.code} in {self.column}" if self.column else self.code


@dataclass(frozen=True)
class Shown:
    """What one delivery showed of one dimension.

    Attributes:
        unit: what is counted: ``rows``, or ``deliveries`` for timeliness.
        could: checks the contract promises.
        checks: of them those that ran, each on one row at least.
        examined: rows the widest of them ran on.
        failed: rows with an issue of this dimension; each row once.
        findings: found of the delivery as a whole.
        corrected: of ``failed``, rows a steward had to correct.
        ran: the checks.
        failing: what was found most often, the most first.
    """

    unit: str = "rows"
    could: int = 0
    checks: int = 0
    examined: int = 0
    failed: int = 0
    findings: int = 0
    corrected: int = 0
    ran: tuple[Ran, ...] = ()
    failing: tuple[Failing, ...] = ()

    @property
    def share(self) -> str:
        """Counts and per cent; says so where no check ran."""
        if not self.checks:
            return "not shown: no check ran"
        return counted(self.failed, self.examined)

    def to_json(self) -> dict[str, Any]:
        """As a plain dictionary."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Shown":
        """Back from :meth:`to_json`."""
        return cls(
            **{
                **written,
                "ran": tuple(Ran(**one) for one in written["ran"]),
                "failing": tuple(Failing(**one) for one in written["failing"]),
            }
        )


@dataclass(frozen=True)
class Short:
    """One thing that keeps a feed from its next level.

    Attributes:
        dimension: empty where deliveries in a row are too few.
        demand: the word of the ladder that is not met.
        wanted, found: in its unit.
        whose: whose job it is: ``supplier``, ``steward`` or ``operations``.
        message: plain English.
    """

    dimension: str
    demand: str
    wanted: float
    found: float
    whose: str
    message: str


@dataclass(frozen=True)
class Reached:
    """The level reached, by its number and name, and what keeps from the next."""

    number: int
    name: str
    short_of: tuple[Short, ...] = field(default=())


Dimensions = Mapping[str, Shown]
NOTHING = Shown()


def reached(ladder: Ladder, now: Dimensions, before: Sequence[Dimensions | None]) -> Reached:
    """The highest level of which this and all levels below are met.

    Args:
        now: what the delivery showed.
        before: what those before it showed, the last first; None where nothing is known of one,
            which ends the row.
    """
    number = 0
    for level in ladder.levels[1:]:
        if _row(level, now, before) < level.deliveries_in_a_row:
            break
        number += 1
    if number + 1 == len(ladder.levels):
        return Reached(number, ladder.levels[number].name)
    short = tuple(_short_of(ladder.levels[number + 1], now, before))
    return Reached(number, ladder.levels[number].name, short)


def trend(levels: Sequence[int]) -> Trend | None:
    """Where a feed is going: its last level against the first of ``levels``; None of one only."""
    if len(levels) < 2:
        return None
    if levels[-1] == levels[0]:
        return "steady"
    return "up" if levels[-1] > levels[0] else "down"


def met(demand: Demand, shown: Shown) -> bool:
    """Whether one delivery meets a demand. What no check showed meets none."""
    return not list(_unmet("", demand, shown))


def _row(level: Level, now: Dimensions, before: Sequence[Dimensions | None]) -> int:
    """Deliveries in a row, this one the last, that meet a level's demands."""
    row = 0
    for one in (now, *before):
        if one is None:
            break
        if not all(met(demand, one.get(name, NOTHING)) for name, demand in level.demands.items()):
            break
        row += 1
    return row


def _short_of(level: Level, now: Dimensions, before: Sequence[Dimensions | None]) -> list[Short]:
    found = [
        short
        for name, demand in level.demands.items()
        for short in _unmet(name, demand, now.get(name, NOTHING))
    ]
    if found:
        return found
    row, wanted = _row(level, now, before), level.deliveries_in_a_row
    message = f"{row:,} of {wanted:,} deliveries in a row are as {level.name} demands; keep it so"
    return [Short("", "deliveries_in_a_row", wanted, row, "supplier", message)]


def _unmet(name: str, demand: Demand, shown: Shown) -> list[Short]:
    found: list[Short] = []
    if shown.checks < demand.least_checks:
        whose, why = _why_unchecked(shown, demand)
        message = f"{shown.checks} of {demand.least_checks} checks needed ran; {why}"
        found.append(Short(name, "least_checks", demand.least_checks, shown.checks, whose, message))
    if shown.checks and shown.failed * 100 > demand.most_failed_percent * shown.examined:
        most = f"at most {demand.most_failed_percent:g} % may"
        whose = shown.failing[0].whose if shown.failing else "supplier"
        worst = f"; most often {shown.failing[0]}" if shown.failing else ""
        message = f"{shown.share} {shown.unit} failed, {most}{worst}"
        percent = 100 * shown.failed / shown.examined
        found.append(
            Short(name, "most_failed_percent", demand.most_failed_percent, percent, whose, message)
        )
    if demand.most_findings is not None and shown.findings > demand.most_findings:
        message = (
            f"{shown.findings:,} findings on the delivery as a whole, at most "
            f"{demand.most_findings:,} may be"
        )
        found.append(
            Short(name, "most_findings", demand.most_findings, shown.findings, "supplier", message)
        )
    return found


def _why_unchecked(shown: Shown, demand: Demand) -> tuple[str, str]:
    if shown.could < demand.least_checks:
        return "steward", f"the contract and the feed promise only {shown.could}"
    idle = [one for one in shown.ran if not one.rows]
    if [one.code for one in idle] == [LATE]:
        return "supplier", "a first delivery is neither late nor on time; the next one tells"
    listed = ", ".join(str(one) for one in idle)
    return "supplier", f"nothing in the delivery for the others to look at: {listed}"
