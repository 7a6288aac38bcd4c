"""The DAG ``codes__review``: unknown codes in a form, answers kept, waiting rows released."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from fastapi.testclient import TestClient

from contracts.aliases import load_aliases
from contracts.declarations import load
from dags.codes import LATER, NONE, SAVE, codes_dag
from pipeline.codes import refuse, worklist
from tests import codes_kit, journey_kit

ROOT = Path(__file__).resolve().parents[2]


small_region = journey_kit.small_region
declared_database = journey_kit.declared_database
home = journey_kit.home

LINES = """G1,03/04/2020,Leads City,10.00
G2,13/04/2020,leads  city,20.00
G3,13/04/2020,Nowhere `at` all,30.00
G4,14/04/2021,Brissle City,40.00
"""
ROLL = """\ufeffPupil UPN;Family name;Given names;Gender;Date of birth;NCY;School URN;\
Date of entry;Home postcode;Home authority
L835607623766;Canary;Phoebe;Canarysex;03.02.2017;Year 4;990418;06.09.2023;NM2 2TN;Northmoor
"""

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]


@pytest.fixture
def grants(home: Any) -> Any:
    codes_kit.declare(home)
    codes_kit.supply(home, "northmoor", LINES)
    home.one("northmoor/grants")
    return home


@pytest.fixture(scope="module")
def api(airflow_database: None) -> Iterator[TestClient]:
    """Airflow's API, by which its page answers."""
    from airflow.api_fastapi.app import create_app

    with TestClient(create_app(), base_url="http://localhost") as client:
        yield client


def headers(api: TestClient, user: str) -> dict[str, str]:
    answer = api.post("/auth/token", json={"username": user, "password": user})
    api.cookies.clear()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def answer(
    api: TestClient, choose: Callable[[str], str], reasons: list[str], asked: list[dict[str, Any]]
) -> None:
    """Answer as Airflow's page does, once the task has settled down to wait; again with the next
    reason, where one answer does not do."""
    left = list(reasons)
    for _ in range(120):
        time.sleep(0.5)  # Airflow's database is SQLite here: leave it to who writes
        with create_session() as session:
            waiting = (
                session.query(TaskInstance)
                .filter(TaskInstance.state == TaskInstanceState.AWAITING_INPUT)
                .one_or_none()
            )
            if waiting is None:
                continue
            path = (
                f"/api/v2/dags/codes__review/dagRuns/{waiting.run_id}/taskInstances/ask/"
                f"{waiting.map_index}/hitlDetails"
            )
        detail = api.get(path, headers=headers(api, "steward")).json()
        if detail["response_received"]:
            continue
        reason = left.pop(0)
        questions = {k: v for k, v in detail["params"].items() if k != "reason"}
        given = {key: choose(one["schema"]["title"]) for key, one in questions.items()}
        made = {"chosen_options": [SAVE], "params_input": given | {"reason": reason}}
        told = [
            api.patch(path, json=made, headers=headers(api, user)).status_code
            for user in ("viewer", "steward")
        ]
        asked.append(detail | {"told": told})
        if not left:
            return


def run_and_answer(
    api: TestClient, choose: Callable[[str], str], *reasons: str
) -> tuple[DagRun, list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []
    given = (api, choose, list(reasons) or ["their own name"], asked)
    person = threading.Thread(target=answer, args=given, daemon=True)
    person.start()
    run = codes_dag(load()).test()
    person.join()
    assert {tuple(one["told"]) for one in asked} == {(403, 200)}, "a viewer may not answer"
    return run, asked


def states(run: DagRun) -> dict[str, str]:
    return {one.task_id: str(one.state) for one in run.get_task_instances()}


def travelled(run: DagRun) -> str:
    """All that went between tasks."""
    with create_session() as session:
        sent = session.query(XComModel.value).filter(XComModel.run_id == run.run_id).all()
    return json.dumps([value for (value,) in sent], default=str)


def test_the_dag_asks_daily_and_by_hand() -> None:
    bag = DagBag(str(ROOT / "dags" / "codes.py"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.import_errors == {} and set(bag.dags) == {"codes__review"}
    dag = codes_dag(load())
    assert dag.max_active_runs == 1 and not dag.catchup
    assert [task.task_id for task in dag.tasks] == ["find", "ask", "replay"]


def test_answers_are_kept_and_the_rows_released(grants: Any, api: TestClient) -> None:
    def choose(title: str) -> str:
        if "Nowhere" in title:
            return NONE
        return LATER if "Brissle" in title else "LDS · Leeds City Council (likeness 77)"

    run, [asked] = run_and_answer(api, choose)
    assert run.state == "success", states(run)
    titles = [one["schema"]["title"] for one in asked["params"].values()]
    assert len(titles) == 4, "one question for both ways of writing Leeds, and the reason"
    [leeds] = [one for one in asked["params"].values() if "ead" in one["schema"]["title"].lower()
               and one["schema"]["title"] != "Reason"]  # fmt: skip
    assert any(one.startswith("LDS · Leeds City Council") for one in leeds["schema"]["enum"])
    assert "`Nowhere 'at' all`" in asked["body"]
    [alias] = load_aliases(grants.contracts() / codes_kit.ALIASES)
    assert (alias.code, alias.accepted_by, alias.reason) == ("LDS", "steward", "their own name")
    assert grants.rows("SELECT reference FROM store.grant ORDER BY 1") == [("G1",), ("G2",)]
    assert [item.written for item in worklist()] == ["Brissle City"]
    [refused] = worklist(["refused"])
    assert (refused.written, refused.decided_by) == ("Nowhere `at` all", "steward")
    told = travelled(run)
    assert "released" in told and not any(word in told for word in ("Leads", "Nowhere", "Brissle"))

    # What is left is asked again; what somebody decides meanwhile is not decided anew.
    def elsewhere(title: str) -> str:
        refuse("local-authority", "Brissle City", by="A. Steward", reason="no such place")
        return "BST · Bristol City Council (likeness 60)"

    run, _ = run_and_answer(api, elsewhere)
    assert run.state == "success", states(run)
    assert {one.decided_by for one in worklist(["refused"])} == {"steward", "A. Steward"}
    assert states(codes_dag(load()).test())["ask"] == "skipped", "nothing is left to ask"


def test_an_answer_without_reason_or_that_cannot_be_kept_does_not_count(
    grants: Any, api: TestClient
) -> None:
    run, asked = run_and_answer(
        api, lambda title: "NO-SUCH-CODE · nobody" if "Leads" in title else LATER, "", "why not"
    )
    assert len(asked) == 2, "an answer without a reason does not count"
    assert run.state == "failed" and states(run)["replay"] == "failed"
    assert len(worklist()) == 4
    assert "Leads" not in travelled(run)


def test_values_of_personal_columns_are_in_no_form(home: Any, api: TestClient) -> None:
    home.contracts()
    home.put("eastvale/exports/pupils/roll.csv", ROLL)
    home.one("eastvale/school_census")
    run, [asked] = run_and_answer(api, lambda title: LATER)
    assert run.state == "success", states(run)
    assert "1 values of columns with personal data" in asked["body"]
    assert list(asked["params"]) == ["reason"]
    assert "Canarysex" not in json.dumps(asked) + travelled(run)
