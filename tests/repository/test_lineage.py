"""From a value back to its cell."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from repository import status
from repository.database import connect
from repository.feeds import record_arrival, record_check
from repository.lineage import NotFound, explain
from repository.load.opening import LOADING
from repository.progress import Progress

ROWS = [
    ("P1", "2026-01-05", 1050, "it", "Acme Ltd"),
    ("P2", "2026-01-06", -300, "bad", "Brook & Sons"),
    ("P3", "2026-01-06", 7, "it", "Acme Ltd"),
]


def id_of(conn: Any, entity: str, where: str) -> UUID:
    row = conn.execute(f"SELECT {entity}_id FROM store.{entity} WHERE {where}").fetchone()  # noqa: S608
    found: UUID = row[0]
    return found


def test_a_value_leads_to_its_cell(supplier: Callable[..., Any]) -> None:
    one = supplier()
    outcome = one.load(ROWS)
    with connect(one.url, autocommit=True) as conn:
        record_check(conn, one.feed, 1)
        told = explain(conn, "payment", id_of(conn, "payment", "reference = 'P3'"), "amount")
        assert str(told["value"]) == "0.07"
        assert (told["file"], told["sheet"], told["cell"], told["header"]) == (
            "spend.csv",
            None,
            "C4",
            "AMOUNT",
        )
        assert told["contract_column"] == "amount" and told["mapping"]["how"] == "exact"
        assert told["sha256"] == told["delivery"]["sha256"]
        assert told["landed_key"].startswith("northmoor_council/spend/")
        assert told["delivery"]["id"] == outcome.delivery_id
        assert told["delivery"]["contract_version"] == "1.2.0"
        assert told["delivery"]["agreement"] == "spend-sharing"
        assert told["delivery"]["run_id"] == "manual__1"
        assert told["current"] and told["last_checked"] is not None
        precision = explain(
            conn, "payment", id_of(conn, "payment", "reference = 'P1'"), "paid_on_precision"
        )
        assert (precision["cell"], precision["contract_column"]) == ("B2", "paid_on")
        name = explain(conn, "organisation", id_of(conn, "organisation", "true"), "name")
        assert (name["cell"], name["header"], name["role"]) == ("E2", "SUPPLIER", "supplier")


def test_what_ended_is_explained_too(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    with connect(one.url) as conn:
        gone = id_of(conn, "payment", "reference = 'P3'")
    one.load(ROWS[:1])
    with connect(one.url) as conn:
        told = explain(conn, "payment", gone, "amount")
        assert (told["current"], told["ending"], told["cell"]) == (False, "gone", "C4")
        assert told["known_until"] > told["known_from"]


def test_what_is_not_there_is_said(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    with connect(one.url) as conn:
        some = id_of(conn, "payment", "reference = 'P1'")
        with pytest.raises(NotFound, match="there are note, organisation, payment"):
            explain(conn, "person", some)
        with pytest.raises(NotFound, match="it has amount, category"):
            explain(conn, "payment", some, "colour")
        with pytest.raises(NotFound, match="there is and was no payment"):
            explain(conn, "payment", UUID(int=1), "amount")
        with pytest.raises(NotFound, match="form of a UUID"):
            explain(conn, "payment", "1", "amount")


def test_status_of_feeds_deliveries_and_issues(supplier: Callable[..., Any]) -> None:
    one = supplier()
    outcome = one.load(ROWS)
    with Progress(one.url, one.feed, "next.csv") as progress:
        progress.at("load", 5)
    with connect(one.url, autocommit=True) as conn:
        (feed,) = status.feeds(conn)
        assert feed["progress"] == "stopped", "nobody holds the feed's lock"
        conn.execute("SELECT pg_advisory_lock(%s, feed_id) FROM watersmeet.feed", (LOADING,))
        (feed,) = status.feeds(conn)
        assert (feed["feed"], feed["delivery"], feed["new"], feed["quarantined"]) == (
            one.feed,
            "spend.csv",
            2,
            1,
        )
        assert (feed["step"], feed["rows"], feed["progress"]) == ("load", 5, "working")
        assert [d["delivery_id"] for d in status.deliveries(conn, one.feed)] == [
            outcome.delivery_id
        ]
        assert status.deliveries(conn, "other/feed") == []
        (issue,) = status.issues(conn, outcome.delivery_id)
        assert (issue["code"], issue["column"], issue["count"], issue["cells"]) == (
            "code-unknown",
            "category",
            1,
            ["D3"],
        )


def test_arrivals_keep_their_place_when_tried_again(supplier: Callable[..., Any]) -> None:
    one = supplier()
    with connect(one.url, autocommit=True) as conn:
        first = record_arrival(conn, one.feed, "a.csv", "aa")
        assert record_arrival(conn, one.feed, "a.csv", "aa") == first
        second = record_arrival(conn, one.feed, "a.csv", "bb")
        back = record_arrival(conn, one.feed, "a.csv", "aa")
        assert first.sequence < second.sequence < back.sequence
        assert first.landed_at < second.landed_at < back.landed_at
