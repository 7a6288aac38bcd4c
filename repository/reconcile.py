"""Counts again what a delivery left in the repository, from the tables themselves."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from repository.feeds import feed_number


class DoesNotReconcile(Exception):
    """The counts recorded of a delivery are not those found in the tables."""


@dataclass(frozen=True)
class Reconciled:
    """A delivery's counts, seen to hold; ``landed`` is the sum of the five after it."""

    state: str
    landed: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    excluded: int
    ended: int


def reconciled(conn: psycopg.Connection, feed: str, sha256: str, main: str) -> Reconciled:
    """Compare a delivery's recorded counts with the rows that name it.

    Rows of the main entity that name the delivery, current or superseded since, must be as many as
    were new or changed; quarantined and excluded rows as many as recorded; and all of them
    together with the unchanged as many as landed.

    Args:
        main: the entity every row yields one of.

    Raises:
        DoesNotReconcile: they are not; the message gives both counts.
        LookupError: no such delivery is recorded.
    """
    number = feed_number(conn, feed)
    row = conn.execute(
        """
        SELECT d.delivery_id, d.state, d.landed, d.new, d.changed, d.unchanged,
            d.quarantined, d.excluded, d.ended,
            (SELECT count(*) FROM watersmeet.quarantine q WHERE q.delivery_id = d.delivery_id),
            (SELECT count(*) FROM watersmeet.excluded_row e WHERE e.delivery_id = d.delivery_id)
        FROM watersmeet.delivery d
        WHERE d.feed_id = %s AND d.sha256 = %s
        ORDER BY d.delivery_id DESC
        LIMIT 1
        """,
        (number, bytes.fromhex(sha256)),
    ).fetchone()
    if row is None:
        raise LookupError(f"feed {feed}: no delivery {sha256[:12]} is recorded; load it first")
    delivery_id, state, *counts, in_quarantine, left_out = row
    held = Reconciled(state, *counts)
    if state == "superseded":
        return held
    found = {
        "quarantined": (held.quarantined, in_quarantine),
        "excluded": (held.excluded, left_out),
        "landed": (
            held.landed,
            held.new + held.changed + held.unchanged + held.quarantined + held.excluded,
        ),
        "new + changed": (held.new + held.changed, _rows_naming(conn, delivery_id, main)),
    }
    wrong = [f"{name} {said} recorded, {seen} found" for name, (said, seen) in found.items()
             if said != seen]  # fmt: skip
    if wrong:
        raise DoesNotReconcile(f"feed {feed}, delivery {delivery_id}: {'; '.join(wrong)}")
    return held


def _rows_naming(conn: psycopg.Connection, delivery_id: int, main: str) -> int:
    """Rows of a delivery that are kept, current or in history; one may stand in several pieces."""
    counted = conn.execute(
        sql.SQL(
            "SELECT count(*) FROM (SELECT row_number FROM {} WHERE delivery_id = %(delivery)s"
            " UNION SELECT row_number FROM {} WHERE delivery_id = %(delivery)s) r"
        ).format(sql.Identifier("store", main), sql.Identifier("history", main)),
        {"delivery": delivery_id},
    ).fetchone()
    return counted[0] if counted else 0
