"""Replay: landed bytes of deliveries that still hold rows are worked again, with today's steps.

What stood in the way of a row may be gone: a code was added to a register, a correction was made,
an issue was waived, a rule was mended. Each delivery is worked in one transaction under its feed's
lock, as when it first came, so that rows are released exactly once however often this is asked,
stopped or asked twice at once.
"""

from dataclasses import asdict, dataclass
from typing import Any

from pipeline.delivery import Delivery, File
from pipeline.ingest import Refused, Run, announce
from pipeline.journey import Journey
from pipeline.streamed import Watch, load_delivery
from repository.replays import Waiting, counts_of_replay, waiting

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True)
class Replayed(Run):
    """A delivery worked again.

    Attributes:
        replays: the delivery that held the rows.
        released: rows that were held and are good now.
        still_held: rows that are held still, by the new delivery.
        findings: what else changed, in plain English.
    """

    replays: int = 0
    released: int = 0
    still_held: int = 0
    findings: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Its facts as plain values: counts and references, never a row."""
        return {
            "feed": self.delivery.feed,
            "delivery": self.delivery.name,
            "replays": self.replays,
            "released": self.released,
            "still_held": self.still_held,
            "findings": list(self.findings),
            "refused": self.refused,
            "outcome": asdict(self.outcome) if self.outcome else None,
        }


def replay(
    feed_id: str,
    delivery_id: int | None = None,
    progress: Watch | None = None,
    run: dict[str, Any] | None = None,
) -> list[Replayed]:
    """Work deliveries that hold rows in quarantine again, oldest first.

    Where nothing that decides what becomes of a row has changed since, nothing is done (state
    ``already``). Where another delivery has taken its place, its rows do not come back
    (``superseded``).

    Args:
        feed_id: ``<organisation>/<dataset>``.
        delivery_id: only this delivery, by its number or that of an earlier working of it; also
            where it holds no row, for what is loaded of it to follow a correction.
        progress: told how far it has come.
        run: facts of the Airflow run, for lineage.

    Returns:
        A :class:`Replayed` for every delivery that held rows; nothing where none does.

    Raises:
        pipeline.journey.AgreementNotActive: the agreement is not in force.
        repository.quarantine.NoSuchRow: the feed has no such delivery.
        repository.landing.LandingProblem: the landed bytes are not there or have changed.
        repository.problems.DatabaseProblem, repository.problems.DatabaseDown
    """
    journey = Journey.of(feed_id)
    journey.agreement()
    with journey.connected() as conn:
        holding = waiting(conn, feed_id, delivery_id)
    return [_one(journey, one, progress, run or {}) for one in holding]


def _one(journey: Journey, held: Waiting, progress: Watch | None, run: dict[str, Any]) -> Replayed:
    delivery = Delivery(
        feed=journey.feed.id,
        name=held.name,
        sha256=held.sha256,
        files=tuple(File(**file) for file in held.files),
        landed_at=held.landed_at,
        sequence=held.sequence,
        as_at=held.as_at,
    )
    try:
        outcome = load_delivery(journey, delivery, run, progress, replays=held.delivery_id)
    except Refused as refused:
        return Replayed(
            delivery, None, refused.message, replays=held.delivery_id, still_held=held.rows
        )
    if outcome.state != "loaded":
        still = held.rows if outcome.state == "already" else 0
        return Replayed(delivery, outcome, replays=held.delivery_id, still_held=still)
    announce(journey.feed.id, delivery.to_json())
    with journey.connected() as conn:
        released, still, findings = counts_of_replay(conn, outcome.delivery_id)
    return Replayed(
        delivery,
        outcome,
        replays=held.delivery_id,
        released=released,
        still_held=still,
        findings=findings,
    )
