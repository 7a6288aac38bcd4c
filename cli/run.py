"""``watersmeet run``: a feed's new deliveries the whole way, in this process."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


def run(
    feed: Annotated[str, typer.Argument(help="The feed, as <organisation>/<dataset>.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")] = False,
) -> None:
    """Fetch, check and load a feed's new deliveries here and now, without Airflow.

    Example: watersmeet run northmoor/spend

    Exit code 0 where every delivery was loaded, 1 where nothing was new, 2 where one was refused.
    """
    from pipeline.ingest import run_feed

    console = Console(stderr=as_json, highlight=False)
    with Progress(
        TextColumn("{task.description}"),
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
        print(json.dumps([_told(one) for one in runs], indent=2))
    else:
        for one in runs:
            console.print(_line(one), markup=False)
        if not runs:
            console.print(f"{feed}: nothing new.")
    if any(one.refused for one in runs):
        raise typer.Exit(2)
    if not runs:
        raise typer.Exit(1)


def _told(one: object) -> dict[str, object]:
    from dataclasses import asdict

    from pipeline.ingest import Run

    assert isinstance(one, Run), "run_feed gives runs"
    outcome = asdict(one.outcome) if one.outcome else None
    return {
        "feed": one.delivery.feed,
        "delivery": one.delivery.name,
        "sha256": one.delivery.sha256,
        "refused": one.refused,
        "outcome": outcome,
    }


def _line(one: object) -> str:
    told = _told(one)
    head = f"{told['feed']}  {told['delivery']}: "
    outcome = told["outcome"]
    if not isinstance(outcome, dict):
        return f"{head}refused: {told['refused']}"
    if outcome["state"] == "already":
        return f"{head}the same bytes are loaded already, nothing to do"
    counts = ", ".join(
        f"{outcome[name]:,} {name}"
        for name in ("new", "changed", "unchanged", "quarantined", "excluded", "ended")
        if outcome[name]
    )
    return f"{head}{outcome['landed']:,} landed = {counts} in {outcome['seconds']:.1f} s"
