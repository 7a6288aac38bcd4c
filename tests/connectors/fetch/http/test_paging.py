"""Every way of paging brings every record once, whatever the numbers of rows and of a page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import Unreachable
from connectors.fetch import discover, fetch
from connectors.fetch.http.dig import dig
from contracts.places import Api
from tests.servers.http_server import Answer, Asked, HttpServer, as_json, serving
from tests.servers.paged_api import PagedApi

WAYS: dict[str, dict[str, Any]] = {
    "link": {"records": "data.items", "next": "links.next"},
    "link-header": {"paging": {"by": "link-header"}},
    "cursor": {"records": "items", "paging": {"by": "cursor", "at": "meta.cursor"}},
    "cursor with more": {
        "path": "cursor",
        "records": "items",
        "paging": {"by": "cursor", "at": "meta.cursor", "more": "meta.more"},
    },
    "body": {
        "records": "items",
        "body": {"fields": ["id"]},
        "paging": {"by": "cursor", "at": "after", "parameter": "page.after"},
    },
    "offset": {"records": "items", "paging": {"by": "offset"}},
    "offset, held smaller than asked": {
        "path": "offset",
        "records": "items",
        "paging": {"by": "offset", "size": 1000},
    },
    "offset with total": {
        "path": "offset",
        "records": "items",
        "total": "total",
        "paging": {"by": "offset"},
    },
    "offset with total in a header": {
        "path": "offset",
        "records": "items",
        "total_header": "x-total-count",
        "paging": {"by": "offset"},
    },
    "page": {"records": "items", "paging": {"by": "page"}},
    "page with number of pages": {
        "path": "page",
        "records": "items",
        "paging": {"by": "page", "pages": "pages"},
    },
    "keyset": {
        "records": "items",
        "key": "id",
        "paging": {"by": "keyset", "parameter": "after", "record": "id"},
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with serving() as made:
        yield made


def place(way: str) -> Api:
    return Api(**{"kind": "api", "connection": "works", "path": way, **WAYS[way]})


def get(server: HttpServer, place: Api, into: Path) -> list[dict[str, Any]]:
    connection = server.connection()
    [arrival] = discover(place, connection).arrivals
    paths = fetch(place, connection, arrival, into).paths
    records: list[dict[str, Any]] = []
    for path in paths:
        records += dig(json.loads(path.read_bytes()), place.records)
    return records


def refused(server: HttpServer, place: Api, into: Path) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        get(server, place, into)
    assert list(into.iterdir()) == []
    return raised.value


@pytest.mark.parametrize("way", WAYS)
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.integers(0, 9), size=st.integers(1, 4))
def test_every_record_comes_once_and_in_order(
    server: HttpServer, tmp_path_factory: pytest.TempPathFactory, way: str, rows: int, size: int
) -> None:
    server.routes = {"*": PagedApi([{"id": i} for i in range(rows)], size)}
    into = tmp_path_factory.mktemp("pages")
    assert get(server, place(way), into) == [{"id": i} for i in range(rows)]


def test_a_short_page_ends_where_that_is_declared(server: HttpServer, tmp_path: Path) -> None:
    api = PagedApi([{"id": i} for i in range(3)], 2)
    server.routes = {"*": api}
    declared = {"by": "offset", "size": 2, "ends": "short"}
    where = Api(
        kind="api",
        connection="works",
        path="offset",
        records="items",
        paging=declared,
    )
    assert len(get(server, where, tmp_path)) == 3
    assert [asked.query["offset"] for asked in api.asked] == ["0", "2"]


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ({"paging": {"by": "offset", "start": 5}}, ["offset=5", "offset=7", "offset=8"]),
        (
            {"paging": {"by": "offset", "size": 2}, "total": "total"},
            ["limit=2 offset=0", "limit=2 offset=2"],
        ),
        ({"paging": {"by": "page", "first": 0}}, ["page=0", "page=1", "page=2"]),
        ({"paging": {"by": "page"}, "total": "total"}, ["page=1", "page=2"]),
        (
            {"paging": {"by": "page", "first": 0, "pages": "pages", "size": 2}},
            ["page=0 per_page=2", "page=1 per_page=2"],
        ),
        (
            {"paging": {"by": "keyset", "parameter": "after", "record": "id", "size": 2}},
            ["limit=2", "after=2 limit=2", "after=3 limit=2"],
        ),
        (
            {"paging": {"by": "keyset", "parameter": "after", "record": "id"}, "total": "total"},
            ["", "after=2"],
        ),
    ],
)
def test_pages_are_asked_for_as_declared_and_not_once_more_than_needed(
    server: HttpServer, tmp_path: Path, facts: dict[str, Any], asked: list[str]
) -> None:
    pages = [[{"id": 1}, {"id": 2}], [{"id": 3}], []]
    told: list[str] = []

    def route(one: Asked) -> Answer:
        told.append(" ".join(f"{name}={value}" for name, value in sorted(one.query.items())))
        return as_json({"items": pages[len(told) - 1], "total": 3, "pages": 2})

    server.routes = {"*": route}
    where = Api.model_validate(
        {"kind": "api", "connection": "works", "path": "x", "records": "items", **facts}
    )
    assert get(server, where, tmp_path) == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert told == asked


def test_the_body_goes_with_a_page_that_a_link_leads_to(server: HttpServer, tmp_path: Path) -> None:
    told: list[tuple[str, Any]] = []

    def route(one: Asked) -> Answer:
        told.append((one.method, json.loads(one.body or b"null")))
        return as_json({"items": [{"id": len(told)}], "next": None if told[1:] else "/x?after=1"})

    server.routes = {"*": route}
    where = Api.model_validate(
        {
            "kind": "api",
            "connection": "works",
            "path": "x",
            "records": "items",
            "next": "next",
            "body": {"fields": ["id"]},
        }
    )
    assert get(server, where, tmp_path) == [{"id": 1}, {"id": 2}]
    assert told == [("POST", {"fields": ["id"]})] * 2


def test_parameters_go_with_every_page(server: HttpServer, tmp_path: Path) -> None:
    api = PagedApi([{"id": i} for i in range(3)], 2)
    server.routes = {"*": api}
    where = place("page").model_copy(update={"parameters": {"body": "Northmoor & Eastvale"}})
    get(server, where, tmp_path)
    assert {asked.query["body"] for asked in api.asked} == {"Northmoor & Eastvale"}


def _ignores(asked: Asked) -> Answer:
    """A server that does not know the parameter answers the first page for ever."""
    return as_json({"items": [{"id": 1}], "meta": {"cursor": f"c{asked.times}", "more": True}})


def _same_cursor(asked: Asked) -> Answer:
    number = len(asked.query.get("cursor", ""))
    return as_json({"items": [{"id": number}], "meta": {"cursor": "c", "more": True}})


@pytest.mark.parametrize("way", ["offset", "page", "cursor", "cursor with more", "keyset"])
def test_pages_that_never_end_are_refused(server: HttpServer, tmp_path: Path, way: str) -> None:
    server.routes = {"*": _ignores}
    server.asked.clear()
    assert refused(server, place(way), tmp_path).code == "pages-repeat"
    assert len(server.asked) == 2


def test_a_cursor_that_repeats_is_refused(server: HttpServer, tmp_path: Path) -> None:
    server.routes = {"*": _same_cursor}
    assert refused(server, place("cursor"), tmp_path).code == "pages-repeat"


@pytest.mark.parametrize(
    ("way", "page"),
    [
        ("link", {"data": {"items": [{"id": 1}]}, "links": {"next": ["/x"]}}),
        ("cursor", {"items": [{"id": 1}], "meta": {"cursor": {"a": 1}}}),
        ("cursor with more", {"items": [{"id": 1}], "meta": {"cursor": "c"}}),
        ("cursor with more", {"items": [{"id": 1}], "meta": {"cursor": None, "more": True}}),
        ("page with number of pages", {"items": [{"id": 1}]}),
        ("keyset", {"items": [{"id": None}]}),
    ],
)
def test_what_comes_next_is_not_guessed(
    server: HttpServer, tmp_path: Path, way: str, page: dict[str, Any]
) -> None:
    server.routes = {"*": lambda asked: as_json(page)}
    where = place(way).model_copy(update={"key": None})
    assert refused(server, where, tmp_path).code == "next-malformed"


def test_long_numbers_in_cursors_stay_as_written(server: HttpServer, tmp_path: Path) -> None:
    long = 12345678901234567890

    def route(asked: Asked) -> Answer:
        items = [] if "after" in asked.query else [{"id": long}]
        return as_json({"items": items})

    server.routes = {"*": route}
    server.asked.clear()
    get(server, place("keyset"), tmp_path)
    assert server.asked[-1].query["after"] == str(long)


def test_a_declaration_that_contradicts_itself_is_refused() -> None:
    base = {"kind": "api", "connection": "works", "path": "x", "records": "items"}
    with pytest.raises(ValueError, match="short for"):
        Api(**base, next="n", paging={"by": "link", "at": "m"})
    with pytest.raises(ValueError, match="add `size`"):
        Api(**base, paging={"by": "offset", "ends": "short"})
    with pytest.raises(ValueError, match="one of them"):
        Api(**base, total="a", total_header="b")
