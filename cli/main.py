"""The ``watersmeet`` command: one file a group of commands, each imported only when asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from inspect import cleandoc

import typer

COMMANDS = {
    "check": ("cli.check", "check", "Try a file against a dataset's contract; no database needed."),
    "read": ("cli.read", "read", "What a file holds: its tables and records as written."),
    "draft": ("cli.draft", "draft", "First declarations from a file: feed, dataset, entity."),
    "discover": ("cli.discover", "discover", "What lies on a share, and what it may be."),
    "run": ("cli.run", "run", "Run a feed's new deliveries in this process, without Airflow."),
    "status": ("cli.status", "status", "Feeds, their last deliveries, and where things are."),
    "kitemark": ("cli.kitemark", "kitemark", "How good each feed is, from its deliveries' record."),
    "held": ("cli.held", "held", "Deliveries that wait for a person: list, show, accept, refuse."),
    "explain": ("cli.explain", "explain", "The way of a value back to the cell it came from."),
    "impact": ("cli.impact", "impact", "What depends on a file, feed, column or code."),
    "dictionary": ("cli.dictionary", "dictionary", "What every table and column means."),
    "catalogue": ("cli.catalogue", "catalogue", "The catalogue of tables, as pages to read."),
    "export": ("cli.export", "export", "A table of a purpose as Parquet, CSV or a workbook."),
    "release": ("cli.release", "release", "Publish open tables: versioned, described, safe."),
    "diff": ("cli.diff", "diff", "What differs between two states of a table."),
    "example": ("cli.example", "example", "Write the invented region's files and right answers."),
    "codes": ("cli.codes", "codes", "Values no register knows: review, list, accept, refuse."),
    "contract": ("cli.contract", "contract", "Contracts: list, show, compare, publish, exchange."),
    "quarantine": ("cli.quarantine", "quarantine", "Rows not loaded: look, release, replay."),
    "corrections": ("cli.corrections", "corrections", "Stewards' changes to supplied values."),
    "conflicts": ("cli.conflicts", "conflicts", "Where feeds differ, and whose value counts."),
    "identifiers": ("cli.identifiers", "identifiers", "Merge, split, show where they lead, undo."),
    "lineage": ("cli.lineage", "lineage", "OpenLineage events: send, pending, show."),
    "serve": ("cli.serve", "serve", "Serve the open tables over HTTP, for everybody to read."),
    "backup": ("cli.backup", "backup", "Backups: take, ship, list, verify, try, prune."),
    "restore": ("cli.backup", "restore", "Restore a backup into a new folder, to any moment."),
    "migrate": ("cli.migrate", "migrate", "Bring the database to what code and contracts ask for."),
    "up": ("cli.up", "up", "Start everything and run every feed through Airflow."),
    "down": ("cli.up", "down", "Stop what `up` started and left behind."),
}
"""Command to module, function and the line `watersmeet --help` shows; the function of a group of
commands (`watersmeet contract diff`) is a `typer.Typer`."""

TOLD = ("cli.", "api.", "pipeline.", "contracts.", "connectors.", "transforms.", "repository.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; our own errors end it with their message and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _app(asked=given[0] if given else "")(args=given, prog_name="watersmeet")
    except Exception as error:
        if not type(error).__module__.startswith(TOLD):
            raise
        print(f"watersmeet: {error}", file=sys.stderr)
        sys.exit(2)


def _app(asked: str) -> typer.Typer:
    """Every command by name and line, and the one that is asked for in full."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Watersmeet: where many organisations' data meet.",
    )
    for name, (module, function, line) in COMMANDS.items():
        if name != asked:
            app.command(name, help=line)(_not_asked)
            continue
        found = getattr(import_module(module), function)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=line, no_args_is_help=True)
        else:
            app.command(name, help=_flowing(found.__doc__))(found)
    return app


def _flowing(docstring: str | None) -> str | None:
    """A docstring whose paragraphs have no line ends, so that they fit any window."""
    if docstring is None:
        return None
    parts = cleandoc(docstring).split("\n\n")
    return "\n\n".join(one if "\n " in one else " ".join(one.splitlines()) for one in parts)


def _not_asked() -> None:
    """Stands for a command in the list of commands."""


if __name__ == "__main__":
    main()
