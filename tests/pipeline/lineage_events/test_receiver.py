"""The receiver's settings: from the environment or a connection, and never shown."""

import pytest

from pipeline.lineage_events.receiver import BadReceiver, keep_days, receiver

URL, KEY = "WATERSMEET_OPENLINEAGE_URL", "WATERSMEET_OPENLINEAGE_API_KEY"


@pytest.fixture(autouse=True)
def no_connections(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("WATERSMEET_CONNECTIONS", f"{tmp_path}/none.json")


def test_none_is_set_by_itself() -> None:
    assert receiver() is None and keep_days() == 90


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://marquez.example:5000", "http://marquez.example:5000/api/v1/lineage"),
        ("https://hub.example/", "https://hub.example/api/v1/lineage"),
        ("https://hub.example/own/path?token=c", "https://hub.example/own/path?token=c"),
    ],
)
def test_an_address_without_a_path_gets_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, written: str, url: str
) -> None:
    monkeypatch.setenv(URL, written)
    found = receiver()
    assert found is not None and found.url == url and found.key == ""


def test_a_connection_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_OPENLINEAGE", "http://:canary-key@marquez.example:5000/http")
    found = receiver()
    assert found is not None
    assert found.url == "http://marquez.example:5000/api/v1/lineage" and found.key == "canary-key"


def test_neither_address_nor_key_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "https://me:canary@hub.example:8443/x?token=canary")
    monkeypatch.setenv(KEY, "canary")
    found = receiver()
    assert found is not None
    assert "canary" not in repr(found) and found.place == "https://hub.example:8443"


@pytest.mark.parametrize(
    "wrong", ["canary", "ftp://canary@h", "http://", "http://h:canary/", "//h"]
)
def test_what_is_no_address_is_not_quoted(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv(URL, wrong)
    with pytest.raises(BadReceiver) as told:
        receiver()
    assert URL in str(told.value) and "canary" not in str(told.value)


@pytest.mark.parametrize("wrong", ["0", "-1", "ninety", "1e9", "99999999"])
def test_days_are_days(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_KEEP_DAYS", wrong)
    with pytest.raises(BadReceiver):
        keep_days()
