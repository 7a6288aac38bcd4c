"""Ten deliveries of history, then reads: the current view, a date, a moment, one identifier."""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.bench import FIRST, Bench
from repository.access.apply import passwords_file
from repository.database import connect
from repository.state import read_private

DELIVERIES = 10
CHANGED = 0.01
VIEW = "person_event"
READ = "SELECT count(*), sum(amount), min(birth_date), max(surname), count(postcode) FROM {}"
"""What every read works out, so that rows are read whole and not only counted."""


@dataclass(frozen=True)
class Reads:
    """Median seconds of each read, and what the tables take."""

    seconds: dict[str, float]
    bytes: dict[str, int]


def deliveries(bench: Bench) -> list[float]:
    """Load ten deliveries a month apart, each with 1 % of the rows changed; seconds of each."""
    bench.fresh()
    seconds = []
    for number in range(DELIVERIES):
        path = bench.files / "turn.csv"
        bench.write(path, changed=CHANGED if number else 0.0, turns=number)
        told = bench.deliver(path, day=number)
        seconds.append(told["seconds"])
        print(f"delivery {number + 1}: {told['seconds']:.2f} s", file=sys.stderr)
        path.unlink()
    return seconds


def reads(bench: Bench, rounds: int) -> Reads:
    """The same question of a plain table, the current view, and the past; interleaved."""
    half = FIRST + timedelta(days=30 * (DELIVERIES // 2))
    with _owner(bench) as owner, _analyst(bench) as analyst:
        moment, one = _before_last(owner), _one(owner)
        _plain_copy(owner)
        facts = {"day": half, "moment": moment, "id": one}
        asked = {
            "plain table": (owner, READ.format("plain")),
            "current view": (analyst, READ.format(VIEW)),
            "as at": (analyst, READ.format(f"{VIEW}_as_at(%(day)s)")),
            "as known": (analyst, READ.format(f"{VIEW}_as_known(%(moment)s)")),
            "as at, as known": (analyst, READ.format(f"{VIEW}_as_at(%(day)s, %(moment)s)")),
            "one identifier": (
                owner,
                "SELECT * FROM store.person_event WHERE person_event_id = %(id)s",
            ),
        }
        found: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(rounds + 1):
            for name, (conn, query) in asked.items():
                began = time.perf_counter()
                conn.execute(query.encode(), facts).fetchall()
                found[name].append(time.perf_counter() - began)
        sizes = _sizes(owner)
        owner.execute("DROP TABLE plain")
    # The first round warmed the server's memory.
    return Reads({name: statistics.median(some[1:]) for name, some in found.items()}, sizes)


@contextmanager
def _owner(bench: Bench) -> Iterator[psycopg.Connection]:
    with connect(bench.url, autocommit=True) as conn:
        yield conn


@contextmanager
def _analyst(bench: Bench) -> Iterator[psycopg.Connection]:
    role = "benchmark_analyst"
    word = read_private(passwords_file(bench.server.folder.parent))[role]
    url = make_url(bench.url).set(username=role, password=word)
    with connect(url.render_as_string(hide_password=False), autocommit=True) as conn:
        yield conn


def _plain_copy(conn: psycopg.Connection) -> None:
    """The current rows' own columns in a table of nothing else."""
    columns = [
        name
        for (name,) in conn.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'store.person_event'::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        )
    ]
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    conn.execute(sql.SQL("CREATE TABLE plain AS SELECT {} FROM store.person_event").format(listed))
    conn.execute("VACUUM ANALYZE plain, store.person_event, history.person_event")


def _before_last(conn: psycopg.Connection) -> object:
    row = conn.execute(
        "SELECT max(loaded_at) - interval '1 microsecond' FROM watersmeet.delivery"
    ).fetchone()
    return row[0] if row else None


def _one(conn: psycopg.Connection) -> object:
    row = conn.execute("SELECT person_event_id FROM store.person_event LIMIT 1").fetchone()
    return row[0] if row else None


def _sizes(conn: psycopg.Connection) -> dict[str, int]:
    rows = conn.execute(
        """
        SELECT n.nspname || '.' || c.relname, pg_total_relation_size(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('store', 'history') AND c.relkind = 'r' OR c.relname = 'plain'
        """
    )
    return {str(name): int(size) for name, size in rows}
