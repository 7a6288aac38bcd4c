"""``watersmeet export``: a table of a purpose as a file."""

import getpass
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.progress import counted


class Unusable(Exception):
    """An argument that cannot be used."""


def export(
    table: Annotated[str, typer.Argument(help="A table of the purpose, such as payment.")],
    to: Annotated[Path, typer.Option(help="The file: its ending says .parquet, .csv or .xlsx.")],
    purpose: Annotated[
        str | None, typer.Option(help="What it is read for; needed where several have the table.")
    ] = None,
    as_at: Annotated[str | None, typer.Option(help="What was so on this date.")] = None,
    as_known: Annotated[
        str | None, typer.Option(help="What was known at this moment, such as 2026-11-01T09:00.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Only these columns, in this order, with commas between.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only rows with COLUMN=VALUE (or !=, <, <=, >, >=); may be repeated."),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="CSV: put no apostrophe before =, +, - and @.")
    ] = False,
    by: Annotated[
        str | None, typer.Option(help="Who you are; your login where left out. It is recorded.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a table to Parquet, CSV or a workbook, as the analysts of a purpose see it.

    Columns and rows no agreement lets the purpose read are not in it. That you exported it is
    recorded, with the file's SHA-256. Run it where the repository's passwords are kept.

    Examples:

      watersmeet export payment --to payments.parquet

      watersmeet export payment --to april.xlsx --where "paid_on>=2026-04-01"

      watersmeet export enrolment --as-at 2026-09-01 --columns year_group,school_urn --to roll.csv
    """
    from pipeline.export import Request
    from pipeline.export import export as exported

    request = Request(
        table=table,
        to=to,
        purpose=purpose,
        as_at=day(as_at) if as_at else None,
        as_known=moment(as_known) if as_known else None,
        columns=tuple(name.strip() for name in columns.split(",")) if columns else (),
        where=tuple(where or ()),
        exact=exact,
    )
    with ended_tidily(), counted("rows", quiet=as_json) as watch:
        done = exported(request, by or getpass.getuser(), watch)
    if as_json:
        print(json.dumps(done.to_json(), indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    files = " and ".join(str(path) for path in done.files)
    console.print(f"{done.rows:,} rows for {done.purpose} written to {files}", markup=False)


def day(text: str) -> date:
    """A date as it is given.

    Raises:
        Unusable: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unusable(f"{text!r} is no date; write it as 2026-09-01") from None


def moment(text: str) -> datetime:
    """A moment as it is given; without a zone, in UTC.

    Raises:
        Unusable: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        said = "write it as 2026-09-01T09:00, or with a zone as 2026-09-01T09:00+01:00"
        raise Unusable(f"{text!r} is no moment; {said}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@contextmanager
def ended_tidily() -> Iterator[None]:
    """Have a request to end (SIGTERM) clear away what is half written, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
