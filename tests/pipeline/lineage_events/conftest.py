"""Fixtures of the tests of lineage events: an installation, and no receiver but the test's own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import journey_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database
home = _KIT.home

from tests.lineage_kit import Collector, listening  # noqa: E402 - the kit above makes it known

VARIABLES = ("URL", "API_KEY", "NAMESPACE", "DATABASE", "KEEP_DAYS")


@pytest.fixture(autouse=True)
def no_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment of this machine says of receivers is left out."""
    monkeypatch.delenv("AIRFLOW_CONN_OPENLINEAGE", raising=False)
    for name in VARIABLES:
        monkeypatch.delenv(f"WATERSMEET_OPENLINEAGE_{name}", raising=False)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A receiver that listens, and that the settings name."""
    with listening() as found:
        monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", found.url)
        yield found


@pytest.fixture(scope="session")
def killed() -> Iterator[Callable[..., int]]:
    """Does something in a process that kills itself at a point; how it ended."""
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "killed_runs.py")],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None

        def order(home: Any, feed: str, point: str, **environment: str) -> int:
            whole = {**home.environment, **environment}
            asked = {"feed": feed, "point": point, "environment": whole}
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield order
        process.stdin.close()
