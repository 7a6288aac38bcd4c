"""The example region, made once and read by many tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.example.region import make
from pipeline.example.supply import Plan

ROWS = 3000


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first delivery."""
    into = tmp_path_factory.mktemp("region")
    make(Plan(7, ROWS), into)
    return into


@pytest.fixture(scope="session")
def region_after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The delivery after it."""
    into = tmp_path_factory.mktemp("region-after")
    make(Plan(7, ROWS, 2), into)
    return into


@pytest.fixture(scope="session")
def answers() -> Callable[[Path, str], dict[str, Any]]:
    """Reads a feed's answers."""

    def read(into: Path, feed: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((into / "answers" / f"{feed}.json").read_text())
        return found

    return read


@pytest.fixture(scope="session")
def truth() -> Callable[[Path, str], "pa.Table"]:
    """Reads a feed's true rows."""

    def read(into: Path, feed: str) -> "pa.Table":
        return pq.read_table(into / "answers" / f"{feed}.parquet")

    return read
