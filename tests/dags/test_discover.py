"""The sensor at the head of a feed's DAG: it looks again where the feed says to, without a slot."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.standard.triggers.temporal import DateTimeTrigger, TimeDeltaTrigger
from airflow.sdk.exceptions import TaskDeferred

from contracts.declarations import load
from contracts.feed import Watch
from dags.feed import discover as module
from dags.feed.discover import Discover
from dags.feeds import dags
from pipeline.example.connections import write_connections
from pipeline.example.region import make
from pipeline.example.supply import Plan
from repository.migrate import migrate
from tests.journey_kit import OWN

FEED, DAG = "northmoor/school_census", "northmoor__school_census"
FOLDER = Path("northmoor/exports/census")

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A feed that watches its folder, which is still empty; what is to come lies beside it."""
    supplies, contracts = tmp_path / "supplies", tmp_path / "contracts"
    make(Plan(seed=7, rows=120), supplies)
    shutil.move(supplies / FOLDER, tmp_path / "to_come")
    (supplies / FOLDER).mkdir()
    shutil.copytree(OWN, contracts)
    file = contracts / "feeds" / f"{FEED}.yml"
    file.write_text(file.read_text() + "watch: {every_minutes: 5, for_hours: 3}\n")
    write_connections(tmp_path / "connections.json", supplies, 1)
    for name, value in {
        "STATE": tmp_path / "state",
        "CONTRACTS": contracts,
        "CONNECTIONS": tmp_path / "connections.json",
        "DATABASE_URL": database_url,
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))
    migrate(database_url, load(contracts, only=FEED), tmp_path / "analysts.json")
    return supplies / FOLDER


def deliver(place: Path) -> None:
    """The files arrive, and have long been still."""
    for file in (place.parents[3] / "to_come").iterdir():
        os.utime(shutil.copy(file, place), (1_740_000_000, 1_740_000_000))


def scheduled(kind: str = "scheduled") -> Any:
    return {"dag_run": type("Run", (), {"run_type": kind})()}


@pytest.mark.slow
def test_a_scheduled_run_waits_and_takes_what_comes(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[timedelta] = []

    def soon(delta: timedelta, **kwargs: Any) -> TimeDeltaTrigger:
        waited.append(delta)
        if len(waited) == 2:
            deliver(place)
        return TimeDeltaTrigger(timedelta(seconds=0.1), **kwargs)

    monkeypatch.setattr(module, "TimeDeltaTrigger", soon)
    # A run of `dag.test` counts as asked for by a person.
    monkeypatch.setattr(module, "_is_scheduled", lambda context: True)
    run = dags()[DAG].test()
    states = {task.task_id: str(task.state) for task in run.get_task_instances()}
    assert run.state == "success", states
    assert waited == [timedelta(minutes=5)] * 2, (
        "it looked, and looked again, at the times declared"
    )
    assert states["delivery.load"] == "success"


def test_a_run_asked_for_looks_once(place: Path) -> None:
    run = dags()[DAG].test()
    assert run.state == "success"
    states = {task.task_id: str(task.state) for task in run.get_task_instances()}
    assert states["discover"] == "success"
    assert set(states.values()) == {"success", "skipped"}


def test_what_has_arrived_is_taken_at_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sensor = Discover(task_id="d", feed_id=FEED, watch=Watch(every_minutes=5, for_hours=3))
    deliver(place)
    found = sensor.execute(scheduled())
    assert found
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert sensor.look_again(scheduled(), until=later) == found
    monkeypatch.setattr("pipeline.ingest.at_work", lambda feed: found[0]["name"])
    assert sensor.execute(scheduled("manual")) == found[1:], "another run is at work on it"


def test_it_gives_up_when_its_time_is_over(place: Path) -> None:
    sensor = Discover(task_id="d", feed_id=FEED, watch=Watch(every_minutes=5, for_hours=3))
    before = datetime.now(UTC)
    with pytest.raises(TaskDeferred) as waiting:
        sensor.execute(scheduled())
    until = datetime.fromisoformat(waiting.value.kwargs["until"])
    assert timedelta(hours=3) <= until - before < timedelta(hours=3, minutes=5)
    assert waiting.value.method_name == "look_again"
    trigger = waiting.value.trigger
    assert isinstance(trigger, DateTimeTrigger)
    assert timedelta(minutes=4) < trigger.moment - before < timedelta(minutes=10)
    with pytest.raises(TaskDeferred) as again:
        sensor.look_again(scheduled(), until=until.isoformat())
    assert again.value.kwargs["until"] == until.isoformat(), "the end stays where it was"
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert sensor.look_again(scheduled(), until=past) == []
    assert sensor.execute(scheduled("manual")) == []
    assert Discover(task_id="d", feed_id=FEED, watch=None).execute(scheduled()) == []
