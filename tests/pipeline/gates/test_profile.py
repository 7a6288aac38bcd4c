"""The profile of a delivery is that of the whole of it, whatever was left out as known."""

from pathlib import Path
from typing import Any

import pytest

from contracts.declarations import load as declared
from contracts.profiles import Measures
from pipeline.journey import Journey
from pipeline.walk import Walk

CENSUS, SPEND = "northmoor/school_census", "northmoor/spend"


def recorded(home: Any) -> dict[str, dict[str, Any]]:
    return dict(
        home.rows(
            'SELECT "column", measures FROM watersmeet.profile WHERE delivery_id ='
            " (SELECT max(delivery_id) FROM watersmeet.delivery)"
        )
    )


def walked(feed: str, path: Path) -> dict[str, dict[str, Any]]:
    """The profile of a file all of whose records are worked."""
    journey = Journey.of(feed)
    walk = Walk(
        path, dataset=journey.dataset, declarations=declared(), feed=journey.feed, name=path.name
    )
    for _ in walk:
        pass
    return {name: one.to_json() for name, one in walk.profile.columns.items()}


def same(home: Any, feed: str, path: Path) -> None:
    """Both ways agree on every column; on logarithms to six places."""
    told, whole = recorded(home), walked(feed, path)
    assert set(told) - {""} == set(whole) - {""} and len(whole) > 5
    for name in set(whole) - {""}:
        mine, other = dict(told[name]), dict(whole[name])
        mine.pop("changed", None)
        sizes = mine.pop("size", {"logs": 0, "of": 0}), other.pop("size", {"logs": 0, "of": 0})
        assert mine == other, name
        assert sizes[0]["of"] == sizes[1]["of"]
        assert sizes[0]["logs"] == pytest.approx(sizes[1]["logs"], abs=1e-3)
    assert told[""]["rows"] == told[""]["good"] + told[""]["quarantined"]


def changed_spend(home: Any, keep: int, drop: int = 0, times: int = 1) -> Path:
    """The first delivery with some payments left out and some amounts changed."""
    path: Path = home.file(SPEND)
    source = home.region.folders[0] / path.relative_to(home.supplied)
    lines = source.read_text(encoding="cp1252").splitlines(keepends=True)
    head = next(number for number, line in enumerate(lines, 1) if "Payment Date" in line)
    rows = lines[head + drop : head + drop + keep]
    fresh = [row.replace("Transport", "Transport and Ways", 1) for row in rows[:5]]
    text = "".join([*lines[:head], *fresh, *rows[5:]])
    home.put(str(path.relative_to(home.supplied)), text.encode("cp1252"), 500 - 10 * times)
    return path


def skipped(home: Any) -> int:
    return int(
        home.one_value(
            "SELECT unchanged FROM watersmeet.delivery ORDER BY delivery_id DESC LIMIT 1"
        )
    )


def test_a_first_delivery(home: Any) -> None:
    path = home.supply(CENSUS)
    assert home.one(CENSUS).outcome.state == "loaded"
    same(home, CENSUS, path)
    told = recorded(home)
    assert told["sex"]["codes"].keys() >= {"F", "M"}
    assert told["entered_on"]["min"] < told["entered_on"]["max"]
    assert "min" not in told["birth_date"], "no day of birth of anybody"
    assert told["postcode"]["missing"]


def test_few_records_are_gone_and_the_rest_is_carried_over(home: Any) -> None:
    changed_spend(home, 500)
    home.one(SPEND)
    path = changed_spend(home, 480, 5, times=2)
    run = home.one(SPEND)
    assert run.outcome is not None, run
    assert run.outcome.state == "loaded"
    assert skipped(home) > 400
    same(home, SPEND, path)
    # And once more, from a profile that was itself carried over.
    path = changed_spend(home, 470, 6, times=3)
    run = home.one(SPEND)
    assert run.outcome is not None, run
    assert run.outcome.state == "loaded"
    same(home, SPEND, path)


def test_most_records_are_gone_and_the_rest_is_read_from_the_rows(home: Any) -> None:
    folder = home.contracts()
    feed = folder / "feeds" / f"{SPEND}.yml"
    feed.write_text(
        feed.read_text(encoding="utf-8") + "gates: {not_checked: a test of profiles}\n",
        encoding="utf-8",
    )
    changed_spend(home, 500)
    home.one(SPEND)
    path = changed_spend(home, 120, 200, times=2)
    run = home.one(SPEND)
    assert run.outcome is not None, run
    assert run.outcome.state == "loaded"
    assert 50 < skipped(home) < 120
    same(home, SPEND, path)


def test_columns_of_linked_entities_and_notes_are_carried_over_too(home: Any) -> None:
    home.supply(CENSUS)
    home.one(CENSUS)
    path = home.file(CENSUS)
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    home.put(str(path.relative_to(home.supplied)), "".join([*lines[:80], *lines[90:]]), 100)
    assert home.one(CENSUS).outcome.state == "loaded"
    same(home, CENSUS, path)


def test_what_is_taken_away_may_not_hold_the_least_or_most() -> None:
    whole = Measures(3, 3, total=6, least=1, most=3)
    assert whole.take_away(Measures(1, 1, total=2, least=2, most=2))
    assert (whole.rows, whole.total, whole.least) == (2, 4, 1)
    assert not whole.take_away(Measures(1, 1, total=1, least=1, most=1))
