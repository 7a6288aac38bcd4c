"""Deliveries that were stopped and wait, or waited, for a person: what was found, what was decided.

A decision is about findings. It counts for the same bytes as long as nothing is found that was not
in front of the person who decided.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from contracts.findings import Finding
from contracts.issues import issue_types
from repository.feeds import feed_number

Decision = Literal["accept-once", "accept", "refuse"]
STATES: Mapping[str, str] = {
    "accept-once": "accepted-once",
    "accept": "accepted",
    "refuse": "refused",
}

COLUMNS = """
h.hold_id, f.name AS feed, f.title, h.name, encode(h.sha256, 'hex') AS sha256, h.sequence,
h.delivery, h.findings, h.fingerprint, h.steps_version, h.run_id,
h.state, h.held_at, h.decided_at, h.decided_by, h.reason
"""

LIST = f"""
SELECT {COLUMNS} FROM watersmeet.hold h JOIN watersmeet.feed f USING (feed_id)
WHERE (%(feed)s::text IS NULL OR f.name = %(feed)s) AND (%(all)s OR h.state = 'waiting')
ORDER BY h.hold_id DESC LIMIT %(most)s
"""  # noqa: S608 - made of constants

ONE = f"""
SELECT {COLUMNS} FROM watersmeet.hold h JOIN watersmeet.feed f USING (feed_id)
WHERE h.hold_id = %(hold)s FOR UPDATE OF h
"""  # noqa: S608 - made of constants

OF_BYTES = f"""
SELECT {COLUMNS} FROM watersmeet.hold h JOIN watersmeet.feed f USING (feed_id)
WHERE f.name = %(feed)s AND h.sha256 = %(sha256)s AND h.state <> 'overtaken'
ORDER BY h.hold_id DESC
"""  # noqa: S608 - made of constants

# Accepted, and whoever accepted it was stopped before it was loaded.
NOT_LOADED = f"""
SELECT {COLUMNS} FROM watersmeet.hold h JOIN watersmeet.feed f USING (feed_id)
WHERE h.state IN ('accepted', 'accepted-once') AND NOT EXISTS (
    SELECT FROM watersmeet.delivery d WHERE d.feed_id = h.feed_id AND d.sha256 = h.sha256
) AND NOT EXISTS (
    SELECT FROM watersmeet.hold later WHERE later.feed_id = h.feed_id AND later.sha256 = h.sha256
      AND later.hold_id > h.hold_id
)
ORDER BY h.hold_id DESC
"""  # noqa: S608 - made of constants

# The same bytes that come again while they wait are the same hold, and what was found last counts.
WAIT_AGAIN = """
UPDATE watersmeet.hold
SET (sequence, name, delivery, findings, fingerprint, steps_version, run_id) =
    (%(sequence)s, %(name)s, %(delivery)s, %(findings)s, %(fingerprint)s, %(steps)s, %(run)s)
WHERE feed_id = %(feed)s AND sha256 = %(sha256)s AND state = 'waiting'
RETURNING hold_id
"""

WAIT = """
INSERT INTO watersmeet.hold
    (feed_id, sha256, sequence, name, delivery, findings, fingerprint, steps_version, run_id)
VALUES (%(feed)s, %(sha256)s, %(sequence)s, %(name)s, %(delivery)s, %(findings)s, %(fingerprint)s,
    %(steps)s, %(run)s)
RETURNING hold_id
"""

DECIDE = """
UPDATE watersmeet.hold
SET state = %(state)s, decided_at = clock_timestamp(), decided_by = %(by)s, reason = %(reason)s,
    findings = %(findings)s
WHERE hold_id = %(hold)s
"""

# A delivery that is loaded leaves nothing to decide about itself, nor about those whose place it
# took.
OVERTAKE = """
UPDATE watersmeet.hold h SET state = 'overtaken'
WHERE h.feed_id = %(feed)s AND h.state = 'waiting' AND (
    h.sha256 = %(sha256)s
    OR h.sequence < %(sequence)s AND %(scope)s <> 'nothing'
       AND (%(scope)s = 'everything' OR h.name = %(name)s)
)
"""


def stopping(findings: Iterable[Finding]) -> list[Finding]:
    """Those of the findings that stop a delivery."""
    return [one for one in findings if issue_types()[one.code].severity == "stop"]


def fingerprint(findings: Iterable[Finding]) -> str:
    """What a decision is about: the stopping findings and the figures of the delivery itself.

    What is usual may have moved on meanwhile without the delivery being another.
    """
    told = sorted(_key(one) for one in stopping(findings))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def covers(decided: Sequence[Mapping[str, Any]], found: Iterable[Finding]) -> bool:
    """Whether a decision about some findings is one about others: none is new, none has changed."""
    known = {_key(Finding.from_json(one)) for one in decided}
    return all(_key(one) in known for one in stopping(found))


def _key(finding: Finding) -> str:
    return json.dumps([finding.code, finding.column, finding.facts.get("now")], sort_keys=True)


def wait(
    conn: psycopg.Connection,
    feed: str,
    sha256: str,
    *,
    sequence: int,
    name: str,
    delivery: Mapping[str, Any],
    findings: Sequence[Finding],
    steps: str,
    run_id: str | None,
) -> int:
    """Have a delivery wait for a person; the hold's number, the same where it waits already.

    Args:
        delivery: the reference to its landed files.
        steps: version of the steps and limits that stopped it.
    """
    facts = {
        "feed": feed_number(conn, feed),
        "sha256": bytes.fromhex(sha256),
        "sequence": sequence,
        "name": name,
        "delivery": Jsonb(dict(delivery)),
        "findings": Jsonb([one.to_json() for one in findings]),
        "fingerprint": fingerprint(findings),
        "steps": steps,
        "run": run_id,
    }
    row = conn.execute(WAIT_AGAIN, facts).fetchone() or conn.execute(WAIT, facts).fetchone()
    if row is None:
        raise LookupError("the database gives no hold number")
    return int(row[0])


def holds(
    conn: psycopg.Connection, feed: str | None = None, *, decided: bool = False, most: int = 200
) -> list[dict[str, Any]]:
    """Held deliveries, latest first: those that wait, or all.

    Columns: ``hold_id``, ``feed``, ``title``, ``name``, ``sha256``, ``sequence``, ``delivery``,
    ``findings``, ``fingerprint``, ``run_id``, ``state``, ``held_at``, ``decided_at``,
    ``decided_by``, ``reason``.
    """
    return _rows(conn, LIST, {"feed": feed, "all": decided, "most": most})


def not_loaded(conn: psycopg.Connection) -> list[dict[str, Any]]:
    """Deliveries that were accepted and are not loaded yet; columns as :func:`holds`."""
    return _rows(conn, NOT_LOADED, {})


def hold(conn: psycopg.Connection, hold_id: int) -> dict[str, Any] | None:
    """One hold, locked for the transaction; columns as :func:`holds`."""
    found = _rows(conn, ONE, {"hold": hold_id})
    return found[0] if found else None


def of_bytes(conn: psycopg.Connection, feed: str, sha256: str) -> list[dict[str, Any]]:
    """The holds of landed bytes, latest first; columns as :func:`holds`."""
    return _rows(conn, OF_BYTES, {"feed": feed, "sha256": bytes.fromhex(sha256)})


def decided(
    conn: psycopg.Connection,
    hold_id: int,
    decision: Decision,
    by: str,
    reason: str,
    findings: Sequence[Mapping[str, Any]],
) -> None:
    """Record a decision.

    Args:
        findings: those the decision is about, and what came of it.
    """
    conn.execute(
        DECIDE,
        {
            "hold": hold_id,
            "state": STATES[decision],
            "by": by,
            "reason": reason,
            "findings": Jsonb(list(findings)),
        },
    )


def overtake(
    conn: psycopg.Connection, feed_id: int, sha256: str, sequence: int, name: str, scope: str
) -> None:
    """Nobody need decide any more about deliveries whose place a loaded one takes."""
    conn.execute(
        OVERTAKE,
        {
            "feed": feed_id,
            "sha256": bytes.fromhex(sha256),
            "sequence": sequence,
            "name": name,
            "scope": scope,
        },
    )


def _rows(
    conn: psycopg.Connection, query: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()
