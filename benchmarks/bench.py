"""A server, an inbox and measurements, each of them in a process of its own."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.workload import write
from contracts.declarations import load as declared
from repository.database import connect
from repository.migrate import migrate
from repository.server import SUPERUSER, Server
from repository.state import read_private

HERE = Path(__file__).parent
FEED = "northmoor/person_event"
MB = 1e6
SCHEMAS = ("open", "settled", "benchmark", "store", "history", "watersmeet")
FIRST = date(2026, 1, 1)
"""What the first delivery speaks of."""


@dataclass
class Series:
    """The rounds of one measurement: seconds, processor seconds (ours and PostgreSQL's), bytes."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    def add(self, told: dict[str, Any]) -> None:
        """Take one round."""
        self.seconds.append(told["seconds"])
        self.cpu.append(told["cpu"] + told["server_cpu"])
        self.peak.append(told["peak"])

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        """Least and most seconds."""
        return f"{min(self.seconds):.2f}–{max(self.seconds):.2f}"


class Bench:
    """A server, an inbox and the workload's files, in one temporary folder."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows, self.delivered = rows, 0
        self.inbox, self.files = folder / "inbox", folder / "files"
        for made in (self.inbox, self.files):
            made.mkdir()
        self.server = Server(folder / "state")
        connection = {"conn_type": "fs", "extra": {"path": str(self.inbox)}}
        os.environ |= {
            "WATERSMEET_STATE": str(folder / "state"),
            "WATERSMEET_CONTRACTS": str(HERE / "contracts"),
            "AIRFLOW_CONN_BENCHMARK": json.dumps(connection),
        }
        os.environ.pop("WATERSMEET_DATABASE_URL", None)
        self.url = self.server.ensure().watersmeet

    def file(self, name: str, **how: Any) -> Path:
        """A file of the workload, written at its first use."""
        path = self.files / f"{name}.csv"
        return path if path.exists() else self.write(path, **how)

    def write(self, path: Path, **how: Any) -> Path:
        """Write the workload to a file."""
        return write(path, self.rows, **how)

    def fresh(self) -> None:
        """An empty repository."""
        with connect(self.url, autocommit=True) as conn:
            for schema in SCHEMAS:
                conn.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        self._checkpoint()
        migrate(self.url, declared(HERE / "contracts"), self.server.folder.parent / "analysts.json")

    def _checkpoint(self) -> None:
        """Have the server write out what is left of earlier rounds."""
        facts = read_private(self.server.record)
        with psycopg.connect(
            host="127.0.0.1",
            port=facts["port"],
            user=SUPERUSER,
            password=facts["passwords"][SUPERUSER],
            dbname="postgres",
            autocommit=True,
        ) as conn:
            conn.execute("CHECKPOINT")

    def measure(self, what: str, subject: str) -> dict[str, Any]:
        """Measure one thing in a new process, PostgreSQL's processor time with it."""
        before = self._server_cpu()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.measure", what, subject, "--url", self.url],
            capture_output=True,
            text=True,
            check=False,
            cwd=HERE.parent,
        )
        if done.returncode:
            raise SystemExit(f"{what} failed:\n{done.stderr[-2000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        return {**told, "server_cpu": self._server_cpu() - before}

    def deliver(self, path: Path, *, day: int = 0) -> dict[str, Any]:
        """Put a file into the inbox under the feed's usual name, and run the feed.

        Args:
            day: how many months after the first the delivery speaks of.
        """
        as_at = FIRST + timedelta(days=30 * day)
        for before in self.inbox.iterdir():
            before.unlink()
        there = self.inbox / f"events-{as_at}.csv"
        shutil.copyfile(path, there)
        self.delivered += 1
        os.utime(there, (time.time() - 3600 + self.delivered,) * 2)
        return self.measure("ours", FEED)

    def _server_cpu(self) -> float:
        """Processor seconds of the server and all its backends, ended ones too."""
        time.sleep(0.3)  # a backend's time counts for the server once it has ended
        data = self.server.status().data
        assert data is not None, "the server was made before anything is measured"
        pid = int((data / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        own = postmaster.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for child in postmaster.children(recursive=True):
            times = child.cpu_times()
            total += times.user + times.system
        return float(total)


@contextmanager
def benching(rows: int) -> Iterator[Bench]:
    """A bench that leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="watersmeet-bench-") as folder:
        bench = Bench(Path(folder), rows)
        try:
            yield bench
        finally:
            bench.server.remove()
