"""Replay: rows that are good by now come in, each once, and nothing else does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pipeline.delivery import Delivery, File
from pipeline.explain import explain
from pipeline.ingest import run_feed
from pipeline.journey import Journey
from pipeline.replay import Replayed, replay
from pipeline.streamed import load_delivery
from repository.quarantine import NoSuchRow
from repository.replays import waiting
from tests.journey_kit import Home
from tests.stewards_kit import FEED, UPNS, Pupil, allow, held, replacing, standing, states, supply

ONE, TWO, THREE, FOUR = UPNS
FIRST = (Pupil(ONE), Pupil(TWO, sex="Lad"), Pupil(THREE, sex="Chap"), Pupil(FOUR, sex="Male"))
SCOPES = ("nothing", "same-name", "everything")


def deliver(home: Home, name: str, *pupils: Pupil) -> Any:
    supply(home, name, *pupils)
    [run] = run_feed(FEED)
    assert run.outcome is not None, run.refused
    return run.outcome


def reconciles(home: Home) -> None:
    """Every loaded delivery's counts are those of its rows."""
    for row in home.rows(
        "SELECT d.quarantined, (SELECT count(*) FROM watersmeet.quarantine q"
        " WHERE q.delivery_id = d.delivery_id), d.new + d.changed,"
        " (SELECT count(*) FROM store.enrolment e WHERE e.delivery_id = d.delivery_id)"
        " + (SELECT count(*) FROM history.enrolment e WHERE e.delivery_id = d.delivery_id)"
        " FROM watersmeet.delivery d WHERE d.state = 'loaded'"
    ):
        assert row[0] == row[1] and row[2] == row[3]
    doubled = home.one_value(
        "SELECT count(*) FROM (SELECT d.feed_id, d.sha256, q.table_number, q.source_row"
        " FROM watersmeet.quarantine q JOIN watersmeet.delivery d USING (delivery_id)"
        " WHERE q.state = 'held' GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) x"
    )
    assert doubled == 0, "a record is held in two places"


@pytest.mark.parametrize("replaces", SCOPES)
def test_rows_that_are_good_now_are_released_once(home: Home, replaces: str) -> None:
    replacing(home, replaces)
    first = deliver(home, "june.csv", *FIRST)
    assert (first.new, first.quarantined) == (2, 2)
    [nothing] = replay(FEED)
    assert nothing.outcome is not None and nothing.outcome.state == "already"
    assert states(home) == {"held": 2}

    allow(home, "Lad")
    seen: list[str] = []
    [run] = replay(FEED, progress=lambda name, step, rows: seen.append(name))
    assert isinstance(run, Replayed) and run.outcome is not None
    assert (run.replays, run.released, run.still_held) == (first.delivery_id, 1, 1)
    assert (run.outcome.new, run.outcome.unchanged, run.outcome.quarantined) == (1, 2, 1)
    assert run.findings == ()
    assert seen and set(seen) == {"june.csv"}
    assert set(standing(home)) == {ONE, TWO, FOUR}
    assert standing(home)[TWO][1] == "M"
    assert states(home) == {"held": 1, "released": 1, "superseded": 1}
    assert held(home) == [(4, ["code-unknown"])]
    released = home.rows(
        "SELECT source_row, delivery_id, released_by FROM watersmeet.quarantine"
        " WHERE state = 'released'"
    )
    assert released == [(3, first.delivery_id, run.outcome.delivery_id)]
    assert home.one_value("SELECT max(replays) FROM watersmeet.delivery") == first.delivery_id
    reconciles(home)

    [again] = replay(FEED, first.delivery_id)
    assert again.outcome is not None and again.outcome.state == "already"
    allow(home, "Chap")
    [last] = replay(FEED, first.delivery_id)
    assert isinstance(last, Replayed) and (last.released, last.still_held) == (1, 0)
    assert replay(FEED) == []
    assert set(standing(home)) == set(UPNS)
    assert states(home) == {"released": 2, "superseded": 1}
    reconciles(home)
    # The feed's own runs take what was replayed for received.
    assert run_feed(FEED) == []


def test_a_released_value_leads_back_to_its_cell(home: Home) -> None:
    deliver(home, "june.csv", *FIRST)
    home.contracts()
    allow(home, "Lad")
    replay(FEED)
    id_ = home.one_value("SELECT person_id::text FROM store.person WHERE upn = %s", TWO)
    told = explain("person", id_, "sex")
    assert (told["file"], told["cell"], told["as_written"]) == ("june.csv", "D3", "Lad")
    assert told["value"] == "M" and told["proved"], told.get("not_proved")


@pytest.mark.parametrize("replaces", ["same-name", "everything"])
def test_what_a_later_delivery_replaced_does_not_come_back(home: Home, replaces: str) -> None:
    replacing(home, replaces)
    first = deliver(home, "june.csv", *FIRST)
    journey = Journey.of(FEED)
    with journey.connected() as conn:
        [before] = waiting(conn, FEED)
    deliver(home, "june.csv", Pupil(ONE), Pupil(THREE, sex="Chap"))
    allow(home, "Lad")
    [named] = replay(FEED, first.delivery_id)
    assert named.outcome is not None and named.outcome.state == "superseded"
    # Even where it was asked before the later one came.
    delivery = Delivery(
        feed=FEED,
        name=before.name,
        sha256=before.sha256,
        files=tuple(File(**file) for file in before.files),
        landed_at=before.landed_at,
        sequence=before.sequence,
    )
    outcome = load_delivery(Journey.of(FEED), delivery, {}, None, replays=before.delivery_id)
    assert outcome.state == "superseded"
    assert set(standing(home)) == {ONE}
    assert home.one_value("SELECT count(*) FROM watersmeet.delivery") == 2
    [other] = replay(FEED)
    assert isinstance(other, Replayed) and (other.released, other.still_held) == (0, 1)
    assert set(standing(home)) == {ONE}
    reconciles(home)


def test_where_deliveries_add_later_news_stands(home: Home) -> None:
    replacing(home, "nothing")
    deliver(home, "june.csv", *FIRST)
    deliver(home, "july.csv", Pupil(TWO, surname="Later"), Pupil(ONE, surname="Later"))
    allow(home, "Lad")
    runs = replay(FEED)
    assert [one.delivery.name for one in runs] == ["june.csv"]
    assert isinstance(runs[0], Replayed) and runs[0].released == 1
    here = standing(home)
    assert set(here) == {ONE, TWO, FOUR}
    assert here[ONE][0] == here[TWO][0] == "Later"
    assert states(home) == {"held": 1, "released": 1, "superseded": 1}
    reconciles(home)


@pytest.mark.parametrize("replaces", SCOPES)
def test_two_replays_at_once_release_once(home: Home, replaces: str) -> None:
    replacing(home, replaces)
    deliver(home, "june.csv", *FIRST)
    allow(home, "Lad")
    with ThreadPoolExecutor(2) as both:
        runs = [run for some in both.map(lambda _: replay(FEED), range(2)) for run in some]
    outcomes = sorted(run.outcome.state for run in runs if run.outcome)
    assert outcomes == ["already", "loaded"]
    assert set(standing(home)) == {ONE, TWO, FOUR}
    assert states(home) == {"held": 1, "released": 1, "superseded": 1}
    reconciles(home)


def test_what_else_comes_out_otherwise_is_said(home: Home) -> None:
    home.contracts()
    deliver(home, "june.csv", *FIRST)
    path = home.contracts() / "registers" / "codes" / "sex" / "sex-words.csv"
    text = path.read_text(encoding="utf-8").replace("Female|Girl", "Girl")
    path.write_text(text.replace("Not known|", "Not known|Female|"), encoding="utf-8")
    allow(home, "Lad")
    [run] = replay(FEED)
    assert isinstance(run, Replayed) and run.released == 1
    found = home.rows("SELECT code, facts FROM watersmeet.finding WHERE code = 'replay-changed'")
    assert found == [("replay-changed", {"rows of person changed or ended": 1})]
    assert standing(home)[ONE][1] == "U"


def test_rows_that_were_loaded_and_are_bad_now_are_said(home: Home) -> None:
    home.contracts()
    deliver(home, "june.csv", *FIRST)
    path = home.contracts() / "registers" / "codes" / "sex" / "sex-words.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("F,Female", "F,Frau").replace(
        "Female|Girl", "Girl"), encoding="utf-8")  # fmt: skip
    allow(home, "Lad")
    [run] = replay(FEED)
    assert isinstance(run, Replayed) and run.findings
    assert "rows that were not held before are held now: 1" in run.findings[0]
    assert ONE in standing(home), "the last good version stays"


def test_a_delivery_the_feed_does_not_have(home: Home) -> None:
    with pytest.raises(NoSuchRow, match="no delivery 77"):
        replay(FEED, 77)
    assert replay(FEED) == []
