"""The tasks of a feed's DAG: each calls one verb of the journey and gives references and counts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.feed.connections import from_airflow
from dags.feed.failures import told_plainly
from dags.feed.tasks import load_or_hold, name_delivery, run_facts

Verb = Callable[..., Any]
NAMED = "{{ named }}"


def landing(feed_id: str, landed: Asset) -> Verb:
    """``land``."""

    @task(outlets=[landed], map_index_template=NAMED)
    def land(arrival: dict[str, Any]) -> dict[str, Any]:
        """Copy the bytes unchanged and hash them; nothing is fetched without an agreement."""
        from connectors.connection import use
        from pipeline.ingest import NothingNew, land

        use(from_airflow)
        name_delivery(arrival)

        def land_or_skip() -> dict[str, Any]:
            try:
                return land(feed_id, arrival)
            except NothingNew as nothing:
                raise AirflowSkipException(str(nothing)) from None

        return told_plainly(land_or_skip)

    return land


def mapping(feed_id: str) -> Verb:
    """``map``."""

    @task(task_id="map", map_index_template=NAMED)
    def map_(delivery: dict[str, Any]) -> None:
        """Find the header and match it to the contract; a difference stops the delivery."""
        from pipeline.ingest import map_

        name_delivery(delivery)
        told_plainly(map_, feed_id, delivery)

    return map_


def load_task(feed_id: str) -> Verb:
    """``load``."""

    @task(
        map_index_template=NAMED,
        max_active_tis_per_dag=1,  # deliveries of a feed are loaded one after the other
        execution_timeout=timedelta(hours=12),
    )
    def load(delivery: dict[str, Any]) -> dict[str, Any]:
        """Read, minimise, validate, harmonise, split and load, in one transaction; or hold it."""
        name_delivery(delivery)
        return told_plainly(load_or_hold, feed_id, delivery, run_facts())

    return load


def reconciling(feed_id: str) -> Verb:
    """``reconcile``."""

    @task(map_index_template=NAMED, trigger_rule="none_failed")
    def reconcile(
        delivery: dict[str, Any] | None,
        loaded: dict[str, Any] | None,
        decided: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """See that every landed row is accounted for."""
        from pipeline.ingest import reconcile

        if delivery is None or loaded is None:
            raise AirflowSkipException("there was nothing new to land")
        name_delivery(delivery)
        if loaded["state"] == "held" and decided is None:
            raise AirflowSkipException("the delivery was held, and not accepted")
        return told_plainly(reconcile, feed_id, delivery)

    return reconcile


def announcing(feed_id: str, landed: Asset, entities: Sequence[Asset]) -> Verb:
    """``announce``."""

    @task(outlets=list(entities), inlets=[landed], map_index_template=NAMED)
    def announce(delivery: dict[str, Any]) -> None:
        """Tell what follows that the repository has changed, and by how much."""
        from pipeline.ingest import announce

        name_delivery(delivery)
        facts = told_plainly(announce, feed_id, delivery)
        events = get_current_context()["outlet_events"]
        for entity in entities:
            events[entity].extra = {"feed": feed_id, **facts}

    return announce
