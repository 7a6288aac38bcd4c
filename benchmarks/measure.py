"""One measurement in a process of its own, so that memory and processor time are its own."""

import argparse
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

BLOCK = 1 << 20


def raw_copy(path: Path, url: str) -> dict[str, Any]:
    """COPY of the file as it is into an unlogged table of text: the unit of all ratios."""
    from psycopg import sql

    from repository.database import connect

    with path.open(encoding="utf-8") as lines:
        names = next(lines).strip().split(",")
    with connect(url, autocommit=True) as conn:
        conn.execute("DROP TABLE IF EXISTS raw_copy")
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(n)) for n in names)
        conn.execute(sql.SQL("CREATE UNLOGGED TABLE raw_copy ({})").format(columns))
        began = time.perf_counter()
        with (
            conn.cursor() as cursor,
            cursor.copy("COPY raw_copy FROM STDIN (FORMAT csv, HEADER)") as copy,
            path.open("rb") as file,
        ):
            while block := file.read(BLOCK):
                copy.write(block)
        seconds = time.perf_counter() - began
        conn.execute("DROP TABLE raw_copy")
    return {"seconds": seconds}


def ours(feed: str) -> dict[str, Any]:
    """Discover, land, load and reconcile what is at the feed's place."""
    from pipeline.ingest import run_feed

    began = time.perf_counter()
    runs = run_feed(feed)
    seconds = time.perf_counter() - began
    (run,) = runs
    assert run.outcome is not None, run.refused
    return {"seconds": seconds, "outcome": vars(run.outcome)}


def usual_way(path: Path, url: str) -> dict[str, Any]:
    """As most teams write it."""
    from benchmarks.usual_way import load

    began = time.perf_counter()
    rows = load(path, url)
    return {"seconds": time.perf_counter() - began, "rows": rows}


def main() -> None:
    """Measure one thing; prints JSON with seconds, cpu (seconds) and peak (bytes)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["raw-copy", "ours", "usual-way"])
    parser.add_argument("subject", help="a file, or a feed for ours")
    parser.add_argument("--url", default=os.environ.get("WATERSMEET_DATABASE_URL", ""))
    chosen = parser.parse_args()
    match chosen.what:
        case "raw-copy":
            told = raw_copy(Path(chosen.subject), chosen.url)
        case "ours":
            told = ours(chosen.subject)
        case _:
            told = usual_way(Path(chosen.subject), chosen.url)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**told, "cpu": used.ru_utime + used.ru_stime, "peak": _peak(used.ru_maxrss)}))


def _peak(most: int) -> int:
    """Bytes of memory this process had at most.

    What the operating system tells of a process (``ru_maxrss``) begins with what its parent had
    when it started it, and ours made the files: Linux knows the process's own beside.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return most * 1024


if __name__ == "__main__":
    main()
