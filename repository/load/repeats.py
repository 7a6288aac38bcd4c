"""Which rows a delivery repeated, where that does not follow from what stands.

Where deliveries replace one another, a row that stands after one of them was in it. Where they only
add, or where several series speak of one thing, nothing tells whether a row was said again; so the
hashes of skipped records and the identifiers of repeated rows are kept.
"""

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql

from repository.load.copy import copy_in
from repository.load.merge import Merging
from repository.load.target import Target

Hashes = npt.NDArray[np.int64]

KEEP = """
INSERT INTO watersmeet.delivery_repeat (delivery_id, hashes, ids, former)
SELECT %(delivery)s, %(hashes)s, ids, former FROM (
    SELECT COALESCE(string_agg(uuid_send(v.id), NULL::bytea ORDER BY v.id), ''::bytea) AS ids,
        COALESCE(
            string_agg(int8send(COALESCE(v.held_hash, n.record_hash)), NULL::bytea ORDER BY v.id),
            ''::bytea
        ) AS former
    FROM {verdict} v JOIN {staged} n ON n.row_number = v.row_number AND n.{id} = v.id
    WHERE v.verdict = ANY (%(repeated)s)
) r
WHERE octet_length(%(hashes)s::bytea) + octet_length(ids) > 0
"""

TABLES = """
CREATE TEMPORARY TABLE late_repeat (id uuid, n integer) ON COMMIT DROP;
CREATE TEMPORARY TABLE late_former (id uuid, record_hash bigint) ON COMMIT DROP;
CREATE TEMPORARY TABLE late_repeated_hash (record_hash bigint, n integer) ON COMMIT DROP
"""


def keep_repeats(
    merging: Merging, target: Target, skipped: list[Hashes], repeated: list[str]
) -> None:
    """Remember what the delivery repeats.

    Args:
        merging: the load; the delivery's own row must be there.
        target: the main entity, judged.
        skipped: hashes of the skipped records, as stored.
        repeated: the verdicts of staged rows that only repeat what stands.
    """
    hashes = np.sort(np.concatenate(skipped)) if skipped else np.zeros(0, dtype=np.int64)
    written = hashes.astype(">i8").tobytes()
    merging.run(KEEP, target, hashes=written, repeated=repeated)


def read_repeats(conn: psycopg.Connection) -> None:
    """What the deliveries of ``late_order`` repeated, into temporary tables."""
    for statement in TABLES.split(";"):
        conn.execute(statement)
    kept = conn.execute(
        "SELECT o.n, r.hashes, r.ids, r.former FROM watersmeet.delivery_repeat r"
        " JOIN pg_temp.late_order o USING (delivery_id)",
        binary=True,
    )
    for n, hashes, ids, former in kept.fetchall():
        numbers = np.frombuffer(hashes, dtype=">i8").astype(np.int64)
        told = pa.table({"record_hash": numbers, "n": np.full(len(numbers), n, np.int32)})
        copy_in(conn, sql.Identifier("pg_temp", "late_repeated_hash"), told)
        count = len(ids) // 16
        whole = pa.Array.from_buffers(pa.binary(16), count, [None, pa.py_buffer(ids)])
        again = pa.table({"id": whole, "n": np.full(count, n, np.int32)})
        copy_in(conn, sql.Identifier("pg_temp", "late_repeat"), again)
        before = np.frombuffer(former, dtype=">i8").astype(np.int64)
        copy_in(
            conn,
            sql.Identifier("pg_temp", "late_former"),
            pa.table({"id": whole, "record_hash": before}),
        )
    for name in ("late_repeat", "late_former", "late_repeated_hash"):
        conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier("pg_temp", name)))
