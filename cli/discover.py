"""``watersmeet discover``: what lies on a share, and what it may be."""

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.discovery.findings import Summary
    from pipeline.discovery.search import Request, Search

_SHOWN = 5


class Unusable(Exception):
    """An argument that cannot be used."""


def discover(
    place: Annotated[str, typer.Argument(help="A folder, or a connection with or without :path.")],
    pattern: Annotated[
        list[str] | None, typer.Option(help="Only names like *.csv; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for discovery.csv and discovery.html.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a line for each table here.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to read here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    fresh: Annotated[
        bool,
        typer.Option("--fresh/--resume", help="Forget what was found before, or go on from it."),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Files looked into at once; all cores.")
    ] = None,
    limit_bytes: Annotated[
        int, typer.Option(min=1 << 16, help="Longer files are sampled, not read whole.")
    ] = 32 << 20,
) -> None:
    """Find out what lies on a share: kinds, tables, likely datasets, twins, personal data.

    Walks everything below the place, follows no link, and looks into every file. What it finds is
    kept, so that a second search looks only at what has changed. Headers and counts are shown,
    values never are.

    Exit code: 0, 2 where the place cannot be reached, 130 where it was ended with Ctrl-C.

    Examples:

      watersmeet discover /mnt/finance

      watersmeet discover /mnt/finance --pattern "*.xls*" --pattern "*.csv" --out found

      watersmeet discover northmoor_share:finance/2026 --html share.html

      watersmeet discover /mnt/finance --json > found.jsonl
    """
    from pipeline.discovery.search import Request

    csv, html = _to_write(out, csv, html)
    patterns, at_once = tuple(pattern or ()), workers or _cores()
    request = Request(place, patterns, fresh=fresh, workers=at_once, limit=limit_bytes)
    _search(request, csv, html, as_json=as_json)


def _to_write(
    out: Path | None, csv: Path | None, html: Path | None
) -> tuple[Path | None, Path | None]:
    """Where lines and page are to be written, if anywhere; the folder asked for is made.

    Raises:
        Unusable: there is no folder for one of them.
    """
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        csv, html = csv or out / "discovery.csv", html or out / "discovery.html"
    for file in (csv, html):
        if file is not None and not file.absolute().parent.is_dir():
            raise Unusable(f"there is no folder {file.parent} to write {file.name} into")
    return csv, html


def _search(request: "Request", csv: Path | None, html: Path | None, *, as_json: bool) -> None:
    """Search, and tell what was found.

    Raises:
        typer.Exit: with 130, where it was ended with Ctrl-C.
    """
    from rich.console import Console

    from cli.search_progress import searching_shown
    from pipeline.discovery.search import searching
    from pipeline.settings import Settings

    with searching(request, Settings.from_environment().state) as search:
        began = time.monotonic()
        try:
            with searching_shown(Console(stderr=True)) as watch:
                search.run(watch)
        except KeyboardInterrupt:
            _ended(search)
            raise typer.Exit(130) from None
        _tell(search, csv, html, as_json=as_json, seconds=time.monotonic() - began)


def _cores() -> int:
    import os

    return max(1, len(os.sched_getaffinity(0)))


def _ended(search: "Search") -> None:
    from pipeline.discovery.quantity import quantity

    search.notebook.keep()
    known, waiting = search.notebook.count()
    again = " ".join(
        ["watersmeet discover", shlex.quote(search.request.place)]
        + [f"--pattern {shlex.quote(one)}" for one in search.request.patterns]
    )
    typer.echo(
        f"Ended. {known - waiting:,} of {quantity(known, 'file')} found so far looked into, and "
        f"that is kept. Go on with: {again}",
        err=True,
    )


def _tell(
    search: "Search", csv: Path | None, html: Path | None, *, as_json: bool, seconds: float
) -> None:
    from rich.console import Console

    from pipeline.discovery.findings import every_file, summary
    from pipeline.discovery.lines import write_csv, write_json
    from pipeline.discovery.page import write_page
    from pipeline.discovery.quantity import quantity

    ground, notebook = search.ground, search.notebook
    told = summary(ground, notebook, search.passed_over)
    if csv is not None:
        write_csv(every_file(ground, notebook), notebook.obstacles(), csv)
    if html is not None:
        write_page(every_file(ground, notebook), notebook.obstacles(), told, html)
    if as_json:
        write_json(every_file(ground, notebook), notebook.obstacles(), told, sys.stdout)
        return
    console = Console(highlight=False, soft_wrap=True)
    _show(console, told)
    others = told.files - told.waiting - search.fresh_looks
    kept = f"; {quantity(others, 'other')} known from the last time" if others else ""
    files = quantity(search.fresh_looks, "file")
    console.print(f"\n{files} looked into in {seconds:.1f} s{kept}.", markup=False)
    for file in (csv, html):
        if file is not None:
            console.print(f"Written: {file}", markup=False)


def _show(console: "Console", told: "Summary") -> None:
    from pipeline.discovery.findings import size_said
    from pipeline.discovery.quantity import quantity

    console.print(
        f"{told.place}: {quantity(told.files, 'file')}, {size_said(told.bytes)}, "
        f"{quantity(told.tables, 'table')}",
        markup=False,
    )
    if told.passed_over:
        console.print(f"{quantity(told.passed_over, 'file')} passed over by pattern", markup=False)
    if not told.files:
        console.print("There is nothing to look into.")
        return
    _grid(
        console,
        ("  kind", "files", "size"),
        [
            (f"  {kind}", f"{count:,}", size_said(told.kind_bytes[kind]))
            for kind, count in told.kinds.most_common()
        ],
    )
    _show_likely(console, told)
    _show_twins(console, told)
    if told.personal:
        console.print("\nColumns that may hold personal data", style="bold")
        _grid(
            console,
            ("  what", "files", "columns"),
            [(f"  {w}", f"{f:,}", f"{c:,}") for w, (f, c) in sorted(told.personal.items())],
        )
    if told.problem_codes:
        console.print("\nNot read, or not wholly", style="bold")
        for code, count in told.problem_codes.most_common():
            console.print(f"  {count:>7,} {code}", markup=False)
        _some(console, told.problems, sum(told.problem_codes.values()))


def _show_likely(console: "Console", told: "Summary") -> None:
    from pipeline.discovery.findings import moment_said, named_said
    from pipeline.discovery.quantity import quantity

    for dataset, tables in told.likely.items():
        count = told.likely_count[dataset]
        console.print(f"\nLikely {dataset}: {quantity(count, 'table')}", style="bold", markup=False)
        lines = []
        for one in tables[:_SHOWN]:
            name = named_said(one.path, one.table)
            rows = f"{'' if one.exact else '~'}{one.rows:,}"
            lines.append((f"  {one.score:g}", rows, moment_said(one.modified), name))
        _grid(console, ("  score", "rows", "changed", "file"), lines)
        if tables and tables[0].command:
            console.print(f"  try: {tables[0].command}", markup=False)
    if told.unlike:
        console.print(
            f"\n{quantity(told.unlike, 'table is', 'tables are')} like no dataset: "
            "watersmeet draft FILE writes a first contract",
            markup=False,
        )


def _show_twins(console: "Console", told: "Summary") -> None:
    from pipeline.discovery.findings import named_said, near_said, size_said
    from pipeline.discovery.quantity import quantity
    from pipeline.discovery.sighting import shown

    if told.twins:
        console.print(
            f"\nByte for byte the same: {quantity(told.twin_groups, 'group')}, "
            f"{size_said(told.twin_bytes)} kept more than once",
            style="bold",
            markup=False,
        )
        for size, paths in told.twins[:_SHOWN]:
            names = ", ".join(shown(path) for path in paths[:3])
            more = f" and {len(paths) - 3:,} more" if len(paths) > 3 else ""
            console.print(f"  {len(paths):,} of {size_said(size)}: {names}{more}", markup=False)
    if told.near:
        pairs = quantity(told.near_count, "pair")
        console.print(f"\nNearly the same: {pairs}", style="bold", markup=False)
        for one in told.near[:_SHOWN]:
            console.print(f"  {named_said(one.path, one.table)}: {near_said(one)}", markup=False)


def _some(console: "Console", problems: list[tuple[str, str]], count: int) -> None:
    from pipeline.discovery.sighting import shown

    for path, message in problems[:_SHOWN]:
        console.print(f"  {shown(path) or '.'}: {shown(message)}", markup=False)
    if count > _SHOWN:
        console.print(f"  and {count - _SHOWN:,} more; --csv lists them all", markup=False)


def _grid(console: "Console", titles: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    grid = Table(show_header=True, box=None, pad_edge=False, padding=(0, 2))
    for place, title in enumerate(titles):
        right = place in (1, 2) and title in ("files", "size", "columns", "rows")
        grid.add_column(title, justify="right" if right else "left", no_wrap=place == 0)
    for line in lines:
        grid.add_row(*(escape(cell) for cell in line))
    console.print(grid)
