"""The DAG ``lineage__send``: parsed with the others, and sending what waits."""

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from dags.lineage import EACH_DAY, EACH_MINUTE, lineage_dag

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = ("WATERSMEET_OPENLINEAGE_URL", "AIRFLOW_CONN_OPENLINEAGE")

pytestmark = pytest.mark.airflow


@pytest.fixture(autouse=True)
def no_receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("WATERSMEET_CONNECTIONS", str(tmp_path / "connections.json"))


@pytest.mark.usefixtures("airflow_database")
def test_it_parses_and_does_one_thing() -> None:
    bag = DagBag(str(ROOT / "dags" / "lineage.py"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.import_errors == {}
    [dag] = bag.dags.values()
    assert dag.dag_id == "lineage__send" and set(dag.task_ids) == {"send"}
    assert dag.max_active_runs == 1 and not dag.catchup
    assert dag.task_dict["send"].retries == 0, "the next minute is the next try"


def test_each_minute_where_a_receiver_is_set_and_else_each_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert lineage_dag().timetable.expression == EACH_DAY
    monkeypatch.setenv("AIRFLOW_CONN_OPENLINEAGE", "http://marquez.example:5000")
    assert lineage_dag().timetable.expression == EACH_MINUTE
    monkeypatch.delenv("AIRFLOW_CONN_OPENLINEAGE")
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", "no address")
    assert lineage_dag().timetable.expression == EACH_MINUTE, "so that its runs say what is wrong"


@pytest.mark.usefixtures("airflow_database")
def test_a_run_ends_killed_runs_and_is_red_where_events_are_stuck(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uuid import uuid4

    from repository import outbox
    from repository.database import connected

    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    event = {"eventType": "START", "run": {"facets": {}}}
    with connected(database_url) as conn:
        outbox.add(conn, uuid4(), "northmoor/spend", 1, event)
    assert lineage_dag().test().state == "success"
    with connected(database_url) as conn:
        assert outbox.standing(conn).waiting == 2 and not outbox.open_runs(conn)
        conn.execute(
            "UPDATE watersmeet.lineage_event SET state = 'refused', last_error = 'http-400'"
        )
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", "http://127.0.0.1:9")
    assert lineage_dag().test().state == "failed"
