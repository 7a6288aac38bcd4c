"""Cases 1-7: kill -9 at any point of a load, then a retry: nothing half there or doubled."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repository.database import connect
from repository.load.points import POINTS

ROOT = Path(__file__).parents[2]
FIRST = [
    ("P1", "2026-01-05", 1050, "it", "Acme Ltd"),
    ("P2", "2026-01-06", -300, "it", "Brook & Sons"),
    ("P3", "2026-01-07", 7, "bad", "Cole plc"),
]
SECOND = [
    ("P1", "2026-01-05", 2000, "it", "Acme Ltd"),
    ("P4", "2026-01-06", 4, "it", "Dene Ltd"),
    ("P4", "2026-01-06", 5, "it", "Dene Ltd"),
]
TABLES = (
    "store.payment",
    "store.organisation",
    "history.payment",
    "history.organisation",
    "watersmeet.delivery",
    "watersmeet.delivery_file",
    "watersmeet.delivery_table",
    "watersmeet.receipt",
    "watersmeet.quarantine",
    "watersmeet.issue",
    "watersmeet.excluded_row",
)


def counts(url: str) -> dict[str, int]:
    with connect(url) as conn:
        return {
            table: conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0]  # noqa: S608
            for table in TABLES
        }


def start(url: str, feed: str, point: str, rows: Any, before: int, path: Path) -> Any:
    path.write_text(json.dumps(rows))
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.faults.killed_load",
            url,
            feed,
            point,
            str(path),
            str(before),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_tried_again(supplier: Callable[..., Any], tmp_path: Path, point: str) -> None:
    """A first load and a later one, of two feeds, both killed at the point."""
    first, later = supplier(), supplier(feed="eastvale_council/spend")
    later.load(FIRST)
    found = counts(first.url)
    killed = [
        start(first.url, first.feed, point, FIRST, 0, tmp_path / "first.json"),
        start(later.url, later.feed, point, SECOND, 1, tmp_path / "later.json"),
    ]
    for process in killed:
        _, told = process.communicate(timeout=120)
        assert process.returncode == -9, told
    after = counts(first.url)
    if point != "after-commit":
        assert after == found
    retries = [first.load(FIRST), later.load(SECOND)]
    state = "already" if point == "after-commit" else "loaded"
    assert [(r.state, r.new, r.changed, r.ended, r.quarantined) for r in retries] == [
        (state, 2, 0, 0, 1),
        (state, 1, 1, 1, 1),
    ]
    whole = counts(first.url)
    assert whole["watersmeet.delivery"] == 3
    assert whole["store.payment"] == 4
    assert whole["history.payment"] == 2
    if point == "after-commit":
        assert whole == after
    assert [first.load(FIRST).state, later.load(SECOND).state] == ["already"] * 2
    assert counts(first.url) == whole
