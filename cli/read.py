"""``watersmeet read``: what a file holds, as it stands."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from contracts.file_forms import FileForm
    from pipeline.read_file import ReadTable

_WIDEST = 40


class Unusable(Exception):
    """An argument that cannot be used."""


def read(
    file: Annotated[Path, typer.Argument(help="The file to look at.")],
    table: Annotated[
        str | None, typer.Option(help="Only this table: its number, or its name.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many records to show.")] = 10,
    form: Annotated[
        str | None,
        typer.Option(help="What is known of it, as in a feed's `file`: '{format: xml, ...}'."),
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="Read it as this feed's files are: ORG/DATASET.")
    ] = None,
    copybook: Annotated[
        Path | None, typer.Option(help="COBOL copybook its records are laid out by.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Its encoding, such as cp1252.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="What parts its cells, such as ';' or '\\t'.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the table there: .csv or .parquet.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="CSV: put no apostrophe before =, +, - and @.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a file holds: its tables, and their records as text exactly as written.

    Needs no contract, no database and no Airflow. What the file is, its bytes tell; its name counts
    for nothing. What could not be read is counted and named. Exit code 1 where there is any, 2
    where nothing can be read.

    Examples:

      watersmeet read payments.xlsx

      watersmeet read payments.xlsx --table Summary --rows 30

      watersmeet read PAY.DAT --copybook pay.cpy --encoding cp285 --out pay.csv

      watersmeet read people.xml --form '{format: xml, records: people/person}'

      watersmeet read export.txt --encoding cp850 --delimiter '~' --json
    """
    is_there(file)
    if out is not None:
        _can_be_written(out, file)
    known = form_of(form, feed, copybook, encoding, delimiter)
    _read(file, known, table, rows, out, exact=exact, as_json=as_json)


def _read(
    file: Path,
    known: "FileForm | None",
    table: str | None,
    rows: int,
    out: Path | None,
    *,
    exact: bool,
    as_json: bool,
) -> None:
    """Read a file, write it where that is asked for, and tell what it holds.

    Raises:
        typer.Exit: with 1, where some of it could not be read.
    """
    from cli.progress import counted
    from pipeline.discovery.quantity import quantity
    from pipeline.read_file import read_file, sha256, write_out

    with counted("records", quiet=as_json) as watch:
        found = read_file(file, known, only=table, first=rows, watch=watch)
        if out is not None:
            written = write_out(file, out, known, only=table, exact=exact, watch=watch)
    if as_json:
        facts = {"file": file.name, "bytes": file.stat().st_size, "sha256": sha256(file)}
        print(json.dumps({**facts, "tables": [one.to_json() for one in found]}, indent=2))
    else:
        _show(file, found)
        if out is not None:
            print(f"{quantity(written, 'record')} written to {out}")
    if any(one.broken or one.problems for one in found):
        raise typer.Exit(1)


def is_there(file: Path) -> None:
    """Refuse what is no file.

    Raises:
        Unusable: it is a folder, or nothing.
    """
    if file.is_dir():
        raise Unusable(
            f"{file} is a folder; name one of its files, or look into all: "
            f"watersmeet discover {shlex.quote(str(file))}"
        )
    if not file.is_file():
        raise Unusable(f"there is no file {file}")


def _can_be_written(out: Path, file: Path) -> None:
    """Whether a table may be written there.

    Raises:
        Unusable: not there.
    """
    if out.suffix not in (".csv", ".parquet"):
        raise Unusable(f"{out.name}: write to a .csv or a .parquet")
    if not out.parent.is_dir():
        raise Unusable(f"there is no folder {out.parent} to write {out.name} into")
    if out.exists() and out.samefile(file):
        raise Unusable(f"{out} is the file that is read; write to another")


def form_of(
    form: str | None,
    feed: str | None,
    copybook: Path | None,
    encoding: str | None,
    delimiter: str | None,
) -> "FileForm | None":
    """What is known of the file, from whichever way it was said.

    Raises:
        Unusable: in two ways, or in none that makes sense.
    """
    import yaml
    from pydantic import TypeAdapter, ValidationError

    from contracts.file_forms import Copybook, FileForm

    said: dict[str, Any] = {}
    if feed is not None:
        from contracts.declarations import load

        if form or copybook or encoding or delimiter:
            raise Unusable("the feed says what its files are; leave the other options out")
        return load().feed(feed).file
    if form is not None:
        try:
            written = yaml.safe_load(form)
        except yaml.YAMLError:
            written = None
        if not isinstance(written, dict):
            raise Unusable(f"--form {form!r} is not '{{format: ..., ...}}'")
        said = {str(word): value for word, value in written.items()}
    if copybook is not None:
        if not copybook.is_file():
            raise Unusable(f"there is no copybook {copybook}")
        said |= {"format": "copybook", "copybook": copybook.name}
    if delimiter is not None:
        said |= {"delimiter": "\t" if delimiter == "\\t" else delimiter}
    if encoding is not None:
        said |= {"encoding": encoding}
    if not said:
        return None
    try:
        made: FileForm = TypeAdapter(FileForm).validate_python({"format": "delimited", **said})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        if where == "encoding" and said.get("format") == "copybook" and encoding is None:
            raise Unusable(
                "say which code page its text is in, with --encoding: mostly cp285 (UK), "
                "cp037 (US) or cp1047; ascii where it is no mainframe's"
            ) from None
        raise Unusable(f"{where}: {first['msg']}" if where else first["msg"]) from None
    if copybook is not None and isinstance(made, Copybook):
        # A feed's lies below the declarations; this one lies wherever it was named.
        return made.looking_in(copybook.resolve().parent)
    return made


def _show(file: Path, found: list["ReadTable"]) -> None:
    from rich.console import Console

    from contracts.issues import issue_types
    from pipeline.discovery.quantity import quantity

    kinds = issue_types()
    # A file or another program takes lines of any length.
    width = None if sys.stdout.isatty() else 100_000
    console = Console(highlight=False, soft_wrap=True, width=width)
    for one in found:
        table = one.table
        name = f" {table.sheet!r}" if table.sheet else ""
        facts = [
            f"{quantity(one.rows, 'record')}, {quantity(one.columns, 'column')}",
            table.kind,
            *([table.encoding] if table.encoding else []),
            *([f"delimiter {table.delimiter!r}"] if table.delimiter else []),
            *table.notes,
        ]
        source = table.file if table.file != file.name else file
        if one is not found[0]:
            console.print()
        console.print(f"{source}: table {one.number}{name}: {'; '.join(facts)}", markup=False)
        _show_records(console, one)
        if table.left_out:
            why = "deleted in the file" if "deleted-records" in table.notes else "as declared"
            left_out = quantity(len(table.left_out), "record")
            console.print(f"  {left_out} left out: {why}", markup=False)
        for code, (count, some) in sorted(one.problems.items()):
            more = " ..." if count > len(some) else ""
            rows = ", ".join(map(str, some))
            where = f"in row{'' if count == 1 else 's'} {rows}{more}"
            told = f": {kinds[code].message}" if code in kinds else ""
            console.print(f"  {code}: {count:,}, {where}{told}", markup=False)
        if one.broken is not None:
            console.print(f"  broken off: {one.broken.message}", markup=False)


def _show_records(console: "Console", one: "ReadTable") -> None:
    from rich.table import Table

    from connectors.cells import column_letters
    from pipeline.discovery.quantity import quantity

    if not one.first:
        return
    names = one.table.field_names or [column_letters(i) for i in range(one.columns)]
    titles = [_plain(name) for name in names]
    lines = [[_plain(cell) for cell in cells] for _, cells in one.first]
    shown = _that_fit(titles, lines, console.width) if console.is_terminal else len(titles)
    grid = Table(show_header=True, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column("row", justify="right", style="dim", no_wrap=True)
    for title in titles[:shown]:
        grid.add_column(title, no_wrap=True)
    for (row, _), line in zip(one.first, lines, strict=True):
        grid.add_row(str(row), *line[:shown])
    console.print(grid)
    if one.columns > shown:
        more = quantity(one.columns - shown, "more column")
        console.print(f"  and {more}; a wider window, --json or --out shows all", markup=False)


def _that_fit(titles: list[str], lines: list[list[str]], width: int) -> int:
    """How many columns a window has room for: one at least."""
    room = width - 8
    for position, title in enumerate(titles):
        cells = [line[position] for line in lines if position < len(line)]
        room -= 2 + max(map(len, [title, *cells]))
        if room < 0:
            return max(1, position)
    return len(titles)


def _plain(text: str | None) -> str:
    """A cell fit for one line of a terminal: control characters and turned directions escaped."""
    from rich.markup import escape

    from pipeline.discovery.sighting import shown

    line = shown((text or "")[: _WIDEST + 1])
    return escape(line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…")
