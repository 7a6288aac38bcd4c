"""The page of deliveries: behind Airflow's login, true to the repository, without any value."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from contracts.declarations import load

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Canary-Surname"

Headers = Callable[[str], dict[str, str]]

pytestmark = pytest.mark.airflow


PAGES = (
    "/", "/dags/northmoor__school_census", "/delivery/1", "/kitemarks",
    "/kitemarks/northmoor__spend", "/held", "/held/1", "/quarantine",
    "/quarantine/northmoor__spend", "/quarantine/northmoor__spend/1/1", "/codes",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_without_login(client: TestClient, page: str) -> None:
    assert client.get(f"/deliveries{page}").status_code == 401


def test_the_overview_shows_every_feed_and_its_last_delivery(
    client: TestClient,
    as_user: Headers,
    delivery: int,
) -> None:
    answer = client.get("/deliveries/", headers=as_user("viewer"))
    assert answer.status_code == 200
    for feed in load().feeds.values():
        assert feed.title.replace("'", "&#39;") in answer.text
    assert f"/deliveries/delivery/{delivery}" in answer.text
    assert "12,345" in answer.text
    assert "pupils &lt;b&gt;.dat" in answer.text, "names are escaped"


def test_a_delivery_shows_files_mapping_and_issues_but_no_value(
    client: TestClient,
    as_user: Headers,
    delivery: int,
) -> None:
    answer = client.get(f"/deliveries/delivery/{delivery}", headers=as_user("viewer"))
    assert answer.status_code == 200
    for shown in (
        "abcd", "4.1 kB", "date-unreadable", "B8", "PUPIL-NAME", "HOUSE POINTS", "PARENT-TEL",
        "1 title", "/dags/northmoor__school_census/runs/manual__1", "outside the agreement",
    ):  # fmt: skip
        assert shown.casefold() in answer.text.casefold(), shown
    assert CANARY not in answer.text


def test_a_feeds_page_is_found_by_its_dag(
    client: TestClient, as_user: Headers, delivery: int
) -> None:
    headers = as_user("steward")
    answer = client.get("/deliveries/dags/northmoor__school_census", headers=headers)
    assert answer.status_code == 200 and f"/deliveries/delivery/{delivery}" in answer.text
    assert client.get("/deliveries/dags/no_such__dag", headers=headers).status_code == 404
    assert client.get(f"/deliveries/delivery/{delivery + 1}", headers=headers).status_code == 404


def test_a_database_that_is_down_is_said_plainly(
    client: TestClient,
    as_user: Headers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "postgresql+psycopg://somebody:canary-password@127.0.0.1:1/watersmeet"
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", url)
    answer = client.get("/deliveries/", headers=as_user("viewer"))
    assert answer.status_code == 503 and "cannot be reached" in answer.text
    assert "canary-password" not in answer.text


def test_the_pages_are_in_the_menu_and_on_every_dag(client: TestClient, as_user: Headers) -> None:
    answer = client.get("/api/v2/plugins", headers=as_user("admin")).json()
    ours = next(plugin for plugin in answer["plugins"] if plugin["name"] == "watersmeet")
    places = {(view["destination"], view["name"]): view["href"] for view in ours["external_views"]}
    assert places == {
        ("nav", "Deliveries"): "/deliveries/",
        ("nav", "Kitemarks"): "/deliveries/kitemarks",
        ("nav", "Held deliveries"): "/deliveries/held",
        ("nav", "Quarantine"): "/deliveries/quarantine",
        ("nav", "Codes worklist"): "/deliveries/codes",
        ("nav", "Explain a value"): "/deliveries/explain",
        ("nav", "Catalogue"): "/catalogue/",
        ("dag", "Deliveries"): "/deliveries/dags/{DAG_ID}",
    }
    headers = as_user("viewer")
    for (destination, _), href in places.items():
        if destination == "nav":
            assert client.get(href, headers=headers).status_code in (200, 503)


def test_loading_the_plugin_imports_neither_pages_nor_airflows_api() -> None:
    code = (
        "import sys; sys.path.insert(0, 'plugins'); import deliveries; "
        "wrong = {'airflow.api_fastapi.core_api.security', 'watersmeet_pages.app', 'fastapi'} "
        "& set(sys.modules); sys.exit(str(wrong) if wrong else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
