"""The DAG of one feed: ``discover``, then for every new arrival ``land`` to ``announce``.

The verbs read, minimise, correct, validate, harmonise and split run inside the task ``load``: rows
stream through them in batches and go into one transaction, which one process must hold. Only
references and counts travel between tasks. Where ``load`` held the delivery, ``decide`` waits for a
person; runs that follow go on meanwhile.
"""

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, task_group

from contracts.declarations import Declarations
from contracts.feed import Feed
from dags.feed.decide import HeldDelivery
from dags.feed.discover import Discover
from dags.feed.names import dag_id_of, entities_of, entity_asset, landed_asset
from dags.feed.page import page
from dags.feed.verbs import announcing, landing, load_task, mapping, reconciling

RETRIES = 3
RUNS = 16
"""Runs of a feed at a time: those that wait for a person must not keep the next ones back."""


def feed_dag(feed: Feed, declared: Declarations) -> DAG:
    """The DAG of one feed. Everything given to it is the same at every parse."""
    dataset = declared.datasets[feed.dataset]
    off = [] if feed.enabled else ["disabled"]
    with DAG(
        dag_id_of(feed.id),
        dag_display_name=feed.title,
        description=f"{feed.title}: {feed.dataset} from {feed.organisation}",
        doc_md=page(feed, dataset, declared.agreement_of(feed)),
        tags=sorted({feed.organisation, feed.dataset, feed.agreement, *off}),
        schedule=_timetable(feed),
        catchup=False,
        max_active_runs=RUNS,
        is_paused_upon_creation=_paused_at_first(),
        default_args={
            "owner": feed.maintainer,
            "retries": RETRIES,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=15),
        },
    ) as dag:
        _deliveries(feed, [entity_asset(entity) for entity in entities_of(dataset)])
    return dag


def _deliveries(feed: Feed, entities: list[Asset]) -> None:
    """The way of every delivery that is discovered."""
    landed = landed_asset(feed.id)
    discover = Discover(task_id="discover", feed_id=feed.id, watch=feed.watch)
    land, map_ = landing(feed.id, landed), mapping(feed.id)
    load, reconcile = load_task(feed.id), reconciling(feed.id)
    announce = announcing(feed.id, landed, entities)

    @task_group
    def delivery(arrival: dict[str, Any]) -> None:
        reference = land(arrival)
        structure, loaded = map_(reference), load(reference)
        decided = HeldDelivery(task_id="decide", feed_id=feed.id, loaded=loaded)
        counted = reconcile(reference, loaded, decided.output)
        structure >> loaded >> decided >> counted >> announce(reference)

    delivery.expand(arrival=discover.output)


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
