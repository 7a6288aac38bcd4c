"""The DAG ``replay``: a form that asks whose rows, and one task that works them again."""

import json
import shutil
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session

from contracts.declarations import load
from dags.replay import replay_dag
from pipeline.example.connections import write_connections
from pipeline.ingest import run_feed
from repository.database import connect
from repository.migrate import migrate

ROOT = Path(__file__).resolve().parents[2]
FEED = "eastvale/school_census"
SUPPLIED = """\ufeffPupil UPN;Family name;Given names;Gender;Date of birth;NCY;School URN;\
Date of entry;Home postcode;Home authority
L835607623766;Canary;Phoebe;Female;03.02.2017;Year 4;990418;06.09.2023;NM2 2TN;Northmoor
E835994044255;Kanarienvogel;Isla;Lad;28.04.2017;Year 4;990456;09.09.2023;NM2 2TN;Northmoor
"""

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture
def contracts(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A feed with one delivery of which a row is held, and declarations of the test's own."""
    copy = tmp_path / "contracts"
    for name in ("agreements", "datasets", "entities", "feeds", "registers"):
        shutil.copytree(ROOT / "contracts" / name, copy / name)
    file = tmp_path / "supplies/eastvale/exports/pupils/june.csv"
    file.parent.mkdir(parents=True)
    file.write_text(SUPPLIED, encoding="utf-8")
    write_connections(tmp_path / "connections.json", tmp_path / "supplies", 1)
    for name, value in {
        "STATE": tmp_path / "state",
        "CONNECTIONS": tmp_path / "connections.json",
        "DATABASE_URL": database_url,
        "CONTRACTS": copy,
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))
    migrate(database_url, load(only=FEED), tmp_path / "analysts.json")
    feed = copy / "feeds/eastvale/school_census.yml"
    feed.write_text(feed.read_text().replace("settled_for: 1", "settled_for: 0"))
    [run] = run_feed(FEED)
    assert run.outcome is not None and (run.outcome.new, run.outcome.quarantined) == (1, 1)
    return copy


def states(url: str) -> dict[str, int]:
    with connect(url) as conn:
        return dict(
            conn.execute(
                "SELECT state, count(*)::int FROM watersmeet.quarantine GROUP BY 1"
            ).fetchall()
        )


def test_the_form_offers_every_feed_and_nothing_starts_it() -> None:
    bag = DagBag(str(ROOT / "dags" / "replay.py"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.import_errors == {} and set(bag.dags) == {"replay"}
    dag = replay_dag(load())
    assert dag.params.get_param("feed").schema["enum"] == sorted(load().feeds)
    assert dag.params.get_param("delivery").value is None
    assert dag.schedule is None and not dag.is_paused_upon_creation


def test_held_rows_are_released_through_the_dag(contracts: Path, database_url: str) -> None:
    conf = {"feed": FEED, "delivery": None}
    dag = replay_dag(load())
    nothing = dag.test(run_conf=conf)
    assert nothing.state == "success" and states(database_url) == {"held": 1}

    register = contracts / "registers/codes/sex/sex-words.csv"
    register.write_text(register.read_text().replace("Male|Boy", "Male|Boy|Lad"))
    run = dag.test(run_conf=conf)
    assert run.state == "success" and states(database_url) == {"released": 1}
    with connect(database_url) as conn:
        made = conn.execute(
            "SELECT run_id, new FROM watersmeet.delivery ORDER BY delivery_id DESC LIMIT 1"
        ).fetchone()
        assert conn.execute("SELECT count(*) FROM store.enrolment").fetchone() == (2,)
    assert made == (run.run_id, 1)
    with create_session() as session:
        sent = session.query(XComModel.value).filter(XComModel.run_id == run.run_id).all()
    travelled = json.dumps([value for (value,) in sent], default=str)
    assert "released" in travelled and "anary" not in travelled


def test_without_an_agreement_nothing_is_worked(
    contracts: Path, database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    agreement = contracts / "agreements" / "eastvale-school-census.yml"
    text = agreement.read_text().replace("start: 2026-01-01", "start: 2025-01-01")
    text = text.replace("end: 2027-12-31", "end: 2025-12-31")
    agreement.write_text(text.replace("review: 2027-06-30", "review: 2025-06-30"))
    run = replay_dag(load()).test(run_conf={"feed": FEED, "delivery": None})
    assert run.state == "failed" and states(database_url) == {"held": 1}
    assert "2025-12-31" in "".join(capfd.readouterr())
