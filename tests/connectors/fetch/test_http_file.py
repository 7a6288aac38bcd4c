"""One file over HTTP: fetched when it has changed, whole, and only if it is a file."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import Unreachable
from connectors.fetch import Fetched, Found, Standing, discover, fetch
from connectors.fetch import http_file as http_file_module
from connectors.fetch.http.download import given_name
from contracts.places import HttpFile
from tests.servers.http_server import Answer, Asked, HttpServer, serving

BODY = b"paid_on,amount\n2026-03-01,1.00\n"
MODIFIED = "Sun, 01 Mar 2026 10:00:00 GMT"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as made:
        yield made


def place(**facts: Any) -> HttpFile:
    return HttpFile.model_validate(
        {"kind": "http", "connection": "works", "path": "open/spend.csv", **facts}
    )


def file(
    body: bytes = BODY, headers: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Asked], Answer]:
    """A file with conditions and ranges, as RFC 9110 has them."""
    tag = headers.get("ETag", f'"{hashlib.sha256(body).hexdigest()[:8]}"')

    def route(asked: Asked) -> Answer:
        standard = {"Content-Type": "text/csv", **headers, "ETag": tag}
        if not tag:
            del standard["ETag"]
        sent = asked.headers
        if "if-none-match" in sent:
            if sent["if-none-match"] == tag:
                return Answer(304, standard)
        elif sent.get("if-modified-since") == headers.get("Last-Modified", "never"):
            return Answer(304, standard)
        if "range" in sent and sent.get("if-range") == tag:
            start = int(sent["range"].removeprefix("bytes=").rstrip("-"))
            told = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            return Answer(206, {**standard, **told}, body[start:])
        return Answer(200, standard, body)

    return route


def look(server: HttpServer, place: HttpFile, **stamps: str) -> Found:
    return discover(place, server.connection(), Standing(stamps=stamps))


def get(server: HttpServer, place: HttpFile, into: Path) -> Fetched:
    [arrival] = look(server, place).arrivals
    return fetch(place, server.connection(), arrival, into)


def refused(server: HttpServer, place: HttpFile, into: Path) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        get(server, place, into)
    assert list(into.iterdir()) == []
    return raised.value


def test_a_file_comes_unchanged_under_its_name(server: HttpServer, tmp_path: Path) -> None:
    server.routes = {"/open/spend.csv": file(headers={"Last-Modified": MODIFIED})}
    [path] = get(server, place(), tmp_path).paths
    assert (path.name, path.read_bytes()) == ("spend.csv", BODY)
    [arrival] = look(server, place()).arrivals
    assert (arrival.name, arrival.size) == ("spend.csv", len(BODY))
    assert arrival.modified == datetime(2026, 3, 1, 10, tzinfo=ZoneInfo("UTC"))
    assert arrival.stamp == f'ETag: "{hashlib.sha256(BODY).hexdigest()[:8]}"'


@pytest.mark.parametrize(
    "headers", [{"ETag": 'W/"1"'}, {"ETag": "", "Last-Modified": MODIFIED}], ids=["tag", "time"]
)
def test_what_has_not_changed_is_no_arrival(
    server: HttpServer, tmp_path: Path, headers: dict[str, str]
) -> None:
    server.routes = {"/open/spend.csv": file(headers=headers)}
    [arrival] = look(server, place()).arrivals
    assert arrival.stamp is not None
    assert look(server, place(), **{"spend.csv": arrival.stamp}) == Found()
    server.routes = {"/open/spend.csv": file(b"new", {"ETag": 'W/"2"'})}
    assert len(look(server, place(), **{"spend.csv": arrival.stamp}).arrivals) == 1


def test_a_server_that_knows_no_conditions_is_held_to_its_stamp(server: HttpServer) -> None:
    server.routes = {"*": lambda asked: Answer(200, {"ETag": '"1"'}, BODY)}
    assert look(server, place(), **{"spend.csv": 'ETag: "1"'}) == Found()


def test_without_tag_and_time_there_is_no_stamp(server: HttpServer) -> None:
    server.routes = {"*": file(headers={"ETag": ""})}
    [arrival] = look(server, place()).arrivals
    assert (arrival.stamp, arrival.size) == (None, None)


def test_a_server_that_knows_no_head_is_asked_otherwise(server: HttpServer, tmp_path: Path) -> None:
    right = file()
    server.routes = {"*": lambda a: Answer(405) if a.method == "HEAD" else right(a)}
    assert get(server, place(), tmp_path).paths[0].read_bytes() == BODY


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment", "spend.csv"),
        ('attachment; filename="Spend March.csv"', "Spend March.csv"),
        ("attachment; filename*=UTF-8''Ausgaben%20M%C3%A4rz.csv", "Ausgaben März.csv"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\x.csv"', "x.csv"),
        ('attachment; filename=".."', "spend.csv"),
        ('attachment; filename=".hidden"', "hidden"),
        ('attachment; filename="a\x00b\x1f.csv"', "ab.csv"),
        (f'attachment; filename="{"x" * 400}.csv"', "x" * 146 + ".csv"),
        ('attachment; filename=""', "spend.csv"),
    ],
)
def test_the_name_is_the_servers_made_harmless(disposition: str, name: str) -> None:
    import httpx

    assert given_name(httpx.Headers({"content-disposition": disposition}), "spend.csv") == name


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(body=st.binary(min_size=2, max_size=300), data=st.data())
def test_a_broken_transfer_goes_on_where_it_ended(
    server: HttpServer, tmp_path_factory: pytest.TempPathFactory, body: bytes, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(body) - 1))
    right = file(b"a," + body)

    def route(asked: Asked) -> Answer:
        answer = right(asked)
        first = asked.method == "GET" and "range" not in asked.headers
        return Answer(answer.status, answer.headers, answer.body, cut if first else None)

    server.routes, server.asked = {"*": route}, []
    into = tmp_path_factory.mktemp("into")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda seconds: None)
        [path] = get(server, place(), into).paths
    assert path.read_bytes() == b"a," + body
    [rest] = [one for one in server.asked if "range" in one.headers]
    assert rest.headers["range"] == f"bytes={cut}-"
    assert rest.headers["if-range"] == right(rest).headers["ETag"]


def _changed(asked: Asked) -> Answer:
    """A file that is another one the second time."""
    if "range" not in asked.headers:
        return Answer(200, {"ETag": '"1"'}, b"old old old", cut=4)
    return Answer(200, {"ETag": '"2"'}, b"new new new")


def _wrong_part(asked: Asked) -> Answer:
    if "range" in asked.headers:
        told = {"ETag": '"1"', "Content-Range": "bytes 2-10/11"}
        return Answer(206, told, b"w new new")
    return Answer(200, {"ETag": '"1"'}, b"new new new", cut=4 if asked.times == 1 else None)


def _part_of_another_state(asked: Asked) -> Answer:
    """A server that does not know If-Range, and a file that changed meanwhile."""
    if "range" in asked.headers:
        return Answer(206, {"ETag": '"2"', "Content-Range": "bytes 4-10/11"}, b"new new")
    body = b"old old old" if asked.times == 1 else b"new new new"
    return Answer(200, {"ETag": '"1"'}, body, cut=4 if asked.times == 1 else None)


def _gone_part(asked: Asked) -> Answer:
    if "range" in asked.headers:
        return Answer(416)
    return Answer(200, {"ETag": '"1"'}, b"new new new", cut=4 if asked.times == 1 else None)


def _weak(asked: Asked) -> Answer:
    assert "range" not in asked.headers
    return Answer(200, {"ETag": 'W/"1"'}, b"new new new", cut=4 if asked.times == 1 else None)


@pytest.mark.parametrize(
    "route", [_changed, _wrong_part, _part_of_another_state, _gone_part, _weak]
)
def test_parts_of_two_states_are_never_joined(
    server: HttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    route: Callable[[Asked], Answer],
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server.routes = {"*": route}
    assert get(server, place(), tmp_path).paths[0].read_bytes() == b"new new new"


def test_what_is_too_large_is_not_fetched(server: HttpServer, tmp_path: Path) -> None:
    server.routes = {"*": lambda asked: Answer(200, {"ETag": '"1"'}, b"x" * ((1 << 20) + 1))}
    assert refused(server, place(largest_mb=1), tmp_path).code == "http-too-large"


def test_a_server_that_trickles_does_not_hold_us(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.fetch.http.retrying.ATTEMPTS", 1)
    monkeypatch.setattr("connectors.fetch.http.answer.LONGEST_ANSWER", 0.1)
    server.routes = {"*": lambda asked: Answer(200, {"ETag": '"1"'}, b"x" * 20, pause=0.05)}
    error = refused(server, place(), tmp_path)
    assert (error.code, error.passing) == ("http-failing", True)
    assert "too long" in error.message


def test_what_is_packed_unasked_is_refused(server: HttpServer, tmp_path: Path) -> None:
    server.routes = {"*": lambda asked: Answer(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")}
    assert refused(server, place(), tmp_path).code == "http-coded"
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"Sign in"),
        ("text/csv", b"\n<!DOCTYPE html><html>Sign in</html>"),
        ("application/vnd.ms-excel", b"\xef\xbb\xbf<html><body>"),
        ("text/plain", b"<!-- x --> <HTML>"),
        ("text/xml", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">'),
    ],
)
def test_a_web_page_is_no_file(server: HttpServer, tmp_path: Path, kind: str, body: bytes) -> None:
    server.routes = {"*": lambda asked: Answer(200, {"Content-Type": kind}, body)}
    assert refused(server, place(), tmp_path).code == "http-answers-html"


def test_a_web_page_is_a_file_where_declared_unless_it_asks_for_a_password(
    server: HttpServer, tmp_path: Path
) -> None:
    table = b"<html><table><tr><td>1</td></tr></table></html>"
    server.routes = {"*": lambda asked: Answer(200, {"Content-Type": "text/html"}, table)}
    assert get(server, place(accepts="html"), tmp_path).paths[0].read_bytes() == table
    (tmp_path / "spend.csv").unlink()
    login = b"<html><form><input name=p type='password'></form></html>"
    server.routes = {"*": lambda asked: Answer(200, {"Content-Type": "text/html"}, login)}
    assert refused(server, place(accepts="html"), tmp_path).code == "http-answers-html"


@pytest.mark.parametrize(
    ("status", "code", "passing"),
    [
        (404, "file-missing", True),
        (410, "file-missing", True),
        (403, "http-forbids", False),
        (402, "http-answers-wrong", False),
    ],
)
def test_what_is_not_there_is_never_taken_for_empty(
    server: HttpServer, tmp_path: Path, status: int, code: str, passing: bool
) -> None:
    server.routes = {"*": lambda asked: Answer(status)}
    error = refused(server, place(), tmp_path)
    assert (error.code, error.passing) == (code, passing)
    assert f"HTTP {status}" in error.message


class _Today(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> "_Today":
        return cls(2026, 1, 31, 12, tzinfo=tz)


@pytest.mark.parametrize(
    ("path", "back", "asked"),
    [
        ("spend-{date:%Y-%m}.csv", 2, ["2025-11", "2025-12", "2026-01"]),
        ("{date:%Y}/spend-{date:%Y%m%d}.csv", 1, ["2026/spend-20260130", "2026/spend-20260131"]),
        ("{date:%Y}.csv", 1, ["2025", "2026"]),
        ("{date:%G-W%V}.csv", 1, ["2026-W04", "2026-W05"]),
        ("spend-{date:%Y-%m}.csv", 0, ["2026-01"]),
    ],
)
def test_dates_in_the_path_are_of_this_period_and_those_before(
    server: HttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    back: int,
    asked: list[str],
) -> None:
    monkeypatch.setattr(http_file_module, "datetime", _Today)
    server.routes = {"*": file()}
    where = place(path=path, back=back)
    found = look(server, where).arrivals
    assert asked == [
        target.removeprefix("/").removesuffix(".csv").removeprefix("spend-")
        for target in server.targets
    ]
    assert len({arrival.name for arrival in found}) == len(asked)
    fetch(where, server.connection(), found[0], tmp_path)
    assert server.targets[-1] == server.targets[0]


def test_a_file_of_a_period_that_is_not_there_yet_is_waited_for(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_file_module, "datetime", _Today)
    server.routes = {"/spend-2025-12.csv": file()}
    found = look(server, place(path="spend-{date:%Y-%m}.csv")).arrivals
    assert [arrival.name for arrival in found] == ["spend-2025-12.csv"]


def test_addresses_without_a_name_are_given_one(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_file_module, "datetime", _Today)
    server.routes = {"*": file()}
    where = place(
        path="download/",
        name="spend-{date:%Y-%m}.csv",
        parameters={"set": "spend & more", "month": "{date:%Y-%m}"},
        back=0,
    )
    assert [one.name for one in look(server, where).arrivals] == ["spend-2026-01.csv"]
    assert server.asked[0].query == {"set": "spend & more", "month": "2026-01"}


@pytest.mark.parametrize("path", ["{date:}.csv", "{date:%q}.csv", "{date:%H}.csv", "{month}.csv",
                                  "{date:%Y.csv"])  # fmt: skip
def test_a_path_that_is_no_pattern_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="date"):
        place(path=path)
