"""``make bench``: everything against raw COPY of the same file, in one run on one server.

Every figure is from a process of its own, medians of the rounds; only ratios within this run mean
anything. Goals that are not met are said to be not met.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.dag_bag import parse_seconds
from benchmarks.workload import write
from contracts.declarations import load as declared
from repository.database import connect
from repository.migrate import migrate
from repository.server import SUPERUSER, Server
from repository.state import read_private

HERE = Path(__file__).parent
FEED = "northmoor/person_event"
MB = 1e6


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
        self.rows = rows
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
        if not path.exists():
            write(path, self.rows, **how)
        return path

    def fresh(self) -> None:
        """An empty repository."""
        with connect(self.url, autocommit=True) as conn:
            for schema in ("store", "history", "watersmeet", "benchmark"):
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

    def deliver(self, path: Path) -> dict[str, Any]:
        """Put a file into the inbox under the feed's usual name, and run the feed."""
        there = self.inbox / "events.csv"
        shutil.copyfile(path, there)
        os.utime(there, (time.time() - 60 + len(self._delivered()),) * 2)
        return self.measure("ours", FEED)

    def _delivered(self) -> list[Path]:
        return list(self.inbox.iterdir())

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


def wrong_dates(bench: Bench, path: Path) -> int:
    """Loaded dates that differ from the generator's truth."""
    import polars as pl

    truth = pl.read_parquet(path.with_suffix(".truth.parquet"))
    with connect(bench.url) as conn:
        rows = conn.execute("SELECT local_id, birth_date, event_date FROM store.person_event")
        loaded = pl.DataFrame(
            rows.fetchall(), schema=["local_id", "birth_date", "event_date"], orient="row"
        )
    both = loaded.join(truth, on="local_id", how="left")
    differs = (pl.col("birth_date") != pl.col("true_birth_date")) | (
        pl.col("event_date") != pl.col("true_event_date")
    )
    return both.filter(differs.fill_null(True)).height


@contextmanager
def benching(rows: int) -> Iterator[Bench]:
    """A bench that leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="watersmeet-bench-") as folder:
        bench = Bench(Path(folder), rows)
        try:
            yield bench
        finally:
            bench.server.remove()


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--usual-rows", type=int, help="rows for the usual way; default --rows")
    parser.add_argument("--skip-dags", action="store_true", help="leave the DAG bag out")
    chosen = parser.parse_args()
    chosen.usual_rows = chosen.usual_rows or chosen.rows
    with benching(chosen.rows) as bench:
        run(bench, chosen)


def run(bench: Bench, chosen: argparse.Namespace) -> None:
    """Measure everything; the longest way round first, so that no cache favours us."""
    base = bench.file("base")
    variants = {
        "identical": base,
        "same rows, new file": bench.file("reversed", reverse=True),
        "1 % changed": bench.file("changed", changed=0.01),
    }
    bad = bench.file("bad", bad=0.2)
    names = ("raw COPY", "first load", *variants, "20 % bad")
    found = {name: Series() for name in names}
    dates = 0
    for number in range(chosen.rounds):
        print(f"round {number + 1} of {chosen.rounds} ...", file=sys.stderr)
        found["raw COPY"].add(bench.measure("raw-copy", str(base)))
        bench.fresh()
        found["first load"].add(bench.deliver(base))
        if number == 0:
            dates = wrong_dates(bench, base)
        for name, path in variants.items():
            found[name].add(bench.deliver(path))
        bench.fresh()
        found["20 % bad"].add(bench.deliver(bad))
    small = bench.files / "small.csv"
    write(small, chosen.usual_rows)
    usual = bench.measure("usual-way", str(small))
    show(bench, chosen, found, usual, dates)


def show(
    bench: Bench,
    chosen: argparse.Namespace,
    found: dict[str, Series],
    usual: dict[str, Any],
    dates: int,
) -> None:
    """Print figures and goals."""
    raw, first = found["raw COPY"], found["first load"]
    size = bench.file("base").stat().st_size
    print(
        f"{bench.rows:,} rows, {size / MB:,.0f} MB, {chosen.rounds} rounds; {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':24}{'seconds':>9}{'least–most':>16}{'× raw COPY':>12}{'CPU s':>8}{'peak MB':>9}")
    for name, series in found.items():
        print(
            f"{name:24}{series.median:9.2f}{series.spread:>16}{series.median / raw.median:12.2f}"
            f"{statistics.median(series.cpu):8.2f}{max(series.peak) / MB:9.0f}"
        )
    per_row = usual["seconds"] / chosen.usual_rows
    print(
        f"{'usual way':24}{usual['seconds']:9.2f}  ({chosen.usual_rows:,} rows, "
        f"peak {usual['peak'] / MB:.0f} MB)"
    )
    cpu = statistics.median(first.cpu) / statistics.median(raw.cpu)
    goals = [
        ("first load / raw COPY", first.median / raw.median, 3.0, "<="),
        ("first load, CPU / raw COPY's", cpu, 3.9, "<="),
        ("identical / first load", found["identical"].median / first.median, 0.03, "<="),
        ("same rows / first load", found["same rows, new file"].median / first.median, 0.25, "<="),
        ("1 % changed / first load", found["1 % changed"].median / first.median, 0.40, "<="),
        ("20 % bad / 1 % bad", found["20 % bad"].median / first.median, 1.3, "<="),
        ("peak memory, MB", max(first.peak) / MB, 450.0, "<="),
        ("usual way / first load, per row", per_row / (first.median / bench.rows), 15.0, ">="),
        ("wrong dates", float(dates), 0.0, "<="),
    ]
    if not chosen.skip_dags:
        goals.append(("300 feeds parsed, seconds", parse_seconds(300), 5.0, "<="))
    print()
    for name, value, goal, sign in goals:
        met = value <= goal if sign == "<=" else value >= goal
        print(f"{name:34}{value:9.2f}  goal {sign} {goal:g}  {'met' if met else 'NOT MET'}")


if __name__ == "__main__":
    main()
