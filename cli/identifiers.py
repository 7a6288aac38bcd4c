"""``watersmeet identifiers``: what is one thing, what is several, and where identifiers lead."""

import getpass
import json
from typing import Annotated, Any

import typer
from rich.console import Console

identifiers = typer.Typer(
    no_args_is_help=True,
    help="Identifiers: merge, split, show where they lead, undo.\n\n"
    "An identifier never changes its meaning and is never given to anything else; where it is no "
    "longer given, a redirect leads on.",
)

Entity = Annotated[str, typer.Argument(help="The entity, such as organisation.")]
Id = Annotated[str, typer.Argument(help="The identifier: organisation_id and the like.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
By = Annotated[
    str | None, typer.Option("--by", help="Who decides; your login where it is left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@identifiers.command()
def show(entity: Entity, id: Id, as_json: AsJson = False) -> None:
    """Show where an identifier leads, which feeds speak of it, and what was decided about it.

    Example: watersmeet identifiers show organisation 7f3a...
    """
    from pipeline.identifiers import show as shown

    told = shown(entity, id)
    if as_json:
        _print(told)
        return
    console = _console()
    console.print(f"{entity} {told['id']}", style="bold", markup=False)
    for end in told["leads_to"]:
        feeds = ", ".join(told["feeds"][end]) or "no current row"
        way = "is given still" if end == told["id"] else f"leads to {end}"
        console.print(f"  {way}: {feeds}", markup=False)
    for one in told["redirects"]:
        line = (
            f"  {one['from_id']} -> {one['to_id']}  {one['kind']} since {one['since']:%F %T} by "
            f"{one['author']}: {one['reason']}"
        )
        if one["withdrawn_at"]:
            line += f"; withdrawn {one['withdrawn_at']:%F %T} by {one['withdrawn_by']}"
        console.print(line, markup=False)


@identifiers.command()
def merge(
    entity: Entity,
    from_ids: Annotated[list[str], typer.Argument(help="The identifiers that give way.")],
    into: Annotated[str, typer.Option("--into", help="The identifier that stays.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Have several identifiers be one: their rows and the links to them move, and the next
    deliveries give the one that stays.

    Where a feed has a row of both, its later statement is kept. Refused where a feed supplies both
    as records of their own.

    Example: watersmeet identifiers merge organisation 7f3a... --into 91bc... --reason "one
    company, by its number at Companies House"
    """
    from pipeline.identifiers import merge as merged

    _tell(merged(entity, from_ids, into, reason=reason, author=by or getpass.getuser()), as_json)


@identifiers.command()
def split(
    entity: Entity,
    id: Id,
    to: Annotated[list[str], typer.Option("--to", help="One of the things; twice or more.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Tell that an identifier was given to several things, each of which has another by now.

    First correct the records, so that no row has the identifier any more.

    Example: watersmeet identifiers split organisation 7f3a... --to 91bc... --to 02de... --reason
    "two firms of one name"
    """
    from pipeline.identifiers import split as told_apart

    _tell(told_apart(entity, id, to, reason=reason, author=by or getpass.getuser()), as_json)


@identifiers.command()
def undo(entity: Entity, id: Id, reason: Reason, by: By = None, as_json: AsJson = False) -> None:
    """Withdraw what an identifier leads to; rows that a merge took from it are given back.

    Rows that deliveries changed since are put right when they are next supplied.

    Example: watersmeet identifiers undo organisation 7f3a... --reason "two companies after all"
    """
    from pipeline.identifiers import undo as undone

    _tell(undone(entity, id, reason=reason, author=by or getpass.getuser()), as_json)


def _tell(done: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print(done)
        return
    for one in done:
        linked = "".join(f", {many:,} of {place}" for place, many in one["links"].items())
        _console().print(
            f"{one['from_id']} -> {one['to_id']}  {one['kind']}: {one['rows']:,} rows{linked}, "
            f"{one['former']:,} former rows",
            markup=False,
        )
        if one["kept_later"]:
            feeds = ", ".join(one["kept_later"])
            _console().print(f"  of {feeds}: both stood, the later is kept", markup=False)


def _print(found: Any) -> None:
    print(json.dumps(found, indent=2, default=str, ensure_ascii=False))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
