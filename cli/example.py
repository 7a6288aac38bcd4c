"""``watersmeet example``: write the invented region's files and right answers."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer


def example(
    into: Annotated[Path, typer.Option("--into", help="Folder for the files; made if missing.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 7,
    rows: Annotated[
        int,
        typer.Option("--rows", min=60, help="Rows of the largest feed; with --councils, of all."),
    ] = 20_000,
    councils: Annotated[
        int | None,
        typer.Option("--councils", min=1, max=100, help="School censuses of so many councils."),
    ] = None,
    delivery: Annotated[
        int, typer.Option("--delivery", min=1, max=2, help="2: the deliveries that follow.")
    ] = 1,
    connections: Annotated[
        Path | None,
        typer.Option("--connections", help="Also write the feeds' connections to this file."),
    ] = None,
    api_port: Annotated[
        int, typer.Option("--api-port", min=1, max=65535, help="Port of the example's API there.")
    ] = 8790,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Write the invented region's files, and the right answers beside them in `answers`.

    The second delivery has the same file names as the first: make it in the same folder to replace
    those files, or in another to keep both.

    With --councils it is a region of that many councils instead, for trying out size; the
    declarations to load it by go into the folder `contracts` there. A million children of fifty
    councils:

        watersmeet example --into big --rows 1000000 --councils 50 --connections big/places.json

        export WATERSMEET_CONTRACTS=big/contracts WATERSMEET_CONNECTIONS=big/places.json
    """
    from pipeline.example import councils as many
    from pipeline.example.connections import write_connections
    from pipeline.example.region import SUPPLIES, Made, make
    from pipeline.example.supply import Plan

    def tell(made: Made) -> None:
        print(
            f"{made.feed:26} {made.rows:>10,} rows {made.quarantined:>7,} bad "
            f"{made.bytes / 1e6:>8.1f} MB {made.seconds:>6.1f} s",
            flush=True,
        )

    supplies = SUPPLIES if councils is None else many.supplies(councils)
    quiet = (lambda one: None) if as_json else tell
    made = make(Plan(seed, rows, delivery), into, quiet, supplies)
    if councils is not None:
        many.declare(councils, into)
    if connections is not None:
        write_connections(connections, into, api_port)
    if as_json:
        files = [{**asdict(one), "path": str(one.path)} for one in made]
        print(json.dumps({"seed": seed, "rows": rows, "delivery": delivery, "files": files}))
    else:
        print(f"Right answers are in {into / 'answers'}.")
