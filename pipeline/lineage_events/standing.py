"""What waits in the outbox, whether it is stuck, and the events themselves, for people."""

from dataclasses import asdict
from typing import Any

from pipeline.journey import see_known
from pipeline.lineage_events.receiver import keep_days, receiver
from pipeline.settings import Settings
from repository import outbox
from repository.database import connected, database_url
from repository.problems import values_withheld

STUCK_AFTER = 3600
"""Seconds the oldest event may wait."""


class UnknownDelivery(LookupError):
    """No event tells of a delivery of that number."""


def pending() -> dict[str, Any]:
    """How the outbox stands.

    Returns:
        As :class:`repository.outbox.Standing`, and ``receiver`` (scheme, host and port; None where
        none is set), ``keep_days``, ``stuck`` (a receiver is set, and events were refused or have
        waited for more than an hour).

    Raises:
        pipeline.lineage_events.receiver.BadReceiver: the settings cannot be used.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    to, days = receiver(), keep_days()
    with values_withheld(), connected(_url()) as conn:
        found = outbox.standing(conn)
    late = found.oldest_seconds is not None and found.oldest_seconds > STUCK_AFTER
    return {
        **asdict(found),
        "errors": list(found.errors),
        "receiver": to.place if to else None,
        "keep_days": days,
        "stuck": to is not None and (found.refused > 0 or late),
    }


def events(what: str, most: int = 5) -> list[dict[str, Any]]:
    """Events in the order they were made.

    Args:
        what: a feed's id, for its latest runs, or the number of a delivery.
        most: runs of a feed.

    Raises:
        UnknownDelivery: nothing tells of a delivery of that number.
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    with values_withheld(), connected(_url()) as conn:
        if what.isdecimal():
            found = outbox.of_delivery(conn, int(what)) if len(what) < 10 else []
            if not found:
                raise UnknownDelivery(
                    f"no lineage event tells of a delivery {what}; events are kept for "
                    f"{keep_days()} days, and a delivery that was overtaken has none"
                )
            return found
        see_known(conn, what)
        return outbox.of_feed(conn, what, most)


def _url() -> str:
    return database_url(Settings.from_environment().state)
