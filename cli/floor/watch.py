"""Shows deliveries as they move: one line each, with rows, seconds and what became of the rows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from cli.floor.rest import Airflow, Failure
from repository.database import connected

COUNTS = ("new", "changed", "unchanged", "quarantined")
ENDED = {"success", "failed"}


@dataclass(frozen=True)
class Delivered:
    """One delivery as the repository records it; counts are rows."""

    id: int
    feed: str
    name: str
    landed: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    excluded: int
    seconds: float

    @property
    def reconciles(self) -> bool:
        """Whether every landed row is accounted for."""
        return self.landed == sum(
            (self.new, self.changed, self.unchanged, self.quarantined, self.excluded)
        )


@dataclass(frozen=True)
class Moving:
    """A delivery at work: the step it has come to and the rows read so far."""

    feed: str
    name: str
    step: str
    rows: int


@dataclass(frozen=True)
class Outcome:
    """What came of the runs: deliveries loaded, runs that failed with their reasons, and DAGs whose
    runs wait for a person to decide about a held delivery."""

    delivered: tuple[Delivered, ...]
    failed: Mapping[str, tuple[Failure, ...]]
    held: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether every run ended well and every delivery reconciles."""
        return not (self.failed or self.held) and all(one.reconciles for one in self.delivered)


def database_clock(url: str) -> datetime:
    """The time by the database, which orders deliveries."""
    with connected(url) as conn:
        row = conn.execute("SELECT clock_timestamp()").fetchone()
    if row is None:
        raise LookupError("the database told no time")
    return row[0]  # type: ignore[no-any-return]


def delivered_since(conn: psycopg.Connection, since: datetime) -> list[Delivered]:
    """Deliveries loaded since a time, in the order they were."""
    rows = conn.execute(
        """
        SELECT d.delivery_id, f.name, d.name, d.landed, d.new, d.changed, d.unchanged,
            d.quarantined, d.excluded, d.seconds
        FROM watersmeet.delivery d JOIN watersmeet.feed f USING (feed_id)
        WHERE d.loaded_at >= %s AND d.state = 'loaded' ORDER BY d.delivery_id
        """,
        (since,),
    )
    return [Delivered(*row) for row in rows]


def moving(conn: psycopg.Connection, since: datetime) -> list[Moving]:
    """Deliveries at work, by what they last said."""
    rows = conn.execute(
        "SELECT feed, delivery, step, rows FROM watersmeet.progress"
        " WHERE state = 'working' AND updated_at >= %s ORDER BY started_at",
        (since,),
    )
    return [Moving(*row) for row in rows]


def waiting(conn: psycopg.Connection) -> set[str]:
    """DAGs of the feeds with a held delivery that nobody has decided about."""
    rows = conn.execute(
        "SELECT f.name FROM watersmeet.hold h JOIN watersmeet.feed f USING (feed_id)"
        " WHERE h.state = 'waiting'"
    )
    return {str(row[0]).replace("/", "__") for row in rows}


def watch(
    airflow: Airflow,
    runs: Mapping[str, str],
    url: str,
    since: datetime,
    check: Callable[[], None],
    console: Console,
) -> Outcome:
    """Show what moves until every run has ended, or waits for a person; the outcome.

    Args:
        runs: the run of each DAG.
        url: the repository's database.
        since: deliveries loaded from then on are shown.
        check: raises when going on has become useless.
    """
    states: dict[str, str] = {}
    held: list[str] = []
    with connected(url, autocommit=True) as conn, _lines(console) as lines:
        shown = _Shown(lines, console)
        while True:
            check()
            states = airflow.states(runs)
            shown.update(delivered_since(conn, since), moving(conn, since))
            going = [dag_id for dag_id, state in states.items() if state not in ENDED]
            asked = waiting(conn) if going else set()
            held = [one for one in going if one in asked and airflow.waits(one, runs[one])]
            if set(states) == set(runs) and held == going:
                break
            time.sleep(0.4)
        delivered = delivered_since(conn, since)
        shown.update(delivered, [])
    failed = {
        dag_id: tuple(airflow.failures(dag_id, runs[dag_id]))
        for dag_id, state in states.items()
        if state == "failed"
    }
    return Outcome(tuple(delivered), failed, tuple(held))


class _Counts(ProgressColumn):
    """What became of the rows, once it is known."""

    def render(self, task: Task) -> Text:
        counts = task.fields.get("counts")
        if counts is None:
            return Text(str(task.fields["step"]), style="dim")
        text = Text()
        for name in COUNTS:
            number = getattr(counts, name)
            style = "" if number else "dim"
            if number and name == "quarantined":
                style = "yellow"
            text.append(f"{'loaded' if name == 'new' else name} {number:,}  ", style=style)
        return text


class _Shown:
    """The lines on the screen, or one printed line a delivery where there is no screen."""

    def __init__(self, lines: Progress, console: Console) -> None:
        self._lines = lines
        self._console = console
        self._ids: dict[tuple[str, str], TaskID] = {}
        self._begun: dict[tuple[str, str], float] = {}
        self._done: set[int] = set()

    def update(self, delivered: list[Delivered], at_work: list[Moving]) -> None:
        for one in at_work:
            line = self._line(one.feed, one.name)
            seconds = time.monotonic() - self._begun[one.feed, one.name]
            self._lines.update(line, rows=one.rows, seconds=seconds, step=one.step)
        for done in delivered:
            if done.id in self._done:
                continue
            self._done.add(done.id)
            line = self._line(done.feed, done.name)
            self._lines.update(
                line,
                total=1,
                completed=1,
                rows=done.landed,
                seconds=done.seconds,
                counts=done,
            )
            self._ids.pop((done.feed, done.name))  # the same name may come once more
            if not self._console.is_terminal:
                self._console.print(plain(done), markup=False, soft_wrap=True)

    def _line(self, feed: str, name: str) -> TaskID:
        if (feed, name) not in self._ids:
            self._begun[feed, name] = time.monotonic()
            self._ids[feed, name] = self._lines.add_task(
                f"{feed}  {name}", total=None, rows=0, seconds=0.0, step="", counts=None
            )
        return self._ids[feed, name]


def plain(done: Delivered) -> str:
    """A delivery in one line of text."""
    counts = " ".join(
        f"{'loaded' if name == 'new' else name} {getattr(done, name):,}" for name in COUNTS
    )
    return f"  {done.feed}  {done.name}  {done.landed:,} rows  {done.seconds:.1f} s  {counts}"


def _lines(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[rows]:>9,} rows"),
        TextColumn("{task.fields[seconds]:>5.1f} s"),
        _Counts(),
        console=console,
        refresh_per_second=5,
        disable=not console.is_terminal,
    )
