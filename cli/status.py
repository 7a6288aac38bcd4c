"""``watersmeet status``: feeds, their last deliveries, and where things are."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

_MOST_NAMES = 3


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every feed with its last delivery and counts, and the addresses of database and Airflow.

    Examples: watersmeet status; watersmeet status --json | jq '.feeds[] | select(.overdue)'
    """
    from pipeline.status import status as told

    whole = told()
    if as_json:
        print(json.dumps(whole, indent=2, default=str, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        # Written to a file or pipe, a line need not fit a screen.
        _show(whole, console if console.is_terminal else Console(highlight=False, width=200))


def _show(whole: dict[str, Any], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("feed", no_wrap=True)
    table.add_column("last delivery", no_wrap=True, overflow="ellipsis", max_width=32)
    table.add_column("landed at", no_wrap=True)
    counts = ("landed", "new", "changed", "unchanged", "quarantined", "excluded")
    for name in counts:
        table.add_column(name, justify="right")
    table.add_column("kitemark", no_wrap=True)
    table.add_column("note")
    for feed in whole["feeds"]:
        cells = ["" if feed[name] is None else f"{feed[name]:,}" for name in counts]
        when = f"{feed['landed_at']:%F %H:%M}" if feed["landed_at"] else ""
        told = (feed["feed"], feed["delivery"] or "none yet", when, *cells)
        table.add_row(*told, feed["kitemark"] or "", _note(feed))
    console.print(table)
    for line in _waiting(whole["feeds"]) + _gone(whole["gone"]):
        console.print(line, style="yellow", markup=False)
    for held in whole["held"]:
        console.print(
            f"Held: {held['feed']}  {held['name']} waits for a person to decide; "
            f"watersmeet held show {held['hold_id']}",
            style="yellow",
            markup=False,
        )
    for accepted in whole["accepted"]:
        console.print(
            f"Accepted: {accepted['feed']}  {accepted['name']} is not loaded yet; "
            f"watersmeet run {accepted['feed']}",
            style="yellow",
            markup=False,
        )
    for refused in whole["refused"]:
        console.print(
            f"Refused: {refused['feed']}  {refused['message']}",
            style="yellow",
            markup=False,
        )
    for wrong in whole["broken"]:
        console.print(f"Broken: {wrong}", style="red", markup=False)
    _lineage(console)
    console.print(f"\nBackup    {_backup(whole['backup'])}", markup=False)
    console.print(f"Database  {whole['database']}", markup=False)
    console.print(f"Airflow   {whole['airflow'] or 'not running'}", markup=False)


def _waiting(feeds: list[dict[str, Any]]) -> list[str]:
    """A line for each feed at whose place something waits to be finished."""
    lines = []
    for feed in feeds:
        waiting = feed["unfinished"] if feed["enabled"] else []
        named = "; ".join(f"{one['name']} {one['why']}" for one in waiting[:_MOST_NAMES])
        more = len(waiting) - _MOST_NAMES
        if waiting:
            also = f"; and {more:,} more" if more > 0 else ""
            lines.append(f"Waits: {feed['feed']}  {named}{also}")
    return lines


def _gone(feeds: list[dict[str, Any]]) -> list[str]:
    """A line for each feed whose place lacks what it had."""
    lines = []
    for one in feeds:
        named = ", ".join(one["names"]) + (", ..." if one["gone"] > len(one["names"]) else "")
        if one["gone"] == one["of"] > 1:
            told = f"all {one['of']:,} deliveries are gone from the place ({named}); is the share"
            lines.append(f"Gone: {one['feed']}  {told} mounted?")
        else:
            told = f"{one['gone']:,} of {one['of']:,} deliveries are no longer at the place"
            lines.append(f"Gone: {one['feed']}  {told}: {named}")
    return lines


def _backup(told: dict[str, Any]) -> str:
    """How backups stand, by the last restore that was tried."""
    last = told["last_check"]
    if not told["set_up"]:
        return f"not set up{' any more' if last else ''}; see docs/backup.md"
    if last is None:
        return "set up; none was restored to try it yet (`watersmeet backup try`)"
    when = f"{last['checked_at']:%F %H:%M}"
    if last["outcome"] != "good":
        return f"the restore tried on {when} FAILED: {last['message']}"
    return (
        f"restored to try it on {when}: at most {last['lost_seconds']:,.0f} s lost, back in "
        f"{last['recovery_seconds']:,.0f} s"
    )


def _lineage(console: Console) -> None:
    """A line where lineage events are stuck."""
    from pipeline.lineage_events.standing import pending

    found = pending()
    if found["stuck"]:
        console.print(
            f"Lineage: {found['waiting']:,} events wait, {found['refused']:,} were refused; "
            "watersmeet lineage pending",
            style="yellow",
            markup=False,
        )


def _note(feed: dict[str, Any]) -> str:
    if not feed["enabled"]:
        return "disabled"
    if feed["progress"] == "working":
        return f"{feed['step']}, {feed['rows']:,} rows"
    return "overdue" if feed["overdue"] else ""
