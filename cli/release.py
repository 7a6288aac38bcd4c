"""``watersmeet release``: open tables published in versions."""

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from pipeline.release import Released


def release(
    name: Annotated[
        str | None, typer.Argument(help="The open table; all that are declared where left out.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Work everything out, publish nothing.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(help="The folder; `releases` in the state folder where left out."),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Show the versions that were published.")
    ] = False,
    by: Annotated[
        str | None, typer.Option(help="Who you are; your login where left out. It is recorded.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Publish open tables: CSV and Parquet, described, with lineage and disclosure report.

    A new version is made only where something changed: 2.0.0 after 1.4.1 where columns did, 1.5.0
    where rows did, 1.4.2 where only the description did.

    Examples: watersmeet release; watersmeet release spend_over_threshold --check;
    watersmeet release --list

    Exit code 0; with --check, 1 where a new version would be made; 2 where a table cannot be
    published.
    """
    from contracts.declarations import load
    from pipeline.release import release as published
    from pipeline.release.release import open_table
    from pipeline.settings import Settings

    if listed:
        _list(name, as_json)
        return
    declared = load(Settings.from_environment().contracts)
    names = [name] if name else sorted(declared.open_tables)
    broken = [] if name else [one for one in declared.broken if one.path.parent.name == "open"]
    done = [published(one, by=by or getpass.getuser(), into=into, check=check) for one in names]
    if as_json:
        print(json.dumps([one.to_json() for one in done], indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for one in done:
            console.print("\n".join(_lines(one, check)), markup=False)
        if not names and not broken:
            console.print("No open table is declared; docs/open-data.md tells how.")
    if broken:
        # The others are published; that this one is not must not be overlooked.
        open_table(declared, broken[0].path.stem)
    if check and any(one.change != "none" for one in done):
        raise typer.Exit(1)


def _lines(one: "Released", check: bool) -> list[str]:
    from pipeline.release.version import MEANING

    what = "would be published" if check else "published"
    if one.change == "none":
        lines = [f"{one.name}: nothing changed since {one.version}, {one.rows:,} rows"]
    else:
        lines = [f"{one.name} {one.version} {what}: {MEANING[one.change]}; {one.rows:,} rows"]
    if one.folder:
        lines.append(f"  in {one.folder}")
    for rule in one.disclosure["redaction"]:
        lines.append(f"  {rule['reason']}: {rule['does']}: {rule['rows']:,} rows")
    small = one.disclosure.get("suppression")
    if small:
        lines.append(
            f"  counts below {small['smallest_count_shown']}: "
            f"{small['hidden_for_small_counts']:,} hidden, "
            f"{small['hidden_so_that_those_cannot_be_worked_out']:,} more so that they cannot be "
            "worked out"
        )
    rare = one.disclosure.get("quasi_identifiers")
    if rare and rare["combinations_below_k"]:
        lines.append(
            f"  WARNING: {rare['combinations_below_k']:,} combinations of "
            f"{', '.join(rare['columns'])} stand on fewer than {rare['k']} rows"
        )
    return lines


def _list(name: str | None, as_json: bool) -> None:
    from pipeline.release import released

    found = released(name)
    if as_json:
        told = [
            {
                "name": one.name,
                "version": one.version,
                "rows": one.rows,
                "made_at": f"{one.made_at:%Y-%m-%dT%H:%M:%S%z}",
                "made_by": one.made_by,
                "files": one.files,
            }
            for one in found
        ]
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for one in found:
        print(f"{one.name}  {one.version}  {one.rows:,} rows  {one.made_at:%F %H:%M} {one.made_by}")
    if not found:
        print("Nothing was published yet.")
