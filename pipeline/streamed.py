"""The load of one delivery: walk it, judge it, and put it into the repository or let it wait.

Read, minimise, correct, validate, harmonise and split stream in batches into one transaction; the
gates look at what came of it before it is published.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from contracts.as_at import Undated
from contracts.model import columns_of
from contracts.version import code_version
from pipeline.codes_recorded import recorded
from pipeline.delivery import Delivery, only_file
from pipeline.gates import Gate, Stopped
from pipeline.hold import REFUSED, Held, refusal
from pipeline.journey import Journey
from pipeline.lineage_events.attempt import Attempt
from pipeline.prepared import TableReading
from pipeline.redirected import redirected, rekeyed
from pipeline.rulings import Rulings
from pipeline.walk import Walk
from repository import arrivals, holds
from repository.identifiers.redirects import merged
from repository.load import DeliveryRecord, FileRecord, Outcome, TableRecord, loading
from repository.load.finishing import SkippedTwice
from repository.problems import values_withheld
from repository.profiles import last_tables
from repository.progress import Progress as Written
from transforms.mapping import Mapping, Pins, Refused, pins_of
from transforms.steps.watch_dates import NotSettled

UNDATED = "delivery-undated"

Watch = Callable[[str, str, int], None]
"""Told of progress: delivery, step, rows so far."""


def load_delivery(
    journey: Journey,
    delivery: Delivery,
    run: dict[str, Any],
    progress: Watch | None,
    replays: int | None = None,
) -> Outcome:
    """Load one landed delivery, in one transaction.

    Args:
        run: facts of the Airflow run, for lineage.
        progress: told how far it has come.
        replays: of a delivery whose bytes are loaded, the delivery that holds rows of it.

    Raises:
        Refused: the delivery is not what the contract says; recorded with its reason.
        pipeline.hold.Held: it was stopped and waits for a person.
        repository.load.finishing.AgreementEnded: it ended while the delivery was loaded.
        repository.problems.DatabaseProblem, repository.problems.DatabaseDown
    """
    with (
        refusal_recorded(journey, delivery, run.get("run_id")),
        Written(journey.url, delivery.feed, delivery.name) as written,
    ):
        try:
            with journey.connected() as conn:
                rulings = Rulings.of(conn, delivery.feed)
            steps = rulings.version(journey.steps)
            record = replace(_record(journey, delivery, run), replays=replays, steps_version=steps)
            _not_refused_by_person(journey, delivery)
            told = Attempt(journey, delivery, run)
            return _streamed(journey, delivery, record, rulings, written, progress, told)
        except Stopped as stopped:
            written.failed(0)
            raise _held(journey, delivery, run, stopped) from None
        except BaseException:
            written.failed(0)
            raise


def _not_refused_by_person(journey: Journey, delivery: Delivery) -> None:
    with journey.connected() as conn:
        why = refusal(conn, delivery.feed, delivery.sha256)
    if why is not None:
        raise Refused(REFUSED, f"{why}; these bytes are not loaded again")


def _held(journey: Journey, delivery: Delivery, run: dict[str, Any], stopped: Stopped) -> Held:
    """Have a stopped delivery wait for a person, in a transaction of its own."""
    with journey.connected() as conn:
        hold_id = holds.wait(
            conn,
            delivery.feed,
            delivery.sha256,
            sequence=delivery.sequence,
            name=delivery.name,
            delivery=delivery.to_json(),
            findings=stopped.findings,
            steps=journey.judged_by,
            run_id=run.get("run_id"),
        )
    return Held(hold_id, delivery.name, stopped.findings)


def _streamed(
    journey: Journey,
    delivery: Delivery,
    record: DeliveryRecord,
    rulings: Rulings,
    written: Written,
    progress: Watch | None,
    told: Attempt,
) -> Outcome:
    """The short way; where that turns out not to do, nothing was loaded, and the long one."""
    skip, whole = True, False
    while True:
        try:
            rulings.restart()
            return _stream(
                journey, delivery, record, rulings, written, progress, told, skip=skip, whole=whole
            )
        except SkippedTwice:
            # A known record stands more often than before: compare it the long way.
            skip = False
        except NotSettled:
            # Dates are written otherwise than the first records prove: read the file twice.
            whole = True


def _stream(
    journey: Journey,
    delivery: Delivery,
    record: DeliveryRecord,
    rulings: Rulings,
    written: Written,
    progress: Watch | None,
    told: Attempt,
    *,
    skip: bool,
    whole: bool,
) -> Outcome:
    with values_withheld(), told, loading(journey.url, record, progress=written) as load:
        if load.already is not None:
            written.done(load.already.landed)
            return load.already
        told.begin(load)
        with journey.landed(delivery) as paths:
            seed = arrivals.hash_seed(load.conn)
            known = load.known_hashes if skip else None
            walk = walk_of(journey, delivery, paths, known, seed, whole, rulings)
            tables = {table.number: table for table in walk.tables}
            gate = Gate(journey, delivery)
            ways = merged(load.conn)
            for prepared in walk:
                if prepared.table_number not in load.tables:
                    load.table(_table_record(tables[prepared.table_number]))
                gate.see(prepared, tables[prepared.table_number])
                load.add(redirected(prepared, ways, record))
                if progress is not None:
                    progress(delivery.name, "load", load.landed)
        gate.measure(load, walk)
        load.beside.append(recorded(delivery.feed, walk.codes))
        load.beside.append(rulings.record)
        load.beside.append(partial(rekeyed, record))
        load.beside.append(told.completed(load, walk))
        return load.finish(sum(table.rows_read for table in walk.tables))


def walk_of(
    journey: Journey,
    delivery: Delivery,
    paths: list[Path],
    known: Callable[[str], Any] | None = None,
    seed: int = 0,
    whole: bool = False,
    rulings: Rulings | None = None,
) -> Walk:
    """The walk of a landed delivery; the arguments are those of :class:`pipeline.walk.Walk`."""
    return Walk(
        paths,
        dataset=journey.dataset,
        declarations=journey.declarations,
        feed=journey.feed,
        known=known,
        series=delivery.name if journey.replaces == "same-name" else "",
        seed=seed,
        name=only_file(delivery.name, [file.name for file in delivery.files]),
        today=delivery.landed_at.date(),
        whole=whole,
        pinned=_pinned(journey, delivery),
        rulings=rulings,
    )


def _pinned(journey: Journey, delivery: Delivery) -> Pins:
    """From which headers the columns were taken in the delivery that was accepted last."""
    with journey.connected() as conn:
        tables = last_tables(conn, delivery.feed, delivery.sha256)
    return pins_of(table["mapping"] for table in tables)


def _record(journey: Journey, delivery: Delivery, run: dict[str, Any]) -> DeliveryRecord:
    columns = columns_of(journey.dataset).values()
    roles = {target.partition(".")[0] for facts in columns for target in facts.to}
    entities = {role.partition(":")[0] for role in roles}
    return DeliveryRecord(
        feed=delivery.feed,
        name=delivery.name,
        sha256=delivery.sha256,
        files=tuple(FileRecord(f.name, f.sha256, f.bytes, f.key) for f in delivery.files),
        landed_at=delivery.landed_at,
        sequence=delivery.sequence,
        dataset=journey.dataset,
        entities={name: journey.declarations.entities[name] for name in sorted(entities)},
        steps_version=journey.steps,
        agreement=journey.feed.agreement,
        code_version=code_version(),
        replaces=journey.feed.replaces,
        run_id=run.get("run_id"),
        bundle_version=run.get("bundle"),
        as_at=delivery.as_at or as_at_of(journey, delivery.name),
    )


def as_at_of(journey: Journey, name: str) -> date | None:
    """The date a delivery of that name speaks of; None where its feed does not say how to tell.

    Raises:
        Refused: the name does not tell, though the feed says how.
    """
    declared = journey.feed.as_at
    if declared is None:
        return None
    try:
        return declared.date_of(name)
    except Undated as error:
        raise Refused(
            UNDATED,
            f"{error}; have it sent again under its right name, or mend as_at in the "
            f"file of feed {journey.feed.id}",
        ) from None


def _table_record(table: TableReading) -> TableRecord:
    mapping = table.mapping or Mapping(0, ())
    return TableRecord(
        number=table.number or 0,
        file=table.file,
        sheet=table.sheet,
        header_row=table.header_row,
        mapping=mapping.to_json(),
        facts={
            "kind": table.kind,
            "encoding": table.encoding,
            "delimiter": table.delimiter,
            **table.places,
            **({"notes": list(table.notes)} if table.notes else {}),
        },
        reading=mapping.reading,
    )


class refusal_recorded:
    """Records a refusal that leaves the block, and lets it leave."""

    def __init__(self, journey: Journey, delivery: Delivery, run_id: str | None) -> None:
        self.journey, self.delivery, self.run_id = journey, delivery, run_id

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Refused):
            return
        with self.journey.connected() as conn:
            arrivals.record_refusal(
                conn,
                self.delivery.feed,
                self.delivery.name,
                self.delivery.sha256,
                steps=self.journey.steps,
                code=error.code,
                message=error.message,
                run_id=self.run_id,
            )
