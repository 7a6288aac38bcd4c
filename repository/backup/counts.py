"""How many rows every table of ours holds at a mark in the log that can be returned to exactly.

A snapshot and a position in the log are two things: a transaction whose commit is in the log
already may not be seen by a snapshot yet. So the snapshot is taken, then the mark is set, and a
moment later it is looked which transactions the snapshot did not see have committed since: if one
of them may have before the mark, by the time of its commit, both are taken anew. Counting goes on
in the snapshot afterwards, for as long as it takes, and hinders nobody.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from repository.backup.cluster import Cluster
from repository.backup.problems import BackupProblem

SCHEMAS = ("watersmeet", "store", "history", "settled")
TRIES = 100
PAUSE = 0.05
"""Seconds; from when a transaction's end is on the disk until others see it is far less."""

TABLES = """
SELECT n.nspname, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1, 2
"""

# Those that were at work when the snapshot was taken, or began since, and have ended by now.
ENDED_SINCE = """
WITH now AS (SELECT pg_current_snapshot() AS is),
     of AS (
        SELECT pg_snapshot_xip(%(then)s::pg_snapshot) AS xid
        UNION ALL
        SELECT generate_series(
            pg_snapshot_xmax(%(then)s::pg_snapshot)::text::numeric,
            pg_snapshot_xmax(now.is)::text::numeric - 1
        )::text::xid8 FROM now
     )
SELECT EXISTS (
    SELECT FROM of, now WHERE pg_visible_in_snapshot(of.xid, now.is)
    AND CASE WHEN current_setting('track_commit_timestamp')::boolean
        -- The time is taken before the commit is logged; what was rolled back has none.
        THEN pg_xact_commit_timestamp(of.xid::xid) <= %(mark)s
        ELSE true END
)
"""


@dataclass(frozen=True)
class Counted:
    """The counts, and the mark and moment at which they hold."""

    restore_point: str
    at: datetime
    counts: dict[str, int]


def counted_at_mark(cluster: Cluster, name: str) -> Counted:
    """Set a mark of that name in the log, and count the rows as they stand there.

    Raises:
        BackupProblem: transactions end so fast one after the other that no moment lies between.
    """
    with cluster.connected() as counting, cluster.connected() as marking:
        for number in range(TRIES):
            mark = f"{name} {number}"
            counting.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            taken = counting.execute("SELECT pg_current_snapshot()::text").fetchone()
            assert taken is not None
            at = _marked(marking, mark)
            since = {"then": taken[0], "mark": at}
            ended = marking.execute(ENDED_SINCE, since).fetchone()
            if ended is not None and not ended[0]:
                return Counted(mark, at, counts(counting))
            counting.execute("ROLLBACK")
    raise BackupProblem(
        f"in {TRIES} tries no moment was found at which no transaction ended; take the backup when "
        "less is going on"
    )


def counts(conn: psycopg.Connection) -> dict[str, int]:
    """Rows of every table of ours, ``<schema>.<table>``, as the connection sees them."""
    found = {}
    for schema, table in conn.execute(TABLES, (list(SCHEMAS),)).fetchall():
        row = conn.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        ).fetchone()
        found[f"{schema}.{table}"] = row[0] if row else 0
    return found


def _marked(conn: psycopg.Connection, mark: str) -> datetime:
    """Set a mark, and wait until all before it is on the disk and seen by everybody."""
    row = conn.execute("SELECT pg_create_restore_point(%s), clock_timestamp()", (mark,)).fetchone()
    assert row is not None
    position, at = row
    # A commit of our own would do, but the mark is to change nothing.
    while True:
        flushed = conn.execute(
            "SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn", (position,)
        ).fetchone()
        if flushed is not None and flushed[0]:
            break
        time.sleep(PAUSE)
    time.sleep(PAUSE)
    moment: datetime = at
    return moment
