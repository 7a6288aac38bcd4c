"""``watersmeet backup`` and ``watersmeet restore``: copies of everything, and the way back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from repository.backup.manifest import Manifest
    from repository.backup.restore import Restored

backup = typer.Typer(help="Backups: take, ship, list, verify, try, prune. See docs/backup.md.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class MomentUnclear(Exception):
    """A moment was given that cannot be read."""


@backup.command()
def take(
    full: Annotated[bool, typer.Option("--full", help="A full one, whatever there is.")] = False,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Only what changed since the last one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a backup: the database, the log, landed bytes; keys to a place of their own.

    Without an option: incremental, and a full one once a week.

    Example: watersmeet backup take --full
    """
    from pipeline.backup import take as taken

    if full and incremental:
        raise typer.BadParameter("either --full or --incremental")
    kind = "full" if full else "incremental" if incremental else None
    with _progress(as_json) as show:
        made = taken(kind, show)
    if as_json:
        _print_json(_facts(made))
        return
    console = _console()
    console.print(
        f"{made.name}: {_size(made.stored_bytes)}, {sum(made.counts.values()):,} rows in "
        f"{len(made.counts)} tables, {made.landed_files:,} landed files. It can be restored to any "
        f"moment from {made.restore_point_at:%F %T} UTC on.",
        markup=False,
    )


@backup.command()
def ship(as_json: AsJson = False) -> None:
    """Carry the log and the bytes landed since to the place of backups; often, from a timer.

    Example: watersmeet backup ship
    """
    from pipeline.backup import ship as shipped

    with _progress(as_json) as show:
        made = shipped(show)
    if as_json:
        _print_json({"segments": made.segments, "landed": made.landed})
    else:
        _console().print(
            f"{made.segments} segments of the log and {made.landed} landed files carried."
        )


@backup.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the backups, oldest first, and what is broken or unfinished.

    Example: watersmeet backup list --json | jq '.backups[-1].name'
    """
    from pipeline.backup import shelf

    found = shelf()
    if as_json:
        _print_json(
            {
                "backups": [_facts(one) for one in found.backups],
                "broken": found.broken,
                "unfinished": found.unfinished,
            }
        )
        return
    console = _console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (
        "backup",
        "restores from (UTC)",
        "size",
        "rows",
        "landed files",
        "goes on from",
    ):
        table.add_column(heading, no_wrap=True)
    for one in found.backups:
        table.add_row(
            one.name,
            f"{one.restore_point_at:%F %T}",
            _size(one.stored_bytes),
            f"{sum(one.counts.values()):,}",
            f"{one.landed_files:,}",
            one.on or "",
        )
    console.print(table if found.backups else "There is no backup yet.")
    for wrong in found.broken:
        console.print(f"Broken: {wrong}", style="red", markup=False)
    for folder in found.unfinished:
        console.print(f"Unfinished, counts for nothing: {folder}", style="yellow", markup=False)


@backup.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="The backup; the newest if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of a backup, of the log since, and of its landed files; restores nothing.

    Example: watersmeet backup verify

    Exit code 1 where anything is missing or damaged.
    """
    from pipeline.backup import verify as verified

    with _progress(as_json) as show:
        found = verified(name, show)
    if as_json:
        _print_json(asdict(found))
    else:
        console = _console()
        reach = f", which reaches to {found.reaches:%F %T} UTC" if found.reaches else ""
        console.print(
            f"{found.backup}: {len(found.chain)} copies of the cluster, {found.segments} segments "
            f"of the log{reach}, {found.landed:,} landed files read.",
            markup=False,
        )
        for wrong in found.problems:
            console.print(f"Damaged: {wrong}", style="red", markup=False)
    if found.problems:
        raise typer.Exit(1)


@backup.command("try")
def try_(as_json: AsJson = False) -> None:
    """Restore the newest backup into a folder that is deleted again, check it, and record that.

    Example: watersmeet backup try
    """
    from pipeline.backup import try_restore

    with _progress(as_json) as show:
        told = try_restore(show)
    _report(told, as_json)


@backup.command()
def prune(
    fulls: Annotated[int, typer.Option(min=1, help="So many full backups are kept.")] = 4,
    days: Annotated[
        int, typer.Option(min=0, help="Any moment of so many days back can be restored.")
    ] = 30,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say it, delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete backups nobody needs: not among the last full ones, nor for the days to keep.

    Landed bytes stay. Where none of those to be kept is all there, nothing is deleted.

    Example: watersmeet backup prune --fulls 4 --days 30 --dry-run
    """
    from pipeline.backup import prune as pruned
    from repository.backup.prune import Kept

    done = pruned(Kept(fulls, days), dry=dry)
    if as_json:
        _print_json(asdict(done))
        return
    console, verb = _console(), "would be deleted" if dry else "deleted"
    for one in (*done.deleted, *done.unfinished):
        console.print(f"{one} {verb}", markup=False)
    console.print(f"{len(done.kept)} backups kept; {done.segments} segments of the log {verb}.")


def restore(
    to: Annotated[Path, typer.Option("--to", help="The new state folder; empty or not there.")],
    at: Annotated[
        str | None,
        typer.Option("--at", help="The moment, as 2026-11-20T17:30:00Z; the latest if left out."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--backup", help="The backup to begin from; chosen if left out.")
    ] = None,
    landing: Annotated[
        str | None,
        typer.Option("--landing", help="Where landed bytes go; `landing` in the folder."),
    ] = None,
    accept_damage: Annotated[
        bool, typer.Option("--accept-damage", help="Let it be started even where checks fail.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore everything into a new state folder, to any moment since a backup, and check it.

    What was committed by the moment is there, what came after is not. Reads only
    WATERSMEET_BACKUP and WATERSMEET_BACKUP_KEYS; never touches an installation that is there.

    Example: watersmeet restore --to /srv/watersmeet-new --at 2026-11-20T17:30:00Z

    Exit code 1 where checks fail; it cannot be started then, unless with --accept-damage.
    """
    from pipeline.backup import restore as restored
    from repository.backup.restore import Wanted

    wanted = Wanted(to, _moment(at), name, landing, accept_damage)
    with _progress(as_json) as show:
        told = restored(wanted, show)
    _report(told, as_json)
    if told.problems:
        raise typer.Exit(1)


def _moment(text: str | None) -> datetime | None:
    """A moment; without a zone, UTC is meant.

    Raises:
        MomentUnclear: it is none.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None:
        raise MomentUnclear(f"--at {text} is no moment; write 2026-11-20T17:30:00Z")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _report(told: "Restored", as_json: bool) -> None:
    if as_json:
        _print_json(asdict(told))
        return
    console = _console()
    for line in report(told):
        console.print(line, markup=False)
    for wrong in told.problems:
        console.print(f"Wrong: {wrong}", style="red", markup=False)
    if told.note:
        console.print(told.note, markup=False)


def report(told: "Restored") -> list[str]:
    """What came of a restore, in words."""
    last = f"{told.recovery_point:%F %T} UTC" if told.recovery_point else "before the backup ended"
    reach = f"{told.reaches:%F %T} UTC" if told.reaches else "unknown"
    lines = [
        f"Restored from {told.backup} into {told.state}.",
        f"Recovery point: {reach} (last commit {last}); at most {told.lost_seconds:,.0f} s lost.",
        f"Recovery time: {told.seconds:,.1f} s.",
        f"Checked: {told.rows:,} rows in {told.tables} tables, {told.hashes:,} landed files by "
        f"SHA-256, {told.proofs} values to their cells.",
    ]
    for step in told.before_opening:
        done = "nothing to do yet" if step["rows"] is None else f"{step['rows']:,} rows"
        lines.append(f"Before opening: {step['step']} ({step['does']}): {done}.")
    if told.opened:
        lines.append(
            f"Start it: WATERSMEET_STATE={told.state} watersmeet up, or make run STATE=..."
        )
    else:
        lines.append(
            "It was not opened, and cannot be started: see what is wrong. --accept-damage opens it "
            "all the same, into another folder."
        )
    return lines


def _facts(one: "Manifest") -> dict[str, Any]:
    return {**asdict(one), "bytes": one.stored_bytes}


def _size(size: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:,} {unit}"
        size //= 1024
    return f"{size:,} GiB"


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[str, int], None]]:
    """What is done now and how much of it, on a terminal."""
    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        task = bars.add_task("", total=None)
        sums: dict[str, int] = {}

        def show(step: str, done: int) -> None:
            # Of the cluster the whole so far is told, of the rest each part.
            sums[step] = done if step == "cluster" else sums.get(step, 0) + done
            bars.update(task, description=f"{step}  {_size(sums[step])}")

        yield show


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, default=str, ensure_ascii=False))


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    # Written to a file or pipe, a line need not fit a screen.
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=200)
