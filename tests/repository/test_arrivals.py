"""Arrivals are known again without being fetched, and refusals are kept once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from repository import arrivals
from repository.database import connect

FEED = "northmoor_council/spend"
ROWS = [("P1", "2026-01-05", 1050, "it", "Acme Ltd")]
OTHER = [("P1", "2026-01-05", 2050, "it", "Acme Ltd")]


@pytest.fixture
def one(supplier: Callable[..., Any]) -> Any:
    return supplier(replaces="same-name")


@pytest.fixture
def conn(one: Any) -> Any:
    with connect(one.url, autocommit=True) as made:
        yield made


def arrive(one: Any, conn: psycopg.Connection, rows: Any, stamp: str | None, **more: Any) -> Any:
    """Land a delivery; its record, with its place in the order of arrivals."""
    record = one.record(rows, "spend.csv", **more)
    place = arrivals.remember(conn, FEED, record.name, record.sha256, stamp)
    return replace(record, landed_at=place.landed_at, sequence=place.sequence)


def dealt_with(conn: psycopg.Connection, feed: str, name: str, stamp: str, steps: str) -> bool:
    """Whether an arrival, as its place shows it now, needs no fetching."""
    return arrivals.settled_stamps(conn, feed, steps).get(name) == stamp


def test_what_was_never_seen_is_not_dealt_with(conn: psycopg.Connection) -> None:
    assert not dealt_with(conn, FEED, "spend.csv", "10 2026-01-01", "1")


def test_an_arrival_is_dealt_with_once_it_is_loaded(one: Any, conn: psycopg.Connection) -> None:
    record = arrive(one, conn, ROWS, "10 monday")
    assert not dealt_with(conn, FEED, "spend.csv", "10 monday", "1")
    one.load(ROWS, record=record)
    assert dealt_with(conn, FEED, "spend.csv", "10 monday", "1")
    assert dealt_with(conn, FEED, "spend.csv", "10 monday", "other steps")
    assert not dealt_with(conn, FEED, "spend.csv", "10 tuesday", "1")
    assert not dealt_with(conn, FEED, "other.csv", "10 monday", "1")
    assert not dealt_with(conn, "other/spend", "spend.csv", "10 monday", "1")


def test_the_same_bytes_touched_again_keep_their_place(one: Any, conn: psycopg.Connection) -> None:
    first = arrive(one, conn, ROWS, "10 monday")
    one.load(ROWS, record=first)
    again = arrive(one, conn, ROWS, "10 tuesday")
    assert (again.sequence, again.landed_at) == (first.sequence, first.landed_at)
    assert dealt_with(conn, FEED, "spend.csv", "10 tuesday", "1")


def test_bytes_that_come_back_are_new_until_they_are_loaded_again(
    one: Any, conn: psycopg.Connection
) -> None:
    one.load(ROWS, record=arrive(one, conn, ROWS, "10 monday"))
    one.load(OTHER, record=arrive(one, conn, OTHER, "10 tuesday"))
    back = arrive(one, conn, ROWS, "10 monday")
    assert not dealt_with(conn, FEED, "spend.csv", "10 monday", "1")
    assert not arrivals.settled(conn, FEED, back.sha256, back.sequence, "1")
    assert one.load(ROWS, record=back).changed == 1
    assert dealt_with(conn, FEED, "spend.csv", "10 monday", "1")


def test_bytes_that_come_back_are_new_while_others_wait(one: Any, conn: psycopg.Connection) -> None:
    one.load(ROWS, record=arrive(one, conn, ROWS, "10 monday"))
    waiting = arrive(one, conn, OTHER, "10 tuesday")
    back = arrive(one, conn, ROWS, "10 monday")
    assert not dealt_with(conn, FEED, "spend.csv", "10 monday", "1")
    assert not arrivals.settled(conn, FEED, back.sha256, back.sequence, "1")
    one.load(ROWS, record=back)
    one.load(OTHER, record=waiting)
    assert dealt_with(conn, FEED, "spend.csv", "10 monday", "1")


def test_bytes_that_come_back_are_not_new_for_others_of_another_name(
    one: Any, conn: psycopg.Connection
) -> None:
    first = arrive(one, conn, ROWS, "10 monday")
    one.load(ROWS, record=first)
    other = one.record(OTHER, "other.csv")
    place = arrivals.remember(conn, FEED, other.name, other.sha256, "10 tuesday")
    assert arrivals.settled(conn, FEED, first.sha256, place.sequence + 1, "1")


def test_what_others_replaced_stays_dealt_with(one: Any, conn: psycopg.Connection) -> None:
    one.replaces = "everything"
    first = arrive(one, conn, ROWS, "10 monday")
    one.load(ROWS, record=first)
    later = replace(one.record(OTHER, "later.csv"))
    place = arrivals.remember(conn, FEED, "later.csv", later.sha256, "10 tuesday")
    one.load(OTHER, record=replace(later, landed_at=place.landed_at, sequence=place.sequence))
    assert dealt_with(conn, FEED, "spend.csv", "10 monday", "1")


def test_what_was_overtaken_is_dealt_with(one: Any, conn: psycopg.Connection) -> None:
    whole = {"replaces": "everything", "as_at": date(2026, 1, 1)}
    first = arrive(one, conn, ROWS, "10 monday", **whole)
    later = arrive(one, conn, OTHER, "10 tuesday", **whole)
    one.load(OTHER, record=later)
    assert one.load(ROWS, record=first).state == "superseded"
    assert arrivals.settled(conn, FEED, first.sha256, first.sequence, "1")


def test_a_refusal_holds_for_the_steps_that_refused(one: Any, conn: psycopg.Connection) -> None:
    record = arrive(one, conn, ROWS, "10 monday")
    for message in ("first reason", "last reason"):
        arrivals.record_refusal(
            conn,
            FEED,
            "spend.csv",
            record.sha256,
            steps="1",
            code="header-not-found",
            message=message,
            run_id=None,
        )
    assert dealt_with(conn, FEED, "spend.csv", "10 monday", "1")
    assert not dealt_with(conn, FEED, "spend.csv", "10 monday", "2")
    kept = conn.execute("SELECT code, message FROM watersmeet.refusal").fetchall()
    assert kept == [("header-not-found", "last reason")]


def test_the_seed_is_drawn_once(conn: psycopg.Connection) -> None:
    seed = arrivals.hash_seed(conn)
    assert seed != 0 and arrivals.hash_seed(conn) == seed
    conn.execute("DELETE FROM watersmeet.installation")
    with pytest.raises(LookupError, match="backup"):
        arrivals.hash_seed(conn)


def test_the_date_a_name_tells_is_asked_of_every_name(one: Any, conn: psycopg.Connection) -> None:
    one.load(ROWS, record=arrive(one, conn, ROWS, "10 monday", as_at=date(2026, 1, 31)))

    def settled(told: date | None) -> dict[str, str]:
        return arrivals.settled_stamps(conn, FEED, "1", as_at=lambda name: told)

    assert settled(None) == settled(date(2026, 1, 31)) == {"spend.csv": "10 monday"}
    assert settled(date(2026, 2, 28)) == {}


def test_what_has_no_stamp_has_to_be_fetched(one: Any, conn: psycopg.Connection) -> None:
    one.load(ROWS, record=arrive(one, conn, ROWS, None))
    assert arrivals.settled_stamps(conn, FEED, "1") == {}


def test_the_cursor_is_that_of_the_newest_loaded_delivery(
    one: Any, conn: psycopg.Connection
) -> None:
    assert arrivals.cursor_reached(conn, FEED) is None
    first = one.record(ROWS, "spend.csv")
    place = arrivals.remember(conn, FEED, "spend.csv", first.sha256, None, "2026-01-05")
    assert arrivals.cursor_reached(conn, FEED) is None
    one.load(ROWS, record=replace(first, landed_at=place.landed_at, sequence=place.sequence))
    assert arrivals.cursor_reached(conn, FEED) == "2026-01-05"
    # Fetched and not loaded: the next fetch begins where the last loaded one ended.
    later = one.record(OTHER, "spend.csv")
    arrivals.remember(conn, FEED, "spend.csv", later.sha256, None, "2026-02-05")
    assert arrivals.cursor_reached(conn, FEED) == "2026-01-05"
    assert arrivals.cursor_reached(conn, "other/spend") is None
