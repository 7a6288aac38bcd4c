"""One way to log in, declared by the connection, for all reached over HTTP; no secret is told."""

import base64
import io
import logging
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.errors import Unreachable
from connectors.fetch import Standing, discover, fetch
from contracts.places import Api, HttpFile, OData, Place
from tests.servers.http_server import Answer, Asked, HttpServer, as_json, serving

SECRET = "canary-s3cret"
TOKEN = "canary-t0ken"
PLACES: list[Place] = [
    Api(kind="api", connection="works", path="api", records="items", paging={"by": "page"}),
    OData(kind="odata", connection="works", path="Payments"),
    HttpFile(kind="http", connection="works", path="payments.csv"),
]
WAYS: dict[str, dict[str, Any]] = {
    "basic": {"login": "client", "password": SECRET},
    "bearer": {"password": SECRET, "extra": {"auth": "bearer"}},
    "header": {"password": SECRET, "extra": {"auth": "api-key", "api_key_header": "X-Key"}},
    "parameter": {"password": SECRET, "extra": {"auth": "api-key", "api_key_parameter": "key"}},
    "oauth2": {"login": "client", "password": SECRET, "extra": {"token_url": "/token"}},
    "besides": {"extra": {"headers": {"Subscription-Key": SECRET}}},
}


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def let_in(asked: Asked, way: str) -> bool:
    sent = asked.headers
    match way:
        case "basic":
            return sent.get("authorization") == basic(f"client:{SECRET}")
        case "bearer":
            return sent.get("authorization") == f"Bearer {SECRET}"
        case "header":
            return sent.get("x-key") == SECRET
        case "parameter":
            return asked.query.get("key") == SECRET
        case "oauth2":
            return sent.get("authorization") == f"Bearer {TOKEN}"
        case _:
            return sent.get("subscription-key") == SECRET


def route(way: str) -> Any:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/token":
            return as_json({"access_token": TOKEN, "expires_in": 3600})
        if not let_in(asked, way):
            return Answer(401, {"WWW-Authenticate": "Basic"}, f"no {SECRET}".encode())
        if asked.path == "/Payments":
            return as_json({"@odata.count": 1, "value": [{"Id": 1}]})
        if asked.path == "/api":
            return as_json({"items": [{"id": 1}] if asked.query["page"] == "1" else []})
        return Answer(200, {"ETag": '"1"'}, b"a,b\n1,2\n")

    return answer


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as made:
        yield made


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """All that is logged, by whatever library, at its most talkative."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def get(server: HttpServer, place: Place, into: Path, facts: Mapping[str, Any]) -> list[Path]:
    connection = server.connection(**facts)
    [arrival] = discover(place, connection, Standing()).arrivals
    return list(fetch(place, connection, arrival, into).paths)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.kind)
@pytest.mark.parametrize("way", WAYS)
def test_each_way_opens_each_place(
    server: HttpServer, tmp_path: Path, way: str, place: Place, told: io.StringIO
) -> None:
    server.routes = {"*": route(way)}
    assert get(server, place, tmp_path, WAYS[way])
    assert SECRET not in told.getvalue() and TOKEN not in told.getvalue()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.kind)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", ["refused", "astray"])
def test_no_fault_tells_a_secret(
    server: HttpServer,
    tmp_path: Path,
    way: str,
    place: Place,
    fault: str,
    told: io.StringIO,
) -> None:
    # What the server says back may well hold what was sent to it.
    echo = {"X-Echo": f"{SECRET} {TOKEN}"}
    wrong = {
        "refused": Answer(403, echo, f"{SECRET} {TOKEN}".encode()),
        "astray": Answer(302, {"Location": f"http://evil.example/?key={SECRET}"}),
    }[fault]
    right = route(way)
    server.routes = {"*": lambda asked: right(asked) if asked.path == "/token" else wrong}
    try:
        get(server, place, tmp_path, WAYS[way])
    except Unreachable as error:
        shown = "".join(traceback.format_exception(error)) + repr(error)
    else:
        pytest.fail("a fault was not noticed")
    for canary in (SECRET, TOKEN):
        assert canary not in shown and canary not in told.getvalue()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["bearer", "header", "parameter", "oauth2", "besides"])
def test_credentials_do_not_go_to_another_host(
    server: HttpServer, tmp_path: Path, way: str
) -> None:
    with serving() as store:
        store.routes = {"*": lambda asked: Answer(200, {"ETag": '"1"'}, b"a,b\n1,2\n")}
        led = Answer(302, {"Location": f"{store.url}/signed?x=1"})
        right = route(way)
        server.routes = {"*": lambda asked: right(asked) if asked.path == "/token" else led}
        place = HttpFile(
            kind="http",
            connection="works",
            path="payments.csv",
            hosts=(f"127.0.0.1:{store.server_port}",),
        )
        assert get(server, place, tmp_path, WAYS[way])
        assert {one.target for one in store.asked} == {"/signed?x=1"}
        assert not any(SECRET in str(one) or TOKEN in str(one) for one in store.asked)


def test_a_key_in_a_next_link_is_not_doubled(server: HttpServer, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        following = None if "page" in asked.query else f"/api?page=2&key={SECRET}"
        return as_json({"items": [{"id": asked.target.count("=")}], "next": following})

    server.routes = {"*": answer}
    place = Api(kind="api", connection="works", path="api", records="items", next="next")
    get(server, place, tmp_path, WAYS["parameter"])
    assert server.targets == [f"/api?key={SECRET}", f"/api?page=2&key={SECRET}"]


@pytest.mark.parametrize("how", ["basic", "post"])
def test_a_token_is_asked_for_as_declared(server: HttpServer, tmp_path: Path, how: str) -> None:
    server.routes = {"*": route("oauth2")}
    login, password = "cli:ent", "a b+c"
    extra = {"token_url": f"{server.url}/token", "scope": "read", "audience": "https://api.example"}
    facts = {"login": login, "password": password, "extra": {**extra, "token_auth": how}}
    get(server, PLACES[0], tmp_path, facts)
    [asked] = [one for one in server.asked if one.path == "/token"]
    form = parse_qs(asked.body.decode())
    assert form["grant_type"] == ["client_credentials"]
    assert form["scope"] == ["read"] and form["audience"] == ["https://api.example"]
    if how == "post":
        assert (form["client_id"], form["client_secret"]) == ([login], [password])
        assert "authorization" not in asked.headers
    else:
        # Encoded as a form's fields before they are joined (RFC 6749 § 2.3.1).
        assert asked.headers["authorization"] == basic("cli%3Aent:a+b%2Bc")
        assert "client_secret" not in form


@pytest.mark.parametrize(
    "answer",
    [
        as_json({}),
        as_json({"access_token": None}),
        as_json({"access_token": "a\nb"}),
        Answer(200, {}, b"<html>"),
        Answer(302, {"Location": "/elsewhere"}),
    ],
)
def test_what_is_no_token_is_refused(server: HttpServer, tmp_path: Path, answer: Answer) -> None:
    server.routes = {"*": lambda asked: answer}
    with pytest.raises(Unreachable) as raised:
        get(server, PLACES[0], tmp_path, WAYS["oauth2"])
    assert raised.value.code == "token-malformed"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"password": SECRET}, "connection-incomplete"),
        ({"extra": {"auth": "bearer"}}, "connection-incomplete"),
        ({"password": SECRET, "extra": {"auth": "api-key"}}, "connection-incomplete"),
        (
            {
                "password": SECRET,
                "extra": {"auth": "api-key", "api_key_header": "a", "api_key_parameter": "b"},
            },
            "connection-incomplete",
        ),
        (
            {"login": "client", "password": SECRET, "extra": {"auth": "oauth2"}},
            "connection-incomplete",
        ),
        ({"extra": {"auth": "digest"}}, "connection-malformed"),
        ({"extra": {"headers": SECRET}}, "connection-malformed"),
        ({"password": f"{SECRET}\r\nX: y", "extra": {"auth": "bearer"}}, "connection-malformed"),
        ({"extra": {"verify": False}}, "connection-unsafe"),
        ({"extra": {"verify": "/no/such/file.pem"}}, "connection-malformed"),
    ],
)
def test_a_connection_that_cannot_serve_says_what_to_add(
    server: HttpServer, tmp_path: Path, facts: dict[str, Any], code: str
) -> None:
    with pytest.raises(Unreachable) as raised:
        get(server, PLACES[0], tmp_path, facts)
    assert raised.value.code == code
    assert "works" in raised.value.message and SECRET not in raised.value.message
    assert server.asked == []


def test_nothing_is_sent_where_nothing_is_declared(server: HttpServer, tmp_path: Path) -> None:
    server.routes = {"*": lambda asked: as_json({"items": []})}
    get(server, PLACES[0], tmp_path, {})
    assert "authorization" not in server.asked[0].headers
