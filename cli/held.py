"""``watersmeet held``: deliveries that were stopped and wait for a person to decide."""

import getpass
import json
from typing import Annotated, Any

import typer
from rich.console import Console

held = typer.Typer(help="Deliveries that were stopped and wait for a person to decide.")

Number = Annotated[int, typer.Argument(help="The hold, as `watersmeet held list` numbers it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
By = Annotated[
    str | None, typer.Option("--by", help="Who decides; your login where it is left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@held.command("list")
def list_(
    feed: Annotated[str | None, typer.Argument(help="Only of this feed.")] = None,
    decided: Annotated[
        bool, typer.Option("--all", help="Those too about which a person has decided.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the deliveries that wait, with what stopped each.

    Example: watersmeet held list --json | jq '.[].findings[].message'
    """
    from pipeline.hold import held as waiting
    from pipeline.hold import in_words

    found = waiting(feed, decided=decided)
    if as_json:
        _print_json(found)
        return
    console = _console()
    for one in found:
        console.print(_head(one), markup=False)
        for line in in_words(one):
            console.print(f"    {line}", markup=False)
    if not found:
        console.print("No delivery waits for a decision.", markup=False)


@held.command()
def show(hold: Number, as_json: AsJson = False) -> None:
    """Show one held delivery: what was found, what accepting it would change, what was decided.

    Example: watersmeet held show 3
    """
    from pipeline.hold import hold as held_delivery
    from pipeline.hold import in_words, patch_of

    found = held_delivery(hold)
    if as_json:
        _print_json({**found, "patch": patch_of(found)})
        return
    console = _console()
    console.print(_head(found), markup=False)
    for line in in_words(found):
        console.print(f"  {line}", markup=False)
    patch = patch_of(found)
    if patch:
        told = "Accepting it changes" if found["state"] == "waiting" else "Accepting it changed"
        console.print(f"\n{told} the feed's file:\n\n{patch}", markup=False)
    if found["state"] == "waiting":
        console.print(
            f"\nDecide: watersmeet held accept {hold} --reason ... (with --once the feed's file "
            f"stays as it is), or watersmeet held refuse {hold} --reason ...",
            markup=False,
        )


@held.command()
def accept(
    hold: Number,
    reason: Reason,
    once: Annotated[
        bool, typer.Option("--once", help="Load this one, and let it not count as usual.")
    ] = False,
    by: By = None,
    patch_only: Annotated[
        bool, typer.Option("--patch", help="Print the change of the feed's file, do not write it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Accept a held delivery and load it now.

    The feed's file is changed so that the next delivery like it passes; with --once it is not.

    Example: watersmeet held accept 3 --once --reason "half a month, as announced"

    Exit code 0 where it was loaded, 2 where it was refused, 3 where it is held again.
    """
    from pipeline.hold import decide
    from pipeline.ingest import take

    made = decide(
        hold, "accept-once" if once else "accept", by or getpass.getuser(), reason,
        write=not patch_only,
    )  # fmt: skip
    run = take(made.feed, made.delivery)
    if as_json:
        from cli.run import facts_of

        _print_json({**facts_of(run), "patch": made.patch, "written": made.written})
    else:
        from cli.run import line_of

        console = _console()
        if made.patch:
            told = "The feed's file was changed" if made.written else "Apply this patch"
            console.print(f"{told}:\n\n{made.patch}", markup=False)
        console.print(line_of(run), markup=False)
    if run.held is not None:
        raise typer.Exit(3)
    if run.refused:
        raise typer.Exit(2)


@held.command()
def refuse(hold: Number, reason: Reason, by: By = None, as_json: AsJson = False) -> None:
    """Refuse a held delivery: these bytes are never loaded. They stay in the landing store.

    Example: watersmeet held refuse 3 --reason "an old extract; the supplier sends it again"
    """
    from pipeline.hold import decide
    from pipeline.hold import hold as held_delivery

    decide(hold, "refuse", by or getpass.getuser(), reason)
    found = held_delivery(hold)
    if as_json:
        _print_json(found)
    else:
        _console().print(_head(found), markup=False)


def _head(found: dict[str, Any]) -> str:
    head = f"{found['hold_id']}  {found['feed']}  {found['name']}: "
    if found["decided_by"] is None:
        return f"{head}{found['state']} since {found['held_at']:%F %H:%M}"
    when = f"{found['decided_at']:%F %H:%M}"
    return f"{head}{found['state']} by {found['decided_by']} at {when}: {found['reason']}"


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, default=str, ensure_ascii=False))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
