"""The DAG ``releases``: what starts it, and that it publishes."""

import json
import shutil
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from contracts.declarations import load
from dags.releases import releases_dag
from pipeline.example.connections import write_connections
from pipeline.ingest import run_feed
from repository.database import connect
from repository.migrate import migrate

ROOT = Path(__file__).resolve().parents[2]
FEED = "northmoor/spend"
TABLE = "open/spend_over_threshold.yml"
SUPPLIED = """Payments over 500
Northmoor Council
Directorate,Payment Date,Expenditure Category,Service Area,Beneficiary,Transaction No,Net Amount
Estates,03/04/2026,Catering and provisions,Schools,REEDMARSH CATERING LTD,0001,"£1,200.00"
Estates,04/04/2026,Cleaning and waste,Schools,Canary Foster Carer,0002,£900.00
"""

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture
def contracts(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Declarations of the test's own, and a feed with one delivery."""
    copy = tmp_path / "contracts"
    shutil.copytree(ROOT / "contracts", copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "supplies/northmoor/exports/spend/april.csv"
    file.parent.mkdir(parents=True)
    file.write_text(SUPPLIED, encoding="cp1252")
    write_connections(tmp_path / "connections.json", tmp_path / "supplies", 1)
    for name, value in {
        "STATE": tmp_path / "state",
        "CONNECTIONS": tmp_path / "connections.json",
        "DATABASE_URL": database_url,
        "CONTRACTS": copy,
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))
    feed = copy / "feeds/northmoor/spend.yml"
    feed.write_text(feed.read_text().replace("settled_for: 1", "settled_for: 0"))
    migrate(database_url, load(), tmp_path / "analysts.json")
    [run] = run_feed(FEED)
    assert run.outcome is not None and run.outcome.new == 2
    return copy


def test_it_waits_for_a_person_unless_a_table_follows_loads(contracts: Path) -> None:
    bag = DagBag(str(ROOT / "dags" / "releases.py"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.import_errors == {} and set(bag.dags) == {"releases"}
    dag = releases_dag(load())
    assert dag.schedule is None and dag.is_paused_upon_creation
    assert dag.params.get_param("table").schema["enum"] == ["all", *sorted(load().open_tables)]

    path = contracts / TABLE
    path.write_text(path.read_text() + "publish: after-loads\n")
    dag = releases_dag(load())
    assert [one.name for one in dag.schedule.objects] == ["store/payment"]
    assert dag.is_paused_upon_creation is False


@pytest.mark.slow
def test_it_publishes_what_is_redacted(contracts: Path, tmp_path: Path, database_url: str) -> None:
    run = releases_dag(load()).test(run_conf={"table": "spend_over_threshold"})
    assert run.state == "success"
    with connect(database_url) as conn:
        made = conn.execute(
            "SELECT name, version, rows, made_by FROM watersmeet.release"
        ).fetchall()
    assert [one[:3] for one in made] == [("spend_over_threshold", "1.0.0", 2)]
    assert made[0][3].startswith("Airflow, run ")
    folder = tmp_path / "state/releases/spend_over_threshold/1.0.0"
    assert "Canary" not in (folder / "data.csv").read_text()
    told = json.loads((folder / "disclosure.json").read_text())
    assert [rule["rows"] for rule in told["redaction"]] == [1, 0]
