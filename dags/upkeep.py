"""WHEN: the DAG ``upkeep``, every night: the database's statistics, and how large it has grown."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.feed.failures import told_plainly

PAGE = """
Renews the statistics of the entities' tables as wholes, which PostgreSQL does not do by itself, and
logs how large each table is. The task `measure` is red when something needs a person: vacuuming
that does not keep up, tables long not frozen, more feeds than one server should hold as parts of a
table.
"""


def upkeep_dag() -> DAG:
    """The DAG; everything given to it is the same at every parse."""
    with DAG(
        "upkeep",
        dag_display_name="Upkeep of the database",
        description="Statistics of whole tables, sizes, and what needs a person",
        doc_md=PAGE,
        tags=["upkeep"],
        schedule=CronTriggerTimetable(
            "30 3 * * *", timezone="Europe/London", run_immediately=timedelta(0)
        ),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    ) as dag:

        @task(execution_timeout=timedelta(hours=2))
        def analyse() -> list[str]:
            """Renew the statistics; the names of the tables."""
            from pipeline.upkeep import analyse

            return told_plainly(analyse)  # type: ignore[no-any-return]

        @task(execution_timeout=timedelta(minutes=10))
        def measure() -> list[dict[str, Any]]:
            """Log how large every table is; fails where something needs a person."""
            from pipeline.upkeep import measured

            return told_plainly(measured)  # type: ignore[no-any-return]

        analyse() >> measure()
    return dag


upkeep = upkeep_dag()
