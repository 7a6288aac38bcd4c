"""The codes worklist: counts for viewers, values and decisions for who may edit the feeds."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from contracts.declarations import load
from pipeline.quarantine import readings
from repository.database import connect
from repository.worklist import record
from transforms.steps.gather_codes import Unknown

Headers = Callable[[str], dict[str, str]]
WRITTEN = "Femail <i>"
PAGE = "/deliveries/codes"

pytestmark = pytest.mark.airflow


@pytest.fixture
def unknown(delivery: int, contracts: Path, database_url: str) -> int:
    """A value that no register knows, in 17 rows of a delivery."""
    with connect(database_url) as conn:
        conn.execute(
            'INSERT INTO watersmeet.unknown_code (feed_id, "column", scheme, written, rows,'
            " first_delivery, last_delivery) SELECT feed_id, 'sex', 'sex', %s, 17, delivery_id,"
            " delivery_id FROM watersmeet.delivery",
            (WRITTEN,),
        )
    return delivery


def state(database_url: str) -> tuple[str, str | None, str | None]:
    with connect(database_url) as conn:
        row = conn.execute("SELECT state, code, decided_by FROM watersmeet.unknown_code").fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def decision(**more: str) -> dict[str, str]:
    made = {
        "decision": "accept", "target": "sex", "written": WRITTEN, "code": "female",
        "reason": "a slip of the pen", "other": "", "start": "", "end": "",
    }  # fmt: skip
    return made | more


def test_viewers_see_counts_and_no_value(
    client: TestClient, as_user: Headers, unknown: int
) -> None:
    text = client.get(PAGE, headers=as_user("viewer")).text
    assert "1 value, 17 rows" in text and "1 value is not shown" in text
    assert "Femail" not in text and "<form" not in text


def test_stewards_see_the_value_escaped_with_suggestions(
    client: TestClient, as_user: Headers, unknown: int
) -> None:
    text = client.get(PAGE, headers=as_user("steward")).text
    assert "Femail &lt;i&gt;" in text and "<i>" not in text
    code = next(c for c, e in load().code_schemes["sex"].listed.items() if e.name == "Female")
    assert f'name="code" value="{code}"' in text
    assert "17 rows</a> of northmoor/school_census" in text
    assert "Femail" not in client.get(f"{PAGE}?scheme=other", headers=as_user("steward")).text


def test_a_personal_value_is_opened_for_stewards_and_that_is_on_record(
    client: TestClient, as_user: Headers, delivery: int, contracts: Path, database_url: str
) -> None:
    today = date.today()
    one = Unknown("sex", "sex", "Femail", 3, today, today, personal=True)
    with connect(database_url) as conn:
        record(conn, "northmoor/school_census", delivery, [one], [])
        stored = conn.execute("SELECT u::text FROM watersmeet.unknown_code u").fetchall()
    assert "Femail" not in str(stored)
    assert "Femail" not in client.get(PAGE, headers=as_user("viewer")).text
    assert readings() == []
    text = client.get(PAGE, headers=as_user("steward")).text
    assert "Femail" in text and "on record" in text
    assert [(told["reader"], told["rows"]) for told in readings()] == [("steward", 1)]
    code = next(c for c, e in load().code_schemes["sex"].listed.items() if e.name == "Female")
    made = decision(code=code, written="Femail")
    answer = client.post(PAGE, headers=as_user("steward"), data=made)
    assert answer.status_code == 200 and state(database_url)[:2] == ("accepted", code)


def test_a_viewer_cannot_decide(
    client: TestClient, as_user: Headers, unknown: int, database_url: str
) -> None:
    for data in (decision(), decision(target="northmoor/school_census")):
        answer = client.post(PAGE, headers=as_user("viewer"), data=data)
        assert answer.status_code == 403 and WRITTEN not in answer.text
    assert state(database_url)[0] == "open"


def test_an_accepted_value_stands_in_the_register_with_who_and_why(
    client: TestClient, as_user: Headers, unknown: int, database_url: str, contracts: Path
) -> None:
    code = next(c for c, e in load().code_schemes["sex"].listed.items() if e.name == "Female")
    answer = client.post(PAGE, headers=as_user("steward"), data=decision(code=code))
    assert answer.status_code == 200 and f"Accepted for {code}" in answer.text, answer.text
    assert state(database_url) == ("accepted", code, "steward")
    written = [path for path in contracts.rglob("*.csv") if WRITTEN in path.read_text()]
    assert len(written) == 1 and "a slip of the pen" in written[0].read_text()


def test_another_code_and_dates_may_be_given_and_wrong_ones_are_said(
    client: TestClient, as_user: Headers, unknown: int, database_url: str
) -> None:
    headers = as_user("steward")
    for more, status in (
        ({"other": "no-such-code"}, 409),
        ({"code": ""}, 422),
        ({"reason": ""}, 422),
        ({"start": "01/02/2026"}, 422),
        ({"decision": "burn"}, 422),
        ({"target": "no-such-scheme"}, 409),
    ):
        answer = client.post(PAGE, headers=headers, data=decision(**more))
        assert answer.status_code == status, (more, answer.text)
    assert state(database_url)[0] == "open"


def test_a_refused_value_is_not_asked_again(
    client: TestClient, as_user: Headers, unknown: int, database_url: str
) -> None:
    headers = as_user("steward")
    answer = client.post(PAGE, headers=headers, data=decision(decision="refuse"))
    assert answer.status_code == 200 and "not asked again" in answer.text
    assert state(database_url) == ("refused", None, "steward")
    assert "Nothing to decide" in client.get(PAGE, headers=headers).text
