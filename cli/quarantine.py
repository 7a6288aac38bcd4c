"""``watersmeet quarantine``: rows that were not loaded: look, export, release, replay."""

import getpass
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pipeline.replay import Replayed

quarantine = typer.Typer(
    no_args_is_help=True,
    help="Rows that were not loaded: what is wrong with them, and how they come in.\n\n"
    "Examples: watersmeet quarantine groups; watersmeet quarantine rows northmoor/spend; "
    "watersmeet quarantine replay northmoor/spend",
)

Feed = Annotated[str, typer.Argument(help="The feed, as <organisation>/<dataset>.")]
Row = Annotated[str, typer.Argument(help="The row, as <delivery>/<row>, from `rows`.")]
Code = Annotated[str | None, typer.Option(help="Only rows with this issue.")]
OfColumn = Annotated[str | None, typer.Option("--column", help="Only with it in this column.")]
Delivery = Annotated[int | None, typer.Option(help="Only rows of this delivery.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str | None, typer.Option("--by", help="Who you are; your login where left out.")]
Why = Annotated[str, typer.Option(help="What you open the records for; it is recorded.")]


class Unusable(Exception):
    """An argument that cannot be used."""


@quarantine.command()
def groups(
    feed: Annotated[str | None, typer.Argument(help="Only this feed.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Only this supplier.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is held, by feed, issue and column: how many rows, where, since when, whose job.

    Examples: watersmeet quarantine groups; watersmeet quarantine groups --organisation northmoor
    """
    from pipeline.quarantine import groups as grouped

    found = grouped(feed, organisation)
    if as_json:
        _print(found)
        return
    table = _table("feed", "issue", "column", "rows", "first cells", "since", "whose job", "")
    for one in found:
        table.add_row(
            *(one["feed"], one["code"], one["column"] or "whole row", f"{one['rows']:,}"),
            *(" ".join(one["cells"]), f"{one['since']:%F}", one["whose"], one["message"]),
        )
    _console().print(table if found else "Nothing is held.")


@quarantine.command()
def rows(
    feed: Feed,
    code: Code = None,
    column: OfColumn = None,
    delivery: Delivery = None,
    after: Annotated[str | None, typer.Option(help="The last row of the page before.")] = None,
    most: Annotated[int, typer.Option(help="Rows of a page.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Where held rows stand and what is wrong with them; none of their values.

    Examples: watersmeet quarantine rows northmoor/spend;
    watersmeet quarantine rows northmoor/spend --code date-unreadable --column paid_on
    """
    from pipeline.quarantine import rows as listed

    start = named(after) if after else (0, 0)
    found = listed(feed, code, column, delivery_id=delivery, after=start, most=most)
    if as_json:
        _print(found)
        return
    table = _table("row", "delivery", "file", "sheet", "line", "issues")
    for one in found:
        table.add_row(
            f"{one['delivery_id']}/{one['row_number']}", one["delivery"], one["file"],
            one["sheet"] or "", str(one["source_row"]), ", ".join(one["codes"]),
        )  # fmt: skip
    console = _console()
    console.print(table if found else "Nothing of that kind is held.")
    if len(found) == most:
        last = f"{found[-1]['delivery_id']}/{found[-1]['row_number']}"
        console.print(f"There may be more: --after {last}")


@quarantine.command()
def show(feed: Feed, row: Row, why: Why, by: By = None, as_json: AsJson = False) -> None:
    """One row whole, with its issues. That you opened it is recorded.

    Example: watersmeet quarantine show northmoor/spend 12/340 --why "supplier's question of 3 May"
    """
    from pipeline.quarantine import Reader
    from pipeline.quarantine import row as opened

    told = opened(feed, *named(row), Reader(by or getpass.getuser(), why))
    if as_json:
        _print(told)
        return
    console = _console()
    console.print(f"{feed}  {row}  {told['state']}", style="bold", markup=False)
    sheet = f", sheet {told['sheet']}" if told["sheet"] else ""
    console.print(f"  {told['file']}{sheet}, row {told['source_row']}", markup=False)
    for name, text in told["record"].items():
        console.print(f"  {name:<24} {text!r}", markup=False)
    for one in told["issues"]:
        waivable = "; may be waived" if one["waivable"] else ""
        line = f"  {one['cell']}  {one['code']} ({one['whose']}{waivable}): {one['message']}"
        console.print(line, style="red" if one["severity"] == "quarantine" else None, markup=False)


@quarantine.command()
def export(
    feed: Feed,
    file: Annotated[Path, typer.Argument(help="Where to: a .xlsx or a .csv.")],
    why: Why,
    by: By = None,
    code: Code = None,
    column: OfColumn = None,
    delivery: Delivery = None,
) -> None:
    """Write held rows with what is wrong with each, to give back to the supplier.

    Example: watersmeet quarantine export northmoor/spend held.xlsx --why "back to the supplier"
    """
    from pipeline.quarantine import Reader
    from pipeline.quarantine import export as written

    reader = Reader(by or getpass.getuser(), why)
    count = written(feed, file, reader, code=code, column=column, delivery_id=delivery)
    _console().print(f"{count:,} rows written to {file}", markup=False)


@quarantine.command()
def release(
    feed: Feed,
    row: Row,
    reason: Annotated[str, typer.Option(help="Why it may come in as it is; it is recorded.")],
    author: Annotated[
        str | None, typer.Option(help="Who decides; your login where left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let one row through in spite of its issues, which stay on record, and replay its delivery.

    Example: watersmeet quarantine release northmoor/school_census 12/340 --reason "seen the
    certificate"

    Exit code 0 where it is loaded, 1 where it is held still.
    """
    from pipeline.quarantine import release as released

    done = released(feed, *named(row), author=author or getpass.getuser(), reason=reason)
    if as_json:
        _print(
            {
                "released": done.released,
                "waived": done.waived,
                "runs": [run.told() for run in done.runs],
            }
        )
    elif done.released:
        _console().print(f"Released: {', '.join(done.waived)} waived.", markup=False)
    else:
        _console().print(
            "Held still: it has no value to take and the column may not be empty. Correct the "
            "value: watersmeet corrections add --help"
        )
    if not done.released:
        raise typer.Exit(1)


@quarantine.command()
def replay(feed: Feed, delivery: Delivery = None, as_json: AsJson = False) -> None:
    """Work the deliveries that hold rows again, with today's steps, registers and corrections.

    Examples: watersmeet quarantine replay northmoor/spend;
    watersmeet quarantine replay northmoor/spend --delivery 12

    With --delivery that one is worked again even if it holds nothing: what is loaded of it follows
    a correction too.

    Exit code 0 where rows were released or nothing was held, 1 where none was released, 2 where
    today's steps refuse a delivery.
    """
    from pipeline.replay import replay as replayed

    runs = replayed(feed, delivery)
    if as_json:
        _print([run.told() for run in runs])
    else:
        for run in runs:
            _console().print(_line(run), markup=False)
        if not runs:
            _console().print(f"{feed}: nothing is held.", markup=False)
    if any(run.refused for run in runs):
        raise typer.Exit(2)
    if any(run.still_held for run in runs) and not any(run.released for run in runs):
        raise typer.Exit(1)


@quarantine.command()
def readers(
    feed: Annotated[str | None, typer.Argument(help="Only this feed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who opened records in quarantine, when, how many and what for; latest first.

    Example: watersmeet quarantine readers northmoor/school_census
    """
    from pipeline.quarantine import readings

    found = readings(feed)
    if as_json:
        _print(found)
        return
    table = _table("when", "who", "feed", "rows", "what for")
    for one in found:
        table.add_row(
            f"{one['read_at']:%F %T}", one["reader"], one["feed"], f"{one['rows']:,}", one["why"]
        )
    _console().print(table if found else "Nobody opened any.")


@quarantine.command("new-key")
def new_key() -> None:
    """Make a new key to seal records with from now on. The old ones stay, for what they sealed.

    Example: watersmeet quarantine new-key
    """
    from pipeline.quarantine import new_key as made

    key = made()
    _console().print(
        f"Key {key.version} ({key.id.hex()}) seals from now on. Back up the folder of keys."
    )


def named(row: str) -> tuple[int, int]:
    """Delivery and row number of a row as it is written.

    Raises:
        Unusable: it names none.
    """
    if not re.fullmatch(r"\d{1,9}/\d{1,9}", row):
        raise Unusable(f"{row!r} names no row; `watersmeet quarantine rows` lists them as 12/340")
    delivery, _, number = row.partition("/")
    return int(delivery), int(number)


def _line(run: "Replayed") -> str:
    head = f"{run.delivery.feed}  {run.delivery.name}: "
    if run.outcome is None:
        return f"{head}refused: {run.refused}"
    if run.outcome.state == "already":
        return f"{head}nothing has changed since, {run.still_held:,} rows are held still"
    if run.outcome.state == "superseded":
        return f"{head}another delivery has taken its place, nothing to do"
    also = "".join(f"\n  {finding}" for finding in run.findings)
    return f"{head}{run.released:,} rows released, {run.still_held:,} held still{also}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(
            heading,
            justify="right" if heading == "rows" else "left",
            no_wrap=heading in ("feed", "issue", "row", "when"),
        )
    return table


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    # Written to a file or pipe, a line need not fit a screen.
    return console if console.is_terminal else Console(highlight=False, width=240)


def _print(found: Any) -> None:
    print(json.dumps(found, indent=2, default=str, ensure_ascii=False))
