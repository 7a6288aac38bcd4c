"""Sending to a receiver that listens for real: alive, dead, failing, refusing, slow."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from pipeline.lineage_events import send as sending
from pipeline.lineage_events.send import send
from pipeline.lineage_events.standing import pending
from repository import outbox
from repository.database import connect, connected
from tests.lineage_kit import Collector, listening

FEED = "northmoor/spend"


@pytest.fixture(autouse=True)
def installed(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    monkeypatch.setenv("WATERSMEET_CONNECTIONS", str(tmp_path / "none.json"))
    return database_url


def put(url: str, *types: str, size: int = 0) -> UUID:
    """A run with events of these types."""
    run = uuid4()
    with connected(url) as conn:
        for kind in types:
            event = {"eventType": kind, "run": {"runId": str(run), "facets": {}}, "x": "é" * size}
            outbox.add(conn, run, FEED, 1, event)
    return run


def whole(url: str, runs: int = 2) -> list[tuple[str, str]]:
    """So many runs with an end, and the order in which their events should come."""
    found = []
    for _ in range(runs):
        run = str(put(url, "START", "COMPLETE"))
        found += [(run, "START"), (run, "COMPLETE")]
    return found


def came(collector: Collector) -> list[tuple[str, str]]:
    return [(one["run"]["runId"], one["eventType"]) for one in collector.events]


def column(url: str, name: str) -> list[Any]:
    with connected(url) as conn:
        query = f"SELECT {name} FROM watersmeet.lineage_event ORDER BY number"  # noqa: S608
        return [row[0] for row in conn.execute(query.encode())]


def test_alive_everything_is_sent_once_and_in_order(
    installed: str, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_API_KEY", "canary-key")
    expected = whole(installed)
    assert (send().sent, send().sent) == (4, 0)
    assert came(collector) == expected
    path, headers, _ = collector.requests[0]
    assert path == "/api/v1/lineage" and headers["Authorization"] == "Bearer canary-key"
    assert headers["Content-Type"] == "application/json"
    assert set(column(installed, "state")) == {"sent"} and not pending()["stuck"]


def test_large_events_are_packed(installed: str, collector: Collector) -> None:
    put(installed, "START", "FAIL", size=9000)
    assert send().sent == 2
    _, headers, event = collector.requests[0]
    assert headers["Content-Encoding"] == "gzip" and event["x"] == "é" * 9000


def test_dead_events_wait_and_are_sent_in_order_when_it_is_back(
    installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as gone:
        monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", gone.url)
    expected = whole(installed, 3)
    first = send()
    assert (first.sent, first.failed, first.waiting) == (0, 1, 6), "one try tells that it is dead"
    assert column(installed, "last_error") == ["unreachable"] + [None] * 5
    again = send()
    assert again.left_alone_until is not None and again.failed == 0, "it is left alone for a while"
    assert send(now=True).failed == 1
    port = int(gone.url.rpartition(":")[2])
    with listening(port) as back:
        assert send(now=True).waiting == 0
    assert came(back) == expected


def test_a_passing_error_is_tried_again_and_holds_its_run_back_only(
    installed: str, collector: Collector
) -> None:
    (one, _), _, (other, _), _ = whole(installed)
    collector.answers = [500]
    assert (send().failed, came(collector)) == (
        1,
        [(one, "START"), (other, "START"), (other, "COMPLETE")],
    )
    assert send().sent == 0, "not before its time"
    collector.requests.clear()
    assert send(now=True).waiting == 0
    assert came(collector) == [(one, "START"), (one, "COMPLETE")]
    assert column(installed, "attempts") == [2, 1, 1, 1]


def test_waits_grow_from_try_to_try_and_not_without_end(
    installed: str, collector: Collector
) -> None:
    put(installed, "START", "FAIL")
    collector.usual = 500
    waits = []
    for _ in range(12):
        assert send(now=True).failed == 1
        with connected(installed) as conn:
            row = conn.execute(
                "SELECT round(extract(epoch FROM next_attempt_at - clock_timestamp()) / 10)"
                " FROM watersmeet.lineage_event ORDER BY number LIMIT 1"
            ).fetchone()
            assert row is not None
            waits.append(int(row[0]))
    assert waits[:4] == [1, 2, 4, 8] and waits[-1] == 360


def test_when_one_after_the_other_fails_the_receiver_is_the_reason(
    installed: str, collector: Collector
) -> None:
    whole(installed, 8)
    collector.usual = 500
    assert send().failed == sending.MOST_TROUBLE == len(collector.requests)


def test_what_is_refused_is_parked_with_its_status_and_the_rest_goes_on(
    installed: str, collector: Collector
) -> None:
    expected = whole(installed)
    collector.answers = [400, 201, 301, 422]
    came_of_it = send()
    assert (came_of_it.sent, came_of_it.refused, came_of_it.waiting) == (1, 3, 0)
    assert came(collector) == expected
    assert column(installed, "last_error") == ["http-400", None, "http-301", "http-422"]
    assert send(now=True).sent == 0, "not tried for ever"
    assert pending()["stuck"] and pending()["refused"] == 3
    assert send(now=True, refused=True).sent == 3 and not pending()["stuck"]


@pytest.mark.parametrize("status", [408, 425, 429, 503])
def test_not_now_is_not_never(installed: str, collector: Collector, status: int) -> None:
    put(installed, "START", "FAIL")
    collector.answers, collector.headers = [status], {"Retry-After": "600"}
    assert send().failed == 1
    with connected(installed) as conn:
        row = conn.execute(
            "SELECT state, next_attempt_at > clock_timestamp() + interval '9 minutes'"
            " FROM watersmeet.lineage_event ORDER BY number"
        ).fetchone()
    assert row == ("waiting", True), "as long as it asks for"
    assert send(now=True).sent == 2


def test_slow_it_is_not_waited_for_without_end(
    installed: str, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole(installed)
    monkeypatch.setattr(sending, "ANSWER", 0.15)
    collector.delay = 0.4
    assert send().failed == 1
    assert column(installed, "last_error")[0] == "timeout"
    collector.delay = 0.0
    assert send(now=True).sent == 4
    # It may have been taken the first time: the same event twice, known by run and type.
    assert came(collector) == [expected[0], *expected]


def test_time_is_up(installed: str, collector: Collector) -> None:
    whole(installed)
    assert send(seconds=0.0).sent == 0 and send(most=1).sent == 1


def test_two_senders_at_once_send_each_event_once_and_of_a_run_in_order(
    installed: str, collector: Collector
) -> None:
    expected = whole(installed, 10)
    collector.delay = 0.01
    senders = [threading.Thread(target=send) for _ in range(3)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert sorted(came(collector)) == sorted(expected)
    for run, _ in expected:
        assert [kind for one, kind in came(collector) if one == run] == ["START", "COMPLETE"]


def test_killed_after_the_receiver_took_it_and_before_that_was_noted(
    installed: str, collector: Collector
) -> None:
    expected = whole(installed, 1)
    environment = {
        "WATERSMEET_DATABASE_URL": installed,
        "WATERSMEET_OPENLINEAGE_URL": collector.url,
    }
    order = {"feed": FEED, "point": "sent", "environment": environment}
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "killed_runs.py")],
        cwd=root, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)},
        input=json.dumps(order) + "\n", capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "-9\n"
    assert send().sent == 2
    assert came(collector) == [expected[0], *expected]


def test_without_a_receiver_events_are_kept_for_so_many_days(
    installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = put(installed, "START", "COMPLETE"), put(installed, "START", "COMPLETE")
    across = put(installed, "START", "COMPLETE")
    with connected(installed) as conn:
        conn.execute(
            "UPDATE watersmeet.lineage_event SET made_at = made_at - interval '31 days'"
            " WHERE run_id = %s OR run_id = %s AND event_type = 'START'",
            (old, across),
        )
    assert send().removed == 0
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_KEEP_DAYS", "30")
    came_of_it = send()
    assert (came_of_it.receiver, came_of_it.removed, came_of_it.lost) == (None, 2, 2)
    assert set(column(installed, "run_id")) == {young, across}, "a run goes as a whole"
    assert not pending()["stuck"], "nobody wants them"


def test_events_that_wait_for_long_are_stuck(installed: str, collector: Collector) -> None:
    put(installed, "START", "COMPLETE")
    assert not pending()["stuck"]
    with connected(installed) as conn:
        conn.execute("UPDATE watersmeet.lineage_event SET made_at = made_at - interval '2 hours'")
    assert pending()["stuck"]


def test_a_run_that_is_at_work_is_left_alone(installed: str) -> None:
    run = put(installed, "START")
    with connect(installed) as loader:
        row = loader.execute("SELECT feed_id FROM watersmeet.feed").fetchone()
        assert row is not None
        assert outbox.nobody_loads(loader, row[0])  # and holds it
        assert send().ended == 0
    assert send().ended == 1
    with connected(installed) as conn:
        assert [e["eventType"] for e in outbox.of_delivery(conn, 1)] == ["START", "FAIL"]
    assert run
