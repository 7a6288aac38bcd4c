"""WHEN: the DAG ``lineage__send``: lineage events that wait are sent, each minute.

By the clock and not when assets change: a refused, held or killed delivery changes no asset, and a
receiver that was away comes back without telling. Where no receiver is set it runs once a day, to
end runs that were killed and to remove what is past its time.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from dags.feed.failures import told_plainly
from pipeline.lineage_events.receiver import BadReceiver, receiver

EACH_MINUTE, EACH_DAY = "* * * * *", "30 5 * * *"

PAGE = """
Every load of a delivery leaves **OpenLineage** events in the repository's outbox: that it began,
and how it ended. This DAG sends them to the receiver that `WATERSMEET_OPENLINEAGE_URL` or the
connection `openlineage` names. While the receiver does not answer they wait, and are sent in order
afterwards; loading never waits for it.

It is red where the receiver refused events, or where the oldest has waited for more than an hour.
`watersmeet lineage pending` tells more; `watersmeet lineage send --refused` tries refused ones
again.
"""


def lineage_dag() -> DAG:
    """The DAG; everything given to it is the same at every parse."""
    with DAG(
        "lineage__send",
        dag_display_name="Send lineage events",
        description="Sends OpenLineage events that wait in the outbox",
        doc_md=PAGE,
        tags=["lineage"],
        # With no time to look back, runs missed while Airflow was down are not made up for.
        schedule=CronTriggerTimetable(_when(), timezone="UTC", run_immediately=timedelta(0)),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        # The next minute is the next try.
        default_args={"retries": 0},
    ) as dag:

        @task(execution_timeout=timedelta(minutes=5))
        def send() -> dict[str, Any]:
            """End runs that were killed, remove what is too old, send what waits."""
            from pipeline.lineage_events.send import send
            from pipeline.lineage_events.standing import pending

            came_of_it = told_plainly(send).told()
            found = told_plainly(pending)
            if found["stuck"]:
                said = ", ".join(found["errors"]) or "nothing yet"
                raise AirflowFailException(
                    f"{found['refused']} lineage events were refused, and {found['waiting']} wait "
                    f"since {found['oldest']}; the receiver last said: {said}. Nothing is lost for "
                    f"{found['keep_days']} days; see `watersmeet lineage pending`"
                )
            return came_of_it

        send()
    return dag


def _when() -> str:
    try:
        return EACH_MINUTE if receiver() else EACH_DAY
    except BadReceiver:
        return EACH_MINUTE  # its runs say what is wrong with the settings


dag = lineage_dag()
