"""WHEN: the DAG ``releases``: open tables are published after loads, and by hand.

It follows the tables of the entities whose open tables say ``publish: after-loads``; a new version
is made only where something changed. Where none says so it is paused at first, and whoever starts
it by hand chooses an open table or takes all. Between tasks travel names, versions and counts.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, AssetAny, Param, get_current_context, task

from contracts.declarations import Declarations, load
from dags.feed.failures import told_plainly
from dags.feed.names import entity_asset

AFTER_LOADS = "after-loads"
EVERY = "all"

PAGE = """
Publishes open tables (`contracts/open/`): CSV and Parquet, with a Data Package, a DCAT description,
lineage and a disclosure report, in `releases` in the state folder. Identical content makes no new
version. A table that might tell of somebody is not published, and its task fails with the rule
that stopped it.

Started by hand it publishes the open table chosen, or all. By itself it publishes those that say
`publish: after-loads`. `watersmeet release --list` shows what was published.
"""


def published_asset(name: str) -> Asset:
    """The asset that stands for the releases of one open table."""
    return Asset(name=f"open/{name}", uri=f"watersmeet://open/{name}", group="open")


def releases_dag(declared: Declarations) -> DAG:
    """The DAG; everything given to it is the same at every parse."""
    tables = sorted(declared.open_tables)
    following = [name for name in tables if declared.open_tables[name].publish == AFTER_LOADS]
    entities = sorted({declared.open_tables[name].entity for name in following})
    with DAG(
        "releases",
        dag_display_name="Publish open tables",
        description="Publishes open tables in versions, with lineage and disclosure report",
        doc_md=PAGE,
        tags=["open data"],
        schedule=AssetAny(*(entity_asset(entity) for entity in entities)) if entities else None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not following,
        params={
            "table": Param(
                EVERY,
                type="string",
                enum=[EVERY, *tables],
                title="Open table",
                description="Which is published; started by loads, those that follow them",
            )
        },
        default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    ) as dag:

        @task
        def choose() -> list[str]:
            """The open tables of this run."""
            context = get_current_context()
            asked = context["params"]["table"]
            if asked != EVERY:
                return [asked]
            by_loads = context["dag_run"].run_type == "asset_triggered"
            return following if by_loads else tables

        @task(
            outlets=[published_asset(name) for name in tables],
            execution_timeout=timedelta(hours=6),
            map_index_template="{{ name }}",
        )
        def publish(name: str) -> dict[str, Any]:
            """Publish one; nothing where nothing changed."""
            from pipeline.release import release

            context = get_current_context()
            context["name"] = name  # type: ignore[typeddict-unknown-key]
            done = told_plainly(release, name, by=f"Airflow, run {context['dag_run'].run_id}")
            if done.disclosure.get("quasi_identifiers", {}).get("rows_below_k"):
                print(f"{name}: some combinations stand on few rows; see disclosure.json")
            told = done.to_json()
            return {word: told[word] for word in ("name", "version", "change", "rows")}

        publish.expand(name=choose())
    return dag


dag = releases_dag(load())
