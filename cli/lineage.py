"""``watersmeet lineage``: the events that tell other tools what was read, written and checked."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console

lineage = typer.Typer(help="OpenLineage events: what waits to be sent, sending it, and reading it.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@lineage.command("send")
def send_(
    refused: Annotated[
        bool, typer.Option("--refused", help="Try those again that the receiver refused.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="Events to send, at most.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Send what waits, now; runs that were killed are ended, and what is too old is removed.

    Examples: watersmeet lineage send; watersmeet lineage send --refused --json

    Exit code 0 where nothing waits any more or no receiver is set, 1 where events still wait or the
    receiver refused some.
    """
    from pipeline.lineage_events.send import send

    came_of_it = send(now=True, most=most, seconds=600.0, refused=refused)
    if as_json:
        print(json.dumps(came_of_it.told(), indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        one = came_of_it.told()
        told = ", ".join(
            f"{one[name]:,} {name}" for name in ("sent", "failed", "refused", "waiting")
        )
        where = one["receiver"] or f"no receiver is set ({_how_to_set()})"
        said = f"; the receiver last said: {', '.join(one['errors'])}" if one["errors"] else ""
        console.print(f"{where}: {told}{said}", markup=False)
        for name, said in (
            ("ended", "runs were killed, and are told as failed"),
            ("removed", "events were past their time, and are removed"),
        ):
            if one[name]:
                console.print(f"{one[name]:,} {said}", markup=False)
    if came_of_it.receiver and (came_of_it.waiting or came_of_it.refused):
        raise typer.Exit(1)


@lineage.command("pending")
def pending_(as_json: AsJson = False) -> None:
    """Show how many events wait, since when, and what the receiver last answered.

    Example: watersmeet lineage pending --json | jq .oldest_seconds

    Exit code 1 where they are stuck: refused, or waiting for more than an hour.
    """
    from pipeline.lineage_events.standing import pending

    found = pending()
    if as_json:
        print(json.dumps(found, indent=2, default=str))
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"Receiver  {found['receiver'] or f'none ({_how_to_set()})'}", markup=False)
        console.print(f"Waiting   {found['waiting']:,}{_since(found)}", markup=False)
        console.print(f"Refused   {found['refused']:,}", markup=False)
        console.print(
            f"Sent      {found['sent']:,}, kept for {found['keep_days']} days", markup=False
        )
        if found["errors"]:
            console.print(f"Last said {', '.join(found['errors'])}", markup=False)
    if found["stuck"]:
        raise typer.Exit(1)


@lineage.command("show")
def show(
    what: Annotated[str, typer.Argument(help="A feed, or the number of a delivery.")],
    most: Annotated[int, typer.Option(min=1, help="Latest runs of a feed to show.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Print events as they are sent: the latest runs of a feed, or those of one delivery.

    Examples: watersmeet lineage show northmoor/spend; watersmeet lineage show 17 --json

    Exit code 1 where a feed has no events yet.
    """
    from pipeline.lineage_events.standing import events

    found = events(what, most)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for one in found:
            console.print(line_of(one), markup=False)
        if not found:
            console.print(f"{what}: no events yet.", markup=False)
    if not found:
        raise typer.Exit(1)


def line_of(event: dict[str, Any]) -> str:
    """An event in a line or two."""
    facets = event["run"]["facets"]
    tags = {one["key"]: one["value"] for one in facets["tags"]["tags"]}
    when = event["eventTime"][:19].replace("T", " ")
    line = f"{when}  {event['eventType']:<8}  {event['job']['name']}  delivery {tags['delivery']}"
    line += f"  run {event['run']['runId']}"
    asserted = [
        one
        for given in event["inputs"]
        for one in given["inputFacets"].get("dataQualityAssertions", {}).get("assertions", ())
    ]
    if asserted:
        wrong = sum(1 for one in asserted if not one["success"])
        line += f"\n    {len(asserted)} checks and gates, {wrong} not satisfied"
    if "errorMessage" in facets:
        line += f"\n    {facets['errorMessage']['message']}"
    return line


def _since(found: dict[str, Any]) -> str:
    if found["oldest"] is None:
        return ""
    return f", the oldest since {found['oldest']:%F %H:%M}"


def _how_to_set() -> str:
    from pipeline.lineage_events.receiver import URL

    return f"{URL} sets one; events are kept meanwhile"
