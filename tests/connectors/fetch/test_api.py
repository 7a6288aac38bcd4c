"""The API connector against a real HTTP server on loopback."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import discover, fetch
from contracts.places import Api

SECRET = "canary-secret"
Answer = tuple[int, dict[str, str], bytes]


class Server(ThreadingHTTPServer):
    """A supplier's API; what it answers is a function of how often a page was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Callable[[int], Answer]] = {}
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.valid: set[str] = set()
        self.lasts = 3600.0
        self.forms: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.forms.append(parse_qs(body))
        login = base64.b64encode(f"client:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self._send(401, {}, b'{"error": "invalid_client"}')
            return
        token = f"token-{len(self.server.tokens)}"
        self.server.tokens.append(token)
        self.server.valid.add(token)
        answer = {"access_token": token, "expires_in": self.server.lasts, "token_type": "Bearer"}
        self._send(200, {}, json.dumps(answer).encode())

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.server.valid:
            self._send(401, {}, b"{}")
            return
        times = self.server.asked.count(self.path) - 1
        self._send(*self.server.answers[urlsplit(self.path).path](times))

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if headers.get("Content-Length"):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


PLACE = Api(
    kind="api",
    connection="works",
    path="payments",
    records="data.items",
    next="links.next",
    token_path="oauth/token",
    parameters={"size": "2"},
)


def works(server: Server, **other: Any) -> Connection:
    facts: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.server_port,
        "login": "client",
        "password": SECRET,
    }
    return Connection(id="works", kind="http", scheme="http", **{**facts, **other})


def page(following: str | None, *records: dict[str, Any]) -> Answer:
    body = {"data": {"items": list(records)}, "links": {"next": following}}
    return 200, {"Content-Type": "application/json"}, json.dumps(body, indent=1).encode()


def get(server: Server, into: Path, place: Api = PLACE, **other: Any) -> list[Path]:
    connection = works(server, **other)
    [arrival] = discover(place, connection).arrivals
    return list(fetch(place, connection, arrival, into).paths)


def refusal(server: Server, into: Path, place: Api = PLACE, **other: Any) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        get(server, into, place, **other)
    assert SECRET not in raised.value.message
    assert "token-" not in raised.value.message
    assert "works" in raised.value.message
    assert list(into.iterdir()) == []
    return raised.value


def test_pages_are_followed_and_written_unchanged(server: Server, tmp_path: Path) -> None:
    first, second = page("/payments?size=2&after=2", {"id": 1}, {"id": 2}), page(None, {"id": 3})
    server.answers["/payments"] = lambda times: first if "after" not in server.asked[-1] else second
    paths = get(server, tmp_path)
    assert [path.name for path in paths] == ["page-0001.json", "page-0002.json"]
    assert [path.read_bytes() for path in paths] == [first[2], second[2]]
    assert server.asked == ["/payments?size=2", "/payments?size=2&after=2"]
    assert server.forms == [{"grant_type": ["client_credentials"]}]


def test_an_arrival_is_named_by_path_and_parameters(server: Server) -> None:
    [arrival] = discover(PLACE, works(server)).arrivals
    assert (arrival.name, arrival.size, arrival.files) == ("payments?size=2", None, ())


@pytest.mark.parametrize(
    "asked",
    [
        "0",
        format_datetime(datetime.now(UTC) - timedelta(seconds=1), usegmt=True),
        "Wed, 21 Oct 2015 07:28:00",
        "soon",
        "",
    ],
    ids=["seconds", "date", "date without a zone", "no date", "not said"],
)
def test_too_many_requests_is_tried_again(server: Server, tmp_path: Path, asked: str) -> None:
    busy = (429, {"Retry-After": asked} if asked else {}, b"{}")
    server.answers["/payments"] = lambda times: busy if times < 2 else page(None)
    assert len(get(server, tmp_path)) == 1
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(server: Server, tmp_path: Path, status: int) -> None:
    failing = (status, {"Retry-After": "0"}, b"{}")
    server.answers["/payments"] = lambda times: failing if times == 0 else page(None)
    assert len(get(server, tmp_path)) == 1
    assert len(server.asked) == 2


def test_retry_after_is_waited_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    answers = [(429, {"Retry-After": "7"}, b"{}"), (503, {"Retry-After": soon}, b"{}"), page(None)]
    server.answers["/payments"] = lambda times: answers[times]
    get(server, tmp_path)
    assert waits[0] == 7
    assert 80 < waits[1] <= 90


def test_a_wait_beyond_reason_is_left_to_the_next_run(server: Server, tmp_path: Path) -> None:
    server.answers["/payments"] = lambda times: (429, {"Retry-After": "86400"}, b"{}")
    error = refusal(server, tmp_path)
    assert (error.code, error.passing) == ("http-asks-to-wait", True)
    assert len(server.asked) == 1


def test_a_server_that_keeps_failing_is_given_up_and_pages_removed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.fetch.http.retrying.ATTEMPTS", 3)
    server.answers["/payments"] = lambda times: page("/more", {"id": 1})
    server.answers["/more"] = lambda times: (500, {}, b"oh")
    error = refusal(server, tmp_path)
    assert (error.code, error.passing) == ("http-failing", True)
    assert "page 2" in error.message and "HTTP 500" in error.message
    assert server.asked.count("/more") == 3


def test_a_token_that_expires_between_pages_is_renewed(server: Server, tmp_path: Path) -> None:
    def second(times: int) -> Answer:
        return page(None, {"id": 2})

    def first(times: int) -> Answer:
        server.valid.clear()
        return page("/more", {"id": 1})

    server.answers.update({"/payments": first, "/more": second})
    assert len(get(server, tmp_path)) == 2
    assert server.asked == ["/payments?size=2", "/more", "/more"]
    assert len(server.tokens) == 2


def test_a_token_past_its_time_is_not_sent(server: Server, tmp_path: Path) -> None:
    server.lasts = 0.000001
    server.answers["/payments"] = lambda times: page("/more")
    server.answers["/more"] = lambda times: page(None)
    get(server, tmp_path)
    assert server.tokens == ["token-0", "token-1"]
    assert len(server.asked) == 2


def test_a_login_refused_is_said_without_the_secret(server: Server, tmp_path: Path) -> None:
    error = refusal(server, tmp_path, password=f"{SECRET}-wrong")
    assert (error.code, error.passing) == ("login-refused", False)
    assert server.asked == []


def test_a_token_that_is_never_accepted_is_an_error_after_one_renewal(
    server: Server, tmp_path: Path
) -> None:
    server.answers["/payments"] = lambda times: (401, {}, b"{}")
    assert refusal(server, tmp_path).code == "http-forbids"
    assert len(server.tokens) == 2


def test_a_next_link_that_repeats_is_a_loop(server: Server, tmp_path: Path) -> None:
    server.answers["/payments"] = lambda times: page("/more")
    server.answers["/more"] = lambda times: page("/payments?size=2")
    assert refusal(server, tmp_path).code == "pages-repeat"
    assert len(server.asked) == 2


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_a_login_page_is_no_answer(server: Server, tmp_path: Path, kind: str) -> None:
    html = b"\n <!DOCTYPE html><html><form>Sign in</form></html>"
    server.answers["/payments"] = lambda times: (200, {"Content-Type": kind}, html)
    assert refusal(server, tmp_path).code == "http-answers-html"
    assert len(server.asked) == 1


def test_redirects_stay_on_the_host(server: Server, tmp_path: Path) -> None:
    server.answers["/payments"] = lambda times: (307, {"Location": "/elsewhere"}, b"")
    server.answers["/elsewhere"] = lambda times: page(None)
    assert len(get(server, tmp_path)) == 1


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://127.0.0.1:1/", "https://127.0.0.1/x"]
)
def test_what_leads_to_another_host_is_refused(server: Server, tmp_path: Path, target: str) -> None:
    server.answers["/payments"] = lambda times: (302, {"Location": target}, b"")
    assert refusal(server, tmp_path).code == "http-leads-elsewhere"
    server.answers["/payments"] = lambda times: page(target)
    assert refusal(server, tmp_path).code == "http-leads-elsewhere"


def test_a_redirect_without_end_is_given_up(server: Server, tmp_path: Path) -> None:
    server.answers["/payments"] = lambda times: (302, {"Location": "/payments?size=2"}, b"")
    assert refusal(server, tmp_path).code == "http-redirects"


@pytest.mark.parametrize(
    "cut",
    [
        (200, {"Content-Length": "5000"}, b'{"data": {"items": ['),
        (200, {}, b'{"data": {"items": [{"id": 1}'),
    ],
    ids=["shorter than announced", "JSON breaks off"],
)
def test_a_page_cut_short_is_read_again(server: Server, tmp_path: Path, cut: Answer) -> None:
    server.answers["/payments"] = lambda times: cut if times == 0 else page(None, {"id": 1})
    [path] = get(server, tmp_path)
    assert json.loads(path.read_bytes())["data"]["items"] == [{"id": 1}]
    assert len(server.asked) == 2


def test_a_page_without_records_where_declared_is_refused(server: Server, tmp_path: Path) -> None:
    server.answers["/payments"] = lambda times: (200, {}, b'{"data": []}')
    assert refusal(server, tmp_path).code == "page-without-records"


def test_other_answers_are_named_by_their_number(server: Server, tmp_path: Path) -> None:
    server.answers["/payments"] = lambda times: (404, {}, b"canary-body")
    error = refusal(server, tmp_path)
    assert "HTTP 404" in error.message
    assert "canary-body" not in error.message


def test_a_server_that_is_not_there_is_passing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.fetch.http.retrying.ATTEMPTS", 2)
    error = refusal(server, tmp_path, port=1)
    assert (error.code, error.passing) == ("http-failing", True)


def test_a_connection_without_host_says_so(server: Server, tmp_path: Path) -> None:
    assert refusal(server, tmp_path, host="").code == "connection-incomplete"
