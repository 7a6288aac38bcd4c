"""The journey of a delivery: discover, land, map, load, reconcile, announce.

Each verb takes and gives references and counts, never rows, so that the same functions serve the
Airflow tasks and ``watersmeet run``. ``load`` streams read, minimise, validate, harmonise and split
in batches into one transaction.
"""

from dataclasses import asdict, dataclass
from typing import Any

from connectors.connection import connection
from connectors.fetch import discover as look
from connectors.fetch import fetch
from contracts.dataset import dataset_facts
from contracts.declarations import load as declared
from pipeline.arrival import from_json, stamp, to_json
from pipeline.delivery import Delivery, File
from pipeline.hold import Held
from pipeline.journey import Journey
from pipeline.kitemark import compute as compute_kitemark
from pipeline.noticed import record_look, standing_of, told_date
from pipeline.prepared import TableReading
from pipeline.scratch import scratch
from pipeline.streamed import Watch, load_delivery, refusal_recorded, walk_of
from repository import arrivals
from repository.access.apply import apply_access, passwords_file
from repository.due import record_due
from repository.landing import delivery_sha256
from repository.load import Outcome
from repository.reconcile import Reconciled, reconciled
from transforms.mapping import Refused

__all__ = [
    "NothingNew",
    "Refused",
    "Run",
    "announce",
    "anything_new",
    "at_work",
    "discover",
    "land",
    "load",
    "map_",
    "reconcile",
    "run_feed",
    "take",
]


class NothingNew(Exception):
    """A place that gives only what is new had nothing; there is no delivery, not an empty one."""


@dataclass(frozen=True)
class Run:
    """A delivery's way through :func:`run_feed`: its outcome, or why it was refused or held."""

    delivery: Delivery
    outcome: Outcome | None
    refused: str | None = None
    held: Held | None = None


def discover(feed_id: str) -> list[dict[str, Any]]:
    """What is at the feed's place, finished, and was not dealt with before; records that it was
    looked at, what is not finished, and what is gone.

    Raises:
        pipeline.journey.AgreementNotActive: no active agreement, no look.
        connectors.errors.Unreachable: the place cannot be reached.
    """
    journey = Journey.of(feed_id)
    journey.agreement()
    place = journey.feed.place
    with journey.connected() as conn:
        standing = standing_of(conn, journey)
    found = look(place, connection(place.connection), standing)
    with journey.connected() as conn:
        record_look(conn, feed_id, found)
        record_due(conn, journey.feed)
    return [
        to_json(arrival)
        for arrival in found.arrivals
        if (seen := stamp(arrival)) is None or standing.stamps.get(arrival.name) != seen
    ]


def anything_new(feed_id: str) -> bool:
    """Whether the place holds bytes that are neither loaded nor refused by these very steps;
    fetches where looking cannot tell."""
    found = discover(feed_id)
    if any(stamp(from_json(arrival)) is not None for arrival in found):
        return True
    journey = Journey.of(feed_id)
    for arrival in found:
        try:
            delivery = land(feed_id, arrival)
        except NothingNew:
            continue
        with journey.connected() as conn:
            if not arrivals.settled(
                conn,
                feed_id,
                delivery["sha256"],
                delivery["sequence"],
                journey.steps,
                journey.judged_by,
                told_date(journey, delivery["name"]),
            ):
                return True
    return False


def at_work(feed_id: str) -> str | None:
    """The name of the delivery that is being loaded on a feed just now, wherever; None for none."""
    with Journey.of(feed_id).connected() as conn:
        return arrivals.at_work(conn, feed_id)


def land(feed_id: str, arrival: dict[str, Any]) -> dict[str, Any]:
    """Fetch an arrival and keep its bytes unchanged; the reference to the delivery.

    Raises:
        pipeline.journey.AgreementNotActive: before anything is fetched.
        NothingNew: the place has nothing since the newest loaded delivery.
        connectors.errors.Unreachable: it cannot be fetched.
        repository.landing.LandingProblem: it cannot be kept.
    """
    journey = Journey.of(feed_id)
    journey.agreement()
    place, what = journey.feed.place, from_json(arrival)
    store = journey.store()
    with scratch(journey.settings.scratch) as folder:
        fetched = fetch(place, connection(place.connection), what, folder)
        if not fetched.paths:
            raise NothingNew(f"{what.name}: nothing has come since the last loaded delivery")
        landed = [store.put(feed_id, path) for path in fetched.paths]
    sha256 = delivery_sha256(landed)
    with journey.connected() as conn:
        place_in_order = arrivals.remember(
            conn, feed_id, what.name, sha256, stamp(what), fetched.cursor
        )
        record_due(conn, journey.feed)
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
    with journey.landed(what) as paths, refusal_recorded(journey, what, None):
        walk = walk_of(journey, what, paths)
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
        pipeline.hold.Held: it was stopped and waits for a person.
        repository.problems.DatabaseProblem, repository.problems.DatabaseDown
    """
    journey, what = Journey.of(feed_id), Delivery.from_json(delivery)
    journey.agreement()
    return asdict(load_delivery(journey, what, run or {}, progress))


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
    are open by themselves. The feed's kitemark is worked out anew.
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
    compute_kitemark(feed_id, delivery)
    return {"delivery": delivery["name"], "sha256": delivery["sha256"], **counted}


def run_feed(feed_id: str, progress: Watch | None = None) -> list[Run]:
    """Take every new delivery of a feed the whole way, in this process.

    One that was loaded, and nobody told of since whoever loaded it was stopped, is announced first.
    """
    with Journey.of(feed_id).connected() as conn:
        unsaid = arrivals.not_announced(conn, feed_id)
    if unsaid is not None:
        announce(feed_id, unsaid)
    runs: list[Run] = []
    for arrival in discover(feed_id):
        try:
            delivery = land(feed_id, arrival)
        except NothingNew:
            continue
        runs.append(take(feed_id, delivery, progress))
    return runs


def take(feed_id: str, delivery: dict[str, Any], progress: Watch | None = None) -> Run:
    """Take one landed delivery the rest of the way, in this process."""
    what = Delivery.from_json(delivery)
    try:
        outcome = Outcome(**load(feed_id, delivery, None, progress))
    except Refused as refused:
        return Run(what, None, refused.message)
    except Held as held:
        return Run(what, None, held=held)
    if outcome.state == "loaded":
        announce(feed_id, delivery)
    return Run(what, outcome)


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
