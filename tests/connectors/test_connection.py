"""Connections are found as Airflow finds them, and never tell their secrets."""

import json
from dataclasses import replace
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


AIRFLOW = [
    {"conn_type": "http", "host": "api.example", "schema": "https", "port": 8443, "login": "a"},
    {"conn_type": "http", "host": "https://api.example", "extra": '{"path": "/v2"}'},
    {"conn_type": "http", "host": "api.example", "schema": "api/v1"},
    {"conn_type": "sftp", "host": "files.example", "login": "u", "extra": '{"host_key": "k="}'},
    {"conn_type": "samba", "host": "files.example", "schema": "finance", "login": "D\\u"},
    {"conn_type": "aws", "login": "AKIA", "extra": '{"region_name": "eu-west-2"}'},
    {"conn_type": "postgres", "host": "db", "schema": "ledger", "port": 5432, "login": "r"},
    {"conn_type": "mysql", "host": "db", "schema": "ledger", "extra": '{"ssl": {"ca": "x"}}'},
    {"conn_type": "imap", "host": "mail.example", "login": "u", "extra": '{"use_ssl": false}'},
    {"conn_type": "fs", "extra": '{"path": "/srv/share"}'},
]


@pytest.mark.parametrize("facts", AIRFLOW, ids=lambda facts: str(facts["conn_type"]))
def test_every_way_to_declare_gives_the_same(
    facts: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Environment (JSON and Airflow's own URI), file, and Airflow's store."""
    airflow = pytest.importorskip("airflow.sdk")
    from dags.feed import connections as store

    held = airflow.Connection(conn_id="works", **{"password": "canary/@:", **facts})
    monkeypatch.setattr(store.AirflowConnection, "get", classmethod(lambda cls, conn_id: held))
    written = {"password": "canary/@:", **facts}
    monkeypatch.setenv("AIRFLOW_CONN_AS_JSON", json.dumps(written))
    monkeypatch.setenv("AIRFLOW_CONN_AS_URI", held.get_uri())
    file = tmp_path / "connections.json"
    file.write_text(json.dumps({"as_file": written}))
    monkeypatch.setenv(FILE, str(file))
    found = [connection(name) for name in ("as_json", "as_uri", "as_file")]
    found.append(store.from_airflow("works"))
    # What a URI cannot tell from a word: truth values and numbers of the extra.
    assert len({repr(replace(one, id="x")) for one in found}) == 1
    assert {one.password for one in found} == {"canary/@:"}
    assert found[0].extra == found[2].extra == found[3].extra
    assert all("canary" not in repr(one) for one in found)


@pytest.mark.parametrize(
    ("facts", "scheme", "schema", "path"),
    [
        ({"conn_type": "http", "schema": "https"}, "https", "", ""),
        ({"conn_type": "http", "schema": "api/v1"}, "", "api/v1", "/api/v1"),
        ({"conn_type": "postgres", "schema": "ledger"}, "", "ledger", ""),
        ({"conn_type": "samba", "schema": "finance"}, "", "finance", ""),
        (
            {"conn_type": "fs", "schema": "ignored", "extra": {"path": "/srv"}},
            "",
            "ignored",
            "/srv",
        ),
    ],
)
def test_what_airflows_schema_means(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, object], scheme: str, schema: str, path: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", json.dumps(facts))
    found = connection("works")
    assert (found.scheme, found.schema, found.path) == (scheme, schema, path)


@pytest.mark.parametrize(
    ("uri", "kind", "host", "schema"),
    [
        ("postgresql://u:canary@db.example:5433/ledger?sslmode=require", "postgres", "db.example",
         "ledger"),
        ("google-cloud-platform://x/y", "google_cloud_platform", "x", "y"),
        ("http://https://api.example/v1", "http", "https://api.example", "v1"),
        ("sqlite:////srv/ledger.db", "sqlite", "", "/srv/ledger.db"),
    ],
)  # fmt: skip
def test_uris_as_airflow_reads_them(
    monkeypatch: pytest.MonkeyPatch, uri: str, kind: str, host: str, schema: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", uri)
    found = connection("works")
    assert (found.kind, found.host, found.schema) == (kind, host, schema)
    assert "canary" not in repr(found)


def test_secrets_may_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("password", "login", "token"):
        (tmp_path / name).write_text(f"canary-{name} \n")
    extra = {
        "password_file": str(tmp_path / "password"),
        "login_file": str(tmp_path / "login"),
        "extra_files": {"client_secret": str(tmp_path / "token")},
    }
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", json.dumps({"conn_type": "http", "extra": extra}))
    found = connection("works")
    assert (found.password, found.login) == ("canary-password ", "canary-login ")
    assert found.extra == {"client_secret": "canary-token "}
    assert "canary-password" not in repr(found) and "canary-token" not in repr(found)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"extra": {"password_file": "/nowhere/canary.txt"}}, "secret-unreadable"),
        ({"password": "canary", "extra": {"password_file": "/nowhere"}}, "connection-malformed"),
        ({"extra": {"extra_files": ["canary"]}}, "connection-malformed"),
        ({"extra": {"a": "canary", "extra_files": {"a": "/nowhere"}}}, "connection-malformed"),
        ({"host": "user:canary@api.example"}, "connection-malformed"),
        ({"host": "https://user:canary@api.example"}, "connection-malformed"),
        ({"port": "canary"}, "connection-malformed"),
        ({"extra": "canary{"}, "connection-malformed"),
        ({"extra": "[1, 2]"}, "connection-malformed"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, object], code: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WORKS", json.dumps({"conn_type": "http", **facts}))
    with pytest.raises(Unreachable) as raised:
        connection("works")
    assert raised.value.code == code
    error: BaseException | None = raised.value
    while error is not None:
        assert "canary" not in str(error).replace("/nowhere/canary.txt", "")
        error = error.__cause__ or error.__context__
