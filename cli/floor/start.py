"""From nothing to a running Watersmeet: database, example, Airflow, deliveries, summary."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import psycopg
from rich.console import Console

from cli.floor.configuration import Floor, configure
from cli.floor.example import ensure_example, example_api
from cli.floor.ports import choose
from cli.floor.processes import Processes
from cli.floor.rest import Airflow
from cli.floor.summary import addresses, nothing_new, summary
from cli.floor.watch import Outcome, database_clock, watch
from connectors.errors import Unreachable
from contracts.declarations import Declarations, load
from repository.database import NAMED, connected, parsed
from repository.migrate import migrate
from repository.server import Server, Urls
from repository.state import read_private, write_private

READY_WITHIN = 180.0
"""Seconds; on a quiet machine Airflow is ready in 12, on a crowded one in a minute."""


def start(state: Path, *, once: bool, rows: int, port: int | None) -> bool:
    """Run it; whether every delivery reconciled and no declaration is broken."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    with Processes(state) as processes:
        # Before a database is made: a port that is taken is said at once.
        chosen = choose(port, console)
        with _database(state, console) as urls:
            return _start(state, urls, chosen, processes, console, once=once, rows=rows)


def _start(
    state: Path,
    urls: Urls,
    port: int,
    processes: Processes,
    console: Console,
    *,
    once: bool,
    rows: int,
) -> bool:
    """Bring database and example up to date, then Airflow where there is anything to run."""
    os.environ[NAMED] = urls.watersmeet
    os.environ["WATERSMEET_CONNECTIONS"] = str(state / "connections.json")
    floor = configure(state, urls, port)
    migrating = _start_airflow_migration(processes, floor, urls, state)
    with _told(console, "Repository migrated"):
        declared = load()
        migrate(urls.watersmeet, declared, state / "analysts.json")
    with _told(console, "Example region ready"):
        made = ensure_example(state, rows)
    with example_api(state):
        fresh = made or _new_arrivals(declared)
        if not fresh:
            settled = nothing_new(urls.watersmeet, console)
            if once:
                if migrating:
                    migrating()
                return _all_well(declared, None, console) and settled
        if migrating:
            with _told(console, "Airflow's database migrated"):
                migrating()
        return _on_the_floor(processes, floor, urls, declared, fresh, once, console)


def _on_the_floor(
    processes: Processes,
    floor: Floor,
    urls: Urls,
    declared: Declarations,
    fresh: bool,
    once: bool,
    console: Console,
) -> bool:
    """Start Airflow, run what is to be run, and stay until it is enough."""
    with (
        Airflow(floor.url, "admin", floor.passwords["admin"]) as airflow,
        _told(console, f"Airflow {version('apache-airflow')} ready"),
    ):
        _start_airflow(processes, floor)
        airflow.wait_until_well(READY_WITHIN, processes.check)
        wanted = {dag_id(feed) for feed in declared.feeds}
        airflow.wait_for_dags(wanted, READY_WITHIN, processes.check)
    outcome = None
    with Airflow(floor.url, "admin", floor.passwords["admin"]) as airflow:
        airflow.wait_until_well(READY_WITHIN, processes.check)
        if fresh:
            outcome = _run(airflow, declared, urls, processes, console)
            summary(outcome, console)
    well = _all_well(declared, outcome, console)
    addresses(floor, urls, console)
    if once:
        console.print("\nEverything stops now; without --once (ONCE=1) it stays up to look at.")
    else:
        console.print("\nCtrl-C stops everything.")
        while True:
            processes.check()
            time.sleep(1)
    return well


def dag_id(feed_id: str) -> str:
    """The DAG of a feed; the rule is dags/feed/names.py's, which needs Airflow to import."""
    return feed_id.replace("/", "__")


def _run(
    airflow: Airflow,
    declared: Declarations,
    urls: Urls,
    processes: Processes,
    console: Console,
) -> Outcome:
    """Start a run of every feed and watch them all to their end."""
    since = database_clock(urls.watersmeet)
    paused = airflow.dags()
    wanted = [dag_id(feed.id) for feed in declared.feeds.values() if feed.enabled]
    for dag in wanted:
        if paused[dag]:
            console.print(f"  {dag} is paused in Airflow and is left so.", style="yellow")
    runs = {dag: airflow.trigger(dag) for dag in wanted if not paused[dag]}
    return watch(airflow, runs, urls.watersmeet, since, processes.check, console)


def _new_arrivals(declared: Declarations) -> bool:
    """Whether any feed's place holds something that is not loaded; each place is looked at."""
    import stamina

    from pipeline.ingest import anything_new

    # A server that asks to wait is no news here.
    stamina.instrumentation.set_on_retry_hooks([])
    found = False
    for feed in declared.feeds.values():
        if feed.enabled:
            try:
                found = anything_new(feed.id) or found
            except Unreachable:
                found = True  # the feed's own run will say what is the matter
    return found


def _all_well(declared: Declarations, outcome: Outcome | None, console: Console) -> bool:
    for wrong in declared.broken:
        console.print(f"Broken: {wrong}", style="red", markup=False)
    return not declared.broken and (outcome is None or outcome.well)


@contextmanager
def _database(state: Path, console: Console) -> Iterator[Urls]:
    """PostgreSQL for both databases; the repository's is another where the environment says so."""
    server = Server(state)
    with _told(console, "PostgreSQL ready"):
        urls = server.ensure()
    named = os.environ.get(NAMED)
    if named:
        parts = parsed(named)
        with connected(named):
            pass  # it is there and lets us in, or this says why not
        urls = replace(urls, watersmeet=named, host=parts.host or "", port=parts.port or 5432)
    try:
        yield urls
    finally:
        server.stop()


def _start_airflow_migration(
    processes: Processes, floor: Floor, urls: Urls, state: Path
) -> Callable[[], None] | None:
    """Start bringing Airflow's database to this Airflow; None where it is there already.

    ``airflow db migrate`` takes five seconds to find nothing to do, so what it did is written down
    and compared with what the database itself says.
    """
    record = state / "airflow" / "migrated.json"
    known = read_private(record)
    this = version("apache-airflow")
    if known.get("airflow") == this and known.get("revision") == _revision(urls.airflow):
        return None
    running = processes.start(
        "airflow-migrate", [sys.executable, "-m", "airflow", "db", "migrate"], floor.environment
    )

    def finish() -> None:
        processes.wait_for(running)
        write_private(record, {"airflow": this, "revision": _revision(urls.airflow)})

    return finish


def _revision(url: str) -> str | None:
    with connected(url) as conn:
        try:
            row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return row[0] if row else None


def _start_airflow(processes: Processes, floor: Floor) -> None:
    for name, more in {
        "api-server": [],
        "scheduler": ["--skip-serve-logs"],
        "dag-processor": [],
        "triggerer": ["--skip-serve-logs"],
    }.items():
        command = [sys.executable, "-m", "airflow", name, *more]
        processes.start(f"airflow-{name}", command, floor.environment)


@contextmanager
def _told(console: Console, what: str) -> Iterator[None]:
    """Say how long something took, once it is done."""
    started = time.monotonic()
    with console.status(f"{what} ...") if console.is_terminal else _nothing():
        yield
    console.print(f"  {what}  [dim]{time.monotonic() - started:.1f} s[/dim]")


@contextmanager
def _nothing() -> Iterator[None]:
    yield
