"""The way of a value back to its cell, proved by reading the landed bytes again."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

from connectors.errors import Unreadable
from connectors.read import open_tables
from contracts.declarations import UnknownDeclaration
from contracts.model import columns_of
from pipeline.journey import Journey
from pipeline.settings import Settings
from repository.database import connected, database_url
from repository.landing import LandedFile, LandingProblem, store_for
from repository.lineage import delivery_files
from repository.lineage import explain as recorded
from transforms.mapping import MappedColumn
from transforms.trace import trace

PROVENANCE = ("contract", "contract_version", "agreement", "code_version", "run_id")
"""Facts of the delivery that are told beside the value as well."""


def explain(entity: str, id: str | UUID, column: str | None = None) -> dict[str, Any]:
    """Where a row, or one value of it, comes from.

    What the repository recorded (:func:`repository.lineage.explain`), :data:`PROVENANCE`, and with
    a column:

    - ``as_written``: the text as it stands in the cell, read from the landed bytes;
    - ``rules``: each rule between it and the value, with ``before`` and ``after``;
    - ``proved``: whether the landed bytes have the hash recorded, hold a text there, and the rules
      lead from it to the value;
    - ``not_proved``: why not, where not.

    Raises:
        repository.lineage.NotFound: no such entity, row or column.
        repository.database.NoDatabase, repository.problems.DatabaseDown
    """
    settings = Settings.from_environment()
    with connected(database_url(settings.state)) as conn:
        told = recorded(conn, entity, id, column)
        files = delivery_files(conn, told["delivery"]["id"])
    told |= {name: told["delivery"][name] for name in PROVENANCE}
    if column is None:
        return told
    landed = [LandedFile(f["name"], f["landed_key"], f["sha256"], f["bytes"]) for f in files]
    try:
        return {**told, **_proof(told, landed, settings)}
    except (LandingProblem, Unreadable, UnknownDeclaration, OSError) as error:
        return {**told, "as_written": None, "rules": [], "proved": False, "not_proved": str(error)}


def _proof(told: dict[str, Any], landed: list[LandedFile], settings: Settings) -> dict[str, Any]:
    if told["mapping"] is None:
        return {
            "as_written": None,
            "rules": [],
            "proved": False,
            "not_proved": "the delivery does not bring this column: its file lacks it, or the "
            "agreement leaves it out"
            if told["contract_column"]
            else "the column has no cell of its own: the repository made it",
        }
    journey = Journey.of(told["feed"])
    mapped = MappedColumn(
        **{**told["mapping"], "date_formats": tuple(told["mapping"]["date_formats"])}
    )
    place: dict[str, Any] = {}
    if mapped.position is None:
        raw: str | None = mapped.header
    else:
        raw, place = _cell(journey, told, landed, mapped.position, settings)
    facts = columns_of(journey.dataset)[mapped.name]
    rules = trace(
        raw,
        mapped,
        facts,
        journey.declarations.code_schemes,
        told["delivery"]["landed_at"].date().isoformat(),
    )
    led_to = rules[-1][2] if rules else raw
    kept = journey.steps == told["delivery"]["steps_version"]
    # A companion (a match form, a precision) is made from the value the rules lead to.
    own = told["column"] in {to.partition(".")[2] for to in facts.to}
    agrees = not own or led_to == _shown(told["value"])
    proof: dict[str, Any] = {
        "as_written": raw,
        "rules": [{"rule": r, "before": before, "after": after} for r, before, after in rules],
        "proved": agrees,
        **place,
    }
    if not agrees:
        proof["not_proved"] = (
            "today's rules lead to another value"
            if kept
            else "the rules have changed since; those of the steps version recorded made the value"
        )
    return proof


def _cell(
    journey: Journey,
    told: dict[str, Any],
    landed: list[LandedFile],
    position: int,
    settings: Settings,
) -> tuple[str, dict[str, Any]]:
    """The text in the cell, and its place as the reader tells it."""
    store = store_for(settings.landing)
    with ExitStack() as held:
        # The store gives only bytes that have the hash they were landed with.
        paths = [held.enter_context(store.local(file)) for file in landed]
        name = told["delivery"]["name"] if len(paths) == 1 else None
        tables = open_tables(paths, journey.feed.file, name=name)
        table = next((t for t in tables if t.sheet == told["sheet"]), None)
        if table is None:
            raise Unreadable("table-gone", f"{told['file']} has no table {told['sheet']} any more")
        raw = table.cell(told["source_row"], position)
        where, sheet, cell = table.place(told["source_row"], position)
        sha256 = next((f.sha256 for f in landed if f.name == where), told["sha256"])
        return raw, {"file": where, "sheet": sheet, "cell": cell, "sha256": sha256}


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
