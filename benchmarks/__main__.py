"""``make bench``: everything against raw COPY of the same file, in one run on one server.

Every figure is from a process of its own, medians of the rounds; only ratios within this run mean
anything. Goals that are not met are said to be not met.
"""

import argparse
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks import history, readers
from benchmarks.bench import MB, Bench, Series, benching
from benchmarks.dag_bag import parse_seconds
from benchmarks.workload import write
from repository.database import connect


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


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--usual-rows", type=int, help="rows for the usual way; default --rows")
    parser.add_argument("--skip-dags", action="store_true", help="leave the DAG bag out")
    parser.add_argument("--only", choices=["loads", "history", "readers"], help="one part of it")
    chosen = parser.parse_args()
    if chosen.only == "readers":
        goals = readers.run(min(chosen.rows, 100_000), chosen.rounds)
        show_goals([(f"{form} / bare library", ratio, goal, "<=") for form, ratio, goal in goals])
        return
    chosen.usual_rows = chosen.usual_rows or chosen.rows
    with benching(chosen.rows) as bench:
        if chosen.only != "history":
            run(bench, chosen)
        if chosen.only != "loads":
            show_history(bench, history.deliveries(bench), history.reads(bench, chosen.rounds))


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
        for day, (name, path) in enumerate(variants.items()):
            found[name].add(bench.deliver(path, day=day))
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
    show_goals(goals)


def show_history(bench: Bench, loads: list[float], reads: history.Reads) -> None:
    """Print what ten deliveries cost, what they take, and what reads of them cost."""
    print()
    print(
        f"{bench.rows:,} rows, {len(loads)} deliveries a month apart, 1 % changed in each: first "
        f"{loads[0]:.2f} s, then {statistics.median(loads[1:]):.2f} s each (median; last "
        f"{loads[-1]:.2f} s)"
    )
    for name, size in sorted(reads.bytes.items()):
        print(f"{name:40}{size / MB:9.0f} MB")
    for name, seconds in reads.seconds.items():
        print(f"read: {name:28}{seconds * 1000:12.1f} ms")
    asked = reads.seconds
    show_goals(
        [
            ("last delivery / second", loads[-1] / loads[1], 1.1, "<="),
            ("current view / plain table", asked["current view"] / asked["plain table"], 1.1, "<="),
            ("as at / current view", asked["as at"] / asked["current view"], 2.0, "<="),
            ("as known / current view", asked["as known"] / asked["current view"], 2.0, "<="),
        ]
    )


def show_goals(goals: list[tuple[str, float, float, str]]) -> None:
    """Print figures beside their goals."""
    print()
    for name, value, goal, sign in goals:
        met = value <= goal if sign == "<=" else value >= goal
        print(f"{name:34}{value:9.2f}  goal {sign} {goal:g}  {'met' if met else 'NOT MET'}")


if __name__ == "__main__":
    main()
