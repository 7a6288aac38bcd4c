"""The pages of held deliveries: seen by viewers, decided about by who may edit the feed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg.rows import dict_row

from contracts.declarations import load
from contracts.findings import Finding
from repository import holds
from repository.database import connect
from repository.feeds import record_declarations

Headers = Callable[[str], dict[str, str]]
FEED = "northmoor/spend"

pytestmark = pytest.mark.airflow


@pytest.fixture
def hold(database_url: str, contracts: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A delivery that waits for a person, under declarations of the test's own."""
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    facts = {"now": 10, "declare": {"gates": {"rows": {"least": 5}}}}
    with connect(database_url) as conn:
        record_declarations(conn, load(contracts))
        return holds.wait(
            conn,
            FEED,
            "ab" * 32,
            sequence=1,
            name="spend <b>.csv",
            delivery={"feed": FEED},
            findings=[
                Finding("dates-older", "paid_on: the days are earlier", "paid_on", {"now": 3}),
                Finding("rows-fell", "10 rows where 600 are usual", None, facts),
            ],
            steps="1",
            run_id="manual__1",
        )


def state(database_url: str) -> dict[str, Any]:
    with connect(database_url) as conn, conn.cursor(row_factory=dict_row) as rows:
        found = rows.execute("SELECT state, decided_by, reason FROM watersmeet.hold").fetchone()
    assert found is not None
    return found


def decision(word: str, reason: str = "a short month") -> dict[str, str]:
    return {"decision": word, "reason": reason}


def test_viewers_see_what_waits_and_why_and_no_form(
    client: TestClient, as_user: Headers, hold: int
) -> None:
    headers = as_user("viewer")
    text = client.get("/deliveries/held", headers=headers).text
    assert "1 waiting" in text and f"/deliveries/held/{hold}" in text
    assert "10 rows where 600 are usual" in text and "spend &lt;b&gt;.csv" in text
    text = client.get(f"/deliveries/held/{hold}", headers=headers).text
    assert text.index("rows-fell") < text.index("dates-older"), "what stops it comes first"
    assert "+    least: 5" in text, "what accepting it would change"
    assert "data engineering looks after the feed" in text
    assert "<form" not in text and "needs the right to edit" in text


def test_a_viewer_cannot_decide(
    client: TestClient, as_user: Headers, hold: int, database_url: str
) -> None:
    answer = client.post(
        f"/deliveries/held/{hold}", headers=as_user("viewer"), data=decision("refuse")
    )
    assert answer.status_code == 403
    assert state(database_url)["state"] == "waiting"


@pytest.mark.parametrize(
    ("word", "becomes"),
    [("accept-once", "accepted-once"), ("accept", "accepted"), ("refuse", "refused")],
)
def test_a_decision_is_recorded_with_who_and_why(
    client: TestClient, as_user: Headers, hold: int, database_url: str, word: str, becomes: str
) -> None:
    headers = as_user("steward")
    where = f"/deliveries/held/{hold}"
    assert 'name="reason"' in client.get(where, headers=headers).text
    answer = client.post(where, headers=headers, data=decision(word))
    assert answer.status_code == 200 and "recorded" in answer.text, answer.text
    found = {"state": becomes, "decided_by": "steward", "reason": "a short month"}
    assert state(database_url) == found
    declared = load(only=FEED).feeds[FEED]
    assert (declared.gates.rows.least == 5) == (word == "accept"), "the feed's file"
    if word != "refuse":
        assert "It is loaded by" in answer.text, "it says what loads it"
    again = client.post(where, headers=headers, data=decision(word))
    assert again.status_code == 200 and state(database_url) == found
    other = "refuse" if word != "refuse" else "accept"
    assert client.post(where, headers=headers, data=decision(other)).status_code == 409
    assert state(database_url) == found


def test_a_decision_needs_a_reason_and_what_was_shown(
    client: TestClient, as_user: Headers, hold: int, database_url: str
) -> None:
    headers, where = as_user("steward"), f"/deliveries/held/{hold}"
    for data, status in (
        (decision("accept", " "), 422),
        ({"reason": "x"}, 422),
        (decision("delete"), 422),
        ({**decision("accept"), "fingerprint": "of-something-else"}, 409),
    ):
        assert client.post(where, headers=headers, data=data).status_code == status, data
    assert state(database_url)["state"] == "waiting"
    assert client.get("/deliveries/held/999", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://localhost"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_a_form_of_another_site_counts_for_nothing(
    client: TestClient,
    as_user: Headers,
    hold: int,
    database_url: str,
    sent: dict[str, str],
    status: int,
) -> None:
    token = as_user("steward")["Authorization"].removeprefix("Bearer ")
    try:
        client.cookies.set("_token", token)
        answer = client.post(f"/deliveries/held/{hold}", headers=sent, data=decision("refuse"))
    finally:
        client.cookies.clear()
    assert answer.status_code == status, answer.text
    assert (state(database_url)["state"] == "refused") == (status == 200)


def test_an_accepted_delivery_asks_for_one_run_in_the_users_name(
    client: TestClient, as_user: Headers, hold: int, known_dags: None
) -> None:
    headers, where = as_user("steward"), f"/deliveries/held/{hold}"
    known = {one["dag_run_id"] for one in runs_of(client, headers)}
    answer = client.post(where, headers=headers, data=decision("accept-once"))
    assert "it is paused" in answer.text, "a run of a DAG that is switched off waits"
    client.post(where, headers=headers, data=decision("accept-once"))
    [run] = [one for one in runs_of(client, headers) if one["dag_run_id"] not in known]
    assert run["triggering_user_name"] == "steward" and run["dag_run_id"] in answer.text


def runs_of(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get("/api/v2/dags/northmoor__spend/dagRuns?limit=100", headers=headers)
    found: list[dict[str, Any]] = answer.json()["dag_runs"]
    return found


def test_a_run_is_not_promised_that_cannot_be(client: TestClient, known_dags: None) -> None:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from watersmeet_pages.runs import Asked, ask_for_run

    steward = SimpleAuthManagerUser(username="steward", role="op")
    viewer = SimpleAuthManagerUser(username="viewer", role="viewer")
    assert ask_for_run("no__dag", steward) == Asked("unknown", "no__dag")
    assert ask_for_run("northmoor__spend", viewer) == Asked("forbidden", "northmoor__spend")


def test_a_run_that_waits_for_the_decision_is_left_to_load_it(
    client: TestClient, as_user: Headers, hold: int, known_dags: None, database_url: str
) -> None:
    headers, runs = as_user("steward"), "/api/v2/dags/northmoor__spend/dagRuns"
    asked = {"logical_date": None}
    run = client.post(runs, headers=as_user("admin"), json=asked).json()["dag_run_id"]
    before = client.get(runs, headers=headers).json()["total_entries"]
    with connect(database_url) as conn:
        conn.execute("UPDATE watersmeet.hold SET run_id = %s", (run,))
    answer = client.post(f"/deliveries/held/{hold}", headers=headers, data=decision("accept-once"))
    assert "which waits for the decision" in answer.text and run in answer.text
    assert client.get(runs, headers=headers).json()["total_entries"] == before
