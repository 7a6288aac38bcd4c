"""The OData connector against a service made from the standard's text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unreachable
from connectors.fetch import Fetched, Standing, discover, fetch
from connectors.fetch.http.dig import dig
from connectors.fetch.http.odata_literal import literal
from connectors.read.tables import open_tables
from contracts.file_forms import Json
from contracts.places import OData
from tests.servers.http_server import Answer, Asked, HttpServer, as_json, serving
from tests.servers.odata_server import Service

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"Id": i, "Changed": START + timedelta(hours=i), "Area": "NE"[i % 2], "Secret": "x"}
        for i in range(count)
    ]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as made:
        yield made


def serve(server: HttpServer, service: Service) -> Service:
    server.routes = {"/odata/Payments": service}
    return service


def place(**facts: Any) -> OData:
    declared = {"kind": "odata", "connection": "works", "path": "odata/Payments", "key": ["Id"]}
    return OData.model_validate({**declared, **facts})


def get(server: HttpServer, place: OData, into: Path, cursor: str | None = None) -> Fetched:
    [arrival] = discover(place, server.connection(), Standing(cursor)).arrivals
    return fetch(place, server.connection(), arrival, into)


def records(fetched: Fetched, place: OData) -> list[Any]:
    pages = [json.loads(path.read_bytes()) for path in fetched.paths]
    return [record for page in pages for record in dig(page, place.records)]


def ids(fetched: Fetched, place: OData) -> list[int]:
    return [record["Id"] for record in records(fetched, place)]


@pytest.mark.parametrize("version", [4, 2])
@pytest.mark.parametrize("paging", ["server", "client"])
@pytest.mark.parametrize("most", [None, 1, 2, 100], ids=lambda most: f"at most {most}")
@pytest.mark.parametrize("counts", [True, False])
def test_every_record_comes_once(
    server: HttpServer, tmp_path: Path, version: int, paging: str, most: int | None, counts: bool
) -> None:
    where = place(version=version, paging=paging, page_size=2)
    serve(server, Service(rows(5), version, most, counts))
    assert ids(get(server, where, tmp_path), where) == [0, 1, 2, 3, 4]


def test_nothing_but_what_is_selected_is_sent(server: HttpServer, tmp_path: Path) -> None:
    service = serve(server, Service(rows(3)))
    where = place(select=["Id", "Area"], filter="Area eq 'N'")
    fetched = get(server, where, tmp_path)
    assert records(fetched, where) == [{"Id": 0, "Area": "N"}, {"Id": 2, "Area": "N"}]
    assert service.queries[0] == {
        "$select": "Id,Area",
        "$filter": "Area eq 'N'",
        "$orderby": "Id",
        "$count": "true",
    }
    assert b"Secret" not in b"".join(path.read_bytes() for path in fetched.paths)
    # The sign itself: some services do not know it percent-encoded.
    assert "$select=Id,Area" in server.targets[0]


def test_the_size_of_pages_is_a_preference(server: HttpServer, tmp_path: Path) -> None:
    serve(server, Service(rows(6), page=None))
    assert len(get(server, place(page_size=3), tmp_path).paths) == 2


@pytest.mark.parametrize(
    ("version", "cursor", "asked"),
    [
        (4, "2026-03-01T13:00:00Z", "Changed ge 2026-03-01T12:00:00Z"),
        (2, "/Date(1772370000000)/", "Changed ge datetime'2026-03-01T12:00:00'"),
    ],
)
def test_only_what_is_new_is_asked_for(
    server: HttpServer, tmp_path: Path, version: int, cursor: str, asked: str
) -> None:
    service = serve(server, Service(rows(6), version))
    where = place(
        version=version, filter="Area eq 'N'", since={"record": "Changed", "overlap": "1h"}
    )
    fetched = get(server, where, tmp_path, cursor)
    assert ids(fetched, where) == [2, 4]
    assert service.queries[0]["$filter"] == f"(Area eq 'N') and {asked}"
    last = START + timedelta(hours=4)
    assert (fetched.cursor or "").partition(" #")[0] in (
        last.isoformat().replace("+00:00", "Z"),
        f"/Date({int(last.timestamp() * 1000)})/",
    )


def test_the_first_time_brings_all_or_from_a_start(server: HttpServer, tmp_path: Path) -> None:
    service = serve(server, Service(rows(3)))
    where = place(since={"record": "Changed", "start": "2026-03-01T11:00:00Z"})
    assert ids(get(server, where, tmp_path), where) == [1, 2]
    assert service.queries[0]["$filter"] == "Changed ge 2026-03-01T11:00:00Z"


def test_nothing_new_is_no_delivery(server: HttpServer, tmp_path: Path) -> None:
    serve(server, Service(rows(3)))
    where = place(since={"record": "Changed"})
    assert get(server, where, tmp_path, "2026-03-05T00:00:00Z") == Fetched(())


@pytest.mark.parametrize(
    ("value", "version", "declared", "written"),
    [
        ("17", 4, None, "17"),
        ("2026-03-01", 4, None, "2026-03-01"),
        ("2026-03-01T10:00:00.1234567+01:00", 4, None, "2026-03-01T10:00:00.1234567+01:00"),
        ("17", 2, None, "17"),
        ("17", 2, "int64", "17L"),
        ("2026-03-01", 2, None, "datetime'2026-03-01T00:00:00'"),
        ("2026-03-01T10:00:00", 2, None, "datetime'2026-03-01T10:00:00'"),
        ("2026-03-01T10:00:00+01:00", 2, None, "datetimeoffset'2026-03-01T09:00:00Z'"),
        ("2026-03-01T10:00:00Z", 2, "datetime", "datetime'2026-03-01T10:00:00'"),
        ("/Date(1772359200500)/", 2, None, "datetime'2026-03-01T10:00:00.500'"),
        ("/Date(1772359200000+0060)/", 2, None, "datetimeoffset'2026-03-01T10:00:00Z'"),
        ("/Date(-1000)/", 2, None, "datetime'1969-12-31T23:59:59'"),
    ],
)
def test_values_are_written_as_the_version_has_them(
    value: str, version: Any, declared: Any, written: str
) -> None:
    assert literal(value, version, declared) == written


@pytest.mark.parametrize("cursor", ["2026-03-01T10:00:00", "/Date(1772359200000)/"])
def test_what_version_4_cannot_compare_is_refused(
    server: HttpServer, tmp_path: Path, cursor: str
) -> None:
    with pytest.raises(Unreachable) as raised:
        get(server, place(since={"record": "Changed"}), tmp_path, cursor)
    assert raised.value.code == "since-undecidable"
    assert server.asked == []


def test_rows_that_come_while_it_is_read_are_noticed(server: HttpServer, tmp_path: Path) -> None:
    service = Service(rows(5))

    def route(asked: Asked) -> Answer:
        if len(service.queries) == 1:
            service.rows.insert(0, {**rows(1)[0], "Id": -1})
        return service(asked)

    server.routes = {"/odata/Payments": route}
    assert ids(get(server, place(), tmp_path), place()) == [-1, 0, 1, 2, 3, 4]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_next_link_relative_to_the_page_or_absolute(server: HttpServer, tmp_path: Path) -> None:
    def route(asked: Asked) -> Answer:
        link = {"1": "Payments?$skiptoken=2", "2": f"{server.url}/odata/Payments?$skiptoken=3"}
        token = asked.query.get("$skiptoken", "1")
        page = {"value": [{"Id": int(token)}]}
        return as_json(page | ({"@odata.nextLink": link[token]} if token in link else {}))

    server.routes = {"/odata/Payments": route}
    assert ids(get(server, place(), tmp_path), place()) == [1, 2, 3]


def test_a_service_that_answers_in_xml_is_refused(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.fetch.http.retrying.ATTEMPTS", 1)
    server.routes = {"*": lambda asked: Answer(200, {"Content-Type": "text/xml"}, b"<feed/>")}
    with pytest.raises(Unreachable, match="not JSON"):
        get(server, place(), tmp_path)


@pytest.mark.parametrize("version", [4, 2])
def test_the_pages_are_read_as_one_table(server: HttpServer, tmp_path: Path, version: int) -> None:
    where = place(version=version, select=["Id", "Area"])
    serve(server, Service(rows(5), version))
    fetched = get(server, where, tmp_path)
    [table] = open_tables(list(fetched.paths), Json(format="json", records=where.records))
    names = table.field_names or ()
    found = [batch.column(names.index("Id")).to_pylist() for batch in _columns(table)]
    assert [one for some in found for one in some] == ["0", "1", "2", "3", "4"]
    assert {"Id", "Area"} <= set(names) <= {"Id", "Area", "__metadata"}


def _columns(table: Any) -> Any:
    return [batch.table if hasattr(batch, "table") else batch for batch in table.batches()]


def test_declarations_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="stable order"):
        place(paging="client", key=[])
    with pytest.raises(ValueError, match="add it to select"):
        place(select=["Area"])
