"""A feed's whole DAG, run by Airflow against a real repository."""

import json
import os
import shutil
from pathlib import Path

import pytest
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session

from contracts.declarations import load
from dags.feeds import dags
from pipeline.example.connections import write_connections
from pipeline.example.region import make
from pipeline.example.supply import Plan
from repository.database import connect
from repository.migrate import migrate

FEED, DAG = "northmoor/school_census", "northmoor__school_census"
FOLDER = Path("northmoor/exports/census")

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest example region."""
    folder = tmp_path_factory.mktemp("region")
    make(Plan(seed=7, rows=120), folder)
    return folder


@pytest.fixture
def place(region: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The feed's folder with its first delivery, and everything around it."""
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
    for file in (supplies / FOLDER).iterdir():
        os.utime(file, (1_740_000_000, 1_740_000_000))  # it has long been still
    return supplies / FOLDER


def states(run: DagRun) -> dict[str, str]:
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def test_a_delivery_is_loaded_once_and_names_its_run(place: Path, database_url: str) -> None:
    dag = dags()[DAG]
    run = dag.test()
    assert run.state == "success", states(run)
    ended = states(run)
    assert [task for task, state in ended.items() if state != "success"] == ["delivery.decide"]
    assert ended["delivery.decide"] == "skipped", "nobody is asked about what passes"
    with connect(database_url) as conn:
        (made,) = conn.execute(
            "SELECT d.run_id, d.landed = d.new + d.quarantined + d.excluded, d.new > 0"
            " FROM watersmeet.delivery d"
        ).fetchall()
    assert made == (run.run_id, True, True)

    again = dag.test()
    assert again.state == "success"
    assert states(again)["discover"] == "success"
    others = {state for task, state in states(again).items() if task != "discover"}
    assert others <= {"skipped"}, "nothing new, nothing done"


def test_only_references_and_counts_travel_between_tasks(place: Path, database_url: str) -> None:
    run = dags()[DAG].test()
    with create_session() as session:
        sent = session.query(XComModel.value).filter(XComModel.run_id == run.run_id).all()
    travelled = json.dumps([value for (value,) in sent], default=str)
    assert '"sha256' in travelled.replace("\\", "")
    with connect(database_url) as conn:
        names = conn.execute("SELECT DISTINCT surname FROM store.person LIMIT 50").fetchall()
    assert names
    for (surname,) in names:
        assert surname not in travelled
    assert len(travelled) < 20_000


def test_a_refused_delivery_fails_at_once_with_its_reason(
    place: Path, database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (file,) = (place.parents[2] / "eastvale/exports/pupils").iterdir()
    canary = "CANARYSURNAME"
    file.write_text(f"Pupil UPN;Given names\n1;{canary}\n", encoding="utf-8")
    os.utime(file, (1_750_000_000, 1_750_000_000))  # it has long been still
    migrate(database_url, load(only="eastvale/school_census"), None)
    run = dags()["eastvale__school_census"].test()
    assert run.state == "failed"
    failed = [task for task in run.get_task_instances() if task.state == "failed"]
    assert [task.task_id for task in failed] == ["delivery.map"]
    assert failed[0].max_tries > 0 and failed[0].try_number <= 1, "a refusal is not tried again"
    said = "".join(capfd.readouterr())
    assert file.name in said
    assert canary not in said
    with connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM watersmeet.delivery").fetchone() == (0,)


def test_without_an_active_agreement_nothing_is_fetched(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    contracts = tmp_path / "contracts"
    here = Path(__file__).parents[2] / "contracts"
    for name in ("agreements", "datasets", "entities", "feeds", "registers"):
        shutil.copytree(here / name, contracts / name)
    agreement = contracts / "agreements" / "northmoor-school-census.yml"
    dated = {
        "start:": "start: 2001-01-01",
        "review:": "review: 2001-06-01",
        "end:": "end: 2001-12-31",
    }
    lines = [
        next((new for key, new in dated.items() if line.startswith(key)), line)
        for line in agreement.read_text(encoding="utf-8").splitlines()
    ]
    agreement.write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(contracts))
    run = dags()[DAG].test()
    assert run.state == "failed"
    assert "2001-12-31" in "".join(capfd.readouterr())
    assert not (tmp_path / "state" / "scratch").exists(), "nothing was on its way"
