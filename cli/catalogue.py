"""``watersmeet catalogue``: the catalogue of tables, feeds, codes and agreements, as pages."""

import json
from pathlib import Path
from typing import Annotated

import typer

catalogue = typer.Typer(help="The catalogue of tables, feeds, codes and agreements, as pages.")


@catalogue.callback()
def _group() -> None:
    """Keeps ``build`` a command of its own."""


@catalogue.command()
def build(
    into: Annotated[
        Path | None,
        typer.Option("--into", help="A folder for the site; where none, that which Airflow shows."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build the catalogue from what is declared and from the record of deliveries.

    Examples: watersmeet catalogue build; watersmeet catalogue build --into public

    The site needs no server: index.html opens in any browser. It shows no row of a table with
    personal data. What stood in the folder before is replaced at once, when all pages are made.
    """
    from pipeline.catalogue.build import build_into, publish

    made = publish() if into is None else build_into(into)
    if as_json:
        told = {"folder": str(made.folder), "pages": made.pages, "bytes": made.bytes}
        print(json.dumps({**told, "sha256": made.sha256}, indent=2))
    else:
        print(f"{made.pages} pages, {made.bytes / 1e6:.1f} MB, in {made.folder}")
