"""Faults 24 to 29 and 47, over real sockets: servers that are busy, changing, endless or astray."""

import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Standing, discover, fetch
from contracts.places import Api, HttpFile, OData, Place
from tests.servers.http_server import Answer, Asked, HttpServer, as_json, serving
from tests.servers.odata_server import Service
from tests.servers.paged_api import PagedApi

SECRET = "canary-s3cret"
REAL = Path(__file__).parents[2].parent / "shared" / "real" / "api"
FILE = HttpFile(kind="http", connection="works", path="payments.csv")
SERVICE = OData(kind="odata", connection="works", path="Payments", key=("Id",))


def api(**facts: Any) -> Api:
    base = {"kind": "api", "connection": "works", "path": "offset", "records": "items"}
    return Api.model_validate({**base, **facts})


OFFSET = api(paging={"by": "offset"}, total="total")
LINK = api(path="link", next="next")
PLACES = pytest.mark.parametrize("place", [OFFSET, SERVICE, FILE], ids=lambda place: place.kind)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as made:
        yield made


def get(place: Place, connection: Connection, into: Path) -> list[bytes]:
    [arrival] = discover(place, connection, Standing()).arrivals
    return [path.read_bytes() for path in fetch(place, connection, arrival, into).paths]


def refused(place: Place, connection: Connection, into: Path) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        get(place, connection, into)
    assert list(into.iterdir()) == [], "something partial was left"
    return raised.value


def right(asked: Asked) -> Answer:
    """What each place asks for, as it should be."""
    if asked.path == "/Payments":
        return as_json({"value": [{"Id": 1}]})
    if asked.path == "/payments.csv":
        return Answer(200, {"Content-Type": "text/csv", "ETag": '"1"'}, b"a\n1\n")
    first = asked.query["offset"] == "0"
    return as_json({"items": [{"id": 1}] if first else [], "total": 1})


@PLACES
@pytest.mark.parametrize("status", [429, 503])
def test_24_retry_after_is_honoured(
    server: HttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: Place,
    status: int,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    def busy(asked: Asked) -> Answer:
        asks = ["7", later]
        number = len(server.asked) - 1
        return Answer(status, {"Retry-After": asks[number]}) if number < 2 else right(asked)

    server.routes = {"*": busy}
    assert get(place, server.connection(), tmp_path)
    assert waits[0] == 7
    assert 80 < waits[1] <= 90


@PLACES
def test_24_a_wait_beyond_reason_is_left_to_the_next_run(
    server: HttpServer, tmp_path: Path, place: Place
) -> None:
    server.routes = {"*": lambda asked: Answer(429, {"Retry-After": "7200"})}
    error = refused(place, server.connection(), tmp_path)
    assert (error.code, error.passing) == ("http-asks-to-wait", True)
    assert len(server.asked) == 1


def test_25_a_token_that_expires_between_pages_is_renewed(
    server: HttpServer, tmp_path: Path
) -> None:
    pages = PagedApi([{"id": i} for i in range(5)])
    given: list[str] = []

    def route(asked: Asked) -> Answer:
        if asked.path == "/token":
            given.append(f"token-{len(given)}")
            return as_json({"access_token": given[-1], "expires_in": 3600})
        # Each token opens one page only.
        uses = [one.headers.get("authorization") for one in server.asked]
        bearer = asked.headers["authorization"]
        if bearer != f"Bearer {given[-1]}" or uses.count(bearer) > 1:
            return Answer(401)
        return pages(asked)

    server.routes = {"*": route}
    connection = server.connection(login="client", password=SECRET, extra={"token_url": "token"})
    got = get(OFFSET, connection, tmp_path)
    assert [r["id"] for page in got for r in json.loads(page)["items"]] == [0, 1, 2, 3, 4]
    assert len(given) == 3


def _insert(rows: list[dict[str, Any]]) -> None:
    rows.insert(0, {"id": -1})


def _delete(rows: list[dict[str, Any]]) -> None:
    del rows[0]


def _swap(rows: list[dict[str, Any]]) -> None:
    """One goes behind and one comes before: no count tells, one row is read twice, none lost."""
    rows.insert(0, {"id": -1})
    del rows[-1]


@pytest.mark.parametrize("change", [_insert, _delete])
@pytest.mark.parametrize("way", ["offset", "page"])
def test_26_rows_that_come_or_go_while_pages_are_read_show_in_the_count(
    server: HttpServer, tmp_path: Path, change: Callable[[Any], None], way: str
) -> None:
    pages = PagedApi([{"id": i} for i in range(6)])
    pages.before = lambda number: change(pages.rows) if number == 1 else None
    server.routes = {"*": pages}
    got = get(api(path=way, paging={"by": way}, total="total"), server.connection(), tmp_path)
    assert [r for page in got for r in json.loads(page)["items"]] == pages.rows


def test_26_a_record_that_comes_twice_shows_by_its_key(server: HttpServer, tmp_path: Path) -> None:
    pages = PagedApi([{"id": i} for i in range(6)])
    pages.before = lambda number: _swap(pages.rows) if number == 1 else None
    server.routes = {"*": pages}
    place = api(paging={"by": "offset"}, total="total", key="id")
    got = get(place, server.connection(), tmp_path)
    assert [r for page in got for r in json.loads(page)["items"]] == pages.rows


def test_26_rows_that_never_rest_are_refused(server: HttpServer, tmp_path: Path) -> None:
    pages = PagedApi([{"id": i} for i in range(6)])
    pages.before = lambda number: pages.rows.insert(0, {"id": -number - 1}) if number % 3 else None
    server.routes = {"*": pages}
    error = refused(OFFSET, server.connection(), tmp_path)
    assert (error.code, error.passing) == ("pages-moved", True)
    assert "stated" in error.message


def test_26_a_keyset_does_not_mind(server: HttpServer, tmp_path: Path) -> None:
    pages = PagedApi([{"id": i} for i in range(6)])
    pages.before = lambda number: _swap(pages.rows) if number == 1 else None
    server.routes = {"*": pages}
    declared = {"by": "keyset", "parameter": "after", "record": "id"}
    got = get(api(path="keyset", paging=declared, key="id"), server.connection(), tmp_path)
    ids = [r["id"] for page in got for r in json.loads(page)["items"]]
    assert ids == [0, 1, 2, 3, 4]


def test_26_in_odata_too(server: HttpServer, tmp_path: Path) -> None:
    service = Service([{"Id": i} for i in range(5)])

    def route(asked: Asked) -> Answer:
        if len(service.queries) == 1:
            del service.rows[0]
        return service(asked)

    server.routes = {"/Payments": route}
    got = get(SERVICE, server.connection(), tmp_path)
    assert [r["Id"] for page in got for r in json.loads(page)["value"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("place", [LINK, SERVICE], ids=lambda place: place.kind)
@pytest.mark.parametrize("length", [1, 2, 5])
def test_27_a_next_link_that_repeats_is_a_loop(
    server: HttpServer, tmp_path: Path, place: Place, length: int
) -> None:
    def route(asked: Asked) -> Answer:
        number = int(asked.query.get("at", length - 1))
        rows = [{"id": number, "Id": str(number)}]
        following = f"{asked.path}?at={(number + 1) % length}"
        if isinstance(place, OData):
            return as_json({"value": rows, "@odata.nextLink": following})
        return as_json({"items": rows, "next": following})

    server.routes = {"*": route}
    assert refused(place, server.connection(), tmp_path).code == "pages-repeat"
    assert len(server.asked) <= length + 2


@PLACES
@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/csv"])
def test_28_a_login_page_is_no_answer(
    server: HttpServer, tmp_path: Path, place: Place, kind: str
) -> None:
    page = b"<!DOCTYPE html>\n<html><form><input type=password></form></html>"
    server.routes = {"*": lambda asked: Answer(200, {"Content-Type": kind}, page)}
    error = refused(place, server.connection(), tmp_path)
    assert (error.code, error.passing) == ("http-answers-html", False)


@PLACES
@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://0x7f000001/",
        "//intranet.example/",
        "file:///etc/passwd",
    ],
)
def test_29_a_redirect_inside_is_not_followed(
    server: HttpServer, tmp_path: Path, place: Place, target: str
) -> None:
    server.routes = {"*": lambda asked: Answer(302, {"Location": target})}
    error = refused(place, server.connection(), tmp_path)
    assert (error.code, error.passing) == ("http-leads-elsewhere", False)


def test_29_a_declared_host_that_turns_out_to_be_inside_is_not_connected_to(
    server: HttpServer, tmp_path: Path
) -> None:
    place = FILE.model_copy(update={"hosts": ("169.254.169.254",)})
    led = Answer(302, {"Location": "http://169.254.169.254/latest/meta-data/"})
    server.routes = {"*": lambda asked: led}
    error = refused(place, server.connection(), tmp_path)
    assert (error.code, error.passing) == ("http-leads-inside", False)


@PLACES
@pytest.mark.parametrize("fault", ["refused", "failing", "cut", "astray", "no token"])
def test_47_no_secret_in_a_message_a_traceback_or_a_log(
    server: HttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: Place,
    fault: str,
) -> None:
    monkeypatch.setattr("connectors.fetch.http.retrying.ATTEMPTS", 2)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    token = "canary-t0ken"
    wrong = {
        "refused": Answer(403, {}, SECRET.encode()),
        "failing": Answer(500, {}, token.encode()),
        "cut": Answer(200, {"Content-Length": "9999"}, b"{}", cut=1),
        "astray": Answer(302, {"Location": f"https://evil.example/{SECRET}?key={token}"}),
        "no token": Answer(400, {}, SECRET.encode()),
    }[fault]

    def route(asked: Asked) -> Answer:
        if asked.path == "/token" and fault != "no token":
            return as_json({"access_token": token})
        return wrong

    server.routes = {"*": route}
    said = io.StringIO()
    handler, root = logging.StreamHandler(said), logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    extra = {"token_url": "token", "headers": {"Subscription-Key": SECRET}}
    connection = server.connection(login="client", password=SECRET, extra=extra)
    try:
        error = refused(place, connection, tmp_path)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    shown = said.getvalue() + repr(connection) + "".join(traceback.format_exception(error))
    assert SECRET not in shown and token not in shown
    assert "works" in error.message


def test_recorded_pages_of_a_public_interface(server: HttpServer, tmp_path: Path) -> None:
    folder = REAL / "dfe_sign_in_paged"
    if not folder.is_dir():
        pytest.skip(f"NOT TRIED on recorded pages: {folder} is missing")

    def route(asked: Asked) -> Answer:
        name = f"dfe_sign_in_service_users_response_page_{asked.query['page']}.json"
        return Answer(200, {"Content-Type": "application/json"}, (folder / name).read_bytes())

    server.routes = {"/users": route}
    declared = {"by": "page", "pages": "numberOfPages"}
    got = get(api(path="users", records="users", paging=declared), server.connection(), tmp_path)
    assert [len(json.loads(page)["users"]) for page in got] == [1, 5]
    empty = (folder / "dfe_sign_in_service_users_empty_response.json").read_bytes()
    server.routes = {"/users": lambda asked: Answer(200, {}, empty)}
    (tmp_path / "none").mkdir()
    place = api(path="users", records="users", paging=declared, total="numberOfRecords")
    assert get(place, server.connection(), tmp_path / "none") == [empty]
    search = REAL / "companies_house" / "bankbond_companies.json"
    server.routes = {"/search": lambda asked: Answer(200, {}, search.read_bytes())}
    (tmp_path / "search").mkdir()
    # Its total is held against what came: three of three.
    place = api(path="search", paging={"by": "offset", "parameter": "start_index", "size": 20,
        "size_parameter": "items_per_page"}, total="total_results")  # fmt: skip
    assert get(place, server.connection(), tmp_path / "search") == [search.read_bytes()]
