"""One delivery into the repository: lock, receipt, rows, issues and lineage in one transaction."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql

from contracts.model import columns_of
from repository.database import connect
from repository.load.extras import (
    DUPLICATE,
    Order,
    Placed,
    records_of,
    whole,
    write_corrected,
    write_extras,
)
from repository.load.finishing import finish
from repository.load.opening import Opened, earlier, lock_feed, opened
from repository.load.parked import Parked
from repository.load.points import At, pass_by
from repository.load.prepared import Prepared, corrected_rows, quarantined_ids
from repository.load.record import DeliveryRecord, Outcome, TableRecord
from repository.load.replaying import replayed_before
from repository.load.sieve import among, halves, once
from repository.load.target import Target
from repository.load.writer import Writer
from repository.problems import values_withheld
from repository.progress import Progress
from repository.sealing import Keys, Sealer

Hashes = npt.NDArray[np.int64]

Beside = Callable[[psycopg.Connection, Outcome], None]
"""Writes beside a delivery's row, in its transaction, or raises so that nothing is published."""

PAGES = 250_000
"""Table pages whose hashes are pulled as one value: fewer than 1 GB, whatever the rows."""


@contextmanager
def loading(
    url: str, record: DeliveryRecord, *, at: At = pass_by, progress: Progress | None = None
) -> Iterator["Load"]:
    """Load one delivery in one transaction, under the feed's lock.

    Where ``load.already`` is set there is nothing to do: the same bytes are loaded, or a later
    delivery was loaded first. Leaving the block without :meth:`Load.finish` undoes everything.

    Args:
        url: SQLAlchemy URL of the repository.
        record: the delivery.
        at: called with the name of every point passed (:data:`repository.load.points.POINTS`).
        progress: where to say how far it has come.

    Raises:
        repository.problems.DatabaseDown: the database cannot be reached.
        repository.problems.DatabaseProblem: it refused something; never tells values.
        repository.load.opening.NotMigrated: the tables are not there.
    """
    conn = connect(url)
    load: Load | None = None
    try:
        with values_withheld():
            load = Load.begin(conn, record, at, progress)
        yield load
    finally:
        if load is not None:
            load.writer.close()
        # Closing without a commit undoes the transaction, on a broken connection too.
        conn.close()


class Load:
    """A load under way; made by :func:`loading`.

    Attributes:
        already: the outcome where there is nothing to do.
        record: the delivery.
        beside: called when all is merged and the delivery's row is there, before the commit.
    """

    def __init__(
        self,
        conn: psycopg.Connection,
        record: DeliveryRecord,
        already: Outcome | None,
        basis: Opened | None,
        at: At,
        progress: Progress | None,
    ) -> None:
        self.conn, self.record, self.already = conn, record, already
        self.at, self.progress = at, progress
        self.writer = Writer()
        self.began = time.monotonic()
        self.tables: dict[int, tuple[TableRecord, int]] = {}
        self.landed = self.quarantined = self.excluded = 0
        self.skipped: list[Hashes] = []
        self.held_back: list[pa.Array] = []
        self.done = False
        self._stored: Hashes | None = None
        self._next_number = 1
        self._copied = False
        self._basis = basis
        self.targets = self._targets(basis) if basis is not None else {}
        self.parked = Parked() if self._may_meet_skipped() else None
        self.sealer = self._sealer(basis) if basis is not None else None
        self.beside: list[Beside] = []

    @classmethod
    def begin(
        cls, conn: psycopg.Connection, record: DeliveryRecord, at: At, progress: Progress | None
    ) -> "Load":
        """Take the lock and find out whether there is anything to do."""
        # Every load works in temporary tables; the setting holds from their first use.
        conn.execute("SET temp_buffers = '32MB'")
        conn.execute("SET work_mem = '128MB'")
        # A loader that froze does not keep its feed locked for good.
        conn.execute("SET idle_in_transaction_session_timeout = '30min'")
        feed_id = lock_feed(conn, record)
        at("locked")
        known = replayed_before if record.replays is not None else earlier
        already = known(conn, feed_id, record)
        if already is not None:
            conn.commit()
            return cls(conn, record, already, None, at, progress)
        return cls(conn, record, None, opened(conn, feed_id, record), at, progress)

    @property
    def basis(self) -> Opened:
        """What the load stands on.

        Raises:
            RuntimeError: there is nothing to load.
        """
        if self._basis is None or self.done:
            raise RuntimeError("this load is over; look at `already` before adding to it")
        return self._basis

    @property
    def main(self) -> Target:
        """Where the main entity's rows go."""
        return self.targets[self.record.main]

    def table(self, table: TableRecord) -> None:
        """Announce a table before its first batch."""
        if table.number in self.tables:
            raise ValueError(f"table {table.number} was announced before")
        self.tables[table.number] = (table, self._next_number)

    def known_hashes(self, reading: str = "") -> Hashes:
        """Record hashes that need not be worked again, sorted.

        Args:
            reading: of the table whose records will be skipped (:class:`TableRecord`).
        """
        stored = self.stored()
        if not len(stored):
            return stored
        # Records that stood twice are worked again: of two rows of one key one is in quarantine and
        # has to come there again; of two rows that only the record identifies both have to come.
        if self.main.record_is_identity:
            stored = once(stored)
        else:
            stored = stored[~among(stored, np.sort(self._held_duplicates()))]
        # What was corrected is worked every time, to see whether it still has to be.
        stored = stored[~among(stored, np.sort(self._corrected()))]
        return np.sort(stored ^ mix_of(reading))

    def add(self, prepared: Prepared) -> None:
        """Take a batch; returns while it is still being written.

        Raises:
            repository.problems.DatabaseProblem: this batch or one before was refused.
        """
        basis = self.basis
        table, first = self.tables[prepared.table_number]
        place = Placed(basis.delivery_id, table.number, first, table.facts)
        mix = mix_of(table.reading)
        if len(prepared.rows):
            self._next_number = max(self._next_number, first + int(np.max(prepared.rows)))
        self.landed += len(prepared.rows) + prepared.skipped
        self.quarantined += prepared.quarantined.num_rows
        self.excluded += prepared.excluded.num_rows
        if prepared.skipped:
            self.skipped.append(np.asarray(prepared.skipped_hashes, dtype=np.int64) ^ mix)
        back = quarantined_ids(prepared)
        if back is not None and len(back):
            self.held_back.append(back)
        self.writer.put(lambda: self._write(prepared, place, mix))
        if self.progress is not None:
            self.progress.at("load", self.landed)

    def finish(self, landed: int | None = None) -> Outcome:
        """Merge, reconcile, record and commit.

        Args:
            landed: records the reader counted, where it counts by itself; else those added.

        Raises:
            repository.load.finishing.DoesNotReconcile: rows were lost or doubled on the way.
            repository.load.finishing.AgreementEnded: the agreement is no longer in force.
            repository.problems.DatabaseProblem: the database refused something.
        """
        basis = self.basis
        self.writer.drain()
        self.at("staged")
        with values_withheld():
            outcome = finish(self, basis, self.landed if landed is None else landed)
        self.done = True
        self.at("after-commit")
        if self.progress is not None:
            self.progress.done(outcome.landed)
        return outcome

    def stored(self) -> Hashes:
        """The hashes of the rows this delivery may find again, as they are stored, sorted."""
        if self._stored is None:
            self.writer.drain()
            self._stored = self._pull_hashes()
        return self._stored

    def _pull_hashes(self) -> Hashes:
        if self.main.direct or not self.basis.known:
            return np.zeros(0, dtype=np.int64)
        pages = self.conn.execute(
            "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::int",
            (self.main.partition.as_string(self.conn),),
        ).fetchone()
        query = sql.SQL(
            "SELECT string_agg(int8send(record_hash), '') FROM {}"
            " WHERE upheld_by = ANY (%s) AND ctid >= %s::tid AND ctid < %s::tid"
        ).format(self.main.partition)
        parts: list[Hashes] = []
        for page in range(0, int(pages[0]) if pages else 0, PAGES):
            span = (f"({page},0)", f"({page + PAGES},0)")
            row = self.conn.execute(query, (self.basis.known, *span), binary=True).fetchone()
            if row is not None and row[0] is not None:
                parts.append(np.frombuffer(row[0], dtype=">i8").astype(np.int64))
        whole = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        whole.sort()
        return whole

    def _held_duplicates(self) -> Hashes:
        rows = self.conn.execute(
            "SELECT q.record_hash FROM watersmeet.quarantine q"
            " JOIN watersmeet.delivery d USING (delivery_id)"
            " WHERE d.feed_id = %s AND q.state = 'held' AND %s = ANY (q.codes)",
            (self.basis.feed_id, DUPLICATE),
        ).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)

    def _corrected(self) -> Hashes:
        rows = self.conn.execute(
            "SELECT DISTINCT r.record_hash FROM watersmeet.corrected_row r"
            " JOIN watersmeet.correction c USING (correction_id)"
            " WHERE r.feed_id = %s AND c.withdrawn_at IS NULL",
            (self.basis.feed_id,),
        ).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)

    def _targets(self, basis: Opened) -> dict[str, Target]:
        return {
            name: Target.of(
                contract,
                main=name == self.record.main,
                feed_id=basis.feed_id,
                delivery_id=basis.delivery_id,
                known_from=basis.known_from,
                as_at=self.record.speaks_of,
                # What comes late does not go straight to where the latest stands.
                direct=not basis.newer and f"{name}_feed_{basis.feed_id}" not in basis.partitions,
            )
            for name, contract in sorted(self.record.entities.items())
        }

    def _sealer(self, basis: Opened) -> Sealer | None:
        """What seals the records in quarantine; None where nothing in them is personal."""
        if all(facts.personal == "none" for facts in columns_of(self.record.dataset).values()):
            return None
        return Sealer.sealing(self.conn, Keys(), basis.feed_id, basis.delivery_id)

    def _may_meet_skipped(self) -> bool:
        """Whether a row may turn out to be another version of a skipped one."""
        return bool(self.targets) and not self.main.direct and not self.main.record_is_identity

    def _write(self, prepared: Prepared, place: Placed, mix: np.int64) -> None:
        """Write a batch; runs on the writer's thread."""
        order = Order(prepared, mix)
        grouped: dict[str, list[pa.Table]] = {}
        for name, rows in prepared.entities.items():
            entity, _, role = name.partition(":")
            rows = self._with_lineage(rows, role, place, order)
            grouped.setdefault(entity, []).append(rows)
        for entity, tables in grouped.items():
            target = self.targets[entity]
            if target.main:
                self._write_main(target, tables, prepared, place)
            else:
                self._write_mentions(target, tables)
        if self.parked is not None and prepared.written is not None:
            self.parked.park(self.conn, prepared.written, place)
        write_extras(self.conn, prepared, place, order, self.sealer)
        corrected = corrected_rows(prepared)
        if corrected is not None and corrected.num_rows:
            write_corrected(self.conn, corrected, place, order, self.basis.feed_id)
        if not self._copied:
            self._copied = True
            self.at("copied")

    def _with_lineage(self, rows: pa.Table, role: str, place: Placed, order: Order) -> pa.Table:
        source = rows.column("row")
        head = place.head(source)
        rows = rows.append_column("record_hash", pa.array(order.hashes_of(source)))
        rows = rows.append_column("row_number", head["row_number"])
        if role:
            rows = rows.append_column("role", pa.repeat(pa.scalar(role), rows.num_rows))
        return rows

    def _write_main(
        self, target: Target, tables: list[pa.Table], prepared: Prepared, place: Placed
    ) -> None:
        rows = (
            tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="default")
        )
        if target.record_is_identity:
            target.write(self.conn, rows)
            return
        again = target.suspects.mark(halves(rows.column(target.table.id))[0])
        if again.any():
            twice = rows.filter(pa.array(again))
            source = twice.column("row")
            records = records_of(prepared.written, source.to_pylist())
            head = place.head(source)
            twice = twice.append_column("table_number", head["table_number"])
            twice = twice.append_column("source_row", head["source_row"])
            for name, kept in whole(records, head["row_number"], self.sealer).items():
                twice = twice.append_column(name, kept)
            target.suspect(self.conn, twice)
            rows = rows.filter(pa.array(~again))
        target.write(self.conn, rows)

    def _write_mentions(self, target: Target, tables: list[pa.Table]) -> None:
        rows = tables[0]
        if len(tables) > 1:
            rows = pa.concat_tables(tables, promote_options="default").sort_by("row_number")
        was_full = target.firsts.full
        firsts = target.firsts.mark(*halves(rows.column(target.table.id)))
        rows = rows.filter(pa.array(firsts))
        if was_full or target.firsts.full:
            # More than memory should hold: the database tells the first from its repetitions.
            target.stage(self.conn, rows)
        else:
            target.write(self.conn, rows)


def mix_of(reading: str) -> np.int64:
    """What record hashes are mixed with: a record read otherwise is another record."""
    digest = hashlib.blake2b(reading.encode(), digest_size=8).digest()
    return np.int64(int.from_bytes(digest, "little", signed=True))
