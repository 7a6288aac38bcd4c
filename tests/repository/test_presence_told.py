"""Which arrivals are gone, of which feed, and which of it is told."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from repository import arrivals, presence
from repository.database import connect

FEED, OTHER = "northmoor_council/spend", "eastvale/spend"
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def conn(supplier: Callable[..., Any]) -> Any:
    with connect(supplier(replaces="same-name").url, autocommit=True) as made:
        yield made


def land(conn: psycopg.Connection, name: str, number: int = 1, feed: str = FEED) -> None:
    arrivals.remember(conn, feed, name, f"{number:064x}", f"{number} bytes")


def gone(conn: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Feed, name and content of the arrivals that are gone, the newest content last."""
    return conn.execute(
        """
        SELECT f.name, a.name, ltrim(encode(a.sha256, 'hex'), '0')
        FROM watersmeet.arrival a JOIN watersmeet.feed f USING (feed_id)
        WHERE gone_at IS NOT NULL ORDER BY f.name, a.sequence
        """
    ).fetchall()


def ago(conn: psycopg.Connection, name: str, days: int) -> None:
    conn.execute(
        "UPDATE watersmeet.arrival SET gone_at = gone_at - make_interval(days => %s)"
        " WHERE name = %s",
        (days, name),
    )


def test_it_is_the_newest_arrival_of_a_name_that_is_gone(conn: psycopg.Connection) -> None:
    for number in (1, 2):
        land(conn, "a.csv", number)
    presence.record_presence(conn, FEED, NOTHING)
    assert gone(conn) == [(FEED, "a.csv", "2")]
    [told] = presence.gone(conn)
    assert (told["gone"], told["of"], told["names"]) == (1, 1, ["a.csv"])


def test_feeds_with_files_of_one_name_are_gone_and_back_by_themselves(
    conn: psycopg.Connection,
) -> None:
    land(conn, "a.csv", 1)
    land(conn, "a.csv", 2, OTHER)
    assert presence.record_presence(conn, FEED, NOTHING) == ["a.csv"]
    assert gone(conn) == [(FEED, "a.csv", "1")]
    presence.record_presence(conn, OTHER, NOTHING)
    presence.record_presence(conn, FEED, frozenset({"a.csv"}))
    assert gone(conn) == [(OTHER, "a.csv", "2")]


def test_of_many_the_last_to_go_are_named(conn: psycopg.Connection) -> None:
    for days, name in enumerate(("a.csv", "b.csv", "c.csv", "d.csv", "e.csv")):
        land(conn, name)
        presence.record_presence(conn, FEED, NOTHING)
        ago(conn, name, 20 - days)
    [told] = presence.gone(conn)
    assert (told["gone"], told["of"]) == (5, 5)
    assert told["names"] == ["e.csv", "d.csv", "c.csv"]


def test_the_only_file_a_feed_ever_had_is_told_of_lately_only(conn: psycopg.Connection) -> None:
    """Suppliers tidy up: that one file is gone for good is no news for ever."""
    land(conn, "a.csv")
    presence.record_presence(conn, FEED, NOTHING)
    assert len(presence.gone(conn)) == 1
    ago(conn, "a.csv", presence.TOLD_FOR_DAYS + 1)
    assert presence.gone(conn) == []


def test_a_feed_that_is_switched_off_misses_nothing(conn: psycopg.Connection) -> None:
    land(conn, "a.csv")
    presence.record_presence(conn, FEED, NOTHING)
    conn.execute("UPDATE watersmeet.feed SET enabled = false WHERE name = %s", (FEED,))
    assert presence.gone(conn) == []
