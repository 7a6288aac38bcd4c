"""A held delivery in a feed's DAG: it waits for a person, and goes on with what was decided."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow._shared.timezones import timezone
from airflow.models.dagrun import DagRun
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import handle_event_submit
from airflow.triggers.base import TriggerEvent
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState

from contracts.declarations import load
from dags.feeds import dags
from pipeline import hold
from pipeline.example.connections import write_connections
from pipeline.example.region import make
from pipeline.example.supply import Plan
from pipeline.ingest import run_feed
from repository.database import connect
from repository.migrate import migrate

FEED, DAG = "northmoor/school_census", "northmoor__school_census"

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    make(Plan(seed=7, rows=120), folder)
    return folder


@pytest.fixture
def tenth(region: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A feed whose first delivery is loaded and whose next one holds a tenth of its pupils."""
    supplies = tmp_path / "supplies"
    shutil.copytree(region, supplies)
    write_connections(tmp_path / "connections.json", supplies, 1)
    for name, value in {
        "STATE": tmp_path / "state",
        "CONNECTIONS": tmp_path / "connections.json",
        "DATABASE_URL": database_url,
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))
    migrate(database_url, load(only=FEED), tmp_path / "analysts.json")
    (file,) = (supplies / "northmoor/exports/census").iterdir()
    os.utime(file, (1_740_000_000, 1_740_000_000))  # it has long been still
    [first] = run_feed(FEED)
    assert first.outcome is not None and first.outcome.state == "loaded"
    lines = file.read_text(encoding="ascii").splitlines(keepends=True)
    file.write_text("".join([*lines[: len(lines) // 10], lines[-1]]), encoding="ascii")
    os.utime(file, (1_750_000_000, 1_750_000_000))
    return file


def states(run: DagRun) -> dict[str, str]:
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def answer(
    option: str,
    reason: str,
    asked: list[dict[str, Any]],
    database_url: str,
    over: threading.Event,
) -> None:
    """Answer as Airflow's page does, once the task has settled down to wait; not where the run is
    over."""
    while not over.wait(0.2):
        # Airflow's database is SQLite here, where who looks may be in the way of who writes: left
        # alone until the delivery is held.
        with connect(database_url) as conn:
            if conn.execute("SELECT FROM watersmeet.hold").fetchone() is None:
                continue
        with create_session() as session:
            waiting = (
                session.query(TaskInstance)
                .filter(TaskInstance.state == TaskInstanceState.AWAITING_INPUT)
                .one_or_none()
            )
            if waiting is None:
                continue
            detail = session.get(HITLDetail, waiting.id)
            assert detail is not None
            asked.append({"subject": detail.subject, "body": detail.body,
                          "options": detail.options})  # fmt: skip
            detail.responded_by = {"id": "2", "name": "steward"}
            detail.responded_at = timezone.utcnow()
            detail.chosen_options = [option]
            detail.params_input = {"reason": reason}
            session.add(detail)
            handle_event_submit(
                TriggerEvent(detail.as_resume_event_payload()),
                task_instance=waiting,
                session=session,
            )
            return


@pytest.fixture
def run_and_answer(
    database_url: str,
) -> Iterator[Callable[..., tuple[DagRun, list[dict[str, Any]]]]]:
    """Runs the feed's DAG while somebody answers."""

    def run(option: str, reason: str) -> tuple[DagRun, list[dict[str, Any]]]:
        asked: list[dict[str, Any]] = []
        over = threading.Event()
        person = threading.Thread(target=answer, args=(option, reason, asked, database_url, over))
        person.start()
        try:
            return dags()[DAG].test(), asked
        finally:
            over.set()
            person.join()

    yield run


def test_an_accepted_delivery_is_loaded_and_announced(
    tenth: Path, database_url: str, run_and_answer: Callable[..., Any]
) -> None:
    run, [asked] = run_and_answer("Accept this once", "one school only, as announced")
    assert run.state == "success", states(run)
    assert set(states(run).values()) == {"success"}
    [asking] = [one for one in run.get_task_instances() if one.task_id == "delivery.decide"]
    assert (asking.try_number, asking.rendered_map_index) == (1, tenth.name), "no try failed"
    assert tenth.name in asked["subject"] and "fewer than usual" in asked["body"]
    assert len(asked["options"]) == 3
    with connect(database_url) as conn:
        names = [n for (n,) in conn.execute("SELECT surname FROM history.person").fetchall()]
        decided = conn.execute("SELECT state, decided_by, reason FROM watersmeet.hold").fetchall()
        made = conn.execute(
            "SELECT run_id, baseline FROM watersmeet.delivery ORDER BY delivery_id DESC LIMIT 1"
        ).fetchone()
    assert decided == [("accepted-once", "steward", "one school only, as announced")]
    assert made == (run.run_id, False)
    told = json.dumps(asked)
    assert names and not any(name in told for name in names), "no personal data in the question"


def test_a_refused_delivery_ends_there(
    tenth: Path, database_url: str, run_and_answer: Callable[..., Any]
) -> None:
    run, _ = run_and_answer("Refuse", "half of the extract is missing")
    assert run.state == "success"
    found = states(run)
    assert {found[f"delivery.{task}"] for task in ("decide", "reconcile", "announce")} == {
        "skipped"
    }
    with connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM watersmeet.delivery").fetchone() == (1,)
        assert conn.execute("SELECT state FROM watersmeet.hold").fetchone() == ("refused",)
    assert states(dags()[DAG].test())["delivery.load"] == "skipped", "never tried again"


def test_a_decision_made_elsewhere_counts_and_the_answer_does_not_break(
    tenth: Path, database_url: str, run_and_answer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Somebody decides on the command line while the task waits; then it is answered too."""
    made: list[Any] = []

    def elsewhere() -> None:
        for _ in range(600):
            time.sleep(0.1)
            for one in hold.held():
                made.append(hold.decide(one["hold_id"], "accept-once", "A. Steward", "by hand"))
                return

    other = threading.Thread(target=elsewhere)
    other.start()
    run, _ = run_and_answer("Refuse", "too late")
    other.join()
    assert made and run.state == "success", states(run)
    with connect(database_url) as conn:
        assert conn.execute("SELECT state, decided_by FROM watersmeet.hold").fetchall() == [
            ("accepted-once", "A. Steward")
        ]
        assert conn.execute("SELECT count(*) FROM watersmeet.receipt").fetchone() == (2,)
