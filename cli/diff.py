"""``watersmeet diff``: what differs between two states of a table."""

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from pipeline.diff import Difference

SIDE = (
    "A state: payment, payment@2026-09-01 (as at), payment@@2026-10-01T09:00 (as known), "
    "spend_over_threshold:1.0.0 (a release), or a .parquet or .csv file."
)


def diff(
    a: Annotated[str, typer.Argument(help=SIDE, show_default=False)],
    b: Annotated[str, typer.Argument(help="Another.", show_default=False)],
    purpose: Annotated[
        str | None, typer.Option(help="What states are read for; needed where several have them.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Columns that tell rows apart, with commas between.")
    ] = None,
    whole_rows: Annotated[
        bool, typer.Option("--whole-rows", help="Compare rows whole: added and removed only.")
    ] = False,
    every_column: Annotated[
        bool,
        typer.Option("--every-column", help="Compare delivered_at, as_at and the like as well."),
    ] = False,
    to: Annotated[
        Path | None, typer.Option(help="Write all that differs: .parquet, .csv or .xlsx.")
    ] = None,
    releases: Annotated[
        Path | None, typer.Option(help="Where releases stand, if not in the state folder.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who you are; your login where left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what differs: rows added, removed and changed, by column, and some of their keys.

    States are read as the analysts of the purpose read them. Values are in the file of --to only.

    Examples:

      watersmeet diff payment@2026-06-30 payment@2026-09-30

      watersmeet diff spend_over_threshold:1.0.0 spend_over_threshold:latest --to changes.csv

      watersmeet diff january.parquet payment --json

    Exit code 0 where they are the same, 1 where they differ, 2 where they cannot be compared.
    """
    from cli.export import ended_tidily
    from pipeline.diff import diff as compared

    given = tuple(name.strip() for name in key.split(",")) if key else None
    with ended_tidily():
        found = compared(
            a,
            b,
            by=by or getpass.getuser(),
            key=() if whole_rows else given,
            purpose=purpose,
            every_column=every_column,
            to=to,
            releases=releases,
        )
    if as_json:
        print(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        _tell(found, to, asked_whole=whole_rows)
    if found.any:
        raise typer.Exit(1)


def _tell(found: "Difference", to: Path | None, *, asked_whole: bool = False) -> None:
    console = Console(highlight=False, soft_wrap=True)

    def line(text: str) -> None:
        console.print(text, markup=False)

    line(f"{found.a}: {found.rows_a:,} rows; {found.b}: {found.rows_b:,} rows")
    whole = "compared whole" if asked_whole else "compared whole, for no key is known"
    by = f"by {', '.join(found.key)}" if found.key else whole
    if not found.any:
        line(f"The same ({by}).")
        return
    for names, where in ((found.only_in_a, found.a), (found.only_in_b, found.b)):
        if names:
            line(f"  only in {where}: {', '.join(names)}")
    for name, (one, other) in found.types.items():
        line(f"  {name}: {one} became {other}")
    for kind in ("added", "removed", "changed"):
        count = getattr(found, kind)
        line(f"  {kind:<8} {count:>12,} rows" + (f" ({by})" if kind == "added" else ""))
        for sample in found.samples.get(kind, ()):
            line(f"    {', '.join(f'{name} {value}' for name, value in sample.items())}")
    for name, count in sorted(found.by_column.items(), key=lambda one: -one[1]):
        line(f"  {name:<24} differs in {count:,} rows")
    if to is not None:
        line(f"All of it is in {to}")
