"""The gate before publishing: measures a delivery, compares it, and lets it pass or stops it.

It stands inside the load's transaction. What does not pass leaves nothing behind but the hold.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg

from contracts.dataset import dataset_facts
from contracts.findings import Finding
from contracts.model import columns_of
from contracts.profiles import DELIVERY, ColumnProfile
from contracts.timetable import due_after
from pipeline.delivery import Delivery
from pipeline.gates.changed import changed
from pipeline.gates.codes import codes
from pipeline.gates.freshness import freshness
from pipeline.gates.limits import HISTORY
from pipeline.gates.matches import matches
from pipeline.gates.seen import Past, Seen
from pipeline.gates.structure import structure
from pipeline.gates.values import values
from pipeline.gates.volume import volume
from pipeline.journey import Journey
from pipeline.prepared import Prepared, TableReading
from pipeline.walk import Walk
from repository import findings, holds, profiles
from repository.consistency import changed_values, found_in
from repository.load import Outcome
from repository.load.finishing import skipped_hashes
from repository.load.loading import Load, mix_of

# What a person accepted once only teaches nothing when it is worked again either.
BASELINE = """
UPDATE watersmeet.delivery
SET baseline = (SELECT baseline FROM watersmeet.delivery WHERE delivery_id = %s)
WHERE delivery_id = %s
"""


class Stopped(Exception):
    """The delivery does not pass; nothing of it is published.

    Attributes:
        findings: all of them, those that stop and those that are only noted.
    """

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(one.message for one in holds.stopping(findings)))
        self.findings = findings


class Gate:
    """One delivery before the gate. Give it every batch, then :meth:`measure`."""

    def __init__(self, journey: Journey, delivery: Delivery) -> None:
        self._journey, self._delivery = journey, delivery
        self._print = 0

    def see(self, prepared: Prepared, table: TableReading) -> None:
        """Take note of which records of a batch are to be loaded."""
        if not len(prepared.good):
            return
        good = np.isin(prepared.rows, prepared.good)
        hashes = prepared.hashes[good] ^ mix_of(table.mapping.reading if table.mapping else "")
        self._print += profiles.fingerprint(hashes)

    def measure(self, load: Load, walk: Walk) -> None:
        """Measure the whole delivery, and stand before its publishing."""
        columns = dict(walk.profile.columns)
        skipped = skipped_hashes(load)
        if skipped is not None:
            for hashes in load.skipped:
                self._print += profiles.fingerprint(hashes)
            read = {c.name for t in walk.tables if t.mapping for c in t.mapping.columns}
            for name, known in profiles.of_known(load, skipped).items():
                if name not in read and name != DELIVERY:
                    continue  # a column of the contract that this feed does not bring
                columns.setdefault(name, ColumnProfile()).good.add(known.good)
        measured = {name: one.to_json() for name, one in columns.items()}
        unchanged = sum(len(some) for some in load.skipped)
        # What comes late is not to be compared with what stands now.
        told_anew = {} if load.basis.newer else changed_values(load, unchanged)
        for name, told in told_anew.items():
            if name in measured:
                measured[name]["changed"] = told
        load.beside.append(lambda conn, outcome: self._publish(conn, outcome, load, walk, measured))

    def _publish(
        self,
        conn: psycopg.Connection,
        outcome: Outcome,
        load: Load,
        walk: Walk,
        measured: dict[str, Any],
    ) -> None:
        """Record profile and findings beside the delivery.

        Raises:
            Stopped: it must not be published before a person has decided.
        """
        rows = measured.pop(DELIVERY, {"issues": {}})
        measured[DELIVERY] = {
            "rows": outcome.landed - outcome.excluded,
            "good": outcome.new + outcome.changed + outcome.unchanged,
            "quarantined": outcome.quarantined,
            "excluded": outcome.excluded,
            "issues": rows["issues"],
            profiles.FINGERPRINT: str(self._print % 2**64),
            **self._consistency(conn, load),
        }
        seen = self._seen(conn, load, walk, measured)
        if load.record.replays is not None:
            conn.execute(BASELINE, (load.record.replays, outcome.delivery_id))
        found = [] if load.record.replays is not None else list(self._found(seen))
        if holds.stopping(found):
            self._decided(conn, outcome, found)
        profiles.record(conn, outcome.delivery_id, measured)
        findings.record(conn, outcome.delivery_id, found)
        delivery = self._delivery
        holds.overtake(
            conn,
            load.basis.feed_id,
            delivery.sha256,
            delivery.sequence,
            delivery.name,
            load.record.scope,
        )

    def _found(self, seen: Seen) -> Iterator[Finding]:
        yield from structure(seen)
        if seen.limits.not_checked:
            return
        yield from volume(seen)
        yield from values(seen)
        yield from codes(seen)
        yield from changed(seen)
        yield from freshness(seen)
        yield from matches(seen, dataset_facts(self._journey.dataset).consistency)

    def _seen(
        self, conn: psycopg.Connection, load: Load, walk: Walk, measured: dict[str, Any]
    ) -> Seen:
        journey, delivery = self._journey, self._delivery
        feed = journey.feed
        past = profiles.usual(conn, feed.id, load.record.place, HISTORY)
        before = [
            Past(one["name"], one["landed_at"], one["measures"])
            for one in past
            if one["sha256"] != delivery.sha256
        ]
        return Seen(
            limits=journey.gates,
            facts=columns_of(journey.dataset),
            replaces=journey.replaces,
            due=due_after(feed, before[0].landed_at) if before else None,
            landed_at=delivery.landed_at,
            now=measured,
            past=before,
            tables=[table for table in walk.tables if table.number is not None],
            last_tables=profiles.last_tables(conn, feed.id, delivery.sha256),
            structure=tuple(getattr(walk, "structure_changes", ())),
        )

    def _consistency(self, conn: psycopg.Connection, load: Load) -> dict[str, Any]:
        told = {}
        for one in dataset_facts(self._journey.dataset).consistency:
            entity = self._journey.declarations.entities[one.entity]
            found = found_in(conn, load.basis.feed_id, one, entity)
            if found is not None:
                told[one.name] = found
        return {"consistency": told} if told else {}

    def _decided(self, conn: psycopg.Connection, outcome: Outcome, found: list[Finding]) -> None:
        """Pass if a person decided so about these very findings.

        Raises:
            Stopped: nobody has.
        """
        for hold in holds.of_bytes(conn, self._journey.feed.id, self._delivery.sha256):
            if hold["state"].startswith("accepted") and holds.covers(hold["findings"], found):
                if hold["state"] == "accepted-once":
                    conn.execute(
                        "UPDATE watersmeet.delivery SET baseline = false WHERE delivery_id = %s",
                        (outcome.delivery_id,),
                    )
                return
        raise Stopped(found)
