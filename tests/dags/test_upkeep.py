"""The DAG ``upkeep``: statistics are renewed, sizes logged, and what needs a person fails."""

from pathlib import Path

import pytest

from contracts.declarations import load
from dags.upkeep import upkeep_dag
from repository.database import connect
from repository.migrate import migrate

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture
def repository(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    migrate(database_url, load(), tmp_path / "analysts.json")
    return database_url


def test_every_night_and_on(repository: str) -> None:
    dag = upkeep_dag()
    assert dag.timetable.expression == "30 3 * * *" and dag.is_paused_upon_creation is False
    assert dag.task_dict["analyse"].python_callable() == sorted(
        f"{schema}.{name}" for schema, name in _wholes(repository)
    )


def test_what_needs_a_person_fails(repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = upkeep_dag().task_dict["measure"].python_callable
    assert {"store.payment", "watersmeet.delivery"} <= {size["name"] for size in measure()}
    monkeypatch.setattr("repository.upkeep.FEEDS_AT_MOST", -1)
    with pytest.raises(Exception, match=r"docs/scale\.md"):
        measure()


def _wholes(url: str) -> list[tuple[str, str]]:
    with connect(url) as conn:
        return conn.execute(
            "SELECT schemaname, relname FROM (SELECT relnamespace::regnamespace::text AS"
            " schemaname, relname FROM pg_class WHERE relkind = 'p') whole"
            " WHERE schemaname IN ('store', 'history')"
        ).fetchall()
