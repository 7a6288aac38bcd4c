"""The kitemark of a feed after a delivery: worked out from the delivery's record, never typed in.

A check counts as run only where the record says on which rows. Rows a delivery has in common with
the one before it are not worked again; a check that ran there stands for them, and so do the issues
found there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from contracts.dataset import dataset_facts
from contracts.declarations import contracts_root
from contracts.issues import issue_types
from contracts.ladder import DIMENSIONS, Ladder, ladder_file, load_ladder
from contracts.promised_checks import (
    DUPLICATE,
    EXCUSED,
    LATE,
    MISSING,
    TOTALS,
    Check,
    checks_of,
)
from contracts.strict_yaml import Unreadable
from contracts.timetable import due_after
from pipeline.journey import Journey
from pipeline.kitemark_levels import (
    Dimensions,
    Failing,
    Ran,
    Reached,
    Shown,
    Trend,
    reached,
    trend,
)
from pipeline.settings import Settings
from repository import kitemark as record
from repository.database import connected, database_url
from repository.kitemark import Delivered

MOST_FAILING = 5
"""Issues of a dimension that a kitemark names."""

CORRECTED = "accuracy"
"""The dimension that speaks against a value a steward had to correct."""


class LadderBroken(Exception):
    """The ladder of the kitemark cannot be used; the message says where and why."""


class UnknownFeed(LookupError):
    """The repository knows no feed of that name."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a delivery before anything is judged."""

    profiles: Mapping[str, record.Profiled]
    totals: int
    follows: bool
    late: bool
    issues: record.Issues
    findings: tuple[str, ...]
    corrected: int
    carried: int
    ran_before: frozenset[Check]


def compute(feed_id: str, delivery: Mapping[str, Any]) -> Reached | None:
    """Work out and keep the kitemark of a feed after a delivery.

    Args:
        delivery: the reference to it.

    Returns:
        The level reached; None where the delivery was not loaded, or the ladder is broken, which
        `watersmeet status` tells.
    """
    journey = Journey.of(feed_id)
    try:
        ladder = load_ladder(journey.declarations.root)
    except Unreadable:
        return None
    with journey.connected() as conn:
        what = record.delivered(conn, feed_id, str(delivery["sha256"]))
        if what is None:
            return None
        earlier = record.before(conn, what, ladder.longest_row)
        evidence = _evidence(conn, journey, what, earlier)
        now = shown(_promised(journey), what.records, evidence)
        row = [
            None if one.dimensions is None else read(one.dimensions)
            for one in takewhile(lambda one: one.unbroken, earlier)
        ]
        found = reached(ladder, now, row)
        record.store(
            conn,
            what,
            (found.number, found.name),
            {name: one.to_json() for name, one in now.items()},
            [asdict(one) for one in found.short_of],
            ladder.version,
        )
    return found


def shown(promised: Iterable[Check], records: int, evidence: Evidence) -> dict[str, Shown]:
    """What a delivery showed of every dimension.

    Args:
        promised: the checks the contract promises.
        records: rows of the delivery but for those excluded.
    """
    ran = {check: _ran(check, records, evidence) for check in promised}
    return {name: _shown(name, ran, evidence) for name in DIMENSIONS}


def read(dimensions: Mapping[str, Any]) -> Dimensions:
    """Dimensions as they are kept, in the order of the ladder's."""
    return {name: Shown.from_json(dimensions[name]) for name in DIMENSIONS if name in dimensions}


def kitemarks(feed: str | None = None) -> list[dict[str, Any]]:
    """The kitemark of every feed, or of one, after its last delivery.

    Returns:
        As :func:`repository.kitemark.standing` gives them, and ``trend`` (None where there were
        fewer than two deliveries), ``meaning`` of the level, ``next`` (name of the level above).

    Raises:
        LadderBroken: the ladder cannot be used.
        UnknownFeed: the repository knows no such feed.
    """
    settings = Settings.from_environment()
    ladder = ladder_of(settings.contracts)
    with connected(database_url(settings.state)) as conn:
        found = record.standing(conn, ladder.trend_over, None if feed is None else [feed])
    if feed is not None and not found:
        raise UnknownFeed(f"the repository knows no feed {feed}; watersmeet status lists the feeds")
    return [described(one, ladder) for one in found]


def ladder_of(contracts: Path | None = None) -> Ladder:
    """The ladder that holds for a folder of declarations; where None, for the one in use.

    Raises:
        LadderBroken: it cannot be used.
    """
    root = contracts or contracts_root()
    try:
        return load_ladder(root)
    except Unreadable as error:
        line, column, message = error.problems[0]
        file = ladder_file(root).name
        raise LadderBroken(f"{file}, line {line}, column {column}: {message}") from error


def described(one: dict[str, Any], ladder: Ladder) -> dict[str, Any]:
    """A standing kitemark with its trend and what its level means.

    A mark given by an earlier version of the ladder keeps its name; where the ladder no longer has
    the level, its meaning is empty.
    """
    going: Trend | None = trend(one["levels"])
    names = [level.name for level in ladder.levels]
    number = names.index(one["name"]) if one["name"] in names else None
    above = None if number is None or number + 1 == len(names) else names[number + 1]
    meaning = "" if number is None else ladder.levels[number].meaning
    return {**one, "trend": going, "meaning": meaning, "next": above}


def _evidence(
    conn: Any, journey: Journey, what: Delivered, earlier: list[record.Earlier]
) -> Evidence:
    profiles = record.profiles(conn, what)
    worked = profiles[""].rows if "" in profiles else what.records
    last = earlier[0].dimensions if earlier else None
    before = record.arrived_before(conn, what)
    due = None if before is None else due_after(journey.feed, before)
    return Evidence(
        profiles=profiles,
        totals=record.totals(conn, what),
        follows=before is not None,
        late=due is not None and what.landed_at > due,
        issues=record.issues(
            conn,
            what,
            {code: kind.dimension for code, kind in issue_types().items() if code not in EXCUSED},
            dataset_facts(journey.dataset).main,
        ),
        findings=tuple(record.findings(conn, what)),
        corrected=record.corrected(conn, what),
        carried=max(0, what.records - worked),
        ran_before=_ran_before(last),
    )


def _ran_before(last: Mapping[str, Any] | None) -> frozenset[Check]:
    if last is None:
        return frozenset()
    return frozenset(
        Check(one.code, one.column) for of in read(last).values() for one in of.ran if one.rows
    )


def _promised(journey: Journey) -> tuple[Check, ...]:
    declared = journey.declarations
    agreement = declared.agreement_of(journey.feed)
    return checks_of(journey.feed, journey.dataset, agreement, declared.entities)


def _ran(check: Check, records: int, evidence: Evidence) -> int:
    """On how many rows a check ran."""
    if check.code == LATE:
        return int(evidence.follows)
    if check.code == TOTALS:
        return evidence.totals
    if check.code == DUPLICATE:
        return records
    profile = evidence.profiles.get(check.column)
    if profile is None:
        return 0
    carried = evidence.carried if check in evidence.ran_before else 0
    return carried + (profile.rows if check.code == MISSING else profile.present)


def _shown(name: str, ran: Mapping[Check, int], evidence: Evidence) -> Shown:
    own = {check: rows for check, rows in ran.items() if check.dimension == name}
    checks = sum(1 for rows in own.values() if rows)
    failed = evidence.issues.rows.get(name, 0)
    kinds = issue_types()
    failing = [
        Failing(one.code, one.column, one.rows, kinds[one.code].whose)
        for one in evidence.issues.met
        if one.dimension == name
    ]
    late = Check(LATE).dimension == name and evidence.late
    if late:
        failed, failing = failed + 1, [Failing(LATE, "", 1, kinds[LATE].whose), *failing]
    corrected = evidence.corrected if name == CORRECTED else 0
    failed += corrected
    return Shown(
        unit="deliveries" if name == Check(LATE).dimension else "rows",
        could=len(own),
        checks=checks,
        # A row found wrong was looked at, by whichever check.
        examined=max(failed, *own.values()) if checks else 0,
        failed=failed,
        # A code the catalogue has lost since speaks for no dimension.
        findings=sum(
            1 for code in evidence.findings if code in kinds and kinds[code].dimension == name
        ),
        corrected=corrected,
        ran=tuple(Ran(check.code, check.column, rows) for check, rows in own.items()),
        failing=tuple(failing[:MOST_FAILING]),
    )
