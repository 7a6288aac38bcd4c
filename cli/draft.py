"""``watersmeet draft``: first declarations from a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.read import Unusable, form_of

if TYPE_CHECKING:
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

    Examples:

      watersmeet draft spend-2026-05.csv --organisation eastvale

      watersmeet draft tenants.xlsx --table Tenants --new tenancy --organisation northmoor

      watersmeet draft parking.csv --new penalty_charge --dry
    """
    from contracts.declarations import contracts_root
    from pipeline.draft import draft as drafted

    if not file.is_file():
        raise Unusable(f"there is no file {file}")
    if dataset and new:
        raise Unusable("give --dataset or --new, not both")
    root = (into or contracts_root()).resolve()
    made = drafted(
        file,
        form=form_of(form, None, copybook, encoding, delimiter),
        table=table,
        dataset=dataset,
        new=new,
        organisation=organisation,
    )
    there = [name for name in made.files if (root / name).exists()]
    if there and not dry:
        raise Unusable(f"{', '.join(there)} is there already, in {root}; nothing was written")
    if not dry:
        for name, text in made.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    if as_json:
        told = {
            "dataset": made.dataset,
            "known": made.known,
            "files": made.files,
            "columns": made.columns,
            "keys": [list(key) for key in made.keys],
            "notes": made.notes,
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _show(file, made, root, dry=dry)


def _show(file: Path, made: "Drafted", root: Path, *, dry: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    if made.known is None:
        console.print(f"{file.name}: a new dataset, {made.dataset}", markup=False)
        grid = Table(box=None, pad_edge=False, padding=(0, 2))
        grid.add_column("  column", no_wrap=True)
        grid.add_column("header")
        grid.add_column("kind", no_wrap=True)
        grid.add_column("guessed from")
        hinted = any(one["hint"] for one in made.columns)
        if hinted:
            grid.add_column("personal data")
        for one in made.columns:
            cells = [one["name"], one["header"], one["kind"], one["why"]]
            cells += [one["hint"]] if hinted else []
            grid.add_row(*(f"  {cell}" if not i else str(cell) for i, cell in enumerate(cells)))
        console.print(grid, markup=False)
        keys = "; ".join(" and ".join(key) for key in made.keys) or "none found"
        console.print(f"What may tell records apart: {keys}", markup=False)
    else:
        score = f"{made.known:.0f} of 100"
        console.print(f"{file.name}: a delivery of {made.dataset} ({score})", markup=False)
    for note in made.notes:
        console.print(f"note: {note}", markup=False)
    for name, text in made.files.items():
        if dry:
            console.print(f"\n--- {name}\n{text}", markup=False, end="")
        else:
            console.print(f"written: {root / name}", markup=False)
    if made.files and not dry:
        console.print("Confirm every line, then try it:", markup=False)
    of = f" --organisation {_organisation(made)}" if _organisation(made) else ""
    console.print(f"  watersmeet check {file} --dataset {made.dataset}{of}", markup=False)


def _organisation(made: "Drafted") -> str:
    feeds = [name for name in made.files if name.startswith("feeds/")]
    return feeds[0].split("/")[1] if feeds else ""
