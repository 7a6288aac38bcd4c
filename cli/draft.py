"""``watersmeet draft``: first declarations from a file."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.read import Unusable, form_of, is_there

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.draft import Drafted


def draft(
    file: Annotated[Path, typer.Argument(help="A delivery to draft from.")],
    organisation: Annotated[
        str | None, typer.Option(help="The supplier's code; needed for a feed.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="It is of this dataset, whatever it resembles.")
    ] = None,
    new: Annotated[str | None, typer.Option(help="It is of a new dataset of this name.")] = None,
    table: Annotated[str | None, typer.Option(help="The table: its number, or its name.")] = None,
    form: Annotated[
        str | None,
        typer.Option(help="What is known of it, as in a feed's `file`: '{format: xml, ...}'."),
    ] = None,
    copybook: Annotated[
        Path | None, typer.Option(help="COBOL copybook its records are laid out by.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Its encoding, such as cp1252.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="What parts its cells.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="The folder of declarations to write into; the one in use if left out."),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Print the files, write none.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draft what a file calls for: a feed, and where no contract fits, a dataset and an entity.

    A file that resembles a dataset gets a feed for it. One that resembles none gets a dataset
    contract, an entity contract and its code lists. Every line says what it was guessed from, and
    is to be confirmed; the feed is switched off, and its agreement in force on no day. No file that
    is there is written over.

    Exit code 0; 2 where nothing can be drafted, or a file is there already; nothing is written
    then.

    Examples:

      watersmeet draft spend-2026-05.csv --organisation eastvale

      watersmeet draft rents.xlsx --table May --new rent --organisation northmoor

      watersmeet draft parking.csv --new penalty_charge --dry
    """
    from contracts.declarations import contracts_root
    from pipeline.draft import draft as drafted

    is_there(file)
    if dataset and new:
        raise Unusable("give --dataset or --new, not both")
    root = (into or contracts_root()).resolve()
    known = form_of(form, None, copybook, encoding, delimiter)
    made = drafted(
        file, form=known, table=table, dataset=dataset, new=new, organisation=organisation
    )
    if not dry:
        _write(made, root)
    _tell(file, made, root, dry=dry, as_json=as_json)


def _write(made: "Drafted", root: Path) -> None:
    """Write the files drafted below a folder, unless one of them is there.

    Raises:
        Unusable: one of them is there.
    """
    there = [name for name in made.files if (root / name).exists()]
    if there:
        are = "is" if len(there) == 1 else "are"
        raise Unusable(
            f"{', '.join(there)} {are} there already, in {root}; nothing was written. "
            "Move it away, or write --into another folder"
        )
    for name, text in made.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _tell(file: Path, made: "Drafted", root: Path, *, dry: bool, as_json: bool) -> None:
    if as_json:
        told = {
            "dataset": made.dataset,
            "known": made.known,
            "files": made.files,
            "columns": made.columns,
            "keys": [list(key) for key in made.keys],
            "notes": made.notes,
            "into": str(root),
            "written": not dry,
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _show(file, made, root, dry=dry)


def _show(file: Path, made: "Drafted", root: Path, *, dry: bool) -> None:
    from rich.console import Console

    from contracts.declarations import contracts_root
    from pipeline.discovery.suggestion import quoted

    # A file or another program takes lines of any length.
    width = None if sys.stdout.isatty() else 100_000
    console = Console(highlight=False, soft_wrap=True, width=width, markup=False)
    if made.known is None:
        console.print(f"{file.name}: a new dataset, {made.dataset}")
        _show_columns(console, made)
        keys = "; ".join(" and ".join(key) for key in made.keys) or "none found"
        console.print(f"What may tell records apart: {keys}")
    else:
        console.print(f"{file.name}: a delivery of {made.dataset} ({made.known:.0f} of 100)")
    for note in made.notes:
        console.print(f"note: {note}")
    if dry:
        for name, text in made.files.items():
            console.print(f"\n--- {name}\n{text}", end="")
        console.print("\nNothing was written; without --dry it is.")
        return
    for name in made.files:
        console.print(f"written: {root / name}")
    if made.files:
        console.print("Confirm every line, then try it:")
    of = f" --organisation {_organisation(made)}" if _organisation(made) else ""
    there = root == contracts_root().resolve()
    read_there = "" if there else f"WATERSMEET_CONTRACTS={quoted(str(root))} "
    tried = f"watersmeet check {quoted(str(file))} --dataset {made.dataset}{of}"
    console.print(f"  {read_there}{tried}")


def _show_columns(console: "Console", made: "Drafted") -> None:
    """As a table where the window has room for it, else with what each was guessed from below."""
    from rich.table import Table

    from pipeline.discovery.sighting import shown

    hinted = any(one["hint"] for one in made.columns)
    parts = ["name", "header", "kind", "why", *(["hint"] if hinted else [])]
    lines = [[shown(str(one[part] or "")) for part in parts] for one in made.columns]
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ["  column", "header", "kind", "guessed from", "personal data"][: len(parts)]:
        grid.add_column(title, no_wrap=True)
    for name, *rest in lines:
        grid.add_row(f"  {name}", *rest)
    if grid.__rich_measure__(console, console.options).maximum <= console.width:
        console.print(grid)
        return
    for name, header, kind, why, *hint in lines:
        console.print(f"  {name}: {kind}, header {header!r}" if header else f"  {name}: {kind}")
        console.print(f"    {why}")
        if any(hint):
            console.print(f"    may be personal data: {hint[0]}")


def _organisation(made: "Drafted") -> str:
    feeds = [name for name in made.files if name.startswith("feeds/")]
    return feeds[0].split("/")[1] if feeds else ""
