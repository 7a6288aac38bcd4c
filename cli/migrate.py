"""``watersmeet migrate``: bring the repository to what code and declarations ask for."""

from pathlib import Path
from typing import Annotated

import typer


def migrate(
    secrets: Annotated[
        Path | None,
        typer.Option(help="File for analysts' generated passwords; default in the state folder."),
    ] = None,
) -> None:
    """Make or change tables, views, roles and grants as declared; nothing where all is as it is.

    ``watersmeet up`` does this by itself. Broken declarations are told and left out; exit code 1.
    """
    from contracts.declarations import load
    from repository.database import database_url
    from repository.migrate import migrate as bring_up
    from repository.state import state_folder

    declared = load()
    bring_up(database_url(start=True), declared, secrets or state_folder() / "analysts.json")
    for wrong in declared.broken:
        print(f"Broken: {wrong}")
    print(f"Migrated: {len(declared.entities)} entities, {len(declared.feeds)} feeds.")
    raise typer.Exit(1 if declared.broken else 0)
