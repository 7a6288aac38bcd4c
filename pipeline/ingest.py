"""The journey of a delivery: discover, land, map, load, reconcile, announce.

Each verb takes and gives references and counts, never rows, so that the same functions serve the
Airflow tasks and ``watersmeet run``. ``load`` streams read, minimise, validate, harmonise and split
in batches into one transaction.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.connection import connection
from connectors.fetch import discover as look
from connectors.fetch import fetch
from contracts.dataset import dataset_facts
from contracts.declarations import load as declared
from contracts.model import columns_of
from contracts.version import code_version
from pipeline.arrival import from_json, stamp, to_json
from pipeline.delivery import Delivery, File
from pipeline.journey import Journey
from pipeline.prepared import TableReading
from pipeline.scratch import scratch
from pipeline.walk import Walk
from repository import arrivals
from repository.access import apply_access, passwords_file
from repository.feeds import record_check
from repository.landing import delivery_sha256
from repository.load import DeliveryRecord, FileRecord, Outcome, TableRecord, loading
from repository.load.finishing import SkippedTwice
from repository.problems import values_withheld
from repository.progress import Progress as Written
from repository.reconcile import Reconciled, reconciled
from transforms.mapping import Mapping, Refused
from transforms.steps.watch_dates import NotSettled

Watch = Callable[[str, str, int], None]
"""Told of progress: delivery, step, rows so far."""

__all__ = [
    "Refused",
    "Run",
    "announce",
    "anything_new",
    "discover",
    "land",
    "load",
    "map_",
    "reconcile",
    "run_feed",
]


@dataclass(frozen=True)
class Run:
    """A delivery's way through :func:`run_feed`: its outcome, or why it was refused."""

    delivery: Delivery
    outcome: Outcome | None
    refused: str | None = None


def discover(feed_id: str) -> list[dict[str, Any]]:
    """What is at the feed's place and was not dealt with before; records that it was looked at.

    Raises:
        pipeline.journey.AgreementNotActive: no active agreement, no look.
        connectors.errors.Unreachable: the place cannot be reached.
    """
    journey = Journey.of(feed_id)
    journey.agreement()
    place = journey.feed.place
    found = look(place, connection(place.connection))
    with journey.connected() as conn:
        record_check(conn, feed_id, len(found))
        fresh = [
            arrival
            for arrival in found
            if (seen := stamp(arrival)) is None
            or not arrivals.dealt_with(conn, feed_id, arrival.name, seen, journey.steps)
        ]
    return [to_json(arrival) for arrival in fresh]


def anything_new(feed_id: str) -> bool:
    """Whether the place holds bytes that are neither loaded nor refused by these very steps;
    fetches where looking cannot tell."""
    found = discover(feed_id)
    if any(arrival["size"] is not None for arrival in found):
        return True
    journey = Journey.of(feed_id)
    for arrival in found:
        delivery = land(feed_id, arrival)
        with journey.connected() as conn:
            if not arrivals.settled(
                conn, feed_id, delivery["sha256"], delivery["sequence"], journey.steps
            ):
                return True
    return False


def land(feed_id: str, arrival: dict[str, Any]) -> dict[str, Any]:
    """Fetch an arrival and keep its bytes unchanged; the reference to the delivery.

    Raises:
        pipeline.journey.AgreementNotActive: before anything is fetched.
        connectors.errors.Unreachable: it cannot be fetched.
        repository.landing.LandingProblem: it cannot be kept.
    """
    journey = Journey.of(feed_id)
    journey.agreement()
    place, what = journey.feed.place, from_json(arrival)
    store = journey.store()
    with scratch(journey.settings.scratch) as folder:
        paths = fetch(place, connection(place.connection), what, folder)
        landed = [store.put(feed_id, path) for path in paths]
    sha256 = delivery_sha256(landed)
    with journey.connected() as conn:
        place_in_order = arrivals.remember(conn, feed_id, what.name, sha256, stamp(what))
    return Delivery(
        feed=feed_id,
        name=what.name,
        sha256=sha256,
        files=tuple(File(f.name, f.key, f.sha256, f.bytes) for f in landed),
        landed_at=place_in_order.landed_at,
        sequence=place_in_order.sequence,
    ).to_json()


def map_(feed_id: str, delivery: dict[str, Any]) -> dict[str, Any]:
    """Find the tables and match their headers to the contract.

    Returns:
        ``tables``: file, sheet, header row, contract column to header as written.

    Raises:
        pipeline.journey.AgreementNotActive: it ended since the delivery was landed.
        Refused: the delivery is not what the contract says; recorded with its reason.
    """
    journey, what = Journey.of(feed_id), Delivery.from_json(delivery)
    journey.agreement()
    with journey.landed(what) as paths, _refusal_recorded(journey, what, None):
        walk = _walk(journey, what, paths)
    return {"tables": [_structure(table) for table in walk.tables]}


def load(
    feed_id: str,
    delivery: dict[str, Any],
    run: dict[str, Any] | None = None,
    progress: Watch | None = None,
) -> dict[str, Any]:
    """Read, minimise, validate, harmonise, split and load, in one transaction.

    Args:
        run: facts of the Airflow run, for lineage.
        progress: told how far it has come.

    Returns:
        The outcome's counts (:class:`repository.load.Outcome`).

    Raises:
        pipeline.journey.AgreementNotActive: it ended since the delivery was landed.
        repository.load.finishing.AgreementEnded: it ended while the delivery was loaded.
        Refused: the delivery is not what the contract says; recorded with its reason.
        repository.problems.DatabaseProblem, repository.problems.DatabaseDown
    """
    journey, what = Journey.of(feed_id), Delivery.from_json(delivery)
    journey.agreement()
    return asdict(_load(journey, what, run or {}, progress))


def reconcile(feed_id: str, delivery: dict[str, Any]) -> dict[str, Any]:
    """Count again, in the repository's tables, that every landed row is accounted for.

    Raises:
        repository.reconcile.DoesNotReconcile: the counts recorded are not those found.
    """
    journey = Journey.of(feed_id)
    with journey.connected() as conn:
        counted: Reconciled = reconciled(
            conn, feed_id, delivery["sha256"], dataset_facts(journey.dataset).main
        )
    return asdict(counted)


def announce(feed_id: str, delivery: dict[str, Any]) -> dict[str, Any]:
    """The facts that go with the news that the repository has changed.

    A feed's first delivery is opened to the analysts of its agreement's purposes here; later ones
    are open by themselves.
    """
    counted = reconcile(feed_id, delivery)
    journey = Journey.of(feed_id)
    with journey.connected() as conn:
        if arrivals.loaded_so_far(conn, feed_id) == 1:
            settings = journey.settings
            apply_access(
                conn,
                declared(settings.contracts),
                passwords_file(settings.state),
                renew=False,
            )
    return {"delivery": delivery["name"], "sha256": delivery["sha256"], **counted}


def run_feed(feed_id: str, progress: Watch | None = None) -> list[Run]:
    """Take every new delivery of a feed the whole way, in this process."""
    runs: list[Run] = []
    for arrival in discover(feed_id):
        delivery = land(feed_id, arrival)
        what = Delivery.from_json(delivery)
        try:
            outcome = Outcome(**load(feed_id, delivery, None, progress))
        except Refused as refused:
            runs.append(Run(what, None, refused.message))
            continue
        if outcome.state == "loaded":
            announce(feed_id, delivery)
        runs.append(Run(what, outcome))
    return runs


def _load(
    journey: Journey, delivery: Delivery, run: dict[str, Any], progress: Watch | None
) -> Outcome:
    with (
        _refusal_recorded(journey, delivery, run.get("run_id")),
        Written(journey.url, delivery.feed, delivery.name) as written,
    ):
        record = _record(journey, delivery, run)
        try:
            return _streamed(journey, delivery, record, written, progress)
        except BaseException:
            written.failed(0)
            raise


def _streamed(
    journey: Journey,
    delivery: Delivery,
    record: DeliveryRecord,
    written: Written,
    progress: Watch | None,
) -> Outcome:
    """The short way; where that turns out not to do, nothing was loaded, and the long one."""
    skip, whole = True, False
    while True:
        try:
            return _stream(journey, delivery, record, written, progress, skip=skip, whole=whole)
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
    written: Written,
    progress: Watch | None,
    *,
    skip: bool,
    whole: bool,
) -> Outcome:
    with values_withheld(), loading(journey.url, record, progress=written) as load:
        if load.already is not None:
            written.done(load.already.landed)
            return load.already
        with journey.landed(delivery) as paths:
            seed = arrivals.hash_seed(load.conn)
            walk = _walk(journey, delivery, paths, load.known_hashes if skip else None, seed, whole)
            tables = {table.number: table for table in walk.tables}
            for prepared in walk:
                if prepared.table_number not in load.tables:
                    load.table(_table_record(tables[prepared.table_number]))
                load.add(prepared)
                if progress is not None:
                    progress(delivery.name, "load", load.landed)
        return load.finish(sum(table.rows_read for table in walk.tables))


def _walk(
    journey: Journey,
    delivery: Delivery,
    paths: list[Path],
    known: Callable[[str], Any] | None = None,
    seed: int = 0,
    whole: bool = False,
) -> Walk:
    return Walk(
        paths,
        dataset=journey.dataset,
        declarations=journey.declarations,
        feed=journey.feed,
        known=known,
        series=delivery.name if journey.replaces == "same-name" else "",
        seed=seed,
        name=delivery.name if len(paths) == 1 else None,
        today=delivery.landed_at.date(),
        whole=whole,
    )


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
    )


def _table_record(table: TableReading) -> TableRecord:
    mapping = table.mapping or Mapping(0, ())
    return TableRecord(
        number=table.number or 0,
        file=table.file,
        sheet=table.sheet,
        header_row=table.header_row,
        mapping=mapping.to_json(),
        facts={"kind": table.kind, "encoding": table.encoding, "delimiter": table.delimiter},
        reading=mapping.reading,
    )


def _structure(table: TableReading) -> dict[str, Any]:
    mapping = table.mapping
    return {
        "file": table.file,
        "sheet": table.sheet,
        "header_row": table.header_row,
        "read": mapping is not None,
        "reason": table.reason,
        "columns": {c.name: c.header for c in mapping.columns} if mapping else {},
        "unknown": list(mapping.unknown) if mapping else [],
        "outside_agreement": list(mapping.outside_agreement) if mapping else [],
    }


class _refusal_recorded:
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
