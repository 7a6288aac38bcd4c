"""``watersmeet impact``: what depends on a file, a feed, a column or a register's entry."""

import json
from typing import Annotated

import typer


def impact(
    what: Annotated[
        str,
        typer.Argument(
            help="A file (name, path, SHA-256 or landed key), a feed, a column or LIST:CODE."
        ),
    ],
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many rows to name of each table.")
    ] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what depends on a thing, down to rows, views and exports.

    Examples: watersmeet impact payments-2026-q1.csv; watersmeet impact northmoor/spend;
    watersmeet impact payment.amount; watersmeet impact 'northmoor/spend:"Net Amount"';
    watersmeet impact local-authority:E06000001 --json

    Without a database only what is declared is shown.
    """
    from pipeline.impact import impact as depends

    found = depends(what, limit)
    if as_json:
        print(json.dumps(found.to_json(), indent=2, default=str, ensure_ascii=False))
        return
    for top in found.tops:
        for line in top.lines():
            print(line)
    if found.not_shown:
        print(f"\nNote: {found.not_shown}")
