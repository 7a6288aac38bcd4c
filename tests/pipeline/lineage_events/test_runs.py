"""Every run is told: loaded, refused, held, killed; in the transaction it tells of."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import pytest

from pipeline import hold, streamed
from pipeline.ingest import discover, land, load, run_feed
from pipeline.lineage_events.send import send
from repository import lineage_facts
from tests.journey_kit import Home
from tests.lineage_kit import published, valid
from transforms.steps.watch_dates import NotSettled

Killed = Callable[..., int]
SPEND, MEALS = "northmoor/spend", "northmoor/meal_eligibility"


def told(home: Home) -> list[dict[str, Any]]:
    return [
        row[0] for row in home.rows("SELECT event FROM watersmeet.lineage_event ORDER BY number")
    ]


def types(home: Home) -> list[str]:
    return [event["eventType"] for event in told(home)]


def runs(home: Home) -> list[str]:
    return [event["run"]["runId"] for event in told(home)]


def message(event: dict[str, Any]) -> str:
    said: str = event["run"]["facets"]["errorMessage"]["message"]
    return said


def assertions(event: dict[str, Any]) -> dict[str, bool]:
    held = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    return {one["name"]: one["success"] for one in held}


def tags(facets: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["value"] for one in facets["tags"]["tags"] if "field" not in one}


def test_a_loaded_delivery_is_told_whole(home: Home) -> None:
    home.supply(MEALS)
    outcome = home.one(MEALS).outcome
    assert outcome is not None
    start, complete = told(home)
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert datetime.fromisoformat(start["eventTime"]) < datetime.fromisoformat(
        complete["eventTime"]
    )
    assert datetime.fromisoformat(start["eventTime"]).tzinfo is not None
    assert complete["job"]["namespace"] == "watersmeet" and complete["job"]["name"] == MEALS
    owners = complete["job"]["facets"]["ownership"]["owners"]
    assert [one["type"] for one in owners] == ["OWNER", "MAINTAINER"]
    sha256 = home.one_value("SELECT encode(sha256, 'hex') FROM watersmeet.delivery")
    [given] = complete["inputs"]
    assert (given["namespace"], given["name"]) == ("file", f"{home.landing}/{MEALS}")
    assert given["facets"]["version"]["datasetVersion"] == sha256
    statistics = given["inputFacets"]["inputStatistics"]
    assert (statistics["rowCount"], statistics["fileCount"]) == (outcome.landed, 1)
    database = home.one_value("SELECT current_database()")
    names = {one["name"] for one in complete["outputs"]}
    assert names == {f"{database}.store.{one}" for one in ("meal_entitlement", "person")}
    assert {one["namespace"] for one in complete["outputs"]} == {
        "postgres://127.0.0.1:" + str(home.one_value("SHOW port"))
    }
    main = next(one for one in complete["outputs"] if one["name"].endswith("meal_entitlement"))
    assert main["outputFacets"]["outputStatistics"]["rowCount"] == outcome.new
    known = tags(complete["run"]["facets"])
    assert known["delivery"] == str(outcome.delivery_id)
    assert (
        known["contract"].startswith("meal_eligibility ") and known["agreement"] in known.values()
    )
    asserted = assertions(complete)
    assert not asserted["duplicate-key"] and "value-missing" in asserted
    # The same bytes again are no run.
    assert home.run(MEALS) == [] and types(home) == ["START", "COMPLETE"]


def test_columns_are_told_by_the_suppliers_headers_and_hidden_values_as_masked(home: Home) -> None:
    home.supply(MEALS)
    home.one(MEALS)
    complete = told(home)[-1]
    fields = {one["name"]: one for one in complete["inputs"][0]["facets"]["schema"]["fields"]}
    assert {"Child DOB", "Application ref", "home_address"} <= set(fields)
    assert fields["Child DOB"]["description"] == "The child's date of birth"
    outputs = {one["name"].rpartition(".")[2]: one["facets"] for one in complete["outputs"]}
    stored = {one["name"]: one["type"] for one in outputs["person"]["schema"]["fields"]}
    assert stored["person_id"] == "uuid" and stored["birth_date"] == "date"
    classes = {one.get("field"): one["value"] for one in outputs["person"]["tags"]["tags"]}
    assert classes["ethnic_group"] == "special" and classes["person_id"] == "personal"
    assert classes[None] == "special"

    def masking(entity: str, column: str) -> dict[str, bool]:
        lineage = outputs[entity]["columnLineage"]["fields"][column]["inputFields"]
        return {one["field"]: one["transformations"][0]["masking"] for one in lineage}

    assert masking("person", "birth_date") == {"Child DOB": False}
    assert masking("person", "person_id") == {"Application ref": True}, "a hash of the identity"
    assert masking("meal_entitlement", "person_id") == {"Application ref": True}
    assert masking("meal_entitlement", "home_address") == {"home_address": True}, "not shared"
    assert "ethnic_group" not in outputs["person"]["columnLineage"]["fields"], "not supplied"
    whole = outputs["person"]["columnLineage"]["dataset"]
    assert {one["transformations"][0]["type"] for one in whole} == {"INDIRECT"}


def test_a_refused_delivery_is_told_as_failed_in_the_catalogues_words(home: Home) -> None:
    path = home.supply(SPEND)
    home.put(
        str(path.relative_to(home.supplied)),
        path.read_bytes().replace(b"Net Amount", b"Canary Sum"),
    )
    assert home.one(SPEND).refused
    assert types(home) == ["START", "FAIL"] and len(set(runs(home))) == 1
    failed = told(home)[-1]
    assert message(failed).startswith("refused, column-missing: ")
    assert "Canary" not in str(told(home)) and path.name not in str(told(home))
    assert "stackTrace" not in failed["run"]["facets"]["errorMessage"]


def test_a_held_delivery_is_told_as_aborted_and_its_acceptance_is_another_run(home: Home) -> None:
    path = home.supply(SPEND)
    home.one(SPEND)
    lines = path.read_bytes().splitlines(keepends=True)
    home.put("northmoor/exports/spend/half.csv", b"".join(lines[: len(lines) // 3]))
    held = home.one(SPEND).held
    assert held is not None
    assert types(home) == ["START", "COMPLETE", "START", "ABORT"]
    aborted = told(home)[-1]
    assert "rows-fell" in message(aborted) and assertions(aborted)["rows-fell"] is False
    hold.decide(held.hold_id, "accept-once", "a.steward", "half a month")
    assert home.one(SPEND).outcome is not None
    assert types(home)[4:] == ["START", "COMPLETE"] and len(set(runs(home))) == 3
    accepted = told(home)[-1]
    assert assertions(accepted)["rows-fell"] is False and assertions(accepted)["column-gone"]


@pytest.mark.parametrize("point", ["before-commit", "after-commit"])
def test_killed_with_sigkill_a_run_is_ended_by_whoever_looks_next(
    home: Home, killed: Killed, point: str
) -> None:
    home.supply(SPEND)
    assert killed(home, SPEND, point) == -9
    if point == "after-commit":
        # Committed, so it is told: the event waits for whoever sends it.
        assert types(home) == ["START", "COMPLETE"] and send().ended == 0
        return
    assert types(home) == ["START"]
    assert home.one(SPEND).outcome is not None
    first, failed, again, complete = told(home)
    assert [one["eventType"] for one in (failed, again, complete)] == ["FAIL", "START", "COMPLETE"]
    assert first["run"]["runId"] == failed["run"]["runId"] != again["run"]["runId"]
    assert "killed" in message(failed)


def test_the_sender_ends_killed_runs_but_none_that_is_under_way(
    home: Home, killed: Killed, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.supply(SPEND)
    assert killed(home, SPEND, "staged") == -9
    assert (send().ended, types(home)) == (1, ["START", "FAIL"])
    seen: list[int] = []

    def at(point: str) -> None:
        if point == "merged":
            seen.append(send().ended)

    monkeypatch.setattr(streamed, "loading", partial(streamed.loading, at=at))
    assert home.one(SPEND).outcome is not None
    assert seen == [0] and types(home)[2:] == ["START", "COMPLETE"]


def test_what_is_not_committed_is_not_told_as_complete(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.supply(SPEND)

    def at(point: str) -> None:
        if point == "before-commit":
            raise RuntimeError("Canary")

    with monkeypatch.context() as patched:
        patched.setattr(streamed, "loading", partial(streamed.loading, at=at))
        with pytest.raises(RuntimeError):
            run_feed(SPEND)
    assert home.one_value("SELECT count(*) FROM watersmeet.delivery") == 0
    assert types(home) == ["START", "FAIL"] and message(told(home)[-1]) == "RuntimeError"
    assert home.one(SPEND).outcome is not None
    assert types(home)[2:] == ["START", "COMPLETE"]


def test_a_fault_in_the_telling_loses_the_details_and_not_the_delivery(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.supply(SPEND)

    def fails(conn: psycopg.Connection, delivery_id: int) -> None:
        conn.execute("SELECT no_such_column FROM watersmeet.delivery")

    monkeypatch.setattr(lineage_facts, "measures_of", fails)
    assert home.one(SPEND).outcome is not None
    complete = told(home)[-1]
    assert types(home) == ["START", "COMPLETE"]
    assert "dataQualityMetrics" not in complete["inputs"][0]["inputFacets"]


def test_where_the_start_cannot_be_written_it_is_written_with_the_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.lineage_events import attempt

    def down(*_: object) -> None:
        raise psycopg.OperationalError("no connection to spare")

    home.supply(SPEND)
    monkeypatch.setattr(attempt.outbox, "open_runs", down)
    assert home.one(SPEND).outcome is not None
    assert types(home) == ["START", "COMPLETE"]


def test_the_long_way_is_the_same_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.supply(SPEND)
    walk_of, turns = streamed.walk_of, iter([True])

    def walked(*arguments: Any) -> Any:
        if next(turns, False):
            raise NotSettled
        return walk_of(*arguments)

    monkeypatch.setattr(streamed, "walk_of", walked)
    outcome = home.one(SPEND).outcome
    assert outcome is not None
    assert types(home) == ["START", "COMPLETE"] and len(set(runs(home))) == 1
    assert tags(told(home)[-1]["run"]["facets"])["delivery"] == str(outcome.delivery_id)


def test_airflows_run_is_told_as_the_parent(home: Home) -> None:
    home.supply(SPEND)
    [arrival] = discover(SPEND)
    run = {"dag_id": "northmoor__spend", "run_id": "manual__1", "bundle": "watersmeet@abc"}
    load(SPEND, land(SPEND, arrival), run)
    for event in told(home):
        assert event["run"]["facets"]["parent"]["job"]["name"] == "northmoor__spend"
        assert tags(event["run"]["facets"])["bundle"] == "watersmeet@abc"


@published
def test_every_kind_of_event_follows_the_published_schemas(home: Home) -> None:
    path = home.supply(SPEND)
    for feed in (MEALS, "works/spend"):
        home.supply(feed)
        assert home.one(feed).outcome is not None
    [arrival] = discover(SPEND)
    load(SPEND, land(SPEND, arrival), {"dag_id": "northmoor__spend", "run_id": "manual__1"})
    home.put("northmoor/exports/spend/bad.csv", path.read_bytes().replace(b"Net Amount", b"Sum"))
    home.put("northmoor/exports/spend/half.csv", b"\n".join(path.read_bytes().split(b"\n")[:150]))
    assert {(one.refused is None, one.held is None) for one in run_feed(SPEND)} == {
        (False, True),
        (True, False),
    }
    events = told(home)
    assert {one["eventType"] for one in events} == {"START", "COMPLETE", "FAIL", "ABORT"}
    facets = [valid(event) for event in events]
    assert min(facets) >= 12 and max(facets) >= 25
