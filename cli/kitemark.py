"""``watersmeet kitemark``: how good each feed is, from the record of its deliveries."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

ARROWS = {"up": "up", "down": "down", "steady": "steady", None: "too early to say"}


def kitemark(
    feed: Annotated[
        str | None, typer.Argument(help="The feed, as <organisation>/<dataset>; all where none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ladder: Annotated[
        bool, typer.Option("--ladder", help="Print what each level demands, as Markdown.")
    ] = False,
) -> None:
    """Show the quality level of feeds, what it stands on, and what keeps it from the next level.

    Examples: watersmeet kitemark; watersmeet kitemark northmoor/spend
    """
    from contracts.ladder_page import markdown
    from pipeline.kitemark import kitemarks, ladder_of

    if ladder:
        print(markdown(ladder_of()), end="")
        return
    found = kitemarks(feed)
    if as_json:
        print(json.dumps(found, indent=2, default=str, ensure_ascii=False))
        return
    console = Console(highlight=False)
    # Written to a file or pipe, a line need not fit a screen.
    console = console if console.is_terminal else Console(highlight=False, width=200)
    if feed is None:
        _table(found, console)
    else:
        _one(found[0], console)


def _table(found: list[dict[str, Any]], console: Console) -> None:
    from pipeline.kitemark import read

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("feed", "kitemark", "trend", "shown", "keeps it from the next level"):
        table.add_column(heading, no_wrap=heading == "feed")
    for one in found:
        if one["name"] is None:
            table.add_row(one["feed"], "none yet", "", "", "nothing was delivered yet")
            continue
        dimensions = read(one["dimensions"])
        shown = sum(1 for of in dimensions.values() if of.checks)
        short = one["short_of"]
        more = f" (and {len(short) - 1} more)" if len(short) > 1 else ""
        table.add_row(
            one["feed"],
            one["name"] + (", overdue" if one["overdue"] else ""),
            ARROWS[one["trend"]],
            f"{shown} of {len(dimensions)}",
            f"{_short(short[0])}{more}" if short else "",
        )
    console.print(table)


def _one(one: dict[str, Any], console: Console) -> None:
    from pipeline.kitemark import read

    if one["name"] is None:
        console.print(f"{one['feed']}: no kitemark yet; nothing was delivered.", markup=False)
        return
    overdue = "; a delivery is overdue" if one["overdue"] else ""
    console.print(f"{one['feed']}: {one['name']}{overdue}", style="bold", markup=False)
    console.print(one["meaning"], markup=False)
    console.print(
        f"After {one['delivery']}, landed {one['landed_at']:%F %H:%M}; trend: "
        f"{ARROWS[one['trend']]}; ladder {one['ladder_version']}\n",
        markup=False,
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("dimension", "checks run", "failed", "findings", "most often"):
        table.add_column(heading)
    for name, of in read(one["dimensions"]).items():
        share = f"{of.share} {of.unit}" if of.checks else of.share
        worst = ", ".join(f"{failing}: {failing.rows:,}" for failing in of.failing[:2])
        table.add_row(name, f"{of.checks} of {of.could}", share, f"{of.findings:,}", worst)
    console.print(table)
    if not one["short_of"]:
        console.print("\nNo level stands above it.")
        return
    console.print(f"\nKeeps it from {one['next'] or 'the next level'}:")
    for short in one["short_of"]:
        console.print(f"  {_short(short)}", markup=False)


def _short(short: dict[str, Any]) -> str:
    of = f"{short['dimension']}: " if short["dimension"] else ""
    return f"{of}{short['message']} [{short['whose']}]"
