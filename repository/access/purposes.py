"""What each purpose may read of each feed, worked out from agreements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import psycopg

from contracts.agreement import Purpose
from contracts.declarations import Declarations


@dataclass(frozen=True)
class Grant:
    """Attributes of an entity that a purpose may read in the rows of one feed, and when."""

    entity: str
    feed_id: int
    attributes: frozenset[str]
    starts: date
    ends: date


def london_today(conn: psycopg.Connection) -> date:
    """Today where the agreements hold, by the database's clock."""
    row = conn.execute("SELECT (clock_timestamp() AT TIME ZONE 'Europe/London')::date").fetchone()
    if row is None:
        raise LookupError("the database does not tell the date")
    found: date = row[0]
    return found


def grants_of(
    declarations: Declarations, feeds: Mapping[str, int], today: date
) -> Iterator[tuple[Purpose, Grant]]:
    """Every grant of the agreements in force.

    Args:
        declarations: agreements and feeds.
        feeds: feed ids to their numbers.
        today: the day.
    """
    for name, number in sorted(feeds.items()):
        agreement = declarations.agreement_of(declarations.feeds[name])
        if not agreement.active_on(today):
            continue
        for purpose in agreement.purposes:
            for entity, attributes in purpose.entities.items():
                if entity in declarations.entities and attributes:
                    yield (
                        purpose,
                        Grant(
                            entity, number, frozenset(attributes), agreement.start, agreement.end
                        ),
                    )
