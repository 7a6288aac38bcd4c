"""``watersmeet codes``: values no register knows, and what a steward decides about them."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pipeline.codes import Decision, Item

codes = typer.Typer(help="Values no register knows: review, list, accept, refuse, unused.")

TARGET = typer.Argument(
    help="A feed, <organisation>/<dataset>, for it alone; or a code list or scheme, for every feed "
    "that uses it.",
    metavar="FEED|SCHEME",
    show_default=False,
)
WRITTEN = typer.Argument(help="The value as suppliers write it.", show_default=False)
BY = typer.Option("--by", help="Who decides.", show_default=False)
REASON = typer.Option("--reason", help="Why.", show_default=False)
JSON = typer.Option("--json", help="Print JSON.")
DAY = ["%Y-%m-%d"]
SEALED = "(personal, sealed)"


@codes.command("list")
def list_(
    scheme: Annotated[str | None, typer.Option(help="Of this list or scheme only.")] = None,
    state: Annotated[str, typer.Option(help="open, accepted, refused or all.")] = "open",
    by: Annotated[
        str | None,
        typer.Option("--by", help="Who opens the values of personal columns; it is recorded."),
    ] = None,
    why: Annotated[str | None, typer.Option(help="What they are opened for; recorded too.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the values no register knows, what most rows wait for first, with suggestions.

    Values of personal columns stay sealed; --by and --why open them.

    Examples: watersmeet codes list; watersmeet codes list --scheme country --json
    """
    from pipeline.codes import worklist
    from pipeline.quarantine import Reader

    states = ("open", "accepted", "refused") if state == "all" else (state,)
    reader = Reader(by or "", why or "") if by or why else None
    found = worklist(states, scheme=scheme, reader=reader)
    if as_json:
        typer.echo(
            json.dumps([one.to_json() for one in found], indent=2, default=str, ensure_ascii=False)
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("list or scheme", "written", "rows", "feeds", "state", "may be"):
        table.add_column(title)
    for one in found:
        best = [f"{s.code} ({s.name})" for s in one.suggestions[:2]]
        what = [f"known now as {one.known_now}"] if one.known_now else best
        what = [one.code] if one.code else what
        written = SEALED if one.written is None else repr(one.written)
        cells = (one.scheme, written, f"{one.rows:,}", ", ".join(one.feeds), one.state)
        table.add_row(*(_plain(cell) for cell in cells), _plain("; ".join(what)))
    _console().print(table if found else "The worklist is empty.")


@codes.command()
def accept(
    target: Annotated[str, TARGET],
    written: Annotated[str, WRITTEN],
    code: Annotated[str, typer.Argument(help="The code it stands for.", show_default=False)],
    by: Annotated[str, BY],
    reason: Annotated[str, REASON],
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAY, help="First date of the records it holds for."),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last date of them.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Accept a value for a code: a dated line in the alias file; then the waiting rows again.

    Example: watersmeet codes accept local-authority "Bristol CC" BST --by "A. Steward" --reason
    "the council's own short name"
    """
    from pipeline.codes import accept as accepted

    decision = accepted(
        target,
        written,
        code,
        by=by,
        reason=reason,
        start=start.date() if start else None,
        end=end.date() if end else None,
    )
    _tell(decision, as_json)


@codes.command()
def refuse(
    target: Annotated[str, TARGET],
    written: Annotated[str, WRITTEN],
    by: Annotated[str, BY],
    reason: Annotated[str, REASON],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Refuse a value: it stands for no code, its rows stay in quarantine, it is not asked again.

    Example: watersmeet codes refuse works/spend "Misc." --by "A. Steward" --reason "no category"
    """
    from pipeline.codes import refuse as refused

    _tell(refused(target, written, by=by, reason=reason), as_json)


@codes.command()
def unused(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what code lists themselves publish.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List aliases, and writings of suppliers' schemes, that no delivery ever held.

    Example: watersmeet codes unused
    """
    from pipeline.unused_codes import unused as never_met

    found = never_met(everything)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("list or scheme", "writing", "code", "feed", "stands in"):
        table.add_column(title)
    for one in found:
        place = f"{one['file']}, line {one['line']}"
        cells = (one["scheme"], repr(one["writing"]), one["code"], one["feed"] or "any", place)
        table.add_row(*(_plain(cell) for cell in cells))
    _console().print(table if found else "Every alias was met.")


@codes.command()
def review(
    by: Annotated[
        str | None, typer.Option("--by", help="Who decides; asked for where not given.")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="Of this list or scheme only.")] = None,
) -> None:
    """Go through the worklist one value at a time; every answer is kept at once, so stop anywhere.

    Values of personal columns are opened for it, and that is recorded.

    Example: watersmeet codes review --by "A. Steward"
    """
    from pipeline.codes import replay_accepted, worklist
    from pipeline.quarantine import Reader

    console = _console()
    found = worklist(scheme=scheme)
    if found:
        by = by or str(typer.prompt("Your name, to stand beside every answer"))
        if any(item.written is None for item in found):
            found = worklist(scheme=scheme, reader=Reader(by, "watersmeet codes review"))
        for number, item in enumerate(found, 1):
            _show(item, number, len(found), console)
            if not _answered(item, by, console):
                break
    else:
        console.print("The worklist is empty.")
    for feed, told in replay_accepted().items():
        console.print(f"{feed}: {told}", markup=False)


def _show(item: "Item", number: int, of: int, console: Console) -> None:
    console.print(
        f"\n{number} of {of}  {item.scheme}: {item.written!r}", markup=False, style="bold"
    )
    for place in item.places:
        dates = f", records of {place.first_as_at} to {place.last_as_at}"
        where = f"  {place.rows:,} rows of {place.feed}, column {place.column}{dates}"
        console.print(where, markup=False)
    if item.personal:
        console.print(
            "  of a column of personal data: what you accept is written to a file in clear, so "
            "refuse what tells of a person",
            markup=False,
        )
    if item.known_now:
        console.print(f"  the register gives it {item.known_now} by now", markup=False)
    for place_of, one in enumerate(item.suggestions, 1):
        note = "" if one.in_force else ", not in force then"
        line = f"  {place_of}  {one.code}  {one.name}  (like {one.like!r}, {one.score:.0f}{note})"
        console.print(line, markup=False)


def _answered(item: "Item", by: str, console: Console) -> bool:
    """Ask until there is an answer that can be kept; False where the steward stops."""
    from contracts.aliases import AliasNotWritten
    from pipeline.codes import CodeProblem, accept, refuse

    written = str(item.written)
    while True:
        most = len(item.suggestions)
        pick = f"1-{most} accept, a the first, " if most else ""
        answer = typer.prompt(f"{pick}n another code, r refuse, s skip, q quit").strip().casefold()
        if answer == "q":
            return False
        if answer == "s":
            return True
        code = _code_of(answer, item)
        if code is None and answer != "r":
            console.print("  that is none of the answers")
            continue
        reason = typer.prompt("Why")
        try:
            if code is None:
                _tell(refuse(item.scheme, written, by=by, reason=reason))
            else:
                target = item.scheme
                if len(item.feeds) == 1 and not typer.confirm("For every feed", default=True):
                    target = item.feeds[0]
                _tell(accept(target, written, code, by=by, reason=reason, replay_now=False))
            return True
        except (CodeProblem, AliasNotWritten) as problem:
            console.print(f"  {problem}", markup=False, style="yellow")


def _code_of(answer: str, item: "Item") -> str | None:
    if answer == "n":
        return str(typer.prompt("Code")).strip()
    if answer == "a":
        answer = "1"
    if answer.isdigit() and 1 <= int(answer) <= len(item.suggestions):
        return item.suggestions[int(answer) - 1].code
    return None


def _tell(decision: "Decision", as_json: bool = False) -> None:
    if as_json:
        told: dict[str, Any] = vars(decision)
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    what = f"{decision.scheme}: {decision.written!r} {decision.state}"
    typer.echo(f"{what} for {decision.code}" if decision.code else what)
    if decision.line:
        typer.echo(f"  written to {decision.line}; commit it")
    elif decision.code:
        typer.echo("  the register says so already")
    for feed, told_of in decision.replayed.items():
        typer.echo(f"  {feed}: {told_of}")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _console() -> Console:
    console = Console(highlight=False)
    # Written to a file or pipe, a line need not fit a screen.
    return console if console.is_terminal else Console(highlight=False, width=200)
