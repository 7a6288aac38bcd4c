"""The way of a value back to its cell, proved by reading the landed bytes again."""

from contextlib import ExitStack
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from connectors.errors import Unreadable
from connectors.read import open_tables
from contracts.column import ColumnFacts
from contracts.declarations import UnknownDeclaration
from contracts.model import columns_of
from pipeline.journey import Journey
from pipeline.rulings import steps_of
from pipeline.settings import Settings
from repository.corrections import Correction, of_row
from repository.database import connected, database_url
from repository.landing import LandedFile, LandingProblem, store_for
from repository.lineage import delivery_files
from repository.lineage import explain as recorded
from repository.sealing import Keys
from transforms.mapping import MappedColumn
from transforms.trace import trace

PROVENANCE = ("contract", "contract_version", "agreement", "code_version", "run_id")
"""Facts of the delivery that are told beside the value as well."""

MATCHED = ("how", "score", "evidence")
"""How the column's header was matched to the contract: exact, declared, inferred or a constant; of
an inferred one, how like the names are and what it rests on."""


def explain(entity: str, id: str | UUID, column: str | None = None) -> dict[str, Any]:
    """Where a row, or one value of it, comes from.

    What the repository recorded (:func:`repository.lineage.explain`), :data:`PROVENANCE`,
    :data:`MATCHED`, and with a column:

    - ``as_written``: the text as it stands in the cell, read from the landed bytes;
    - ``correction``: ``number``, ``author``, ``reason`` and ``made_at`` of the correction that was
      applied to the cell; None where none was;
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
        corrected = _correction(conn, told)
    told |= {name: told["delivery"][name] for name in PROVENANCE} | {"correction": None}
    told |= {name: (told["mapping"] or {}).get(name) for name in MATCHED}
    if column is None:
        return told
    landed = [LandedFile(f["name"], f["landed_key"], f["sha256"], f["bytes"]) for f in files]
    try:
        return {**told, **_proof(told, landed, settings, corrected)}
    except (LandingProblem, Unreadable, UnknownDeclaration, OSError) as error:
        return {**told, "as_written": None, "rules": [], "proved": False, "not_proved": str(error)}


def _correction(conn: psycopg.Connection, told: dict[str, Any]) -> Correction | None:
    if told["contract_column"] is None:
        return None
    return of_row(conn, Keys(), told["delivery"]["id"], told["row_number"], told["contract_column"])


def _proof(
    told: dict[str, Any],
    landed: list[LandedFile],
    settings: Settings,
    corrected: Correction | None,
) -> dict[str, Any]:
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
    read, ruled = raw, list[tuple[str, str | None, str | None]]()
    if corrected is not None:
        read = corrected.becomes
        ruled = [(f"corrected by {corrected.author}: {corrected.reason}", corrected.was, read)]
    rules = ruled + trace(
        read if corrected is None else read or None,
        mapped,
        facts,
        journey.declarations.code_schemes,
        told["delivery"]["landed_at"].date().isoformat(),
        told["feed"],
        _as_at(journey, told, facts),
    )
    led_to = rules[-1][2] if rules else raw
    kept = journey.steps == steps_of(told["delivery"]["steps_version"])
    # A companion (a match form, a precision) is made from the value the rules lead to.
    own = told["column"] in {to.partition(".")[2] for to in facts.to}
    agrees = not own or led_to == _shown(told["value"])
    if corrected is not None and (raw or "") != corrected.was:
        agrees = False
    proof: dict[str, Any] = {
        "as_written": raw,
        "correction": corrected.told() if corrected is not None else None,
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


def _as_at(journey: Journey, told: dict[str, Any], facts: ColumnFacts) -> date | None:
    """The date a code of the row is read as at, as the repository holds it."""
    column = facts.options.get("as_at")
    if column is None:
        return None
    targets = (to.partition(".") for to in columns_of(journey.dataset)[column].to)
    named = [name for entity, _, name in targets if entity == told["entity"]]
    if not named:
        return None
    with journey.connected() as conn:
        day = recorded(conn, told["entity"], told["id"], named[0])["value"]
    return day if isinstance(day, date) else None


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
