"""Brings staged rows into the store: what is new, what changed, what is gone; set by set."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql

from repository.load.copy import copy_in
from repository.load.sieve import among
from repository.load.target import Target

Hashes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Merging:
    """What every merge of a load needs: the delivery, its moment and its date, and those beside
    it; the attributes are those of :class:`repository.load.opening.Opened`."""

    conn: psycopg.Connection
    delivery_id: int
    known_from: str
    as_at: date
    same: list[int]
    series: list[int]
    newer: list[int]

    def run(self, template: str, target: Target, **more: object) -> int:
        """Run one statement over an entity's tables; the rows it touched.

        In braces stand parts of the statement, in ``%(...)s`` the delivery's facts.
        """
        table = target.table
        content = table.content_columns
        stays = [name for name in table.kept_columns if name != "as_at"]
        parts: dict[str, sql.Composable] = {
            "part": target.partition,
            "history": table.history,
            "staged": target.staged,
            "suspected": target.suspected,
            "verdict": target.temporary("verdict"),
            "gone": target.temporary("gone"),
            "held_back": target.temporary("held_back"),
            "id": sql.Identifier(table.id),
            "columns": _list(table.store_columns),
            "kept": _list(table.kept_columns),
            "content": _list(content),
            "h_kept": _list(table.kept_columns, "h"),
            "h_content": _list(content, "h"),
            "n_content": _list(content, "n"),
            "n_kept": _list(table.kept_columns, "n"),
            "n_columns": _list(table.store_columns, "n"),
            "stays": _list(stays),
            "h_stays": _list(stays, "h"),
            "n_stays": _list(stays, "n"),
            "r_stays": _list(stays, "r"),
            "event": sql.Literal(table.event),
            "h_starts": table.starts("h"),
            "n_starts": table.starts("n"),
        }
        parts.update({k: v for k, v in more.items() if isinstance(v, sql.Composable)})
        done = self.conn.execute(
            sql.SQL(template).format(**parts),
            {
                "delivery": self.delivery_id,
                "known_from": self.known_from,
                "as_at": self.as_at,
                "same": self.same,
                "newer": self.newer,
                "series": self.series,
                **{k: v for k, v in more.items() if not isinstance(v, sql.Composable)},
            },
        )
        return max(done.rowcount, 0)


def _list(names: Iterable[str], of: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(name) if of is None else sql.Identifier(of, name) for name in names
    )


VERDICT = """
CREATE TEMPORARY TABLE {verdict} ON COMMIT DROP AS
SELECT n.{id} AS id, n.row_number, h.record_hash AS held_hash,
    CASE WHEN h.{id} IS NULL THEN 'new'
         WHEN ROW({h_content}) IS DISTINCT FROM ROW({n_content}) THEN 'changed'
         WHEN h.record_hash <> n.record_hash OR h.upheld_by <> ALL (%(series)s::int[])
         THEN 'rewritten'
         ELSE 'unchanged' END AS verdict
FROM {staged} n LEFT JOIN {part} h ON h.{id} = n.{id}
"""

# What is left of a row when another takes its place from some date on. Nothing is, where that is
# no later than its own start, of an event, or of what the very same delivery said when it was
# worked before: then it turned out that it was not so.
CLOSE = """
INSERT INTO {history} ({kept}, valid_during, known_during, open_until, ended_by, ending)
SELECT {h_kept}, CASE WHEN c.nothing_left THEN h.valid_during
        ELSE h.valid_during * daterange(NULL, {since}) END,
    tstzrange(h.known_from, CASE WHEN c.nothing_left THEN %(known_from)s::timestamptz END),
    %(known_from)s::timestamptz, %(delivery)s,
    CASE WHEN c.nothing_left THEN 'corrected' ELSE %(ending)s END
FROM {closed}
CROSS JOIN LATERAL (
    SELECT {event} OR {h_starts} >= {since} OR isempty(h.valid_during)
        OR h.delivery_id = ANY (%(same)s::int[]) AS nothing_left
) c
"""

CHANGED = "{part} h JOIN {verdict} v ON h.{id} = v.id AND v.verdict = 'changed'"
WITH_ITS_CHANGE = f"{CHANGED} JOIN {{staged}} n ON n.row_number = v.row_number AND n.{{id}} = v.id"

CHANGE = """
UPDATE {part} h
SET ({content}) = ROW({n_content}), record_hash = n.record_hash, delivery_id = n.delivery_id,
    row_number = n.row_number, upheld_by = n.upheld_by, role = n.role, known_from = n.known_from,
    as_at = n.as_at
FROM {staged} n JOIN {verdict} v ON v.row_number = n.row_number AND v.id = n.{id}
WHERE h.{id} = n.{id} AND v.verdict = 'changed'
"""

# The same content written otherwise: the row keeps its lineage and takes the new hash, so that the
# next delivery of the same record is known without being worked. This rewrites the rows (some 10
# seconds a million), once for every change of a supplier's way of writing. A row that another
# series brought and this one repeats stands or falls with this one from now on.
CONFIRM = """
UPDATE {part} h
SET record_hash = n.record_hash, upheld_by = n.upheld_by
FROM {staged} n JOIN {verdict} v ON v.row_number = n.row_number AND v.id = n.{id}
WHERE h.{id} = n.{id} AND v.verdict = 'rewritten'
"""

ADD = """
INSERT INTO {part} ({columns})
SELECT {n_columns} FROM {staged} n JOIN {verdict} v ON v.row_number = n.row_number AND v.id = n.{id}
WHERE v.verdict = 'new'
"""

GONE = "WITH ended AS (DELETE FROM {part} h WHERE {which} RETURNING h.*) {close}".replace(
    "{close}", CLOSE.replace("{closed}", "ended h").replace("{since}", "%(as_at)s::date")
)

# Rows this delivery replaces, neither in it, nor in its quarantine.
NOT_SUPPLIED = """
h.upheld_by = ANY (%(series)s)
AND NOT EXISTS (SELECT FROM {verdict} v WHERE v.id = h.{id})
AND NOT EXISTS (SELECT FROM {held_back} q WHERE q.id = h.{id})
"""

# What stays although its record is now in quarantine is to be read again when it comes back. The
# hash it is given is no record's, however often it is given.
FORGET = """
UPDATE {part} h SET record_hash = hashtextextended(h.{id}::text, 0)
FROM {held_back} q WHERE q.id = h.{id}
"""

RESOLVE = """
INSERT INTO {into} ({columns})
SELECT {n_columns} FROM (
    SELECT DISTINCT ON (s.{id}) s.* FROM {suspected} s ORDER BY s.{id}, s.row_number
) n
WHERE NOT EXISTS (SELECT FROM {into} t WHERE t.{id} = n.{id})
"""

DUPLICATES = """
WITH held AS (
    INSERT INTO watersmeet.quarantine
        (delivery_id, row_number, table_number, source_row, record_hash, codes, record, sealed)
    SELECT s.delivery_id, s.row_number, s.table_number, s.source_row, s.record_hash,
        ARRAY[%(code)s], s.record, s.sealed
    FROM {suspected} s
    WHERE NOT EXISTS (
        SELECT FROM {into} t WHERE t.{id} = s.{id} AND t.row_number = s.row_number
    )
    RETURNING *
)
INSERT INTO watersmeet.issue (delivery_id, row_number, table_number, source_row, cell, code)
SELECT delivery_id, row_number, table_number, source_row, source_row || ':' || source_row, %(code)s
FROM held
"""


def resolve_suspects(merging: Merging, target: Target, code: str) -> tuple[int, int]:
    """Settle which suspects stand twice: rows loaded after all, and rows quarantined."""
    if "suspected" not in target.made:
        return 0, 0
    into = target.partition if target.direct else target.staged
    added = merging.run(RESOLVE, target, into=into)
    return added, merging.run(DUPLICATES, target, into=into, code=code)


def judge(merging: Merging, target: Target) -> None:
    """Compare what is staged with what is held, once."""
    merging.conn.execute(sql.SQL("ANALYZE {}").format(target.staged))
    merging.run(VERDICT, target)
    merging.conn.execute(sql.SQL("ANALYZE {}").format(target.temporary("verdict")))


def hashes_met(merging: Merging, target: Target) -> Hashes:
    """Hashes of the held rows that staged rows answer to, sorted."""
    row = merging.conn.execute(
        sql.SQL("SELECT string_agg(int8send(held_hash), '') FROM {} WHERE verdict <> 'new'").format(
            target.temporary("verdict")
        ),
        binary=True,
    ).fetchone()
    if row is None or row[0] is None:
        return np.zeros(0, dtype=np.int64)
    return np.sort(np.frombuffer(row[0], dtype=">i8").astype(np.int64))


def known_twice(merging: Merging, target: Target, skipped: Hashes) -> npt.NDArray[np.int32]:
    """Staged rows whose identifier a skipped record of the same delivery has too.

    Args:
        merging: the load.
        target: the main entity.
        skipped: hashes of the skipped records as they are stored, sorted.
    """
    row = merging.conn.execute(
        sql.SQL(
            "SELECT string_agg(int8send(held_hash), ''), string_agg(int4send(row_number), '')"
            " FROM {} WHERE verdict IN ('changed', 'rewritten', 'unchanged')"
        ).format(target.temporary("verdict"))
    ).fetchone()
    if row is None or row[0] is None:
        return np.zeros(0, dtype=np.int32)
    held = np.frombuffer(row[0], dtype=">i8").astype(np.int64)
    numbers = np.frombuffer(row[1], dtype=">i4").astype(np.int32)
    return numbers[among(held, skipped)]


def set_aside(merging: Merging, target: Target, numbers: npt.NDArray[np.int32]) -> None:
    """Take staged rows out of what is merged."""
    merging.conn.execute(
        sql.SQL("UPDATE {} SET verdict = 'duplicate' WHERE row_number = ANY (%s)").format(
            target.temporary("verdict")
        ),
        (numbers.tolist(),),
    )


def end_missing(
    merging: Merging, target: Target, gone: Hashes | None, held_back: pa.Array | None
) -> int:
    """End the rows the delivery replaces and does not bring.

    Args:
        merging: the load.
        target: the main entity, judged.
        gone: stored hashes that no record of the delivery has; None where records were not
            compared by hash.
        held_back: identifiers in quarantine.
    """
    conn = merging.conn
    held = held_back is not None and len(held_back) > 0
    if gone is not None and not len(gone) and not held:
        return 0
    back = target.temporary("held_back")
    conn.execute(sql.SQL("CREATE TEMPORARY TABLE {} (id uuid) ON COMMIT DROP").format(back))
    if held:
        copy_in(conn, back, pa.table({"id": held_back}))
        # Unanalysed, it is taken for large, and every row of the store is read for it.
        conn.execute(sql.SQL("ANALYZE {}").format(back))
    which = NOT_SUPPLIED
    if gone is not None:
        table = target.temporary("gone")
        conn.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} (record_hash bigint) ON COMMIT DROP").format(table)
        )
        copy_in(conn, table, pa.table({"record_hash": pa.array(gone, pa.int64())}))
        conn.execute(sql.SQL("ANALYZE {}").format(table))
        which += "AND h.record_hash IN (SELECT g.record_hash FROM {gone} g)"
    missing = gone is None or len(gone) > 0
    ended = merging.run(GONE.replace("{which}", which), target, ending="gone") if missing else 0
    if held:
        merging.run(FORGET, target)
    return ended


def close_changed(target: Target) -> str:
    """The statement that takes changed rows into history, each up to its change's own start."""
    if target.table.own_start is None:
        return CLOSE.replace("{closed}", CHANGED).replace("{since}", "%(as_at)s::date")
    return CLOSE.replace("{closed}", WITH_ITS_CHANGE).replace("{since}", "{n_starts}")


def merge(merging: Merging, target: Target) -> dict[str, int]:
    """Close, change, confirm and add what was judged.

    Returns:
        Counts of ``new``, ``changed`` and ``unchanged``.
    """
    conn = merging.conn
    counts: dict[str, int] = dict(
        conn.execute(
            sql.SQL("SELECT verdict, count(*) FROM {} GROUP BY verdict").format(
                target.temporary("verdict")
            )
        ).fetchall()
    )
    if counts.get("changed"):
        closed = merging.run(close_changed(target), target, ending="changed")
        changed = merging.run(CHANGE, target)
        if not closed == changed == counts["changed"]:
            raise AssertionError("a merge changed other rows than it found changed")
    if counts.get("rewritten"):
        merging.run(CONFIRM, target)
    if counts.get("new") and merging.run(ADD, target) != counts["new"]:
        raise AssertionError("a merge added other rows than it found new")
    kept = sum(counts.get(verdict, 0) for verdict in ("unchanged", "rewritten", "older"))
    return {"new": counts.get("new", 0), "changed": counts.get("changed", 0), "unchanged": kept}
