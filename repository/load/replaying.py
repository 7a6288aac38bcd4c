"""What a load does otherwise where it works a delivery's landed bytes again."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from contracts.findings import Finding
from repository.findings import record as record_findings
from repository.load.opening import COUNTS, Opened, overtaken_in_series
from repository.load.record import DeliveryRecord, Outcome

CHANGED = "replay-changed"

LATEST = """
SELECT delivery_id, steps_version, seconds, landed, new, changed, unchanged, quarantined, excluded,
    ended
FROM watersmeet.delivery
WHERE feed_id = %(feed)s AND sha256 = %(sha256)s AND sequence = %(sequence)s AND state = 'loaded'
ORDER BY delivery_id DESC LIMIT 1
"""

# A row is known again by its place in the file: row numbers shift where other tables are found.
PLACES = """
CREATE TEMPORARY TABLE replayed ON COMMIT DROP AS
WITH place AS (
    SELECT d.delivery_id, t.number, t.file, coalesce(t.sheet, '') AS sheet, t.header_row
    FROM watersmeet.delivery d JOIN watersmeet.delivery_table t USING (delivery_id)
    WHERE d.feed_id = %(feed)s AND d.sha256 = %(sha256)s AND d.sequence = %(sequence)s
), again AS (
    SELECT p.file, p.sheet, q.source_row, true AS held
    FROM watersmeet.quarantine q
    JOIN place p ON p.delivery_id = q.delivery_id AND p.number = q.table_number
    WHERE q.delivery_id = %(delivery)s
    UNION ALL
    SELECT p.file, p.sheet, e.source_row, false
    FROM watersmeet.excluded_row e
    JOIN place p ON p.delivery_id = e.delivery_id AND p.number = e.table_number
    WHERE e.delivery_id = %(delivery)s
), before AS (
    SELECT q.delivery_id, q.row_number, p.file, p.sheet, q.source_row,
        EXISTS (
            SELECT FROM place n WHERE n.delivery_id = %(delivery)s AND n.file = p.file
              AND n.sheet = p.sheet AND coalesce(n.header_row, 0) < q.source_row
        ) AS read
    FROM watersmeet.quarantine q
    JOIN place p ON p.delivery_id = q.delivery_id AND p.number = q.table_number
    WHERE q.state = 'held' AND q.delivery_id <> %(delivery)s
)
SELECT b.delivery_id, b.row_number, coalesce(a.held, false) AS held, a.held IS NULL AND b.read
    AS good
FROM before b LEFT JOIN again a USING (file, sheet, source_row)
"""

RELEASE = """
UPDATE watersmeet.quarantine q
SET state = CASE WHEN r.good THEN 'released' ELSE 'superseded' END,
    released_by = CASE WHEN r.good THEN %(delivery)s::int END
FROM pg_temp.replayed r
WHERE q.delivery_id = r.delivery_id AND q.row_number = r.row_number
"""


def replayed_before(
    conn: psycopg.Connection, feed_id: int, record: DeliveryRecord
) -> Outcome | None:
    """The outcome of a replay there is nothing to do for; None where it is to be worked.

    Worked again by the steps that worked it last, a delivery comes out the same: ``already``. Where
    another delivery took its place, its rows must not come back: ``superseded``.
    """
    if record.replays is None:
        raise ValueError("this delivery replays none")
    latest = conn.execute(LATEST, _facts(feed_id, record)).fetchone()
    if latest is None:
        raise LookupError(
            f"feed {record.feed}: delivery {record.replays} is not loaded; a delivery is replayed "
            "once it was loaded"
        )
    if overtaken_in_series(conn, feed_id, record):
        return Outcome("superseded", record.replays)
    if latest[1] != record.steps_version:
        return None
    counts = dict(zip(COUNTS, latest[3:], strict=True))
    return Outcome("already", latest[0], seconds=latest[2], **counts)


def release(
    conn: psycopg.Connection,
    basis: Opened,
    record: DeliveryRecord,
    outcome: Outcome,
    histories: Mapping[str, sql.Composable],
) -> None:
    """Give every row that was held of the same bytes its new state, and say what else changed.

    Rows that are good now are ``released`` by this delivery; those still bad are held by it, and
    superseded where they were held before, so that a record is held in one place.

    Args:
        histories: the history table of every entity of the delivery.
    """
    facts = {**_facts(basis.feed_id, record), "delivery": basis.delivery_id}
    conn.execute(PLACES, facts)
    conn.execute(RELEASE, facts)
    counted = conn.execute(
        "SELECT count(*) FILTER (WHERE good), count(*) FILTER (WHERE held) FROM pg_temp.replayed"
    ).fetchone()
    released, held = counted or (0, 0)
    beside = {
        f"rows of {entity} changed or ended": _closed(conn, history, basis.delivery_id)
        for entity, history in sorted(histories.items())
    }
    beside["rows that were not held before are held now"] = outcome.quarantined - held
    beside["rows that were not held before are new"] = outcome.new - released
    found = {what: many for what, many in beside.items() if many > 0}
    if found:
        listed = "; ".join(f"{what}: {many}" for what, many in found.items())
        message = (
            "Steps, registers, corrections or waivers have changed since the delivery was last "
            f"worked, so that rows besides those that were held came out otherwise: {listed}."
        )
        record_findings(conn, basis.delivery_id, [Finding(CHANGED, message, facts=found)])


def _closed(conn: psycopg.Connection, history: sql.Composable, delivery_id: int) -> int:
    row = conn.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE ended_by = %s").format(history), (delivery_id,)
    ).fetchone()
    return int(row[0]) if row else 0


def _facts(feed_id: int, record: DeliveryRecord) -> dict[str, object]:
    return {
        "feed": feed_id,
        "sha256": bytes.fromhex(record.sha256),
        "sequence": record.sequence,
    }
