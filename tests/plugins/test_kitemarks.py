"""The pages of kitemarks: counts first, true to what was worked out, only of feeds one may see."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from repository.database import connect

Headers = Callable[[str], dict[str, str]]

pytestmark = pytest.mark.airflow

FEED = "/deliveries/kitemarks/northmoor__school_census"
SHOWN = {
    "unit": "rows", "could": 12, "checks": 9, "examined": 1_000_000, "failed": 100, "findings": 0,
    "corrected": 0,
    "ran": [
        {"code": "date-unreadable", "column": "birth_date", "rows": 1_000_000},
        {"code": "postcode-invalid", "column": "postcode", "rows": 0},
    ],
    "failing": [
        {"code": "date-unreadable", "column": "birth_date", "rows": 100, "whose": "supplier"}
    ],
}  # fmt: skip
UNSHOWN = {**SHOWN, "checks": 0, "examined": 0, "failed": 0, "ran": [], "failing": []}


@pytest.fixture
def marked(delivery: int, database_url: str) -> int:
    """The delivery with a kitemark as it would be kept."""
    short = {
        "dimension": "validity", "demand": "most_failed_percent", "wanted": 0.005, "found": 0.01,
        "whose": "supplier", "message": "100 of 1,000,000 (0.01 %) rows failed",
    }  # fmt: skip
    with connect(database_url) as conn:
        conn.execute(
            "INSERT INTO watersmeet.kitemark (feed_id, delivery_id, level, name, dimensions,"
            " short_of, ladder_version) SELECT feed_id, delivery_id, 2, 'sound', %s, %s, '1.0.0'"
            " FROM watersmeet.delivery",
            (Jsonb({"validity": SHOWN, "uniqueness": UNSHOWN}), Jsonb([short])),
        )
    return delivery


def test_the_overview_counts_first_and_links_every_count(
    client: TestClient, as_user: Headers, marked: int
) -> None:
    headers = as_user("viewer")
    answer = client.get("/deliveries/kitemarks", headers=headers)
    assert answer.status_code == 200
    assert re.search(r'href="[^"]*level=sound">1 sound</a>', answer.text)
    assert re.search(r'href="[^"]*level=none%20yet">\d+ none yet</a>', answer.text)
    assert "100 of 1,000,000 (0.01\u00a0%)" in answer.text, "counts beside percentages"
    assert "not shown" in answer.text and "0 of 12 checks" in answer.text
    assert f"/deliveries/delivery/{marked}#issues" in answer.text
    only = client.get("/deliveries/kitemarks?level=sound", headers=headers).text
    assert "northmoor/school_census" in only and "northmoor/spend" not in only


def test_the_picture_says_the_same_in_words(
    client: TestClient, as_user: Headers, marked: int
) -> None:
    text = client.get("/deliveries/kitemarks", headers=as_user("viewer")).text
    picture = re.search(r"<svg.*?</svg>", text, re.S)
    assert picture and 'role="img"' in picture[0]
    assert "<title>levels 0 to 4 after the only delivery: 2</title>" in picture[0]


def test_a_feeds_page_says_what_is_missing_and_whose_job_it_is(
    client: TestClient, as_user: Headers, marked: int
) -> None:
    text = client.get(FEED, headers=as_user("viewer")).text
    assert "What keeps it from reliable" in text
    assert "100 of 1,000,000 (0.01 %) rows failed" in text and "supplier" in text
    assert "9 of 12" in text and "did not run: postcode-invalid (postcode)" in text
    assert "not shown: no check ran" in text and "too early to say" in text
    assert f"/deliveries/delivery/{marked}" in text


def test_a_feed_without_deliveries_has_a_page_too(
    client: TestClient, as_user: Headers, marked: int
) -> None:
    headers = as_user("viewer")
    answer = client.get("/deliveries/kitemarks/northmoor__spend", headers=headers)
    assert answer.status_code == 200 and "No kitemark yet" in answer.text
    assert client.get("/deliveries/kitemarks/no__feed", headers=headers).status_code == 404


def test_a_broken_ladder_is_said_plainly(
    client: TestClient,
    as_user: Headers,
    marked: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "kitemark.yml").write_text("version: 1\n", encoding="utf-8")
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(tmp_path))
    answer = client.get("/deliveries/kitemarks", headers=as_user("viewer"))
    assert answer.status_code == 503 and "kitemark.yml, line 1" in answer.text
