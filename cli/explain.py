"""``watersmeet explain``: the way of a value back to the cell it came from."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console


def explain(
    entity: Annotated[str, typer.Argument(help="The entity, such as payment.")],
    id: Annotated[str, typer.Argument(help="The row's identifier: payment_id and the like.")],
    column: Annotated[str | None, typer.Argument(help="One of its columns.")] = None,
    as_at: Annotated[
        str | None, typer.Option("--as-at", help="The version that was so on this date.")
    ] = None,
    as_known: Annotated[
        str | None,
        typer.Option("--as-known", help="As the repository knew it then: a date and time, in UTC "
                     "where it names no zone; of a date alone, its end."),
    ] = None,
    feed: Annotated[
        str | None, typer.Option("--feed", help="As this feed says it; else as the latest does.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Tell file, sheet and cell of a value, the text as it stood there, and the rules between.

    The landed bytes are read again: their hash must be the one recorded, and the rules must lead
    from the cell to the value.

    Examples: watersmeet explain payment 7f3a... amount;
    watersmeet explain person 51c0... postcode --as-at 2026-03-01 --as-known 2026-06-30T12:00

    Exit code 0 where the value is proved, 1 where it is not.
    """
    from pipeline.explain import explain as explained
    from pipeline.typed_times import day_of, moment_of

    day, moment = day_of(as_at), moment_of(as_known)
    told = explained(entity, id, column, as_at=day, as_known=moment, feed=feed)
    if as_json:
        print(json.dumps(told, indent=2, default=str, ensure_ascii=False))
    else:
        _show(told, Console(highlight=False))
    if column is not None and not told["proved"]:
        raise typer.Exit(1)


def _matched(told: dict[str, Any]) -> str | None:
    """How the header was matched to the contract's column."""
    how: str | None = told["how"]
    if how != "inferred":
        return how
    return f"inferred, {told['score']:g} of 100: {told['evidence']}"


def _read_as(told: dict[str, Any]) -> str | None:
    """The facts of the mapping that decide how the text is read."""
    mapping = told["mapping"] or {}
    found = [f"{one} ({mapping['date_evidence'] or 'declared by the feed'})"
             for one in mapping.get("date_formats", ())]  # fmt: skip
    found += [f"{name} {value}" for name, value in mapping.get("options", {}).items()]
    return "; ".join(found)


def _period(told: dict[str, Any]) -> str:
    first = f"from {told['valid_from']}" if told["valid_from"] else "always"
    return f"{first} to {told['valid_to']}" if told["valid_to"] else f"{first} on"


def _show(told: dict[str, Any], console: Console) -> None:
    what = f"{told['entity']} {told['id']}" + (f", {told['column']}" if told["column"] else "")
    console.print(what, style="bold", markup=False)
    for name, value in [*_place(told), *_provenance(told), *_clocks(told)]:
        if value not in (None, ""):
            console.print(f"  {name:<13} {value}", markup=False, soft_wrap=True)
    if told["column"] is None:
        return
    for one in told["rules"]:
        console.print(
            f"  rule          {one['rule']}: {one['before']!r} → {one['after']!r}",
            markup=False,
            soft_wrap=True,
        )
    if told["proved"]:
        console.print("  proved: the landed bytes hold it, and the rules lead to the value")
    else:
        console.print(f"  not proved: {told['not_proved']}", markup=False, style="red")


def _place(told: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("value", told["value"] if told["column"] else None),
        ("as written", told.get("as_written")),
        ("cell", told["cell"]),
        ("header", told["header"]),
        ("matched", _matched(told)),
        ("read as", _read_as(told)),
        ("sheet", told["sheet"]),
        ("row", told["source_row"]),
        ("file", told["file"]),
        ("sha256", told["sha256"]),
        ("landed as", told["landed_key"]),
    ]


def _provenance(told: dict[str, Any]) -> list[tuple[str, Any]]:
    delivery = told["delivery"]
    return [
        ("feed", told["feed"]),
        ("delivery", f"{delivery['id']}, {delivery['name']}, landed {delivery['landed_at']:%F %T}"),
        ("contract", f"{delivery['contract']} {delivery['contract_version']}"),
        ("agreement", delivery["agreement"]),
        ("code", delivery["code_version"]),
        ("steps", delivery["steps_version"]),
        ("run", delivery["run_id"] or "in this process, without Airflow"),
        *(
            ("corrected", f"{one['column']}, by {one['author']}: {one['reason']}")
            for one in told["corrections"]
        ),
        *(
            ("waived", f"{one['code']}, by {one['author']}: {one['reason']}")
            for one in told["waivers"]
        ),
    ]


def _clocks(told: dict[str, Any]) -> list[tuple[str, Any]]:
    ended = f"{told['ending']} by delivery {told['ended_by']}"
    return [
        ("as at", told["as_at"]),
        ("so", _period(told)),
        ("known from", told["known_from"]),
        ("latest until", None if told["current"] else f"{told['current_until']} ({ended})"),
        ("known until", told["known_until"]),
        ("last checked", told["last_checked"]),
        ("confirmed", told["last_confirmed"]),
        *(
            ("redirected", f"{one['from']} → {one['to']}: {one['kind']}, {one['reason']}")
            for one in told["redirects"]
        ),
        ("also from", ", ".join(f"{x['feed']} (as at {x['as_at']})" for x in told["also_from"])),
    ]
