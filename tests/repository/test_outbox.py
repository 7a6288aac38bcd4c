"""The outbox: an event once, a run ended once, and of a run always the earlier first."""

from uuid import UUID, uuid4

import psycopg
import pytest

from repository import outbox
from repository.database import connect, connected

FEED = "northmoor/spend"


def event(kind: str) -> dict[str, object]:
    return {"eventType": kind}


def put(url: str, run: UUID, *kinds: str, feed: str = FEED, delivery: int | None = 1) -> None:
    with connected(url) as conn:
        for kind in kinds:
            outbox.add(conn, run, feed, delivery, event(kind))


def types(url: str) -> list[str]:
    with connected(url) as conn:
        return [one["eventType"] for one in outbox.of_feed(conn, FEED, 10)]


def test_an_event_made_twice_is_one_and_a_run_ends_once(database_url: str) -> None:
    run = uuid4()
    put(database_url, run, "START", "START", "FAIL", "FAIL", "COMPLETE")
    assert types(database_url) == ["START", "FAIL"], "as it ended first"
    put(database_url, uuid4(), "START")
    assert types(database_url) == ["START", "FAIL", "START"]


def test_only_known_types_and_states(database_url: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        put(database_url, uuid4(), "OTHER")


def test_what_is_not_committed_is_not_there(database_url: str) -> None:
    with connect(database_url) as conn:
        outbox.add(conn, uuid4(), FEED, 1, event("START"))
        conn.rollback()
    assert types(database_url) == []


def test_of_a_run_the_earlier_comes_first_whoever_else_is_sending(database_url: str) -> None:
    one, other = uuid4(), uuid4()
    put(database_url, one, "START", "COMPLETE")
    put(database_url, other, "START")
    with connect(database_url) as first, connect(database_url) as second:
        mine = outbox.next_waiting(first, now=False)
        theirs = outbox.next_waiting(second, now=False)
        assert mine is not None and (mine.run_id, mine.event_type) == (one, "START")
        assert theirs is not None and theirs.run_id == other, "not the end of the locked one"
        assert outbox.next_waiting(second, now=False, but=[other]) is None
        outbox.sent(first, mine.event_id)
        first.commit()
        second.rollback()
        after = outbox.next_waiting(second, now=False)
        assert after is not None and (after.run_id, after.event_type) == (one, "COMPLETE")


def test_what_failed_is_left_alone_and_what_is_refused_lets_the_next_pass(
    database_url: str,
) -> None:
    run = uuid4()
    put(database_url, run, "START", "ABORT")
    with connected(database_url) as conn:
        start = outbox.next_waiting(conn, now=False)
        assert start is not None
        outbox.failed(conn, start.event_id, "unreachable", 600)
        assert outbox.next_waiting(conn, now=False) is None
        assert outbox.left_alone_until(conn, ["unreachable"]) is not None
        assert outbox.left_alone_until(conn, ["http-503"]) is None
        again = outbox.next_waiting(conn, now=True)
        assert again is not None and again.attempts == 1
        outbox.refused(conn, start.event_id, "http-400")
        end = outbox.next_waiting(conn, now=False)
        assert end is not None and end.event_type == "ABORT"
        standing = outbox.standing(conn)
        assert (standing.waiting, standing.refused, standing.sent) == (1, 1, 0)
        assert standing.errors == ("http-400",)


def test_open_runs_are_those_without_an_end(database_url: str) -> None:
    one, other, ended = uuid4(), uuid4(), uuid4()
    put(database_url, one, "START", delivery=7)
    put(database_url, other, "START", feed="works/spend")
    put(database_url, ended, "START", "FAIL")
    with connected(database_url) as conn:
        assert {run.run_id for run in outbox.open_runs(conn)} == {one, other}
        [mine] = outbox.open_runs(conn, FEED)
        assert (mine.run_id, mine.delivery_id) == (one, 7)


def test_a_feeds_lock_tells_whether_somebody_loads(database_url: str) -> None:
    with connected(database_url) as one, connected(database_url) as other:
        assert outbox.nobody_loads(one, 1) and not outbox.nobody_loads(other, 1)
        one.rollback()
        assert outbox.nobody_loads(other, 1)
