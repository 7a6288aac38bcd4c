"""The page of deliveries: behind Airflow's login, true to the repository, without any value."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from contracts.declarations import load
from repository.database import connect
from repository.feeds import feed_number, record_declarations

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Canary-Surname"

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def client(airflow_database: None) -> Iterator[TestClient]:
    """Airflow's API server, with our plugin in it."""
    from airflow.api_fastapi.app import create_app

    with TestClient(create_app(), base_url="http://localhost") as client:
        yield client


def token(client: TestClient, user: str) -> dict[str, str]:
    answer = client.post("/auth/token", json={"username": user, "password": user})
    assert answer.status_code == 201, answer.text
    client.cookies.clear()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
def delivery(database_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """One delivery as the repository would record it, with a quarantined row."""
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    mapping = {
        "columns": [{"name": "surname", "header": "PUPIL-NAME", "how": "declared"}],
        "unknown": ["HOUSE POINTS"],
        "outside_agreement": ["PARENT-TEL"],
    }
    with connect(database_url) as conn:
        declared = load()
        record_declarations(conn, declared)
        feed = declared.feeds["northmoor/school_census"]
        number = feed_number(conn, feed.id)
        row = conn.execute(
            """
            INSERT INTO watersmeet.delivery (feed_id, name, series, sha256, landed_at, sequence,
                state, replaces, contract, contract_version, steps_version, agreement,
                code_version, run_id, attributes, started_at, loaded_at, seconds, landed, new,
                quarantined, excluded)
            VALUES (%s, 'pupils <b>.dat', '', '\\xab', now(), 1, 'loaded', 'everything',
                'school_census', '1.0.0', '1', %s, 'abc123', 'manual__1', '{}', now(), now(), 1.5,
                12345, 12342, 1, 2)
            RETURNING delivery_id
            """,
            (number, feed.agreement),
        ).fetchone()
        assert row is not None
        made = int(row[0])
        conn.execute(
            "INSERT INTO watersmeet.delivery_file"
            " VALUES (%s, 1, 'pupils.dat', '\\xabcd', 4096, 'k')",
            (made,),
        )
        conn.execute(
            "INSERT INTO watersmeet.delivery_table (delivery_id, number, file, first_number,"
            " header_row, mapping, facts) VALUES (%s, 1, 'pupils.dat', 1, NULL, %s, '{}')",
            (made, Jsonb(mapping)),
        )
        conn.execute(
            "INSERT INTO watersmeet.issue"
            " VALUES (%s, 7, 1, 8, 'surname', 1, 'B8', 'date-unreadable')",
            (made,),
        )
        conn.execute(
            "INSERT INTO watersmeet.quarantine (delivery_id, row_number, table_number, source_row,"
            " record_hash, codes, record) VALUES (%s, 7, 1, 8, 1, '{date-unreadable}', %s)",
            (made, Jsonb({"surname": CANARY})),
        )
        conn.execute(
            "INSERT INTO watersmeet.excluded_row VALUES (%s, 1, 1, 1, 'title')",
            (made,),
        )
    return made


@pytest.mark.parametrize("page", ["/", "/dags/northmoor__school_census", "/delivery/1"])
def test_nobody_sees_a_page_without_login(client: TestClient, page: str) -> None:
    assert client.get(f"/deliveries{page}").status_code == 401


def test_the_overview_shows_every_feed_and_its_last_delivery(
    client: TestClient,
    delivery: int,
) -> None:
    answer = client.get("/deliveries/", headers=token(client, "viewer"))
    assert answer.status_code == 200
    for feed in load().feeds.values():
        assert feed.title.replace("'", "&#39;") in answer.text
    assert f"/deliveries/delivery/{delivery}" in answer.text
    assert "12,345" in answer.text
    assert "pupils &lt;b&gt;.dat" in answer.text, "names are escaped"


def test_a_delivery_shows_files_mapping_and_issues_but_no_value(
    client: TestClient,
    delivery: int,
) -> None:
    answer = client.get(f"/deliveries/delivery/{delivery}", headers=token(client, "viewer"))
    assert answer.status_code == 200
    for shown in (
        "abcd", "4.1 kB", "date-unreadable", "B8", "PUPIL-NAME", "HOUSE POINTS", "PARENT-TEL",
        "1 title", "/dags/northmoor__school_census/runs/manual__1", "outside the agreement",
    ):  # fmt: skip
        assert shown.casefold() in answer.text.casefold(), shown
    assert CANARY not in answer.text


def test_a_feeds_page_is_found_by_its_dag(client: TestClient, delivery: int) -> None:
    headers = token(client, "steward")
    answer = client.get("/deliveries/dags/northmoor__school_census", headers=headers)
    assert answer.status_code == 200 and f"/deliveries/delivery/{delivery}" in answer.text
    assert client.get("/deliveries/dags/no_such__dag", headers=headers).status_code == 404
    assert client.get(f"/deliveries/delivery/{delivery + 1}", headers=headers).status_code == 404


def test_a_database_that_is_down_is_said_plainly(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "postgresql+psycopg://somebody:canary-password@127.0.0.1:1/watersmeet"
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", url)
    answer = client.get("/deliveries/", headers=token(client, "viewer"))
    assert answer.status_code == 503 and "cannot be reached" in answer.text
    assert "canary-password" not in answer.text


def test_the_pages_are_in_the_menu_and_on_every_dag(client: TestClient) -> None:
    answer = client.get("/api/v2/plugins", headers=token(client, "admin")).json()
    ours = next(plugin for plugin in answer["plugins"] if plugin["name"] == "watersmeet")
    places = {view["destination"]: view["href"] for view in ours["external_views"]}
    assert places == {"nav": "/deliveries/", "dag": "/deliveries/dags/{DAG_ID}"}


def test_loading_the_plugin_imports_neither_pages_nor_airflows_api() -> None:
    code = (
        "import sys; sys.path.insert(0, 'plugins'); import deliveries; "
        "wrong = {'airflow.api_fastapi.core_api.security', 'watersmeet_pages.app', 'fastapi'} "
        "& set(sys.modules); sys.exit(str(wrong) if wrong else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
