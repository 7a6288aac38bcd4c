"""The pages of quarantine: places for viewers, records for who may decide; openings on record."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from repository.database import connect
from repository.sealing import Keys, Sealer

Headers = Callable[[str], dict[str, str]]
CANARY = "Canary-Surname"
GROUP = "/deliveries/quarantine/northmoor__school_census"
SOON = (date.today() + timedelta(days=30)).isoformat()

pytestmark = pytest.mark.airflow


@pytest.fixture
def held(delivery: int, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a row in quarantine that is personal, sealed as the load seals it."""
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("WATERSMEET_KEYS", str(tmp_path / "keys"))
    with connect(database_url) as conn:
        sealed = sealed_record(conn, delivery, {"surname": CANARY, "birth_date": "3113"})
        conn.execute("UPDATE watersmeet.quarantine SET record = NULL, sealed = %s", (sealed,))
    return f"{GROUP}/{delivery}/7"


def sealed_record(conn: Any, delivery: int, record: dict[str, str]) -> bytes:
    [feed] = conn.execute("SELECT feed_id FROM watersmeet.delivery").fetchone()
    sealer = Sealer.sealing(conn, Keys(), feed, delivery)
    [sealed] = sealer.seal([7], [json.dumps(record)])
    return bytes(sealed)


def value(database_url: str, query: str) -> Any:
    with connect(database_url) as conn:
        row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def opened(database_url: str) -> list[tuple[str, str, int]]:
    with connect(database_url) as conn:
        return conn.execute(
            "SELECT reader, why, rows FROM watersmeet.quarantine_read ORDER BY read_id"
        ).fetchall()


def test_groups_are_counted_and_every_count_is_a_link(
    client: TestClient, as_user: Headers, held: str
) -> None:
    text = client.get("/deliveries/quarantine", headers=as_user("viewer")).text
    assert "1 row held, of 1 feed" in text
    assert re.search(r'href="[^"]*organisation=northmoor">1 of northmoor</a>', text)
    found = re.search(r'href="([^"]*code=date-unreadable[^"]*)">1</a>', text)
    assert found and found[1].endswith("column=surname") and "B8" in text
    assert CANARY not in text


def test_a_group_shows_places_and_no_value(client: TestClient, as_user: Headers, held: str) -> None:
    headers = as_user("viewer")
    text = client.get(f"{GROUP}?code=date-unreadable&column=surname", headers=headers).text
    assert "1 row: date-unreadable in surname" in text and "pupils.dat, row 8" in text
    assert held in text and "<form" not in text and CANARY not in text
    assert "Nothing is held here" in client.get(f"{GROUP}?code=other", headers=headers).text
    assert client.get(f"{GROUP}?after=x", headers=headers).status_code == 422


def test_a_viewer_sees_where_a_row_stands_and_can_do_nothing(
    client: TestClient, as_user: Headers, held: str, database_url: str
) -> None:
    headers = as_user("viewer")
    text = client.get(held, headers=headers).text
    assert "B8" in text and "<form" not in text and CANARY not in text
    for do in ("open", "release", "correct"):
        data = {"do": do, "why": "x", "column": "surname", "becomes": "y", "expires": SOON}
        answer = client.post(held, headers=headers, data=data)
        assert answer.status_code == 403 and CANARY not in answer.text
    assert client.post(GROUP, headers=headers, data={}).status_code == 403
    assert opened(database_url) == []


def test_a_record_is_opened_for_a_reason_that_is_kept(
    client: TestClient, as_user: Headers, held: str, database_url: str
) -> None:
    headers = as_user("steward")
    assert CANARY not in client.get(held, headers=headers).text, "not without asking"
    assert client.post(held, headers=headers, data={"do": "open", "why": " "}).status_code == 422
    assert opened(database_url) == []
    answer = client.post(held, headers=headers, data={"do": "open", "why": "a parent rang"})
    assert answer.status_code == 200 and CANARY in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert opened(database_url) == [("steward", "a parent rang", 1)]
    assert client.get(f"{held}0", headers=headers).status_code == 404


def test_a_value_is_corrected_with_an_expiry(
    client: TestClient, as_user: Headers, held: str, database_url: str, contracts: Path
) -> None:
    headers = as_user("steward")
    data = {"do": "correct", "why": "rang the school", "column": "surname",
            "becomes": "Canary-Marries", "expires": SOON}  # fmt: skip
    answer = client.post(held, headers=headers, data=data)
    assert answer.status_code == 200 and "The correction is kept" in answer.text, answer.text
    assert "Canary" not in answer.text
    found = value(
        database_url,
        'SELECT ("column", author, reason, expires_on)::text FROM watersmeet.correction',
    )
    assert found == f'(surname,steward,"rang the school",{SOON})'
    for more, status in (
        ({"expires": "soon"}, 422),
        ({"expires": "2020-01-01"}, 409),
        ({"column": "nhs_number"}, 409),
        ({"becomes": CANARY}, 409),
    ):
        answer = client.post(held, headers=headers, data=data | more)
        assert answer.status_code == status and CANARY not in answer.text, (more, answer.text)


def test_only_what_may_be_waived_is_let_through(
    client: TestClient, as_user: Headers, held: str, database_url: str, delivery: int
) -> None:
    headers = as_user("steward")
    data = {"do": "release", "why": "it is so"}
    with connect(database_url) as conn:
        conn.execute("UPDATE watersmeet.issue SET code = 'duplicate-key', \"column\" = NULL")
    assert "Release and replay" not in client.get(held, headers=headers).text
    assert client.post(held, headers=headers, data=data).status_code == 409
    with connect(database_url) as conn:
        conn.execute(
            "UPDATE watersmeet.issue SET code = 'date-in-future', \"column\" = 'birth_date'"
        )
    assert "Release and replay" in client.get(held, headers=headers).text
    answer = client.post(held, headers=headers, data=data)
    assert answer.status_code == 200 and "The issues are waived" in answer.text, answer.text
    assert value(database_url, "SELECT author || ': ' || reason FROM watersmeet.waiver") == (
        "steward: it is so"
    )
    client.post(held, headers=headers, data=data)
    assert value(database_url, "SELECT count(*) FROM watersmeet.waiver") == 1


def test_replaying_is_asked_for_and_not_done_here(
    client: TestClient, as_user: Headers, held: str
) -> None:
    answer = client.post(GROUP, headers=as_user("steward"), data={"code": "date-unreadable"})
    assert answer.status_code == 200 and "worked again by" in answer.text


def test_a_replay_is_a_run_of_its_dag_for_this_feed(
    client: TestClient, as_user: Headers, held: str, known_dags: None
) -> None:
    headers = as_user("steward")
    answer = client.post(GROUP, headers=headers, data={})
    assert "which was just asked for" in answer.text
    runs = client.get("/api/v2/dags/replay/dagRuns", headers=headers).json()["dag_runs"]
    [run] = [one for one in runs if one["dag_run_id"] in answer.text]
    assert run["triggering_user_name"] == "steward"
    assert run["conf"] == {"feed": "northmoor/school_census"}
