"""Cases 1-8 and 14 for whole journeys: killed, restarted and doubled, then tried again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import pipeline.ingest as ingest
import pipeline.streamed as streamed
from pipeline.example.connections import write_connections
from repository.database import connect
from repository.load.points import POINTS
from repository.problems import DatabaseDown, DatabaseProblem
from repository.server import Server
from repository.server_files import postmaster
from repository.state import read_private
from tests.journey_kit import SECRET, Home, installation

FEED = "eastvale/school_census"
LANDING = ("fetched", "kept", "landed")
ROOT = Path(__file__).parents[2]


@dataclass
class Forks:
    """Processes that take journeys."""

    process: "subprocess.Popen[str]"
    folder: Path

    def start(self, home: Home, point: str, deed: str = "kill", feed: str = FEED) -> int:
        order = {
            "feed": feed,
            "point": point,
            "deed": deed,
            "environment": home.environment,
            "said": str(home.root / f"said at {point} after {Path(deed).name}"),
        }
        return int(self._ask(json.dumps(order)))

    def end(self, number: int) -> int:
        return int(self._ask(f"wait {number}"))

    def killed(self, home: Home, point: str, feed: str = FEED) -> None:
        code = self.end(self.start(home, point, feed=feed))
        said = home.root / f"said at {point} after kill"
        assert code == -9, said.read_text() if said.exists() else code

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    folder = tmp_path_factory.mktemp("forks")
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "journeys.py")],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Forks(process, folder)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="session")
def right(
    server: Server,
    superuser: Any,
    declared_database: Any,
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[int, dict[str, Any]]:
    """The content after one and after two deliveries that nothing disturbed."""
    root, found = tmp_path_factory.mktemp("undisturbed"), {}
    with installation(root, small_region, declared_database, server, superuser) as home:
        for delivery in (1, 2):
            home.supply(FEED, delivery)
            ingest.run_feed(FEED)
            found[delivery] = home.content(FEED)
    assert found[1] != found[2]
    return found


@pytest.mark.parametrize("point", [*LANDING, *POINTS])
def test_killed_at_the_second_delivery(
    home: Home, forks: Forks, right: dict[int, dict[str, Any]], point: str
) -> None:
    home.supply(FEED)
    ingest.run_feed(FEED)
    home.supply(FEED, 2)
    forks.killed(home, point)
    # Nothing partial is visible to readers (I1), and the last good version is (I6).
    assert home.content(FEED) == right[2 if point == "after-commit" else 1]
    with home.analyst("free_school_meals") as conn:
        [(seen,)] = conn.execute("SELECT count(*) FROM free_school_meals.enrolment")
    assert seen == home.region.answers(FEED)["good"]
    again = ingest.run_feed(FEED)
    assert len(again) == (0 if point == "after-commit" else 1)
    assert home.content(FEED) == right[2]
    # Not even the bytes that were on their way are left lying about.
    assert not list((home.root / "state" / "landing").rglob(".*"))
    left = list((home.root / "state" / "scratch").iterdir())
    assert left == [] if again else len(left) <= 1


@pytest.mark.parametrize("point", ["copied", "before-commit"])
def test_killed_at_the_first_delivery(
    home: Home, forks: Forks, right: dict[int, dict[str, Any]], point: str
) -> None:
    home.supply(FEED)
    forks.killed(home, point)
    assert home.rows("SELECT 1 FROM store.enrolment LIMIT 1") == []
    assert home.rows("SELECT 1 FROM watersmeet.delivery LIMIT 1") == []
    ingest.run_feed(FEED)
    assert home.content(FEED) == right[1]


def test_07_killed_after_the_commit_the_task_is_tried_again(home: Home, forks: Forks) -> None:
    home.supply(FEED)
    [arrival] = ingest.discover(FEED)
    delivery = ingest.land(FEED, arrival)
    forks.killed(home, "after-commit")
    before = home.content(FEED)
    outcome = ingest.load(FEED, delivery)
    assert outcome["state"] == "already"
    assert outcome["landed"] == ingest.reconcile(FEED, delivery)["landed"]
    assert home.content(FEED) == before


def test_08_the_database_restarts_during_the_load(
    small_region: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    right: dict[int, dict[str, Any]],
) -> None:
    monkeypatch.setenv("WATERSMEET_TEST_NO_FSYNC", "1")
    tmp_path.chmod(0o755)
    server = Server(tmp_path / "state")
    url = server.ensure().watersmeet
    environment = {
        "WATERSMEET_STATE": str(tmp_path / "state"),
        "WATERSMEET_DATABASE_URL": url,
        "WATERSMEET_CONNECTIONS": str(tmp_path / "connections.json"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    write_connections(tmp_path / "connections.json", tmp_path / "example", 9)
    try:
        home = Home(tmp_path, url, small_region, environment, tmp_path / "analysts.json")
        home.migrate()
        home.supply(FEED)
        _restarts(home, server, monkeypatch, ["locked", "copied", "staged"])
        ingest.run_feed(FEED)
        first = home.content(FEED)
        home.supply(FEED, 2)
        _restarts(home, server, monkeypatch, ["locked", "merged", "before-commit"])
        assert home.content(FEED) == first
        [run] = ingest.run_feed(FEED)
        assert run.outcome is not None and run.outcome.state == "loaded"
        assert home.content(FEED) == right[2]
        passwords = read_private(server.record)["passwords"]
        log = server.status().log
        assert log is not None
        assert not [word for word in passwords.values() if word in log.read_text()]
    finally:
        server.remove()


def _restarts(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch, points: list[str]
) -> None:
    """Stop the server at each point as a power cut would; the load fails in words."""
    for point in points:

        def at(passed: str, point: str = point) -> None:
            if passed == point:
                _stop_at_once(server)
                server.ensure()

        with monkeypatch.context() as patched:
            patched.setattr(streamed, "loading", partial(streamed.loading, at=at))
            before = home.rows("SELECT count(*) FROM watersmeet.delivery")
            with pytest.raises((DatabaseDown, DatabaseProblem)) as raised:
                ingest.run_feed(FEED)
        assert getattr(raised.value, "sqlstate", "") in ("", "57P01", "57P02"), point
        assert home.rows("SELECT count(*) FROM watersmeet.delivery") == before


def _stop_at_once(server: Server) -> None:
    data = server.status().data
    assert data is not None
    number = postmaster(data)
    assert number is not None
    os.kill(number, signal.SIGQUIT)
    _until(lambda: postmaster(data) is None)


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.02)


def test_14_two_processes_load_one_delivery_at_once(home: Home, forks: Forks) -> None:
    home.supply(FEED)
    sign = home.root / "first is copying"
    first = forks.start(home, "copied", str(sign))
    _until(sign.exists)
    second = forks.start(home, "copied", str(home.root / "never"))
    _until(lambda: _waiting(home) == 1)
    sign.unlink()
    assert (forks.end(first), forks.end(second)) == (0, 0)
    assert home.rows("SELECT count(*) FROM watersmeet.delivery") == [(1,)]
    good = home.region.answers(FEED)["good"]
    assert home.rows("SELECT count(*) FROM store.enrolment") == [(good,)]
    said = sorted(path.read_text() for path in home.root.glob("said at *"))
    assert said == ["already", "loaded"]


def _waiting(home: Home) -> int:
    query = (
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"
    )
    with connect(home.url) as conn:
        [(count,)] = conn.execute(query)
    return int(count)


def test_the_api_is_killed_between_pages_and_asked_again(home: Home, forks: Forks) -> None:
    feed = "works/spend"
    home.supply(feed)
    with home.api():
        forks.killed(home, "fetched", feed)
        forks.killed(home, "copied", feed)
        [run] = ingest.run_feed(feed)
    assert run.outcome is not None and run.outcome.new == home.region.answers(feed)["good"]
    assert SECRET not in str(home.everything())
