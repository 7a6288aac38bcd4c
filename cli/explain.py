"""``watersmeet explain``: the way of a value back to the cell it came from."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console


def explain(
    entity: Annotated[str, typer.Argument(help="The entity, such as payment.")],
    id: Annotated[str, typer.Argument(help="The row's identifier: payment_id and the like.")],
    column: Annotated[str | None, typer.Argument(help="One of its columns.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell file, sheet and cell of a value, the text as it stood there, and the rules between.

    The landed bytes are read again: their hash must be the one recorded, and the rules must lead
    from the cell to the value.

    Example: watersmeet explain payment 7f3a... amount

    Exit code 0 where the value is proved, 1 where it is not.
    """
    from pipeline.explain import explain as explained

    told = explained(entity, id, column)
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


def _show(told: dict[str, Any], console: Console) -> None:
    delivery = told["delivery"]
    lines: list[tuple[str, Any]] = [
        ("value", told["value"] if told["column"] else None),
        ("as written", told.get("as_written")),
        ("cell", told["cell"]),
        ("header", told["header"]),
        ("matched", _matched(told)),
        ("sheet", told["sheet"]),
        ("row", told["source_row"]),
        ("file", told["file"]),
        ("sha256", told["sha256"]),
        ("landed as", told["landed_key"]),
        ("feed", told["feed"]),
        ("delivery", f"{delivery['id']}, {delivery['name']}, landed {delivery['landed_at']:%F %T}"),
        ("contract", f"{delivery['contract']} {delivery['contract_version']}"),
        ("agreement", delivery["agreement"]),
        ("code", delivery["code_version"]),
        ("run", delivery["run_id"] or "in this process, without Airflow"),
        ("known from", told["known_from"]),
        ("known until", None if told["current"] else f"{told['known_until']} ({told['ending']})"),
        ("last checked", told["last_checked"]),
        ("also from", ", ".join(told["also_from"])),
    ]
    what = f"{told['entity']} {told['id']}" + (f", {told['column']}" if told["column"] else "")
    console.print(what, style="bold", markup=False)
    for name, value in lines:
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
