"""The DAG that stands where a declaration is broken: red, and carrying the error.

An import error would name ``dags/feeds.py`` and take every DAG of that file away, and it sits on a
page of its own. This DAG stands where the feed is looked for, keeps its history, and fails every
ten minutes until the file is mended.
"""

from collections.abc import Sequence

from airflow.sdk import DAG, CronDataIntervalTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from contracts.declarations import BrokenDeclaration
from dags.feed.names import dag_id_of

DECLARATIONS = "declarations"
TEN_MINUTES = "*/10 * * * *"


def broken_dag(feed_id: str, wrong: Sequence[BrokenDeclaration]) -> DAG:
    """The red DAG in place of a feed that cannot run."""
    organisation, _, dataset = feed_id.partition("/")
    title = f"**The feed {feed_id} cannot run: its declaration is broken.**"
    return _red_dag(dag_id_of(feed_id), title, wrong, [organisation, dataset])


def broken_declarations_dag(wrong: Sequence[BrokenDeclaration]) -> DAG:
    """The red DAG for broken declarations that belong to no one feed."""
    title = "**Declarations are broken.** A feed that leans on one of them says so itself."
    return _red_dag(DECLARATIONS, title, wrong, [])


def _red_dag(
    dag_id: str, title: str, wrong: Sequence[BrokenDeclaration], tags: Sequence[str]
) -> DAG:
    errors = [str(one) for one in wrong]
    listed = "\n".join(f"- `{error}`" for error in errors)
    with DAG(
        dag_id,
        description=errors[0][:500],
        doc_md=f"{title}\n\n{listed}\n\nThe feed's DAG is back as soon as the file is mended.",
        tags=[*tags, "broken"],
        # The last full ten minutes run at once when this appears, and then every ten.
        schedule=CronDataIntervalTimetable(TEN_MINUTES, timezone="UTC"),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"owner": "watersmeet", "retries": 0},
    ) as dag:

        @task(task_id="declaration")
        def declaration() -> None:
            raise AirflowFailException("\n".join(errors))

        declaration()
    return dag
