"""``watersmeet conflicts``: where feeds differ on one thing, and whose value counts."""

import getpass
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table


class Unaccounted(Exception):
    """Personal values were asked for without saying what for."""


def conflicts(
    entity: Annotated[str | None, typer.Argument(help="Only this entity.")] = None,
    attribute: Annotated[str | None, typer.Option(help="Only this attribute.")] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="How many, by attribute and feed; no values.")
    ] = False,
    values: Annotated[
        bool, typer.Option("--values", help="Show values of personal attributes too; say --why.")
    ] = False,
    why: Annotated[
        str | None, typer.Option(help="What you open personal values for; it is recorded.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who you are; your login where left out.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Values at most, of each entity.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List where feeds differ on one thing: every value, the one that counts, and the rule that
    decided (contracts/precedence). Losing values stay in the rows of their feeds.

    Values of personal attributes are shown only with --values and --why, and that is recorded.

    Examples: watersmeet conflicts --counts; watersmeet conflicts organisation --attribute name
    """
    from pipeline import conflicts as found

    if counts:
        _tell(found.counts(entity), as_json, ("entity", "attribute", "feed", "chosen", "lost"))
        return
    reader = None
    if values:
        from repository.quarantine import Reader

        if why is None:
            raise Unaccounted("say with --why what you open personal values for; it is recorded")
        reader = Reader(by or getpass.getuser(), why)
    _tell(
        found.listed(entity, reader, attribute=attribute, most=most),
        as_json,
        ("entity", "id", "attribute", "feed", "as_at", "kitemark", "chosen", "reason", "value"),
    )


def _tell(found: list[dict[str, Any]], as_json: bool, columns: tuple[str, ...]) -> None:
    if as_json:
        print(json.dumps(found, indent=2, default=str, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        # Written to a file or pipe, a line need not fit a screen.
        console = Console(highlight=False, width=240)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), no_wrap=name != "value")
    for one in found:
        table.add_row(*(_text(one[name]) for name in columns))
    console.print(table if found else "Feeds differ nowhere.")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value).replace("[", "\\[")
