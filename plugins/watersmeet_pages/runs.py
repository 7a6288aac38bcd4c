"""Long work is a DAG's: the pages only ask Airflow for a run of it."""

from dataclasses import dataclass
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import (
    DagAccessEntity,
    DagDetails,
)

from watersmeet_pages.rights import name_of

REPLAY = "replay"
"""The DAG that works rows in quarantine again."""


@dataclass(frozen=True)
class Asked:
    """What became of asking for a run.

    Attributes:
        state: ``asked``; ``paused``: asked, and waits until its DAG is switched on; ``waiting``:
            none was needed, since a run waits for the decision; ``forbidden``: the user may not
            start the DAG; ``unknown``: Airflow has no such DAG.
        dag_id, run_id: the run; the latter None where there is none.
    """

    state: str
    dag_id: str
    run_id: str | None = None


def ask_for_run(dag_id: str, user: Any, conf: dict[str, Any] | None = None) -> Asked:
    """Ask Airflow for a run of a DAG, in the user's name."""
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.exceptions import DagNotFound
    from airflow.models.dag import DagModel
    from airflow.utils.types import DagRunTriggeredByType

    allowed = get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
    )
    if not allowed:
        return Asked("forbidden", dag_id)
    try:
        run = trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=name_of(user),
            conf=conf or {},
        )
    except DagNotFound:
        return Asked("unknown", dag_id)
    model = DagModel.get_current(dag_id)
    if run is None or model is None:
        return Asked("unknown", dag_id)
    return Asked("paused" if model.is_paused else "asked", dag_id, run.run_id)


def ask_for_loading(dag_id: str, user: Any, held_by: str | None) -> Asked:
    """See that a run loads what was accepted: the one that held it, where it waits, or a new one.

    Args:
        held_by: the run that held the delivery; None where it was none of Airflow's.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import State
    from sqlalchemy import select

    if held_by is not None:
        held = select(DagRun.state).where(DagRun.dag_id == dag_id, DagRun.run_id == held_by)
        with create_session() as session:
            state = session.scalar(held)
        if state in State.unfinished_dr_states:
            return Asked("waiting", dag_id, held_by)
    return ask_for_run(dag_id, user)


def ask_for_replay(feed: str, user: Any, delivery_id: int | None = None) -> Asked:
    """Ask for a run that works the rows of a feed, or of one delivery, in quarantine again."""
    conf = {"feed": feed} if delivery_id is None else {"feed": feed, "delivery": delivery_id}
    return ask_for_run(REPLAY, user, conf)
