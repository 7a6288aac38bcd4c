"""The text of staged rows, kept in the database until the merge knows which of it is needed."""

from collections.abc import Mapping

import psycopg
import pyarrow as pa

from repository.load.extras import Placed, records_of, whole
from repository.sealing import Sealer

HOLD = """
WITH held AS (
    INSERT INTO watersmeet.quarantine
        (delivery_id, row_number, table_number, source_row, record_hash, codes, record,
        sealed)
    VALUES (%(delivery)s, %(number)s, %(table)s, %(row)s, %(hash)s, ARRAY[%(code)s::text],
        %(record)s::jsonb, %(sealed)b)
    RETURNING *
)
INSERT INTO watersmeet.issue (delivery_id, row_number, table_number, source_row, cell, code)
SELECT delivery_id, row_number, table_number, source_row, source_row || ':' || source_row,
    %(code)s::text
FROM held
"""


class Parked:
    """Batches of written text in a temporary table, compressed; gone with the transaction."""

    def __init__(self) -> None:
        self._made = False

    def park(self, conn: psycopg.Connection, written: pa.Table, place: Placed) -> None:
        """Keep a batch."""
        if not written.num_rows:
            return
        if not self._made:
            self._made = True
            conn.execute(
                "CREATE TEMPORARY TABLE pg_temp.parked"
                " (table_number smallint, first_number integer, lowest integer,"
                " highest integer, batch bytea) ON COMMIT DROP"
            )
        rows = written.column("row").to_numpy() + place.first - 1
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(sink, written.schema, options=options) as stream:
            stream.write_table(written)
        conn.execute(
            "INSERT INTO pg_temp.parked VALUES (%s, %s, %s, %s, %b)",
            (
                *(place.table_number, place.first, int(rows.min()), int(rows.max())),
                sink.getvalue().to_pybytes(),
            ),
        )

    def quarantine(
        self,
        conn: psycopg.Connection,
        delivery_id: int,
        hashes: Mapping[int, int],
        code: str,
        sealer: Sealer | None,
    ) -> int:
        """Put rows of the delivery into quarantine, with their issue.

        Args:
            conn: the load's connection.
            delivery_id: the delivery.
            hashes: row numbers to record hashes.
            code: the issue.
            sealer: of the delivery, where its records are personal.
        """
        done = 0
        batches = conn.execute(
            "SELECT table_number, first_number, batch FROM pg_temp.parked WHERE EXISTS ("
            " SELECT FROM unnest(%s::int[]) n WHERE n BETWEEN lowest AND highest)",
            (list(hashes),),
        ).fetchall()
        for table_number, first, batch in batches:
            written = pa.ipc.open_stream(batch).read_all()
            standing = set(written.column("row").to_pylist())
            rows = [n - first + 1 for n in hashes if n - first + 1 in standing]
            numbers = pa.array([first + row - 1 for row in rows], pa.int32())
            kept = whole(records_of(written, rows), numbers, sealer)
            with conn.cursor() as cursor:
                cursor.executemany(
                    HOLD,
                    [
                        {
                            "delivery": delivery_id,
                            "number": first + row - 1,
                            "table": table_number,
                            "row": row,
                            "hash": hashes[first + row - 1],
                            "code": code,
                            "record": record,
                            "sealed": sealed,
                        }
                        for row, record, sealed in zip(
                            rows,
                            kept["record"].to_pylist(),
                            kept["sealed"].to_pylist(),
                            strict=True,
                        )
                    ],
                )
            done += len(rows)
        return done
