"""A share of real folders, what a look at it tells, and what is fetched from it."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.fetch import Found, Standing, discover, fetch, patience
from contracts.places import Folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again at once."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    (tmp_path / "share").mkdir()
    return tmp_path / "share"


def put(path: Path, content: bytes = b"a,b\n", age: float = 60) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def place(**facts: Any) -> Folder:
    return Folder(kind="folder", connection="share", **facts)


def connection(share: Path) -> Connection:
    return Connection(id="share", path=str(share))


def look(share: Path, standing: Standing | None = None, **facts: Any) -> Found:
    return discover(place(**facts), connection(share), standing)


def get(share: Path, **facts: Any) -> list[Path]:
    """Fetch the one thing that is there."""
    [arrival] = look(share, **facts).arrivals
    return list(fetch(place(**facts), connection(share), arrival, share.parent / "into").paths)


def waits(found: Found) -> dict[str, str]:
    return {one.name: one.why for one in found.unfinished}


def names(found: Found) -> list[str]:
    return [one.name for one in found.arrivals]
