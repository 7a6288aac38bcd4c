"""The example's API keeps its manners: tokens, pages, refusals."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.example.api_server import SECRET_VARIABLE, ApiServer, Manners, serving
from pipeline.example.spend import WorksSpend

SECRET = "correct horse battery"
TOKEN = {"grant_type": "client_credentials"}


@pytest.fixture
def server(region: Path) -> Iterator[ApiServer]:
    with serving(region, SECRET, manners=Manners(page_size=200, refused_pages=4)) as served:
        yield served


@pytest.fixture
def client(server: ApiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as made:
        yield made


def token(client: httpx.Client) -> dict[str, str]:
    answer = client.post("/oauth/token", data=TOKEN, auth=("watersmeet", SECRET))
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_every_record_comes_once_in_order(region: Path, client: httpx.Client) -> None:
    lines = (region / WorksSpend.file).read_text(encoding="utf-8").splitlines()
    held = [json.loads(line) for line in lines]
    headers, address, found, refused = token(client), "/v1/payments", [], 0
    while address:
        answer = client.get(address, headers=headers)
        if answer.status_code == 429:
            refused += 1
            continue
        page = answer.json()
        found += page["payments"]
        assert page["meta"]["total"] == len(held)
        address = page["links"]["next"]
        assert address is None or address.startswith("/v1/payments?page=")
    assert found == held
    assert refused == 3  # pages 2, 4 and 8 of 8


def test_refusals_say_how_long_to_wait_and_come_once(client: httpx.Client) -> None:
    headers = token(client)
    first = client.get("/v1/payments?page=2", headers=headers)
    assert (first.status_code, first.headers["Retry-After"]) == (429, "1")
    assert client.get("/v1/payments?page=2", headers=headers).status_code == 200
    dated = client.get("/v1/payments?page=4", headers=headers)
    assert dated.status_code == 429
    assert parsedate_to_datetime(dated.headers["Retry-After"]).tzinfo is not None


@pytest.mark.parametrize(
    ("data", "auth", "status", "code"),
    [
        (TOKEN, ("watersmeet", "wrong"), 401, "invalid_client"),
        (TOKEN, ("other", SECRET), 401, "invalid_client"),
        (TOKEN, None, 401, "invalid_client"),
        ({"grant_type": "password"}, ("watersmeet", SECRET), 400, "unsupported_grant_type"),
    ],
)
def test_no_token_without_credentials(
    client: httpx.Client, data: dict[str, str], auth: Any, status: int, code: str
) -> None:
    answer = client.post("/oauth/token", data=data, auth=auth)
    assert (answer.status_code, answer.json()) == (status, {"error": code})


def test_credentials_may_come_in_the_form(client: httpx.Client) -> None:
    form = {**TOKEN, "client_id": "watersmeet", "client_secret": SECRET}
    assert client.post("/oauth/token", data=form).json()["token_type"] == "Bearer"


def test_no_page_without_a_token(client: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer invented"}):
        answer = client.get("/v1/payments", headers=headers)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("manners", [Manners(token_pages=2), Manners(token_seconds=-1)])
def test_a_token_ends(region: Path, manners: Manners) -> None:
    with (
        serving(region, SECRET, manners=manners) as served,
        httpx.Client(base_url=served.url) as client,
    ):
        headers = token(client)
        asked = [client.get("/v1/payments", headers=headers).status_code for _ in range(3)]
        assert asked == ([200, 200, 401] if manners.token_pages == 2 else [401] * 3)
        if manners.token_pages == 2:  # a new one goes on where the old one ended
            assert client.get("/v1/payments", headers=token(client)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/other", 404), ("/v1/payments?page=0", 400), ("/v1/payments?page=x", 400)],
)
def test_what_is_not_there(client: httpx.Client, path: str, status: int) -> None:
    assert client.get(path, headers=token(client)).status_code == status


def test_a_page_beyond_the_last_is_empty(client: httpx.Client) -> None:
    page = client.get("/v1/payments?page=999", headers=token(client)).json()
    assert (page["payments"], page["links"]["next"]) == ([], None)


def test_no_records_made_yet(tmp_path: Path) -> None:
    with serving(tmp_path, SECRET) as served, httpx.Client(base_url=served.url) as client:
        assert client.get("/v1/payments", headers=token(client)).status_code == 503


def test_a_new_delivery_is_served_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / WorksSpend.file
    path.parent.mkdir(parents=True)
    path.write_text('{"paymentId":"1"}\n')
    with serving(tmp_path, SECRET) as served, httpx.Client(base_url=served.url) as client:
        assert len(client.get("/v1/payments", headers=token(client)).json()["payments"]) == 1
        path.write_text('{"paymentId":"1"}\n{"paymentId":"2"}\n')
        assert len(client.get("/v1/payments", headers=token(client)).json()["payments"]) == 2


def test_as_a_process_of_its_own(region: Path) -> None:
    command = [sys.executable, "-m", "pipeline.example.api_server", "--dir", str(region)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        command, cwd=root, env={**os.environ, SECRET_VARIABLE: SECRET}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:")
            with httpx.Client(base_url=line.split()[-1]) as client:
                assert client.get("/v1/payments", headers=token(client)).status_code == 200
            taken = subprocess.run(
                [*command, "--port", line.strip().rpartition(":")[2]],
                cwd=root, env={**os.environ, SECRET_VARIABLE: SECRET},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert taken.returncode == 2 and "cannot listen on port" in taken.stderr
        finally:
            process.terminate()
            out, err = process.communicate(timeout=20)
    assert SECRET not in out + err


def test_the_secret_comes_from_the_environment_only(region: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != SECRET_VARIABLE}
    told = subprocess.run(
        [sys.executable, "-m", "pipeline.example.api_server", "--dir", str(region)],
        cwd=Path(__file__).parents[3], env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2 and SECRET_VARIABLE in told.stderr


def test_manners_refuse_now_and_then() -> None:
    refuses: Callable[[int], bool] = Manners().refuses
    assert [page for page in range(1, 301) if refuses(page)] == [2, 100, 200, 300]
