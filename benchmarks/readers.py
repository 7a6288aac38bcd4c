"""``make bench ARGS="--only readers"``: every reader against its library used bare.

Bare means: the library alone, every value as it gives it, in the process that measures. Ours means
all that a delivery gets: the kind of file told from its bytes, parsing in a confined child where
the form is not to be trusted, every value as text, every record hashed, what is wrong found. Each
measurement has a process of its own, ours and bare by turns, which has read a file of ten rows of
the form before the clock starts: what is imported and started once is on neither; the start of the
child is on it. Only ratios within one run mean anything.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.readers_bare import BARE
from benchmarks.readers_files import FILES

GOAL = 1.3
"""Times the library's own seconds that a reader may take of text and workbooks."""
GOALS = ("delimited text", "xlsx", "xls", "xlsb", "ods")
HERE = Path(__file__).parent


def ours(path: Path) -> int:
    """Rows of all tables of a file, read as a delivery is."""
    from connectors.read import open_tables

    return sum(len(batch.rows) for table in open_tables(path) for batch in table.batches())


def measure(who: str, small: Path, path: Path) -> dict[str, Any]:
    """Seconds, processor seconds, bytes of memory at most and rows of one reading."""
    read: Callable[[Path], int]
    started = 0.0
    if who == "ours":
        import pandas  # noqa: F401 - a worker of the pipeline has it loaded

        from connectors.confined import children

        children.nursery().end(0)  # a worker starts it once; it answers when it is ready
        read = ours
    else:
        read = BARE[who]()
    read(small)
    if who == "ours":
        started = _processor_of(children.nursery().process)
    before, began = _processor(), time.perf_counter()
    rows = read(path)
    seconds = time.perf_counter() - began
    if who == "ours":
        before += started
        children.hang_up()  # What it used is told when it has ended.
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {
        "seconds": seconds,
        "cpu": _processor() - before,
        "peak": max(_peak(), child),
        "rows": rows,
    }


def _processor() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _processor_of(process: int) -> float:
    """Processor seconds of another process and of those it has waited for."""
    facts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, facts[11:15])) / os.sysconf("SC_CLK_TCK")


def _peak() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _measured(who: str, small: Path, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.readers", "--measure", who, str(small), str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent,
    )
    if done.returncode:
        raise SystemExit(f"{who} of {path.name} failed:\n{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def run(rows: int, rounds: int, chosen: list[str] | None = None) -> list[tuple[str, float, float]]:
    """Measure and print; gives (form and library, ratio, goal) of the forms that have a goal."""
    found: list[tuple[str, float, float]] = []
    print(
        f"{'':16}{'bare library':18}{'rows':>9}{'rows/s ours':>13}{'bare':>11}"
        f"{'× time':>8}{'× CPU':>7}{'MB ours':>9}{'bare':>7}"
    )
    with tempfile.TemporaryDirectory(prefix="watersmeet-readers-") as folder:
        for form, (ending, write, libraries) in FILES.items():
            if chosen and form not in chosen:
                continue
            small, path = (Path(folder) / f"{name}.{ending}" for name in ("small", "rows"))
            write(small, 10)
            write(path, rows)
            taken: dict[str, list[dict[str, Any]]] = {"ours": [], **{one: [] for one in libraries}}
            for _ in range(rounds):
                for who, told in taken.items():
                    told.append(_measured(who, small, path))
            for library in libraries:
                ratio = _show(form, library, taken["ours"], taken[library])
                if form in GOALS:
                    found.append((f"{form} / {library}", ratio, GOAL))
            path.unlink()
    return found


def _show(
    form: str, library: str, mine: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> float:
    """Print one line; gives the ratio of seconds a row."""
    seconds, bare = (statistics.median(one["seconds"] for one in both) for both in (mine, theirs))
    cpu, bare_cpu = (statistics.median(one["cpu"] for one in both) for both in (mine, theirs))
    rows = mine[0]["rows"]
    print(
        f"{form:16}{library:18}{rows:9,}{rows / seconds:13,.0f}{rows / bare:11,.0f}"
        f"{seconds / bare:8.2f}{cpu / bare_cpu:7.2f}"
        f"{max(one['peak'] for one in mine) / 1e6:9.0f}"
        f"{max(one['peak'] for one in theirs) / 1e6:7.0f}"
    )
    return seconds / bare


def main() -> None:
    """Measure all, or one for the process that asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--measure", nargs=3, metavar=("WHO", "SMALL", "FILE"), help=argparse.SUPPRESS
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--form", action="append", choices=list(FILES))
    chosen = parser.parse_args()
    if chosen.measure:
        who, small, path = chosen.measure
        print(json.dumps(measure(who, Path(small), Path(path))))
        return
    found = run(chosen.rows, chosen.rounds, chosen.form)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    for form, ratio, goal in found:
        print(f"{form:34}{ratio:9.2f}  goal <= {goal:g}  {'met' if ratio <= goal else 'NOT MET'}")


if __name__ == "__main__":
    main()
