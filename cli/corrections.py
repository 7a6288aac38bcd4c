"""``watersmeet corrections``: stewards' logged changes to supplied values."""

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.quarantine import named

corrections = typer.Typer(
    no_args_is_help=True,
    help="Changes to supplied values, with author, reason, expiry, and a guard that fails once the "
    "supplier has mended the source.\n\nExample: watersmeet corrections list",
)

Feed = Annotated[str, typer.Argument(help="The feed, as <organisation>/<dataset>.")]
OneFeed = Annotated[str | None, typer.Argument(help="Only this feed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str | None, typer.Option("--by", help="Who you are; your login where left out.")]


@corrections.command()
def add(
    feed: Feed,
    column: Annotated[str, typer.Argument(help="The contract column.")],
    becomes: Annotated[
        str,
        typer.Option(
            prompt="What is to be read instead",
            help="What is to be read instead, as the supplier would write it; asked for where left "
            "out, so that it is not kept by the shell.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, and how you know; it is recorded.")],
    was: Annotated[
        str | None,
        typer.Option(help="The exact text supplied; with --row, what stands there if left out."),
    ] = None,
    row: Annotated[
        str | None,
        typer.Option(help="Only for this row in quarantine, as <delivery>/<row>; else for all."),
    ] = None,
    author: Annotated[str | None, typer.Option(help="Your login where left out.")] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Last day it is applied; a year from now where left out, which is the longest.",
        ),
    ] = None,
) -> None:
    """Correct a supplied text, in every record of the feed that has it or in one row.

    It is applied when the next delivery is loaded, and to what is held by
    `watersmeet quarantine replay`.

    Examples: watersmeet corrections add northmoor/spend paid_on --was 31/02/2026
    --becomes 28/02/2026 --reason "letter of 3 May";
    watersmeet corrections add northmoor/spend amount --row 12/340 --becomes 10.50
    --reason "invoice seen" --expires 2026-12-31
    """
    from pipeline.corrections import add as made
    from pipeline.corrections import corrections as listed

    number = made(
        feed,
        column,
        becomes=becomes,
        was=was,
        row=named(row) if row else None,
        reason=reason,
        author=author or getpass.getuser(),
        expires_on=expires.date() if expires else None,
    )
    [one] = [one for one in listed(feed) if one["correction_id"] == number]
    _console().print(
        f"Correction {number} of {column} stands until {one['expires_on']}, from the next delivery "
        f"on. To apply it to what is held now: watersmeet quarantine replay {feed}",
        markup=False,
    )


@corrections.command("list")
def list_(
    feed: OneFeed = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Withdrawn ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Corrections and how their guards stand; their texts are sealed.

    Example: watersmeet corrections list northmoor/spend
    """
    from pipeline.corrections import corrections as listed

    _show(listed(feed, withdrawn=withdrawn), as_json, "There are no corrections.")


@corrections.command()
def check(feed: OneFeed = None, as_json: AsJson = False) -> None:
    """Corrections whose guard fails: the supplier has mended the source, or the last day is past.

    Example: watersmeet corrections check

    Exit code 0 where every guard holds, 1 where one fails.
    """
    from pipeline.corrections import failing

    found = failing(feed)
    _show(found, as_json, "Every correction is still needed.")
    if found:
        raise typer.Exit(1)


@corrections.command()
def withdraw(
    number: Annotated[int, typer.Argument(help="The correction's number.")], by: By = None
) -> None:
    """Take a correction back; it stays on record.

    Example: watersmeet corrections withdraw 7
    """
    from pipeline.corrections import withdraw as taken_back

    taken_back(number, by or getpass.getuser())
    _console().print(f"Correction {number} is withdrawn.")


@corrections.command()
def export(
    feed: Feed,
    file: Annotated[Path, typer.Argument(help="Where to: a .csv or a .xlsx.")],
    why: Annotated[str, typer.Option(help="What you open them for; it is recorded.")],
    by: By = None,
) -> None:
    """Write a feed's corrections with their texts, for review. That you did is recorded.

    Example: watersmeet corrections export northmoor/spend corrections.csv --why "yearly review"
    """
    from pipeline.corrections import Reader
    from pipeline.corrections import export as written

    count = written(feed, file, Reader(by or getpass.getuser(), why))
    _console().print(f"{count:,} corrections written to {file}", markup=False)


def _show(found: list[dict[str, Any]], as_json: bool, none: str) -> None:
    if as_json:
        print(json.dumps(found, indent=2, default=str, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("number", "feed", "column", "for", "state", "rows", "expires", "author", "why"):
        table.add_column(heading, no_wrap=heading in ("feed", "state", "expires"))
    for one in found:
        table.add_row(
            *(str(one["correction_id"]), one["feed"], one["column"]),
            *("one record" if one["one_record"] else "every record", one["state"]),
            *(f"{one['rows']:,}", f"{one['expires_on']:%F}", one["author"], one["reason"]),
        )
    _console().print(table if found else none)


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, width=200)
