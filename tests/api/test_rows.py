"""Pages, filters and forms of rows: each row once, each form the same."""

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from repository.database import connect

HERE = "/v1/tables/spend_over_threshold"


@pytest.fixture
def visible(published: Any) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of the view, as the owner reads them."""

    def read(columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = published.rows(
            f"SELECT {columns} FROM open.spend_over_threshold WHERE {where}"  # noqa: S608
        )
        return found

    return read


def pages(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    """Every row, page by page."""
    found: list[dict[str, Any]] = []
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert answer.links.get("next", {}).get("url") == page["next"]
        found += page["rows"]
        following = page["next"]
    return found


def test_pages_of_any_size_make_the_whole(client: httpx.Client, visible: Any) -> None:
    whole = client.get(f"{HERE}/download?format=json").json()
    assert len(whole) == len(visible()) > 600
    for limit in (97, 500, 10_000):
        paged = pages(client, f"{HERE}/rows?limit={limit}")
        assert paged == whole, "the same rows in the same order"


def test_rows_hidden_in_part_come_last_and_once(client: httpx.Client, published: Any) -> None:
    [(body, kind)] = published.rows(
        "SELECT body, expense_type FROM store.payment WHERE supplier_name IS NOT NULL LIMIT 1"
    )
    with_name = published.rows(
        "UPDATE store.payment SET expense_type = 'Compensation' WHERE payment_id IN"
        " (SELECT payment_id FROM store.payment ORDER BY payment_id LIMIT 7)"
        " RETURNING payment_id, supplier_name"
    )
    try:
        rows = pages(client, f"{HERE}/rows?limit=300")
        hidden = [row for row in rows if row["expense_type"] == "Compensation"]
        assert len(hidden) == 7 == len(with_name)
        assert rows[-7:] == hidden
        assert {row["supplier_name"] for row in hidden} == {None}
        assert pages(client, f"{HERE}/rows?limit=3&expense_type=Compensation") == hidden
        # Nor can it be found out by asking.
        for _, name in with_name:
            answer = client.get(f"{HERE}/rows", params={"supplier_name": name, "limit": 10_000})
            assert "Compensation" not in {row["expense_type"] for row in answer.json()["rows"]}
    finally:
        published.rows(
            "UPDATE store.payment SET expense_type = %s WHERE expense_type = 'Compensation'"
            " RETURNING 1",
            kind,
        )
    assert body


def test_rows_that_come_and_go_move_no_other(client: httpx.Client, published: Any) -> None:
    """Between pages a third of the rows goes and comes; each other row is seen once."""
    names = ", ".join(
        name
        for (name,) in published.rows(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = 'store.payment'::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        )
    )
    third = "mod(abs(hashtext(payment_id::text)), 3) = 0"
    away = f"DELETE FROM store.payment WHERE {third}"  # noqa: S608
    back = f"INSERT INTO store.payment ({names}) SELECT {names} FROM public.aside"  # noqa: S608

    def whole() -> Counter[str]:
        rows = client.get(f"{HERE}/download?format=json").json()
        return Counter(json.dumps(row) for row in rows)

    with connect(published.url, autocommit=True) as owner:
        aside = f"CREATE TABLE public.aside AS SELECT {names} FROM store.payment WHERE {third}"  # noqa: S608
        owner.execute(aside.encode())
        everything = whole()
        owner.execute(away.encode())
        stays = whole()
        owner.execute(back.encode())
        assert len(stays) < len(everything)
        turns = itertools.cycle((away, back))
        found: Counter[str] = Counter()
        following: str | None = f"{HERE}/rows?limit=60"
        while following:
            page = client.get(following).json()
            found.update(json.dumps(row) for row in page["rows"])
            following = page["next"]
            turn = next(turns)
            owner.execute(turn.encode())
        if turn is away:
            owner.execute(back.encode())
        owner.execute("DROP TABLE public.aside")
    assert stays <= found <= everything
    assert found != everything


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"body": "Northmoor Council"}, "body = 'Northmoor Council'"),
        ({"amount.lt": "0"}, "amount < 0"),
        ({"amount.gte": "1000", "amount.lte": "5000.50"}, "amount BETWEEN 1000 AND 5000.50"),
        ({"amount.gt": "-5"}, "amount > -5"),
        ({"paid_on": "2026-05-12"}, "paid_on = '2026-05-12'"),
        ({"paid_on.gte": "2026-05-01", "supplied_by": "northmoor"},
         "paid_on >= '2026-05-01' AND supplied_by = 'northmoor'"),
        ({"expense_type.in": ["Insurance", "Security"]},
         "expense_type IN ('Insurance', 'Security')"),
        ({"entity.null": "true"}, "entity IS NULL"),
        ({"transaction_number.null": "false"}, "transaction_number IS NOT NULL"),
        ({"body": "Tom's \"Café\" %_\\;--"}, "false"),
    ],
)  # fmt: skip
def test_filters(client: httpx.Client, visible: Any, asked: dict[str, Any], where: str) -> None:
    answer = client.get(f"{HERE}/download", params={**asked, "format": "json"})
    assert answer.status_code == 200, answer.text
    expected = visible("body, amount, paid_on", where)
    found = [(one["body"], Decimal(one["amount"]), one["paid_on"]) for one in answer.json()]
    assert sorted(map(repr, found)) == sorted(repr((a, b, str(c))) for a, b, c in expected)


def test_columns_are_those_asked_for_in_the_tables_order(client: httpx.Client) -> None:
    answer = client.get(f"{HERE}/rows?columns=amount,body&limit=1&format=csv")
    assert answer.text.splitlines()[0] == "body,amount"
    [row] = client.get(f"{HERE}/rows?columns=amount,body&limit=1").json()["rows"]
    assert list(row) == ["body", "amount"]


def test_every_form_holds_the_same(client: httpx.Client) -> None:
    rows = client.get(f"{HERE}/download?format=json").json()
    parquet = pq.read_table(io.BytesIO(client.get(f"{HERE}/download?format=parquet").content))
    assert str(parquet.schema.field("amount").type) == "decimal128(18, 2)"
    assert str(parquet.schema.field("paid_on").type) == "date32[day]"
    told = [
        {name: None if value is None else str(value) for name, value in row.items()}
        for row in parquet.to_pylist()
    ]
    assert told == rows
    lines = client.get(f"{HERE}/download?format=csv").text
    assert lines.count("\r\n") == len(rows) + 1
    plain = [{k: v or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(lines))]
    assert plain == rows
    page = client.get(f"{HERE}/rows?limit=10000&format=parquet")
    assert pq.read_table(io.BytesIO(page.content)).equals(parquet)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/csv", "text/csv"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("text/*;q=0.5, application/json;q=0.4", "text/csv"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("application/json;q=0, */*", "text/csv"),
        ("", "application/json"),
        ("text/html", None),
        ("application/json;q=0", None),
        ("image/png, text/html;q=nonsense", None),
    ],
)
def test_what_is_accepted_is_given(client: httpx.Client, accept: str, form: str | None) -> None:
    answer = client.get(f"{HERE}/rows?limit=1", headers={"Accept": accept})
    if form is None:
        assert answer.status_code == 406
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert answer.headers["content-type"].partition(";")[0] == form


def test_the_catalogue_tells_of_columns_licence_and_freshness(client: httpx.Client) -> None:
    [listed] = client.get("/v1/tables").json()["tables"]
    told = client.get(listed["links"]["self"]).json()
    assert told["licence_terms"]["id"] == listed["licence"] == "OGL-UK-3.0"
    columns = {one["name"]: one for one in told["columns"]}
    assert columns["amount"]["unit"] == "pounds"
    assert columns["amount"]["meaning"].startswith("Amount paid")
    assert {one["supplied_by"] for one in told["sources"]} >= {"northmoor", "eastvale-nhs"}
    northmoor = next(one for one in told["sources"] if one["supplied_by"] == "northmoor")
    assert northmoor["loaded_at"] and northmoor["last_checked_at"] and northmoor["kitemark"]
    assert client.get(told["links"]["parquet"]).content[:4] == b"PAR1"
