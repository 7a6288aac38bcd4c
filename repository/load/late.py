"""A delivery that comes after later ones were loaded: its rows go into the past.

The truth about an identifier is the fold of all statements in the order of the deliveries' as-at
dates: each covers what was said before, from its own start on. So a late statement is so from its
start up to the first later one's; what stood there before gives way, and what later ones say stays.
"""

from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from repository.load.copy import copy_in
from repository.load.merge import Merging
from repository.load.placing import place
from repository.load.standing import Standing
from repository.load.target import Target

# restarts: since when what the first later delivery says again is so; versions: since when what
# later deliveries brought is so; gone: when what was said again ended. A statement reaches up to
# the first of these. Of an event only the latest word counts.
PLAN = """
CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
WITH bounds AS (
    SELECT l.*, a.as_at AS again_at, a.delivery_id AS again_by, g.as_at AS lacking_at,
        g.delivery_id AS lacking_by, v.since AS versions,
        CASE WHEN l.said_again IS NOT NULL AND NOT EXISTS (
            SELECT FROM {rows} r WHERE r.id = l.id AND r.brought = l.said_again
        ) THEN COALESCE((
            SELECT min(r.own_start) FROM {rows} r
            WHERE r.id = l.id AND r.begins <= l.said_again
              AND (r.ends IS NULL OR r.ends > l.said_again)
        ), a.as_at) END AS restarts,
        CASE WHEN {dated} THEN (
            SELECT min(r.ends_at) FROM {rows} r
            WHERE r.id = l.id AND r.ends > l.said_again
              AND NOT EXISTS (SELECT FROM {said} s WHERE s.id = r.id AND s.n = r.ends)
        ) END AS gone
    FROM {later} l
    LEFT JOIN pg_temp.late_order a ON a.n = l.said_again
    LEFT JOIN pg_temp.late_order g ON g.n = l.lacking
    LEFT JOIN LATERAL (
        SELECT min(COALESCE(r.own_start, r.as_at)) AS since FROM {rows} r
        WHERE r.id = l.id AND r.brought > %(mine)s
    ) v ON true
    WHERE l.present OR l.stood AND NOT l.held_back AND l.holder = %(mine_series)s::text
), bounded AS (
    SELECT b.*, CASE WHEN b.present THEN {n_starts} ELSE %(as_at)s::date END AS since,
        CASE WHEN b.said_again IS NOT NULL THEN LEAST(b.versions, b.restarts, b.gone) END AS until,
        CASE WHEN b.present THEN {n_stated} ELSE 'empty' END AS stated,
        b.said_again IS NULL AND b.lacking IS NULL AS latest
    FROM bounds b LEFT JOIN {staged} n ON n.row_number = b.row_number AND n.{id} = b.id
)
SELECT id, row_number, since, until, again_at AS back_at, stood,
    CASE WHEN {event} AND NOT latest OR since >= LEAST(until, lacking_at) THEN 'empty'
         ELSE stated * daterange(since, LEAST(until, lacking_at)) END AS shown,
    present AND latest AS latest, NOT {event} OR said_again IS NULL AS cuts,
    %(delivery)s::int AS closer, CASE WHEN present THEN 'changed' ELSE 'gone' END AS how,
    COALESCE(lacking_by, again_by) AS ended_by,
    CASE WHEN lacking IS NULL THEN 'changed' ELSE 'gone' END AS ending
FROM bounded
"""

VERDICT = """
CREATE TEMPORARY TABLE {verdict} ON COMMIT DROP AS
SELECT n.{id} AS id, n.row_number, h.record_hash AS held_hash,
    CASE WHEN p.row_number IS NULL THEN 'unchanged' WHEN p.stood THEN 'changed' ELSE 'new'
    END AS verdict
FROM {staged} n LEFT JOIN {plan} p ON p.row_number = n.row_number AND p.id = n.{id}
LEFT JOIN {part} h ON h.{id} = n.{id}
"""

# What was thought to stand until a later delivery gave way to this one, unless that said it again.
ENDED = """
UPDATE {history} h SET ended_by = %(delivery)s
FROM {later} l LEFT JOIN {verdict} v ON v.id = l.id, pg_temp.late_order b
WHERE h.{id} = l.id AND h.feed_id = {feed} AND h.ended_by = ANY (%(newer)s::int[])
  AND b.delivery_id = h.delivery_id AND b.n < %(mine)s
  AND (v.verdict <> 'unchanged' OR NOT l.present AND l.stood AND NOT l.held_back
    AND l.holder = %(mine_series)s::text)
  AND (l.said_again IS NULL
    OR EXISTS (SELECT FROM {rows} r WHERE r.id = l.id AND r.brought = l.said_again))
"""

# The latest word repeats what stands.
CONFIRM = """
UPDATE {part} h
SET record_hash = n.record_hash,
    upheld_by = CASE WHEN h.upheld_by = ANY (%(series)s::int[]) THEN h.upheld_by
        ELSE n.upheld_by END
FROM {staged} n JOIN {verdict} v ON v.row_number = n.row_number AND v.id = n.{id}
JOIN {later} l ON l.id = v.id AND l.said_again IS NULL AND l.lacking IS NULL
WHERE h.{id} = n.{id} AND v.verdict = 'unchanged'
"""


@dataclass(frozen=True)
class Lateness:
    """What a late delivery's mentions need of its main entity."""

    standing: Standing
    held_back: sql.Identifier


def merge_late(
    merging: Merging,
    target: Target,
    where: dict[str, object],
    series: str | None,
    held_back: pa.Array | None,
) -> tuple[dict[str, int], int, Lateness]:
    """Bring the staged rows of the main entity into the past.

    Args:
        merging: the load.
        target: the main entity.
        where: ``as_at``, ``landed_at`` and ``sequence`` of the delivery.
        series: its series; None where it replaces nothing.
        held_back: identifiers in quarantine.

    Returns:
        Counts of ``new``, ``changed`` and ``unchanged``; rows that left the store.
    """
    conn = merging.conn
    back = target.temporary("held_back")
    conn.execute(sql.SQL("CREATE TEMPORARY TABLE {} (id uuid) ON COMMIT DROP").format(back))
    if held_back is not None and len(held_back):
        copy_in(conn, back, pa.table({"id": held_back}))
    conn.execute(sql.SQL("ANALYZE {}").format(target.staged))
    standing = Standing(merging, target, where, series)
    standing.look(merging, target)
    parts: dict[str, object] = {
        "plan": target.temporary("plan"),
        "rows": target.temporary("rows"),
        "said": target.temporary("said"),
        "later": target.temporary("later"),
        "dated": sql.Literal(target.table.dated),
        "n_stated": target.table.stated("n"),
        "feed": sql.Literal(target.feed_id),
        "mine": standing.mine,
        "mine_series": series,
    }
    merging.run(PLAN, target, **parts)
    stated, ended = place(merging, target, standing.mine)
    merging.run(VERDICT, target, **parts)
    merging.run(ENDED, target, **parts)
    merging.run(CONFIRM, target, **parts)
    counts: dict[str, int] = dict(
        conn.execute(
            sql.SQL("SELECT verdict, count(*) FROM {} GROUP BY verdict").format(
                target.temporary("verdict")
            )
        ).fetchall()
    )
    if counts.get("new", 0) + counts.get("changed", 0) != stated:
        raise AssertionError("a late delivery stated other rows than it was found to state")
    named = {verdict: counts.get(verdict, 0) for verdict in ("new", "changed", "unchanged")}
    return named, ended, Lateness(standing, back)
