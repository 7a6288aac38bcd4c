"""A replay killed at any point, then tried again: rows come in once, and nothing is half there."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.ingest import run_feed
from pipeline.quarantine import release
from pipeline.replay import Replayed, replay
from repository.load.points import POINTS
from tests.journey_kit import Home
from tests.stewards_kit import FEED, UPNS, Pupil, allow, replacing, standing, states, supply

ROOT = Path(__file__).parents[2]
ONE, TWO, THREE, FOUR = UPNS
SCOPES = ("nothing", "same-name", "everything")
Killed = Callable[..., int]


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    """Replays in a process of its own that kills itself at a point; how it ended."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "replays.py")],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None

        def order(home: Home, point: str, **more: Any) -> int:
            environment = {**home.environment, "WATERSMEET_CONTRACTS": str(home.contracts())}
            asked = {"feed": FEED, "point": point, "environment": environment, **more}
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield order
        process.stdin.close()


def first(home: Home) -> int:
    """A delivery of which two rows are held, one of them good by the register of today."""
    supply(
        home,
        "june.csv",
        *(Pupil(ONE), Pupil(TWO, sex="Lad"), Pupil(THREE, sex="Chap"), Pupil(FOUR, postcode="N1")),
    )
    [run] = run_feed(FEED)
    assert run.outcome is not None and run.outcome.quarantined == 3
    return run.outcome.delivery_id


@pytest.mark.parametrize(("point", "replaces"), list(zip(POINTS, SCOPES * 2, strict=True)))
def test_a_replay_killed(home: Home, killed: Killed, point: str, replaces: str) -> None:
    replacing(home, replaces)
    first(home)
    before = home.content(FEED)
    allow(home, "Lad")
    assert killed(home, point) == -9
    done = point == "after-commit"
    if not done:
        assert home.content(FEED) == before
    [run] = replay(FEED)
    assert isinstance(run, Replayed) and run.outcome is not None
    assert run.outcome.state == ("already" if done else "loaded")
    assert set(standing(home)) == {ONE, TWO}
    assert states(home) == {"held": 2, "released": 1, "superseded": 2}
    assert home.one_value("SELECT count(*) FROM watersmeet.delivery") == 2
    [again] = replay(FEED)
    assert again.outcome is not None and again.outcome.state == "already"
    assert states(home) == {"held": 2, "released": 1, "superseded": 2}


@pytest.mark.parametrize("point", ["between", "before-commit"])
def test_a_release_killed(home: Home, killed: Killed, point: str) -> None:
    home.contracts()
    delivery = first(home)
    assert killed(home, point, row=[delivery, 5]) == -9
    assert FOUR not in standing(home)
    assert release(FEED, delivery, 5, author="a.steward", reason="seen").released
    assert home.one_value("SELECT count(*) FROM watersmeet.waiver") == 1
    assert set(standing(home)) == {ONE, FOUR}
    assert states(home) == {"held": 2, "released": 1, "superseded": 2}
