"""``watersmeet check``: try a file against a dataset's contract."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from contracts.declarations import Declarations
    from contracts.feed import Feed
    from pipeline.check import Report

_PLACES = 5


def check(
    file: Annotated[Path, typer.Argument(help="The file to try.", show_default=False)],
    dataset: Annotated[str, typer.Option(help="Dataset contract, such as spend.")],
    organisation: Annotated[
        str | None, typer.Option(help="Supplier; its feed's declaration is used if there is one.")
    ] = None,
    feed: Annotated[str | None, typer.Option(help="Feed to try it for, ORG/DATASET.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the good rows to this Parquet file.")
    ] = None,
) -> None:
    """Try a file against a dataset's contract, without database or Airflow.

    Says which tables it holds, how their columns answer to the contract, which rows are good, and
    what is wrong where. Values are never shown.

    Exit code: 0 clean, 1 with issues, 2 refused.

    Examples:

      watersmeet check payments.csv --dataset spend

      watersmeet check payments.csv --feed northmoor/spend --dataset spend --json

      watersmeet check payments.xlsx --dataset spend --out rows.parquet
    """
    from contracts.declarations import DeclarationsMissing, UnknownDeclaration, load
    from pipeline.check import check as try_file

    if not file.exists():
        _stop(f"there is no file {file}")
    if not file.is_file():
        _stop(f"{file} is not a file")
    if out is not None and not out.parent.is_dir():
        _stop(f"there is no folder {out.parent} to write {out.name} into")
    try:
        declarations = load()
        contract = declarations.dataset(dataset)
        chosen = _feed(declarations, dataset, organisation, feed)
    except (UnknownDeclaration, DeclarationsMissing) as error:
        _stop(str(error))
    try:
        report = try_file(
            file,
            contract,
            declarations,
            name=dataset,
            feed=chosen,
            organisation=organisation,
            out=out,
        )
    except OSError as error:
        _stop(f"{error.filename or file}: {error.strerror or type(error).__name__}")
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(report, out)
    raise typer.Exit(report.exit_code)


def _stop(message: str) -> Any:
    typer.echo(f"watersmeet: {message}", err=True)
    raise typer.Exit(2)


def _feed(
    declarations: "Declarations", dataset: str, organisation: str | None, feed: str | None
) -> "Feed | None":
    """The feed to try the file for.

    Raises:
        UnknownDeclaration: the feed asked for is not there, cannot run, or is of another dataset.
    """
    from contracts.declarations import UnknownDeclaration

    if feed is not None:
        if "/" not in feed or feed.partition("/")[2] != dataset:
            raise UnknownDeclaration(f"feed {feed} is not a feed of {dataset}; write ORG/{dataset}")
        if organisation is not None and feed.partition("/")[0] != organisation:
            raise UnknownDeclaration(f"feed {feed} is not a feed of {organisation}")
        return declarations.feed(feed)
    if organisation is None:
        return None
    declared = f"{organisation}/{dataset}"
    if declared in declarations.feeds or declared in declarations.broken_feeds():
        return declarations.feed(declared)
    return None


def _show(report: "Report", out: Path | None) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{report.file}  sha256 {report.sha256[:16]}…", markup=False)
    if report.refused is not None:
        console.print("[bold red]Refused[/]", end=" ")
        console.print(f"({report.refused_code}): {report.refused}", markup=False)
        _show_proposals(console, report)
        return
    several = len({table.file for table in report.tables}) > 1
    for table in report.tables:
        _show_table(console, table, several=several)
    console.print(
        f"{report.rows_read:,} rows: {report.rows_good:,} good, "
        f"{report.rows_quarantined:,} quarantined, {len(report.excluded):,} excluded",
        markup=False,
    )
    for reason, count in Counter(e["reason"] for e in report.excluded).items():
        rows = [str(e["row"]) for e in report.excluded if e["reason"] == reason]
        console.print(f"  {count:,} {reason}: row {_some(rows)}", markup=False)
    _show_issues(console, report, several=several)
    _show_proposals(console, report)
    if out is not None:
        console.print(f"Good rows written to {out}", markup=False)


def _show_proposals(console: "Console", report: "Report") -> None:
    """The lines a feed's file would need, the likeliest header of each column."""
    best: dict[str, dict[str, Any]] = {}
    for one in report.proposals:
        best.setdefault(one["column"], one)
    if not best:
        return
    console.print("If these headers are meant, put this in the feed's file:", markup=False)
    console.print("  columns:", markup=False)
    for one in best.values():
        console.print(f"    {one['yaml']}  # {one['evidence']}", markup=False)


def _show_table(console: "Console", table: Any, *, several: bool) -> None:
    from rich.table import Table

    where = f'sheet "{table.sheet}"' if table.sheet else "table"
    if several:
        where = f"{table.file}, {where}"
    if table.mapping is None:
        console.print(f"{where}: not read ({table.reason})", markup=False)
        return
    facts = [f"header in row {table.header_row}" if table.header_row else "no header row"]
    facts += [table.encoding] if table.encoding else []
    console.print(f"{where}: {', '.join([*facts, *table.notes])}", markup=False)
    grid = Table(show_header=True, box=None, pad_edge=False, padding=(0, 2))
    for title in ("  column", "header as written", "found", "dates"):
        grid.add_column(title)
    for column in table.mapping.columns:
        dates = ", ".join(column.date_formats)
        evidence = f"{dates} ({column.date_evidence})" if column.date_evidence else dates
        grid.add_row(f"  {column.name}", _plain(column.header), column.how, _plain(evidence))
    console.print(grid)
    for column in table.mapping.columns:
        if column.how == "inferred":
            console.print(
                f"  {column.name} inferred ({column.score:g} of 100): {column.evidence}",
                markup=False,
            )
    for title, names in (
        ("not known, not read", table.mapping.unknown),
        ("outside the agreement, not read", table.mapping.outside_agreement),
    ):
        if names:
            console.print(f"  {title}: {', '.join(names)}", markup=False)


def _show_issues(console: "Console", report: "Report", *, several: bool) -> None:
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for issue in report.issues:
        grouped.setdefault((issue["severity"], issue["code"]), []).append(issue)
    for (severity, code), issues in sorted(grouped.items(), reverse=True):
        colour = "red" if severity == "quarantine" else "yellow"
        console.print(f"[{colour}]{severity}[/] {code}", end=" ")
        console.print(f"({len(issues):,}): {issues[0]['message']}", markup=False)
        places = [_place(issue, several=several) for issue in issues]
        console.print(f"    at {_some(places)}", markup=False)


def _place(issue: dict[str, Any], *, several: bool) -> str:
    place = issue["cell"] or f"row {issue['row']}"
    if issue["cell"] is None and issue["column"]:
        place = f"{place}, {issue['column']}"
    place = f'"{issue["sheet"]}" {place}' if issue["sheet"] else place
    return f"{issue['file']} {place}" if several else place


def _some(places: list[str]) -> str:
    between = "; " if any("," in place for place in places[:_PLACES]) else ", "
    shown = between.join(places[:_PLACES])
    more = len(places) - _PLACES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))
