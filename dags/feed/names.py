"""Feeds, DAGs and assets: how the id of one follows from the id of another."""

from pathlib import Path

from airflow.sdk import Asset

from contracts.dataset import Dataset
from contracts.model import columns_of
from pipeline.settings import Settings

REPOSITORY = "postgres://watersmeet:5432/watersmeet"
"""The repository by a name that does not change when its server moves (Airflow's normal form)."""


def dag_id_of(feed_id: str) -> str:
    """``<organisation>/<dataset>`` to ``<organisation>__<dataset>``."""
    return feed_id.replace("/", "__")


def feed_id_of(dag_id: str) -> str:
    """``<organisation>__<dataset>`` to ``<organisation>/<dataset>``."""
    organisation, _, dataset = dag_id.rpartition("__")
    return f"{organisation}/{dataset}"


def entities_of(dataset: type[Dataset]) -> tuple[str, ...]:
    """The entities a dataset's rows speak of, by name, in alphabetical order."""
    targets = {target for facts in columns_of(dataset).values() for target in facts.to}
    return tuple(sorted({target.partition(".")[0].partition(":")[0] for target in targets}))


def entity_asset(entity: str) -> Asset:
    """The asset that stands for one entity's table."""
    return Asset(name=f"store/{entity}", uri=f"{REPOSITORY}/store/{entity}", group="entity")


def landed_asset(feed_id: str) -> Asset:
    """The asset that stands for a feed's deliveries in the landing store."""
    landing = Settings.from_environment().landing
    base = landing.rstrip("/") if "://" in landing else Path(landing).as_uri()
    return Asset(name=f"landed/{feed_id}", uri=f"{base}/{feed_id}", group="feed")
