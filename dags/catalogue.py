"""WHEN: the DAG ``catalogue``: the catalogue is built anew after deliveries have loaded, and daily.

Daily too, because an agreement that ends or a code that comes into force changes pages without any
delivery. The built site takes the place of the one before at once; where nothing has changed,
nothing is written.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, task

from contracts.declarations import Declarations, load
from dags.feed.failures import told_plainly
from dags.feed.names import entity_asset

PAGE = """
Builds the pages of the **Catalogue** from contracts, agreements and the record of deliveries:
whenever a delivery has loaded into any table, and every morning. The same is done by
`watersmeet catalogue build`. No row of a table with personal data is in it.
"""


def catalogue_dag(declared: Declarations) -> DAG:
    """The DAG; everything given to it is the same at every parse."""
    daily = CronTriggerTimetable(
        "15 4 * * *", timezone="Europe/London", run_immediately=timedelta(0)
    )
    assets = [entity_asset(entity) for entity in sorted(declared.entities)]
    with DAG(
        "catalogue",
        dag_display_name="Build the catalogue",
        description="Makes the pages of the catalogue from contracts and the record of deliveries",
        doc_md=PAGE,
        tags=["catalogue"],
        schedule=(
            AssetOrTimeSchedule(timetable=daily, assets=AssetAny(*assets)) if assets else daily
        ),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"retries": 3, "retry_delay": timedelta(seconds=20)},
    ) as dag:

        @task(execution_timeout=timedelta(minutes=30))
        def build() -> dict[str, Any]:
            """Build the site and show it; what was built."""
            from pipeline.catalogue.build import publish

            made = told_plainly(publish)
            return {"pages": made.pages, "bytes": made.bytes, "sha256": made.sha256}

        build()
    return dag


dag = catalogue_dag(load())
