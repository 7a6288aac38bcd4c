"""The page that explains a value: places for viewers, texts for who may decide; looks on record."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import journey_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database

Headers = Callable[[str], dict[str, str]]
PAGE = "/deliveries/explain"
FEED = "northmoor/school_census"

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def loaded(
    server: Any,
    superuser: Any,
    declared_database: tuple[str, Path],
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """An installation with one census."""
    root = tmp_path_factory.mktemp("page")
    with _KIT.installation(root, small_region, declared_database, server, superuser) as home:
        home.supply(FEED)
        home.one(FEED)
        yield home


@pytest.fixture
def asked(loaded: Any, one_landing_store: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A pupil's surname, which the mainframe writes in capitals beside the forenames."""
    monkeypatch.setenv("WATERSMEET_LANDING", str(loaded.landing))
    id_ = loaded.one_value("SELECT person_id FROM store.person ORDER BY row_number LIMIT 1")
    return {"entity": "person", "id": str(id_), "column": "surname"}


def texts(loaded: Any, asked: dict[str, str]) -> tuple[str, str]:
    """The surname, and the cell as it is written."""
    from pipeline.explain import explain

    told = explain(**asked)
    return told["value"], told["as_written"]


def looks(loaded: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = loaded.rows(
        "SELECT reader, why FROM watersmeet.quarantine_read ORDER BY read_id"
    )
    return found


def test_without_a_question_there_is_a_form(
    client: TestClient, as_user: Headers, loaded: Any
) -> None:
    text = client.get(PAGE, headers=as_user("viewer")).text
    assert '<form method="get"' in text and "<option>person</option>" in text
    assert '<option value="surname">' in text and f'<option value="{FEED}">' in text
    menu = client.get("/deliveries/", headers=as_user("viewer")).text
    assert "Explain a value" in menu


def test_a_viewer_sees_the_way_and_no_text(
    client: TestClient, as_user: Headers, loaded: Any, asked: dict[str, str]
) -> None:
    headers = as_user("viewer")
    answer = client.get(PAGE, headers=headers, params=asked)
    assert answer.status_code == 200, answer.text
    value, written = texts(loaded, asked)
    assert value not in answer.text and written not in answer.text
    assert "position 14 (PUPIL-NAME)" in answer.text
    assert "contract column <strong>surname</strong>" in answer.text
    delivery = loaded.one_value("SELECT delivery_id FROM watersmeet.delivery")
    assert f'href="/deliveries/delivery/{delivery}"' in answer.text
    assert '<form method="post"' not in answer.text
    refused = client.post(PAGE, headers=headers, data={**asked, "why": "curious"})
    assert refused.status_code == 403 and written not in refused.text
    assert looks(loaded) == []


def test_the_texts_are_opened_for_a_reason_that_is_kept(
    client: TestClient, as_user: Headers, loaded: Any, asked: dict[str, str]
) -> None:
    headers = as_user("steward")
    value, written = texts(loaded, asked)
    closed = client.get(PAGE, headers=headers, params=asked).text
    assert '<form method="post"' in closed and written not in closed
    assert client.post(PAGE, headers=headers, data={**asked, "why": ""}).status_code == 422
    before = len(looks(loaded))
    answer = client.post(PAGE, headers=headers, data={**asked, "why": "a parent rang"})
    assert answer.status_code == 200, answer.text
    assert f"<code>{written}</code>" in answer.text and f"<code>{value}</code>" in answer.text
    assert "Proved: the landed bytes were read again" in answer.text
    assert "took the surname of SURNAME, Forename(s)" in answer.text
    steps = answer.text.partition('<ol class="way">')[2].partition("</ol>")[0]
    places = [steps.index(one) for one in ("Cell", "Under the header", "took the surname",
                                           "The value", "As at")]  # fmt: skip
    assert places == sorted(places)
    assert answer.headers["cache-control"] == "no-store"
    [(reader, why)] = looks(loaded)[before:]
    assert (reader, why) == ("steward", f"a parent rang (explain person {asked['id']}, surname)")


def test_what_is_not_there_is_said_on_the_page(
    client: TestClient, as_user: Headers, loaded: Any, asked: dict[str, str]
) -> None:
    headers = as_user("viewer")
    for more, status, said in (
        ({"id": "7"}, 404, "form of a UUID"),
        ({"column": "colour"}, 404, "has no column colour"),
        ({"as_at": "1900-01-01"}, 404, "on 1900-01-01"),
        ({"as_known": "soon"}, 409, "is no time"),
    ):
        answer = client.get(PAGE, headers=headers, params=asked | more)
        assert answer.status_code == status and said in answer.text, (more, answer.text)
