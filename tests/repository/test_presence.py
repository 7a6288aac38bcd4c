"""What is gone from a place is recorded, and what is back."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from repository import arrivals, presence
from repository.database import connect

FEED = "northmoor_council/spend"
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def conn(supplier: Callable[..., Any]) -> Any:
    with connect(supplier(replaces="same-name").url, autocommit=True) as made:
        yield made


def land(conn: psycopg.Connection, name: str, number: int = 1, feed: str = FEED) -> None:
    arrivals.remember(conn, feed, name, f"{number:064x}", f"{number} bytes")


def gone(conn: psycopg.Connection) -> list[tuple[str, int]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT name, sequence FROM watersmeet.arrival WHERE gone_at IS NOT NULL ORDER BY 2"
        ).fetchall()
    return [(row["name"], row["sequence"]) for row in rows]


def test_what_is_gone_is_told_once_and_until_it_is_back(conn: psycopg.Connection) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        land(conn, name)
    assert presence.record_presence(conn, FEED, frozenset({"a.csv", "new.csv"})) == [
        "b.csv",
        "c.csv",
    ]
    assert [name for name, _ in gone(conn)] == ["b.csv", "c.csv"]
    assert presence.record_presence(conn, FEED, frozenset({"a.csv"})) == []
    [told] = presence.gone(conn)
    assert (told["feed"], told["gone"], told["of"]) == (FEED, 2, 3)
    assert told["names"] == ["b.csv", "c.csv"]
    assert presence.record_presence(conn, FEED, frozenset({"a.csv", "b.csv", "c.csv"})) == []
    assert gone(conn) == [] and presence.gone(conn) == []


def test_only_the_newest_arrival_of_a_name_is_gone(conn: psycopg.Connection) -> None:
    land(conn, "a.csv", 1)
    land(conn, "a.csv", 2)
    assert presence.record_presence(conn, FEED, NOTHING) == ["a.csv"]
    assert len(gone(conn)) == 1
    # Back with other bytes: nothing of that name is gone any more.
    land(conn, "a.csv", 3)
    assert presence.record_presence(conn, FEED, frozenset({"a.csv"})) == []
    assert gone(conn) == []


def test_what_is_landed_again_is_back(conn: psycopg.Connection) -> None:
    land(conn, "a.csv")
    presence.record_presence(conn, FEED, NOTHING)
    land(conn, "a.csv")
    assert gone(conn) == []


def test_feeds_are_kept_apart(conn: psycopg.Connection) -> None:
    land(conn, "a.csv")
    land(conn, "a.csv", feed="eastvale/spend")
    presence.record_presence(conn, FEED, NOTHING)
    assert len(gone(conn)) == 1


def test_old_absences_are_told_only_where_nothing_is_left(conn: psycopg.Connection) -> None:
    for name in ("a.csv", "b.csv"):
        land(conn, name)
    presence.record_presence(conn, FEED, frozenset({"a.csv"}))
    conn.execute("UPDATE watersmeet.arrival SET gone_at = gone_at - interval '31 days'")
    assert presence.gone(conn) == []
    presence.record_presence(conn, FEED, NOTHING)
    conn.execute("UPDATE watersmeet.arrival SET gone_at = gone_at - interval '31 days'")
    [told] = presence.gone(conn)
    assert (told["gone"], told["of"]) == (2, 2)
