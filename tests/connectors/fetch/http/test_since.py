"""Only what is new is fetched, from the newest loaded delivery's cursor less an overlap."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unreachable
from connectors.fetch import Fetched, Standing, discover, fetch
from connectors.fetch.http.reached import reached
from contracts.places import Api
from tests.servers.http_server import Answer, Asked, HttpServer, as_json, serving


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as made:
        yield made


def place(**since: Any) -> Api:
    facts = {"parameter": "updated_from", "record": "updated.at", "overlap": "1h", **since}
    return Api.model_validate(
        {
            "kind": "api",
            "connection": "works",
            "path": "payments",
            "records": "items",
            "parameters": {"body": "E07"},
            "paging": {"by": "page", "pages": "pages"},
            "since": facts,
        }
    )


def rows(*times: Any) -> list[dict[str, Any]]:
    return [{"id": i, "updated": {"at": time}} for i, time in enumerate(times)]


def serve(server: HttpServer, *pages: list[dict[str, Any]]) -> None:
    def route(asked: Asked) -> Answer:
        number = int(asked.query["page"]) - 1
        return as_json({"items": pages[number], "pages": len(pages)})

    server.routes = {"*": route}


def get(server: HttpServer, into: Path, cursor: str | None, **since: Any) -> Fetched:
    [arrival] = discover(place(**since), server.connection(), Standing(cursor)).arrivals
    return fetch(place(**since), server.connection(), arrival, into)


def value_of(fetched: Fetched) -> str:
    found = reached(fetched.cursor)
    assert found is not None and found.seen
    return found.value


def test_the_first_time_brings_all_and_the_greatest_value(
    server: HttpServer, tmp_path: Path
) -> None:
    serve(server, rows("2026-03-01T10:00:00Z", "2026-03-01T12:30:00+01:00"),
          rows("2026-03-01T11:00:00Z"))  # fmt: skip
    fetched = get(server, tmp_path, None)
    assert value_of(fetched) == "2026-03-01T12:30:00+01:00"
    assert len(fetched.paths) == 2
    assert ["updated_from" in one.query for one in server.asked] == [False, False]


def test_the_first_time_may_begin_somewhere(server: HttpServer, tmp_path: Path) -> None:
    serve(server, rows("2026-03-01T10:00:00Z"))
    get(server, tmp_path, None, start="2026-01-01T00:00:00Z")
    assert server.asked[0].query["updated_from"] == "2026-01-01T00:00:00Z"


def test_later_it_begins_an_overlap_before_and_says_so_on_every_page(
    server: HttpServer, tmp_path: Path
) -> None:
    serve(server, rows("2026-03-01T09:30:00Z"), rows("2026-03-02T10:00:00Z"))
    fetched = get(server, tmp_path, "2026-03-01T10:00:00Z")
    assert value_of(fetched) == "2026-03-02T10:00:00Z"
    assert [one.query["updated_from"] for one in server.asked] == ["2026-03-01T09:00:00Z"] * 2
    assert {one.query["body"] for one in server.asked} == {"E07"}


def test_the_cursor_never_goes_back(server: HttpServer, tmp_path: Path) -> None:
    serve(server, rows("2026-03-01T09:30:00Z"))
    fetched = get(server, tmp_path, "2026-03-01T10:00:00Z")
    assert value_of(fetched) == "2026-03-01T10:00:00Z"


def test_nothing_new_is_no_delivery(server: HttpServer, tmp_path: Path) -> None:
    serve(server, [])
    assert get(server, tmp_path, "2026-03-01T10:00:00Z") == Fetched(())
    assert list(tmp_path.iterdir()) == []


def test_only_what_the_overlap_brings_again_is_nothing_new(
    server: HttpServer, tmp_path: Path
) -> None:
    """Though the pages differ: in the order of records, and in what stands beside them."""
    old, late, last = rows("2026-03-01T09:30:00Z", "2026-03-01T10:59:00Z", "2026-03-01T11:30:00Z")
    serve(server, [late, last, old])
    cursor = get(server, tmp_path, None).cursor
    serve(server, [last], [late])
    (tmp_path / "page-0001.json").unlink()
    assert get(server, tmp_path, cursor) == Fetched(())
    assert list(tmp_path.iterdir()) == []
    assert server.asked[-1].query["updated_from"] == "2026-03-01T10:30:00Z"
    for changed in ([last, {**late, "sum": 1}], [last, late, late], [last]):
        serve(server, changed)
        again = get(server, tmp_path, cursor)
        assert again.paths and value_of(again) == "2026-03-01T11:30:00Z"
        assert emptied(tmp_path) == 1
    for moment in ("2026-03-01T10:45:00Z", "2026-03-01T11:30:00Z", "2026-03-01T12:00:00Z"):
        serve(server, [last, late, {"id": 9, "updated": {"at": moment}}])
        assert get(server, tmp_path, cursor).paths, "late or new, it is taken"
        assert emptied(tmp_path) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_what_is_known_is_known_whatever_came_before_it_and_however_it_is_written(
    server: HttpServer, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """What falls behind the overlap is forgotten; a record at its very start is not."""
    made = rows("2026-03-01T09:30:00Z", "2026-03-01T10:30:00Z", "2026-03-01T11:30:00Z")
    _, start, last = made
    serve(server, [made[place] for place in order])
    cursor = get(server, tmp_path, None).cursor
    assert emptied(tmp_path) == 1
    for again in ([start, last], [dict(reversed(one.items())) for one in (start, last)]):
        serve(server, again)
        assert get(server, tmp_path, cursor) == Fetched(())
    serve(server, [last])
    assert get(server, tmp_path, cursor).paths, "a record that is gone is a change"


def emptied(folder: Path) -> int:
    """Empties a folder; how many files there were."""
    files = list(folder.iterdir())
    for file in files:
        file.unlink()
    return len(files)


def test_what_came_since_another_time_is_another_series(server: HttpServer) -> None:
    found = [discover(place(), server.connection(), Standing(cursor)).arrivals[0]
             for cursor in (None, "5", "6")]  # fmt: skip
    assert [one.name for one in found] == [
        "payments?body=E07", "payments?body=E07 since 5", "payments?body=E07 since 6"]  # fmt: skip
    assert [one.since for one in found] == [None, "5", "6"]


def test_long_numbers(server: HttpServer, tmp_path: Path) -> None:
    serve(server, rows(12345678901234567891, "12345678901234567892", 9))
    fetched = get(server, tmp_path, "12345678901234567000", overlap="10")
    assert value_of(fetched) == "12345678901234567892"
    assert server.asked[0].query["updated_from"] == "12345678901234566990"


@pytest.mark.parametrize(
    "values",
    [
        ["2026-03-01T10:00:00Z", None],
        ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00"],
        ["2026-03-01T10:00:00Z", "2026-03-01"],
        ["2026-03-01T10:00:00Z", 5],
        ["01/03/2026"],
        [True],
        [1.5],
        [(datetime.now(UTC) + timedelta(days=3)).isoformat()],
    ],
)
def test_what_cannot_be_compared_is_refused(
    server: HttpServer, tmp_path: Path, values: list[Any]
) -> None:
    serve(server, rows(*values))
    with pytest.raises(Unreachable) as raised:
        get(server, tmp_path, None)
    assert raised.value.code == "since-undecidable"
    assert "updated.at" in raised.value.message
    assert not any(str(value) in raised.value.message for value in values if value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("cursor", "overlap"), [("5", "1h"), ("2026-03-01", "5"), ("soon", "0")])
def test_a_cursor_the_overlap_does_not_fit_is_refused_before_anything_is_asked(
    server: HttpServer, tmp_path: Path, cursor: str, overlap: str
) -> None:
    with pytest.raises(Unreachable, match="since") as raised:
        get(server, tmp_path, cursor, overlap=overlap)
    assert raised.value.code == "since-undecidable"
    assert server.asked == []


def test_in_a_body_it_stands_where_declared(server: HttpServer, tmp_path: Path) -> None:
    server.routes = {"*": lambda asked: as_json({"items": rows("2026-03-01T11:00:00Z")})}
    posted = Api.model_validate(
        {
            "kind": "api",
            "connection": "works",
            "path": "search",
            "records": "items",
            "body": {"query": {"type": "payment"}},
            "since": {"parameter": "query.from", "record": "updated.at"},
        }
    )
    [arrival] = discover(posted, server.connection(), Standing("2026-03-01T10:00:00Z")).arrivals
    fetch(posted, server.connection(), arrival, tmp_path)
    asked = server.asked[0]
    assert asked.method == "POST" and asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body) == {"query": {"type": "payment", "from": "2026-03-01T10:00:00Z"}}
