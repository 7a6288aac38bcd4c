"""``python -m benchmarks.councils``: the children of many councils, a feed each, in one repository.

Makes the region, loads every feed in a process of its own, compares the outcomes with the right
answers, and reads across all feeds.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

from benchmarks.bench import MB, Bench, benching
from contracts.declarations import load as declared
from pipeline.example.connections import write_connections
from pipeline.example.councils import declare, supplies
from pipeline.example.region import make
from pipeline.example.supply import Plan
from repository.database import connect
from repository.migrate import migrate

QUESTIONS = {
    "count of all persons": "SELECT count(*), max(surname) FROM store.person",
    "one person, feed not known": "SELECT * FROM store.person WHERE person_id = %(id)s",
    "persons of one feed": "SELECT count(surname) FROM store.person WHERE feed_id = %(feed)s",
    "pupils on two rolls": (
        "SELECT count(*) FROM (SELECT reference FROM store.person GROUP BY reference"
        " HAVING count(*) > 1) twice"
    ),
    "enrolments with their persons": (
        "SELECT count(p.surname) FROM store.enrolment e JOIN store.person p"
        " ON p.person_id = e.person_id AND p.feed_id = e.feed_id"
    ),
}


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.councils", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="children of all councils")
    parser.add_argument("--councils", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with benching(chosen.rows) as bench:
        region = bench.files / "region"
        began = time.perf_counter()
        make(Plan(7, chosen.rows), region, supplies=supplies(chosen.councils))
        print(f"made {chosen.rows:,} children in {time.perf_counter() - began:.0f} s", flush=True)
        folder = declare(chosen.councils, region)
        places = region / "connections.json"
        write_connections(places, region, 1)
        os.environ |= {
            "WATERSMEET_CONTRACTS": str(folder),
            "WATERSMEET_CONNECTIONS": str(places),
        }
        migrate(bench.url, declared(folder), bench.server.folder.parent / "analysts.json")
        load(bench, region, list(declared(folder).feeds))
        read(bench, chosen.rounds)


def load(bench: Bench, region: Path, feeds: list[str]) -> None:
    """Load every feed and hold the outcome against its answers."""
    seconds, rows, wrong, peak = [], 0, [], 0.0
    for feed in feeds:
        told = bench.measure("ours", feed)
        answers = json.loads((region / "answers" / f"{feed}.json").read_text())
        expected = {**answers["outcome"], "quarantined": len(answers["quarantined"])}
        if any(told["outcome"][name] != count for name, count in expected.items()):
            wrong.append(feed)
        seconds.append(told["seconds"])
        rows += told["outcome"]["landed"]
        peak = max(peak, told["peak"])
        print(f"{feed}: {told['seconds']:.2f} s", file=sys.stderr)
    print(
        f"{len(feeds)} feeds, {rows:,} records in {sum(seconds):.1f} s: "
        f"{rows / sum(seconds):,.0f} a second; first feed {seconds[0]:.2f} s, median "
        f"{statistics.median(seconds):.2f} s, last {seconds[-1]:.2f} s; peak {peak / MB:.0f} MB; "
        f"outcomes other than the right answers: {', '.join(wrong) or 'none'}"
    )


def read(bench: Bench, rounds: int) -> None:
    """Ask across all feeds."""
    with connect(bench.url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE store.person, store.enrolment")
        facts = conn.execute("SELECT person_id AS id, feed_id FROM store.person LIMIT 1").fetchone()
        assert facts is not None, "the region has persons"
        asked = {"id": facts[0], "feed": facts[1]}
        for name, question in QUESTIONS.items():
            taken = []
            for _ in range(rounds + 1):
                began = time.perf_counter()
                conn.execute(question.encode(), asked).fetchall()
                taken.append(time.perf_counter() - began)
            print(f"read: {name:32}{statistics.median(taken[1:]) * 1000:12.1f} ms")
        row = conn.execute("SELECT pg_database_size(current_database())").fetchone()
        print(f"database {row[0] / MB if row else 0:,.0f} MB")


if __name__ == "__main__":
    main()
