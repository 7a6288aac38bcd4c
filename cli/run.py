"""``watersmeet run``: a feed's new deliveries the whole way, in this process."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from pipeline.ingest import Run


def run(
    feed: Annotated[str, typer.Argument(help="The feed, as <organisation>/<dataset>.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")] = False,
) -> None:
    """Fetch, check and load a feed's new deliveries here and now, without Airflow.

    Example: watersmeet run northmoor/spend

    Exit code 0 where every delivery was loaded, 1 where nothing was new, 2 where one was refused,
    3 where one is held for a person to decide (`watersmeet held`).
    """
    from pipeline.ingest import run_feed

    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rows]:>12,} rows"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        lines: dict[str, TaskID] = {}

        def show(delivery: str, step: str, rows: int) -> None:
            if delivery not in lines:
                lines[delivery] = bars.add_task(delivery, total=None, rows=0)
            bars.update(lines[delivery], description=f"{delivery}: {step}", rows=rows)

        runs = run_feed(feed, show)
    if as_json:
        print(json.dumps([facts_of(one) for one in runs], indent=2))
    else:
        for one in runs:
            console.print(line_of(one), markup=False)
        if not runs:
            console.print(f"{feed}: nothing new.", markup=False)
    if any(one.refused for one in runs):
        raise typer.Exit(2)
    if any(one.held for one in runs):
        raise typer.Exit(3)
    if all(one.outcome is not None and one.outcome.state == "already" for one in runs):
        raise typer.Exit(1)


def facts_of(one: "Run") -> dict[str, Any]:
    """A delivery's way as plain values."""
    return {
        "feed": one.delivery.feed,
        "delivery": one.delivery.name,
        "sha256": one.delivery.sha256,
        "refused": one.refused,
        "held": _held(one),
        "outcome": asdict(one.outcome) if one.outcome else None,
    }


def _held(one: "Run") -> dict[str, Any] | None:
    if one.held is None:
        return None
    return {
        "hold_id": one.held.hold_id,
        "findings": [found.to_json() for found in one.held.findings],
    }


def _held_for(one: "Run") -> list[str]:
    """What stops a held delivery."""
    from contracts.issues import issue_types

    kinds = issue_types()
    findings = one.held.findings if one.held is not None else ()
    return [found.message for found in findings if kinds[found.code].severity == "stop"]


def line_of(one: "Run") -> str:
    """A delivery's way in words."""
    head = f"{one.delivery.feed}  {one.delivery.name}: "
    outcome = one.outcome
    if one.held is not None:
        found = "".join(f"\n    {message}" for message in _held_for(one))
        return (
            f"{head}held for a person to decide (hold {one.held.hold_id}); nothing of it is loaded:"
            f"{found}\n    Look: watersmeet held show {one.held.hold_id}"
        )
    if outcome is None:
        return f"{head}refused: {one.refused}"
    if outcome.state == "already":
        return f"{head}the same bytes are loaded already, nothing to do"
    if outcome.state == "superseded":
        return f"{head}a later delivery is loaded already, nothing to do"
    counts = ", ".join(
        f"{count:,} {name}"
        for name, count in asdict(outcome).items()
        if count and name in ("new", "changed", "unchanged", "quarantined", "excluded")
    )
    ended = f"; {outcome.ended:,} ended" if outcome.ended else ""
    return f"{head}{outcome.landed:,} landed = {counts}{ended} in {outcome.seconds:.1f} s"
