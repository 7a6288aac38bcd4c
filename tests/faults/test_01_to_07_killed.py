"""Cases 1-7: kill -9 at any point of a load, then the retry: nothing half there, nothing doubled."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repository.database import connect
from repository.load.points import POINTS

HERE = Path(__file__).parent
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


def run(url: str, point: str, rows: Any, before: int, folder: Path) -> subprocess.CompletedProcess:  # type: ignore[type-arg]
    path = folder / "rows.json"
    path.write_text(json.dumps(rows))
    return subprocess.run(
        [sys.executable, str(HERE / "killed_load.py"), url, point, str(path), str(before)],
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("before", [0, 1], ids=["first load", "merge"])
def test_killed_and_tried_again(
    supplier: Callable[..., Any], tmp_path: Path, point: str, before: int
) -> None:
    one = supplier()
    if before:
        one.load(FIRST)
    rows = SECOND if before else FIRST
    found = counts(one.url)
    killed = run(one.url, point, rows, before, tmp_path)
    assert killed.returncode == -9, killed.stderr
    after = counts(one.url)
    if point != "after-commit":
        assert after == found
    retry = one.load(rows)
    assert retry.state == ("already" if point == "after-commit" else "loaded")
    assert (retry.new, retry.quarantined) == ((1, 1) if before else (2, 1))
    whole = counts(one.url)
    assert whole["watersmeet.delivery"] == before + 1
    assert whole["store.payment"] == 2
    if point == "after-commit":
        assert whole == after
    assert one.load(rows).state == "already"
    assert counts(one.url) == whole
