"""Every level can be reached, and each demand by itself keeps a feed from its level."""

from dataclasses import replace

import pytest

from contracts.ladder import DIMENSIONS, Demand, Ladder, Level, load_ladder
from contracts.modules import OWN
from pipeline.kitemark_levels import Failing, Ran, Shown, met, reached, trend

LADDER = load_ladder(OWN)
ROWS = 100_000


def just(level: Level) -> dict[str, Shown]:
    """What just meets a level's demands, and shows nothing of other dimensions."""
    return {
        name: Shown(
            could=demand.least_checks,
            checks=demand.least_checks,
            examined=ROWS,
            failed=round(demand.most_failed_percent * ROWS / 100),
            findings=demand.most_findings if demand.most_findings is not None else 99,
            ran=tuple(Ran("value-missing", f"c{n}", ROWS) for n in range(demand.least_checks)),
            failing=(Failing("value-missing", "c0", 1, "supplier"),),
        )
        for name, demand in level.demands.items()
    }


def cases() -> list[tuple[int, str, str]]:
    """Every demand of every level, of our ladder."""
    return [
        (number, name, word)
        for number, level in enumerate(LADDER.levels)
        for name, demand in level.demands.items()
        for word in ("least_checks", "most_failed_percent", "most_findings")
        if getattr(demand, word) is not None
    ]


@pytest.mark.parametrize("number", range(len(LADDER.levels)))
def test_every_level_is_reached_by_what_just_meets_it(number: int) -> None:
    level = LADDER.levels[number]
    found = reached(LADDER, just(level), [just(level)] * (level.deliveries_in_a_row - 1))
    assert (found.number, found.name) == (number, level.name)
    assert bool(found.short_of) == (number + 1 < len(LADDER.levels))


@pytest.mark.parametrize(("number", "name", "word"), cases())
def test_a_demand_just_missed_keeps_from_the_level(number: int, name: str, word: str) -> None:
    level = LADDER.levels[number]
    now = just(level)
    shown = now[name]
    now[name] = {
        "least_checks": replace(shown, checks=shown.checks - 1),
        "most_failed_percent": replace(shown, failed=shown.failed + 1),
        "most_findings": replace(shown, findings=shown.findings + 1),
    }[word]
    found = reached(LADDER, now, [just(level)] * 20)
    assert found.number < number
    if found.number == number - 1:
        assert [(one.dimension, one.demand) for one in found.short_of] == [(name, word)]
    again = reached(LADDER, just(level), [now, *[just(level)] * 20])
    assert again.number < number or level.deliveries_in_a_row == 1, "nor in the delivery before"


IN_A_ROW = [n for n, level in enumerate(LADDER.levels) if level.deliveries_in_a_row > 1]


@pytest.mark.parametrize("number", IN_A_ROW)
def test_one_delivery_too_few_keeps_from_the_level(number: int) -> None:
    level = LADDER.levels[number]
    row = level.deliveries_in_a_row
    found = reached(LADDER, just(level), [just(level)] * (row - 2))
    assert found.number < number
    unknown = reached(LADDER, just(level), [*[just(level)] * (row - 2), None, just(level)])
    assert unknown.number < number, "a delivery nothing is known of ends the row"


def test_nothing_shown_is_the_lowest_level_whatever_went_before() -> None:
    top = just(LADDER.levels[-1])
    for nothing in ({}, {name: Shown(could=5) for name in DIMENSIONS}):
        found = reached(LADDER, nothing, [top] * 20)
        assert found.number == 0
        assert {one.demand for one in found.short_of} == {"least_checks"}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_dimension_without_checks_caps_the_level(name: str) -> None:
    top = LADDER.levels[-1]
    now = {**just(top), name: Shown(could=3, failed=0, examined=0)}
    found = reached(LADDER, now, [just(top)] * 20)
    first = next(n for n, level in enumerate(LADDER.levels) if name in level.demands)
    assert found.number == first - 1


def test_no_failure_is_met_by_rounding() -> None:
    demand = Demand(least_checks=1, most_failed_percent=0)
    shown = Shown(could=1, checks=1, examined=10_000_000, failed=1)
    assert not met(demand, shown) and met(demand, replace(shown, failed=0))


def test_what_is_short_names_counts_and_whose_job_it_is() -> None:
    level = LADDER.levels[1]
    now = just(level)
    late = Failing("code-unknown", "sex", 6_000, "steward")
    now["validity"] = replace(now["validity"], failed=6_000, failing=(late,))
    [short] = reached(LADDER, now, []).short_of
    assert short.whose == "steward"
    assert short.message == (
        "6,000 of 100,000 (6 %) rows failed, at most 5 % may; most often code-unknown in sex"
    )
    now["validity"] = Shown(could=0)
    [short] = reached(LADDER, now, []).short_of
    assert short.whose == "steward" and "promise only 0" in short.message
    now["validity"] = Shown(could=1, ran=(Ran("date-unreadable", "paid_on", 0),))
    [short] = reached(LADDER, now, []).short_of
    assert short.whose == "supplier" and "date-unreadable (paid_on)" in short.message


def test_the_trend_compares_the_last_level_with_the_first() -> None:
    assert trend([]) is None and trend([3]) is None
    assert trend([1, 3, 2]) == "up"
    assert trend([2, 0, 2]) == "steady"
    assert trend([3, 3, 2]) == "down"


def test_shown_survives_being_kept() -> None:
    shown = just(LADDER.levels[-1])["validity"]
    assert Shown.from_json(shown.to_json()) == shown


def test_a_ladder_is_climbed_without_leaving_out_a_rung() -> None:
    assert isinstance(LADDER, Ladder)
    usable, sound = LADDER.levels[1], LADDER.levels[2]
    bad = {**just(sound), "validity": replace(just(usable)["validity"], failed=ROWS)}
    assert reached(LADDER, bad, [just(sound)] * 5).number == 0


def test_a_first_delivery_is_told_that_the_next_one_is_wanted() -> None:
    idle = Shown(could=1, ran=(Ran("delivery-late", "", 0),))
    found = reached(LADDER, {**just(LADDER.levels[1]), "timeliness": idle}, [])
    [told] = [one.message for one in found.short_of if one.dimension == "timeliness"]
    assert "the next one tells" in told
