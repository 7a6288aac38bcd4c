"""Requests that mean harm: nothing but open columns is reached, and nothing breaks."""

import base64
import uuid
from typing import Any

import httpx
import pytest

from api.cursors import Cursors, Place

HERE = "/v1/tables/spend_over_threshold"
INJECTIONS = (
    "'; DROP VIEW open.spend_over_threshold; --",
    '"; SELECT * FROM store.person; --',
    "' OR '1'='1",
    "x' UNION SELECT surname FROM store.person --",
    "{} {0} %s %(x)s $1 \\'; --",
    "\\",
    "pg_sleep(10)",
    "\N{FULLWIDTH APOSTROPHE} OR 1=1 --",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_injection(client: httpx.Client, text: str) -> None:
    def status(**parameters: Any) -> int:
        answer = client.get(f"{HERE}/rows", params=parameters)
        if answer.status_code in (422, 404):
            assert answer.headers["content-type"] == "application/problem+json"
        else:
            assert answer.json()["rows"] == []
        return answer.status_code

    assert status(body=text) == 200
    assert status(**{"body.in": ["x", text]}) == 200
    assert status(cursor=text) == 404
    for name in ("amount", "paid_on.gte", "columns", "limit", "format", text,
                 f"amount.{text}", f"{text}.gte"):  # fmt: skip
        assert status(**{name: text}) == 422, name
    assert client.get(f"/v1/tables/{text}/rows").status_code == 404
    assert client.get(HERE).status_code == 200


def test_nothing_but_open_columns_is_reached(client: httpx.Client, published: Any) -> None:
    for name in ("_row", "_feed", "_part", "payment_id", "description", "supplier_id", "feed_id",
                 "record_hash", "ctid", "xmin", "tableoid", "*"):  # fmt: skip
        for asked in (
            {"columns": name},
            {name: "1"},
            {f"{name}.gte": "1"},
            {f"{name}.null": "true"},
        ):
            for what in ("rows", "download"):
                answer = client.get(f"{HERE}/{what}", params=asked)
                assert answer.status_code == 422, (name, asked)
    for name in ("person", "payment", "store.payment", "_spend_over_threshold", "_table", "_source",
                 "pg_roles", "..", "SPEND_OVER_THRESHOLD", "spend_over_threshold%00"):  # fmt: skip
        for what in ("", "/rows", "/download"):
            assert client.get(f"/v1/tables/{name}{what}").status_code == 404, name


def test_identifiers_never_leave(client: httpx.Client, published: Any) -> None:
    ids = [one for (one,) in published.rows("SELECT payment_id FROM store.payment")]
    answers = b"".join(
        client.get(address).content
        for address in (
            f"{HERE}/download?format=json", f"{HERE}/download?format=csv",
            f"{HERE}/download?format=parquet", f"{HERE}/rows?limit=3", HERE, "/docs",
            "/openapi.json",
        )
    )  # fmt: skip
    cursor = client.get(f"{HERE}/rows?limit=3").json()["next"].rpartition("=")[2]
    told = base64.urlsafe_b64decode(cursor + "=")
    for one in ids:
        assert str(one).encode() not in answers
        assert one.bytes not in answers
        assert one.bytes not in told


def test_cursors_cannot_be_made_up(client: httpx.Client) -> None:
    address = client.get(f"{HERE}/rows?limit=3").json()["next"]
    before, _, cursor = address.rpartition("=")
    assert client.get(address).status_code == 200
    foreign = Cursors("another password").text("spend_over_threshold", Place(0, uuid.uuid4(), 1))
    bent = cursor[:10] + ("A" if cursor[10] != "A" else "B") + cursor[11:]
    for wrong in ("", "x", bent, cursor[:-1], cursor + "A", foreign, "A" * 47, "%00", "é" * 47,
                  base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()):  # fmt: skip
        answer = client.get(f"{before}={wrong}")
        assert answer.status_code == 404, wrong
        assert [one["parameter"] for one in answer.json()["errors"]] == ["cursor"]


def test_a_cursor_is_of_one_table() -> None:
    cursors, place = Cursors("password"), Place(1, uuid.uuid4(), -7)
    text = cursors.text("payments", place)
    assert text == Cursors("password").text("payments", place)
    assert cursors.place("payments", text) == place
    assert cursors.place("others", text) is None


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("amount=1.005", ["amount"]),
        ("amount=NaN", ["amount"]),
        ("amount=1e9", ["amount"]),
        ("amount=%D9%A1", ["amount"]),
        ("paid_on=2026-02-30", ["paid_on"]),
        ("paid_on=20260230", ["paid_on"]),
        ("paid_on=infinity", ["paid_on"]),
        ("body=a%00b", ["body"]),
        ("body=" + "x" * 1001, ["body"]),
        ("body=a&body=b", ["body"]),
        ("body.gte=a", ["body.gte"]),
        ("body.like=a", ["body.like"]),
        ("body.null=maybe", ["body.null"]),
        ("limit=0&nonsense=1", ["limit", "nonsense"]),
        ("limit=10001", ["limit"]),
        ("limit=%D9%A1", ["limit"]),
        ("columns=", ["columns"]),
        ("columns=body,body", ["columns"]),
        ("format=xml", ["format"]),
        ("&".join(["body.in=a"] * 21), ["body.in"]),
    ],
)
def test_wrong_parameters_are_named(client: httpx.Client, asked: str, wrong: list[str]) -> None:
    answer = client.get(f"{HERE}/rows?{asked}")
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["status"] == 422
    assert [one["parameter"] for one in problem["errors"]] == wrong


def test_a_page_is_asked_for_only_of_pages(client: httpx.Client) -> None:
    assert client.get(f"{HERE}/download?limit=5").status_code == 422


def test_only_reading(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
        answer = client.request(method, f"{HERE}/rows")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert answer.headers["content-type"] == "application/problem+json"
