"""The way of a value back to its cell, proved by reading the landed bytes again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg

from connectors.errors import Unreadable
from contracts.column import ColumnFacts
from contracts.declarations import UnknownDeclaration
from contracts.model import columns_of
from pipeline.explain_cells import Cells
from pipeline.journey import Journey
from pipeline.rulings import steps_of
from pipeline.settings import Settings
from repository.corrections import Correction, of_row
from repository.database import connected, database_url
from repository.feeds import feed_number
from repository.landing import LandingProblem
from repository.lineage import Ask, values_of
from repository.lineage import explain_many as recorded
from repository.problems import values_withheld
from repository.quarantine import Reader, account
from repository.sealing import Keys
from transforms.mapping import MappedColumn
from transforms.trace import Rule, trace

__all__ = ["Ask", "explain", "explain_many", "opened"]

PROVENANCE = ("contract", "contract_version", "agreement", "code_version", "run_id")
"""Facts of the delivery that are told beside the value as well."""

MATCHED = ("how", "score", "evidence")
"""How the column's header was matched to the contract: exact, declared, inferred or a constant; of
an inferred one, how like the names are and what it rests on."""

NOT_BROUGHT = (
    "the delivery does not bring this column: its file lacks it, or the agreement leaves it out"
)
MADE = "the column has no cell of its own: the repository made it"


def explain(
    entity: str,
    id: str | UUID,
    column: str | None = None,
    *,
    as_at: date | None = None,
    as_known: datetime | None = None,
    feed: str | None = None,
) -> dict[str, Any]:
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
        repository.lineage.NotFound: no such entity, row or column, or none at that time.
        repository.database.NoDatabase, repository.problems.DatabaseDown
    """
    [told] = explain_many([Ask(entity, id, column, as_at, as_known, feed)])
    return told


def explain_many(asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """Several at once, in the order asked: each landed file is opened once.

    Raises:
        What :func:`explain` raises, for any of them.
    """
    settings = Settings.from_environment()
    with values_withheld(), connected(database_url(settings.state)) as conn:
        told = _recorded(conn, asks)
        prover = _Prover(conn, settings)
        of_delivery: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for one in told:
            if one["column"] is not None:
                of_delivery[one["delivery"]["id"]].append(one)
        for delivery_id, some in of_delivery.items():
            prover.prove(delivery_id, some)
    return told


def opened(ask: Ask, reader: Reader) -> dict[str, Any]:
    """What :func:`explain` tells, for somebody; that they look is on record before they do.

    Raises:
        repository.quarantine.Unaccounted: nobody is named, or no reason.
        What :func:`explain` raises.
    """
    settings = Settings.from_environment()
    with values_withheld(), connected(database_url(settings.state)) as conn:
        feed: str = _recorded(conn, [ask])[0]["feed"]
        what = f"explain {ask.entity} {ask.id}" + (f", {ask.column}" if ask.column else "")
        account(conn, feed_number(conn, feed), 1, Reader(reader.name, f"{reader.why} ({what})"))
    # Of the same feed, whatever is loaded meanwhile: that one's record was asked for.
    [told] = explain_many([replace(ask, feed=feed)])
    return told


def _recorded(conn: psycopg.Connection, asks: Sequence[Ask]) -> list[dict[str, Any]]:
    found = recorded(conn, asks)
    for told in found:
        told |= {name: told["delivery"][name] for name in PROVENANCE} | {"correction": None}
        told |= {name: (told["mapping"] or {}).get(name) for name in MATCHED}
    return found


@dataclass
class _Prover:
    """Proves what was told of columns; each feed's declarations are read once."""

    conn: psycopg.Connection
    settings: Settings
    journeys: dict[str, Journey] = field(default_factory=dict)

    def prove(self, delivery_id: int, told: Iterable[dict[str, Any]]) -> None:
        """Add to each of one delivery what its landed bytes say."""
        having = []
        for one in told:
            if one["mapping"] is None:
                one |= _unproved(NOT_BROUGHT if one["contract_column"] else MADE)
            else:
                having.append(one)
        if not having:
            return
        try:
            journey = self._journey(having[0]["feed"])
            name = having[0]["delivery"]["name"]
            with Cells.of(self.conn, journey, (delivery_id, name), self.settings) as cells:
                cells.read(having)
                for one in having:
                    one |= self._proof(journey, cells, one)
        except (LandingProblem, Unreadable, UnknownDeclaration, OSError) as error:
            for one in having:
                one |= _unproved(str(error))

    def _journey(self, feed: str) -> Journey:
        if feed not in self.journeys:
            self.journeys[feed] = Journey.of(feed)
        return self.journeys[feed]

    def _proof(self, journey: Journey, cells: Cells, told: dict[str, Any]) -> dict[str, Any]:
        mapped = MappedColumn(
            **{**told["mapping"], "date_formats": tuple(told["mapping"]["date_formats"])}
        )
        facts = columns_of(journey.dataset).get(mapped.name)
        if facts is None:
            return _unproved(f"the contract of today has no column {mapped.name} any more")
        raw, place = cells.cell(told, mapped)
        corrected = self._correction(told, mapped.name)
        read: str | None = raw
        ruled: list[Rule] = []
        if corrected is not None:
            read = corrected.becomes or None
            rule = f"corrected by {corrected.author}: {corrected.reason}"
            ruled = [(rule, corrected.was, corrected.becomes)]
        rules = ruled + trace(
            read,
            mapped,
            facts,
            journey.declarations.code_schemes,
            told["delivery"]["landed_at"].date().isoformat(),
            told["feed"],
            self._as_at(journey, told, facts),
        )
        wrong = _wrong(journey, told, facts, rules[-1][2] if rules else raw)
        if corrected is not None and (raw or "") != corrected.was:
            wrong = "the correction was for another text than stands in the cell"
        proof: dict[str, Any] = {
            "as_written": raw,
            "correction": corrected.told() if corrected is not None else None,
            "rules": [{"rule": r, "before": before, "after": after} for r, before, after in rules],
            "proved": wrong is None,
            **place,
        }
        return proof if wrong is None else {**proof, "not_proved": wrong}

    def _correction(self, told: dict[str, Any], column: str) -> Correction | None:
        if not told["corrections"]:
            return None
        return of_row(self.conn, Keys(), told["delivery"]["id"], told["row_number"], column)

    def _as_at(self, journey: Journey, told: dict[str, Any], facts: ColumnFacts) -> date | None:
        """The date a code of the row is read as at, as the repository holds it."""
        column = facts.options.get("as_at")
        if column is None:
            return None
        targets = (to.partition(".") for to in columns_of(journey.dataset)[column].to)
        named = [name for entity, _, name in targets if entity == told["entity"]]
        day = values_of(self.conn, told, named[:1])[named[0]] if named else None
        return day if isinstance(day, date) else None


def _wrong(
    journey: Journey, told: dict[str, Any], facts: ColumnFacts, led_to: str | None
) -> str | None:
    """Why the rules do not prove the value; None where they do."""
    # A companion (a match form, a precision) is made from the value the rules lead to.
    own = told["column"] in {to.partition(".")[2] for to in facts.to}
    if not own or led_to == _shown(told["value"]):
        return None
    if journey.steps == steps_of(told["delivery"]["steps_version"]):
        return "today's rules lead to another value"
    return "the rules have changed since; those of the steps version recorded made the value"


def _unproved(why: str) -> dict[str, Any]:
    return {"as_written": None, "rules": [], "proved": False, "not_proved": why}


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
