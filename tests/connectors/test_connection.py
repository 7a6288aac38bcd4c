"""Connections are found as Airflow finds them, and never tell their secrets."""

import json
from pathlib import Path

import pytest

from connectors.connection import FILE, connection
from connectors.errors import Unreachable


def test_the_environment_comes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "connections.json"
    file.write_text(json.dumps({"works": {"conn_type": "http", "host": "from-file"}}))
    monkeypatch.setenv(FILE, str(file))
    assert connection("works").host == "from-file"
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", '{"conn_type": "http", "host": "from-environment"}')
    assert connection("works").host == "from-environment"


def test_a_uri_gives_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = "http://cl%40ient:se%2Fcret@api.example:8443/https?scope=read"
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", uri)
    found = connection("works")
    assert (found.host, found.port, found.login) == ("api.example", 8443, "cl@ient")
    assert found.password == "se/cret"
    assert found.extra["scope"] == "read"
    assert found.base_url == "https://api.example:8443"
    assert "se/cret" not in repr(found)


@pytest.mark.parametrize(
    ("facts", "address"),
    [
        ({"host": "api.example"}, "https://api.example"),
        ({"host": "api.example", "schema": "http"}, "http://api.example"),
        ({"host": "api.example", "schema": "https"}, "https://api.example"),
        ({"host": "https://api.example/v1/"}, "https://api.example/v1"),
        ({"host": "https://api.example", "port": 444}, "https://api.example:444"),
        ({"host": "api.example", "extra": {"path": "/v2/"}}, "https://api.example/v2"),
    ],
)
def test_base_addresses(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, object], address: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", json.dumps({"conn_type": "http", **facts}))
    assert connection("works").base_url == address


@pytest.mark.parametrize(
    "declared",
    [
        "fs:///srv/share",
        '{"conn_type": "fs", "extra": {"path": "/srv/share"}}',
        '{"conn_type": "fs", "extra": "{\\"path\\": \\"/srv/share\\"}"}',
    ],
)
def test_the_folder_of_a_share(monkeypatch: pytest.MonkeyPatch, declared: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SHARE", declared)
    assert connection("share").path == "/srv/share"


def test_a_missing_connection_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE, raising=False)
    with pytest.raises(Unreachable) as raised:
        connection("works")
    assert "AIRFLOW_CONN_WORKS" in raised.value.message
    assert FILE in raised.value.message
    assert "works" in raised.value.message


@pytest.mark.parametrize("declared", ['{"canary', "canary-no-uri", '{"port": "canary"}'])
def test_a_malformed_connection_does_not_quote_itself(
    monkeypatch: pytest.MonkeyPatch, declared: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", declared)
    with pytest.raises(Unreachable) as raised:
        connection("works")
    assert raised.value.code == "connection-malformed"
    assert "canary" not in raised.value.message
    assert raised.value.__cause__ is None
