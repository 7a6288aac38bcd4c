"""A feed is overdue by the timetable it declares, from its last landing on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from contracts.feed import Feed
from repository.database import connect
from repository.due import record_due
from repository.feeds import record_arrival, record_feed
from repository.status import feeds
from tests.feed_kit import feed


@pytest.fixture
def conn(database_url: str) -> Any:
    with connect(database_url, autocommit=True) as made:
        yield made


def due(conn: psycopg.Connection, of: Feed) -> datetime | None:
    record_due(conn, of)
    row = conn.execute("SELECT due_at FROM watersmeet.feed WHERE name = %s", (of.id,)).fetchone()
    assert row is not None
    found: datetime | None = row[0]
    return found


def overdue(conn: psycopg.Connection, of: Feed) -> bool:
    [one] = [one for one in feeds(conn) if one["feed"] == of.id]
    return bool(one["overdue"])


def landed(conn: psycopg.Connection, of: Feed, ago: timedelta, content: str) -> datetime:
    sequence = record_arrival(conn, of.id, "spend.csv", content * 64).sequence
    moment = datetime.now(UTC) - ago
    conn.execute(
        "UPDATE watersmeet.arrival SET landed_at = %s WHERE sequence = %s", (moment, sequence)
    )
    return moment


def test_it_counts_from_the_last_landing(conn: psycopg.Connection) -> None:
    monthly = feed(expected_every_days=35)
    record_feed(conn, monthly)
    first = landed(conn, monthly, timedelta(days=36), "a")
    assert due(conn, monthly) == first + timedelta(days=35)
    assert overdue(conn, monthly)
    second = landed(conn, monthly, timedelta(days=3), "b")
    assert due(conn, monthly) == second + timedelta(days=35)
    assert not overdue(conn, monthly)


def test_one_that_never_delivered_is_overdue_from_when_it_was_first_expected(
    conn: psycopg.Connection,
) -> None:
    monthly = feed(expected_every_days=35)
    record_feed(conn, monthly)
    first = due(conn, monthly)
    assert first is not None and first > datetime.now(UTC) + timedelta(days=34)
    assert due(conn, monthly) == first, "asking again does not put it off"
    conn.execute("UPDATE watersmeet.feed SET due_at = now() - interval '1 day'")
    record_due(conn, monthly)
    assert overdue(conn, monthly)


def test_what_is_no_longer_expected_is_not_overdue(conn: psycopg.Connection) -> None:
    monthly = feed(expected_every_days=35)
    record_feed(conn, monthly)
    landed(conn, monthly, timedelta(days=99), "a")
    assert due(conn, monthly) is not None
    assert due(conn, feed()) is None
    assert not overdue(conn, monthly)


def test_what_never_delivered_and_is_no_longer_expected_is_not_overdue(
    conn: psycopg.Connection,
) -> None:
    monthly = feed(expected_every_days=35)
    record_feed(conn, monthly)
    assert due(conn, monthly) is not None
    assert due(conn, feed()) is None


def test_each_feed_counts_from_its_own_landings(conn: psycopg.Connection) -> None:
    monthly = feed(expected_every_days=35)
    other = feed(organisation="eastvale", expected_every_days=7)
    for one in (monthly, other):
        record_feed(conn, one)
    first = landed(conn, monthly, timedelta(days=36), "a")
    second = landed(conn, other, timedelta(days=3), "b")
    assert due(conn, monthly) == first + timedelta(days=35)
    assert due(conn, other) == second + timedelta(days=7)
    record_due(conn, monthly)
    [row] = conn.execute("SELECT due_at FROM watersmeet.feed WHERE name = %s", (other.id,))
    assert row == (second + timedelta(days=7),), "the other's is left as it is"
    assert overdue(conn, monthly) and not overdue(conn, other)
