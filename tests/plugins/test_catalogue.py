"""The catalogue beside the Airflow UI: behind its login, and nothing but the site's own files."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from contracts.declarations import load
from pipeline.catalogue.build import publish
from repository.migrate import migrate

Headers = Callable[[str], dict[str, str]]

pytestmark = pytest.mark.airflow


@pytest.fixture
def site(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the site is shown from; nothing is built yet."""
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    migrate(database_url, load(), tmp_path / "analysts.json")
    return tmp_path / "state"


def test_nobody_reads_it_without_login(client: TestClient, site: Path) -> None:
    publish()
    for path in ("", "index.html", "tables/payment.html", "search.json", "static/catalogue.css"):
        answer = client.get(f"/catalogue/{path}")
        assert answer.status_code == 401 and "Payment" not in answer.text, path
        way = f'href="/api/v2/auth/login?next=%2Fcatalogue%2F{quote(path, safe="")}"'
        assert "Log in to Airflow" in answer.text and way in answer.text, path


def test_it_says_who_builds_it_until_it_is_built(
    client: TestClient, site: Path, as_user: Headers
) -> None:
    answer = client.get("/catalogue/", headers=as_user("viewer"))
    assert answer.status_code == 503 and "catalogue build" in answer.text


def test_who_is_logged_in_reads_every_page_as_it_was_last_built(
    client: TestClient, site: Path, as_user: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    headers = as_user("viewer")
    answer = client.get("/catalogue/", headers=headers)
    assert answer.status_code == 200 and '<h2 id="tables-title">Tables</h2>' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert answer.headers["cache-control"] == "private, no-cache"
    for path, kind in (
        ("tables/payment.html", "text/html"), ("feeds/northmoor/spend.html", "text/html"),
        ("static/catalogue.css", "text/css"), ("static/catalogue.js", "javascript"),
        ("search.json", "application/json"), ("dictionary.csv", "text/csv"),
    ):  # fmt: skip
        answer = client.get(f"/catalogue/{path}", headers=headers)
        assert answer.status_code == 200 and kind in answer.headers["content-type"], path
    again = client.get(
        "/catalogue/dictionary.csv",
        headers={**headers, "If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304
    shown = site / "catalogue/site/index.html"
    shown.write_text("built anew", encoding="utf-8")
    assert client.get("/catalogue/", headers=headers).text == "built anew"
    assert client.post("/catalogue/", headers=headers).status_code == 405


def test_nothing_outside_the_site_is_served(
    client: TestClient, site: Path, as_user: Headers
) -> None:
    publish()
    headers = as_user("admin")
    for name in ("analysts.json", "secret"):
        (site / name).write_text("canary-secret", encoding="utf-8")
        (site / "catalogue" / name).write_text("canary-secret", encoding="utf-8")
    for path in (
        "no-such-page.html", "..%2f..%2fanalysts.json", "%2e%2e/%2e%2e/secret", "....//secret",
        "tables/..%5c..%5csecret", "%2fetc%2fpasswd", "..%2fsecret", "tables%00.html",
    ):  # fmt: skip
        answer = client.get(f"/catalogue/{path}", headers=headers)
        assert answer.status_code == 404 and "canary-secret" not in answer.text, path
        assert 'href="/catalogue/"' in answer.text
