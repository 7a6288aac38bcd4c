"""WHEN: the DAG ``replay``, started by hand: rows that are held are worked again.

A form asks for the feed and, if only one is meant, the delivery. Its tries may be cleared and run
again at will: rows are released once.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetAlias, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from contracts.declarations import Declarations, load
from dags.feed.failures import told_plainly
from dags.feed.names import entities_of, entity_asset

RELEASED = AssetAlias("replayed")

PAGE = """
Rows in quarantine are worked again with today's steps, registers, corrections and waivers. Those
that are good now are loaded, each once; the others stay held. Nothing is fetched: the landed bytes
are read.

Start it when a code was added to a register, a correction was made, or a rule was mended. What is
held, and why, is on the page **Quarantine** and told by `watersmeet quarantine groups`.
"""


def replay_dag(declared: Declarations) -> DAG:
    """The DAG; everything given to it is the same at every parse."""
    feeds = sorted(declared.feeds)
    with DAG(
        "replay",
        dag_display_name="Replay held rows",
        description="Works the rows a feed holds in quarantine again, with today's steps",
        doc_md=PAGE,
        tags=["quarantine"],
        schedule=None,
        catchup=False,
        is_paused_upon_creation=False,
        params={
            "feed": Param(
                feeds[0] if feeds else None,
                type="string",
                enum=feeds or [""],
                title="Feed",
                description="Whose rows are worked again",
            ),
            "delivery": Param(
                None,
                type=["null", "integer"],
                title="Delivery",
                description="Only this delivery, by its number; all that hold rows if left empty",
            ),
        },
        default_args={"retries": 3, "retry_delay": timedelta(seconds=20)},
    ) as dag:

        @task(outlets=[RELEASED], execution_timeout=timedelta(hours=12))
        def replay() -> list[dict[str, Any]]:
            """Work the deliveries that hold rows again, oldest first, each in one transaction."""
            from pipeline.replay import replay

            context = get_current_context()
            feed_id, delivery = context["params"]["feed"], context["params"]["delivery"]
            run = {"dag_id": dag.dag_id, "run_id": context["dag_run"].run_id}
            told = [one.told() for one in told_plainly(replay, feed_id, delivery, None, run)]
            entities = entities_of(declared.datasets[declared.feeds[feed_id].dataset])
            for facts in told:
                if facts["released"]:
                    for entity in entities:
                        context["outlet_events"][RELEASED].add(entity_asset(entity), extra=facts)
            refused = [str(facts["refused"]) for facts in told if facts["refused"]]
            if refused:
                raise AirflowFailException("; ".join(refused))
            return told

        replay()
    return dag


dag = replay_dag(load())
