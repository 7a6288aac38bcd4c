"""The DAG of one feed: ``discover``, then for every new arrival ``land`` to ``announce``.

The verbs read, minimise, correct, validate, harmonise and split run inside the task ``load``: rows
stream through them in batches and go into one transaction, which one process must hold. Only
references and counts travel between tasks.
"""

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task, task_group

from contracts.declarations import Declarations
from contracts.feed import Feed
from dags.feed.connections import from_airflow
from dags.feed.failures import told_plainly
from dags.feed.names import dag_id_of, entities_of, entity_asset, landed_asset
from dags.feed.page import page

RETRIES = 3


def feed_dag(feed: Feed, declared: Declarations) -> DAG:
    """The DAG of one feed. Everything given to it is the same at every parse."""
    dataset = declared.datasets[feed.dataset]
    entities = [entity_asset(entity) for entity in entities_of(dataset)]
    landed = landed_asset(feed.id)
    off = [] if feed.enabled else ["disabled"]
    with DAG(
        dag_id_of(feed.id),
        dag_display_name=feed.title,
        description=f"{feed.title}: {feed.dataset} from {feed.organisation}",
        doc_md=page(feed, dataset, declared.agreement_of(feed)),
        tags=sorted({feed.organisation, feed.dataset, feed.agreement, *off}),
        schedule=_timetable(feed),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=_paused_at_first(),
        default_args={
            "owner": feed.maintainer,
            "retries": RETRIES,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=15),
        },
    ) as dag:

        @task
        def discover() -> list[dict[str, Any]]:
            """What has arrived and has not been received yet."""
            from connectors.connection import use
            from pipeline.ingest import discover

            use(from_airflow)
            return told_plainly(discover, feed.id)

        @task(outlets=[landed], map_index_template="{{ named }}")
        def land(arrival: dict[str, Any]) -> dict[str, Any]:
            """Copy the bytes unchanged and hash them; nothing is fetched without an agreement."""
            from connectors.connection import use
            from pipeline.ingest import land

            use(from_airflow)
            _name_delivery(arrival)
            return told_plainly(land, feed.id, arrival)

        @task(task_id="map", map_index_template="{{ named }}")
        def map_(delivery: dict[str, Any]) -> None:
            """Find the header and match it to the contract; a difference stops the delivery."""
            from pipeline.ingest import map_

            _name_delivery(delivery)
            told_plainly(map_, feed.id, delivery)

        @task(
            map_index_template="{{ named }}",
            max_active_tis_per_dagrun=1,  # deliveries of a feed are loaded one after the other
            execution_timeout=timedelta(hours=12),
        )
        def load(delivery: dict[str, Any]) -> dict[str, Any]:
            """Read, minimise, validate, harmonise, split and load, in one transaction."""
            from pipeline.ingest import load

            _name_delivery(delivery)
            return told_plainly(load, feed.id, delivery, _run(), None)

        @task(map_index_template="{{ named }}")
        def reconcile(delivery: dict[str, Any]) -> dict[str, Any]:
            """See that every landed row is accounted for."""
            from pipeline.ingest import reconcile

            _name_delivery(delivery)
            return told_plainly(reconcile, feed.id, delivery)

        @task(outlets=entities, inlets=[landed], map_index_template="{{ named }}")
        def announce(delivery: dict[str, Any]) -> None:
            """Tell what follows that the repository has changed, and by how much."""
            from pipeline.ingest import announce

            _name_delivery(delivery)
            facts = told_plainly(announce, feed.id, delivery)
            events = get_current_context()["outlet_events"]
            for entity in entities:
                events[entity].extra = {"feed": feed.id, **facts}

        @task_group
        def delivery(arrival: dict[str, Any]) -> None:
            reference = land(arrival)
            structure, loaded = map_(reference), load(reference)
            counted, announced = reconcile(reference), announce(reference)
            structure >> loaded >> counted >> announced

        delivery.expand(arrival=discover())
    return dag


def _timetable(feed: Feed) -> CronTriggerTimetable | None:
    if feed.schedule is None or not feed.enabled:
        return None
    # With no start date and no time to look back, a feed that is switched on waits for its next
    # time, and a hundred new feeds do not all run at once. (False would look back: by a tenth of
    # the time between two runs.)
    return CronTriggerTimetable(feed.schedule, timezone=feed.timezone, run_immediately=timedelta(0))


def _paused_at_first() -> bool:
    """A new feed waits for somebody to try it and switch it on; the examples do not."""
    return os.environ.get("WATERSMEET_START_FEEDS") != "1"


def _run() -> dict[str, Any]:
    """The facts of this run, for lineage."""
    context = get_current_context()
    instance, run = context["ti"], context["dag_run"]
    return {
        "dag_id": instance.dag_id,
        "run_id": instance.run_id,
        "task_id": instance.task_id,
        "map_index": instance.map_index,
        "try_number": instance.try_number,
        "run_type": str(getattr(run.run_type, "value", run.run_type)),
        "bundle": _bundle(instance),
    }


def _bundle(instance: Any) -> str:
    """The bundle this run is held to, and its commit where the bundle has versions."""
    bundle = getattr(instance, "bundle_instance", None)
    version = getattr(bundle, "version", None)
    name = str(getattr(bundle, "name", "") or "")
    return f"{name}@{version}" if version else name


def _name_delivery(reference: dict[str, Any]) -> None:
    """Show a mapped task under the name of what it works on, not under a number."""
    name = str(reference.get("name") or reference.get("delivery") or "")
    get_current_context()["named"] = name  # type: ignore[typeddict-unknown-key]
