"""The DAG ``catalogue``: after deliveries and daily, it builds the site that is shown."""

from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from contracts.declarations import load
from dags.catalogue import catalogue_dag
from dags.feed.names import entity_asset
from repository.migrate import migrate

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


def test_it_is_found_and_starts_after_any_table_and_every_day() -> None:
    bag = DagBag(str(ROOT / "dags" / "catalogue.py"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.import_errors == {} and set(bag.dags) == {"catalogue"}
    dag = catalogue_dag(load())
    schedule: Any = dag.schedule
    assets = {asset.uri for asset in schedule.asset_condition.objects}
    assert assets == {entity_asset(entity).uri for entity in load().entities}
    assert type(schedule.asset_condition).__name__ == "AssetAny", "any of them is enough"
    assert dag.max_active_runs == 1 and not dag.catchup


def test_a_run_shows_the_site_and_tells_its_size(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    migrate(database_url, load(), tmp_path / "analysts.json")
    run = catalogue_dag(load()).test()
    assert run.state == "success"
    site = tmp_path / "state/catalogue/site"
    assert site.is_symlink() and "Payment" in (site / "index.html").read_text(encoding="utf-8")
