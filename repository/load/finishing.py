"""The end of a load: merge, reconcile, record, commit."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.types.json import Jsonb

from repository.load.cutting import cut_former
from repository.load.extras import DUPLICATE
from repository.load.late import merge_late
from repository.load.late_mentions import mention_late
from repository.load.mentions import end_unmentioned, merge_mentions
from repository.load.merge import (
    Merging,
    end_missing,
    hashes_met,
    judge,
    known_twice,
    merge,
    resolve_suspects,
    set_aside,
)
from repository.load.opening import Opened, insert_delivery, overtaken_in_series
from repository.load.record import DeliveryRecord, Outcome
from repository.load.repeats import keep_repeats
from repository.load.replaying import release
from repository.load.sieve import among, distinct
from repository.load.target import Target

if TYPE_CHECKING:
    from repository.load.loading import Load

Hashes = npt.NDArray[np.int64]


class DoesNotReconcile(Exception):
    """Rows were lost or doubled on the way; nothing was loaded."""


class SkippedTwice(DoesNotReconcile):
    """A known record stands more often than before: load again without skipping."""


class AgreementEnded(Exception):
    """The agreement is not in force at the moment of publishing; nothing was loaded."""


def finish(load: "Load", basis: Opened, landed: int) -> Outcome:
    """Everything from the last batch to the commit."""
    conn, record = load.conn, load.record
    merging = Merging(
        conn,
        basis.delivery_id,
        basis.known_from,
        record.speaks_of,
        same=basis.same,
        series=basis.series,
        newer=basis.newer,
    )
    _say(load, "merge")
    if basis.newer:
        counts, doubled, ended = _late(load, merging)
    else:
        counts, doubled, ended = _main(load, merging)
        _mentions(load, merging)
    load.at("merged")
    outcome = Outcome(
        "loaded",
        basis.delivery_id,
        landed=landed,
        new=counts.get("new", 0),
        changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0),
        quarantined=load.quarantined + doubled,
        excluded=load.excluded,
        ended=ended,
        seconds=round(time.monotonic() - load.began, 3),
    )
    reconcile(outcome)
    _say(load, "commit")
    insert_delivery(conn, basis.feed_id, basis.delivery_id, record, outcome, basis.known_from)
    conn.execute(
        "UPDATE watersmeet.feed SET latest_as_at = greatest(latest_as_at, %s) WHERE feed_id = %s",
        (record.speaks_of, basis.feed_id),
    )
    _tables(load, basis)
    _receipt(conn, basis, record)
    _repeats(load, merging)
    if record.replays is not None:
        histories = {name: target.table.history for name, target in load.targets.items()}
        release(conn, basis, record, outcome, histories)
    _supersede_quarantine(conn, basis, record)
    for beside in load.beside:
        beside(conn, outcome)
    in_force(conn, record.agreement)
    load.at("before-commit")
    conn.commit()
    return outcome


def reconcile(outcome: Outcome) -> None:
    """Check that every landed record is accounted for.

    Raises:
        DoesNotReconcile: with the counts.
    """
    kept = outcome.new + outcome.changed + outcome.unchanged
    if outcome.landed != kept + outcome.quarantined + outcome.excluded:
        counts = ", ".join(
            f"{name} {count}"
            for name, count in asdict(outcome).items()
            if name not in ("state", "delivery_id", "ended", "seconds")
        )
        raise DoesNotReconcile(
            f"the records landed are not those accounted for ({counts}); nothing was loaded"
        )


def in_force(conn: psycopg.Connection, agreement: str) -> None:
    """Check by the database's clock that an agreement is in force, and keep it so until commit.

    Raises:
        AgreementEnded: it is not.
    """
    row = conn.execute(
        """
        SELECT NOT withdrawn AND (clock_timestamp() AT TIME ZONE 'Europe/London')::date
               BETWEEN starts AND ends, starts, ends, withdrawn
        FROM watersmeet.agreement WHERE agreement = %s FOR SHARE
        """,
        (agreement,),
    ).fetchone()
    if row is None:
        raise AgreementEnded(
            f"agreement {agreement} is not recorded in the repository; nothing was loaded. Declare "
            "it in contracts/agreements and run the migrations"
        )
    if not row[0]:
        why = "withdrawn" if row[3] else f"in force from {row[1]} to {row[2]} only"
        raise AgreementEnded(
            f"agreement {agreement} is {why}; nothing was loaded. Renew it, run `watersmeet "
            "migrate`, then load again"
        )


def _mentions(load: "Load", merging: Merging) -> None:
    """Bring the other entities in, and end those no row speaks of any more."""
    for target in load.targets.values():
        if not target.main:
            merge_mentions(merging, target, load.main)
    if load.record.scope != "nothing":
        standing = list(_standing(load.conn, load.targets, load.basis))
        for target in standing:
            if not target.main:
                end_unmentioned(merging, target, standing)


def _late(load: "Load", merging: Merging) -> tuple[dict[str, int], int, int]:
    """Bring a delivery in after later ones: as :func:`_main`, and the other entities."""
    conn, record, main = load.conn, load.record, load.main
    for target in load.targets.values():
        target.ensure_staged(conn)
        if target.partition_name not in load.basis.partitions:
            target.make_partition(conn)
    _, doubled = resolve_suspects(merging, main, DUPLICATE)
    where = {
        "as_at": record.speaks_of, "landed_at": record.landed_at, "sequence": record.sequence,
    }  # fmt: skip
    series = None if record.scope == "nothing" else record.series
    counts, ended, late = merge_late(merging, main, where, series, _held_back(load))
    late.standing.look_again(merging, main)
    for target in load.targets.values():
        if not target.main:
            mention_late(merging, target, main, late)
    return counts, doubled, ended


def _main(load: "Load", merging: Merging) -> tuple[dict[str, int], int, int]:
    """Bring the main entity in: counts by verdict, rows quarantined as doubles, rows ended."""
    conn, target = load.conn, load.main
    if target.direct:
        target.ensure_partition(conn)
        target.add_key(conn)
        added, doubled = resolve_suspects(merging, target, DUPLICATE)
        target.join_up(conn)
        return {"new": target.copied + added}, doubled, 0
    target.ensure_staged(conn)
    _, doubled = resolve_suspects(merging, target, DUPLICATE)
    judge(merging, target)
    skipped = skipped_hashes(load)
    if skipped is not None and load.parked is not None:
        twice = known_twice(merging, target, skipped)
        if len(twice):
            hashes = _hashes_of(conn, target, twice)
            set_aside(merging, target, twice)
            doubled += load.parked.quarantine(
                conn, merging.delivery_id, hashes, DUPLICATE, load.sealer
            )
    ended = 0
    if load.record.scope != "nothing":
        gone = None if skipped is None else _gone(load, merging, skipped)
        ended = end_missing(merging, target, gone, _held_back(load))
    counts = merge(merging, target)
    if target.table.dated:
        cut_former(merging, target)
    counts["unchanged"] += sum(len(some) for some in load.skipped)
    return counts, doubled, ended


def _gone(load: "Load", merging: Merging, skipped: Hashes) -> Hashes:
    """Hashes held that no record of the delivery has, nor a row that a staged one answers to."""
    stored = load.stored()
    missing = stored[~among(stored, skipped)]
    if load.main.record_is_identity:
        # One hash may be several rows': which of them are met, the identifiers tell.
        return distinct(missing)
    return distinct(missing[~among(missing, hashes_met(merging, load.main))])


def skipped_hashes(load: "Load") -> Hashes | None:
    """The distinct hashes of skipped records; None where none was skipped.

    Raises:
        SkippedTwice: a record was skipped more often than it is held.
        DoesNotReconcile: a record was skipped that is not held.
    """
    if not load.skipped:
        return None
    every = np.sort(np.concatenate(load.skipped))
    skipped = distinct(every)
    # Where nothing but the record tells rows apart, a record that stands twice is two rows, and
    # the second must not be skipped for the first's sake.
    if load.main.record_is_identity and len(every) != len(skipped):
        raise SkippedTwice(
            "a record that is held once stands more than once in the delivery and was skipped; "
            "nothing was loaded: load again without skipping known records"
        )
    if not among(skipped, load.stored()).all():
        raise DoesNotReconcile(
            "records were skipped as known that the repository does not hold; nothing was loaded"
        )
    return skipped


def _held_back(load: "Load") -> pa.Array | None:
    return pa.concat_arrays([_plain(a) for a in load.held_back]) if load.held_back else None


def _plain(ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    return whole.cast(pa.binary(16))


def _hashes_of(
    conn: psycopg.Connection, target: Target, numbers: npt.NDArray[np.int32]
) -> dict[int, int]:
    return dict(
        conn.execute(
            sql.SQL("SELECT row_number, record_hash FROM {} WHERE row_number = ANY (%s)").format(
                target.staged
            ),
            (numbers.tolist(),),
        ).fetchall()
    )


def _standing(
    conn: psycopg.Connection, targets: Mapping[str, Target], basis: Opened
) -> Iterator[Target]:
    """The entities of which the feed has a table by now."""
    for target in targets.values():
        name = target.table.partition_name(basis.feed_id)
        row = conn.execute(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'store' AND c.relname = %s AND c.relispartition",
            (name,),
        ).fetchone()
        if row is not None:
            yield target


def _tables(load: "Load", basis: Opened) -> None:
    for table, first in load.tables.values():
        load.conn.execute(
            "INSERT INTO watersmeet.delivery_table"
            " (delivery_id, number, file, sheet, first_number, header_row, mapping, facts)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                *(basis.delivery_id, table.number, table.file, table.sheet, first),
                *(table.header_row, Jsonb(dict(table.mapping)), Jsonb(dict(table.facts))),
            ),
        )


def _repeats(load: "Load", merging: Merging) -> None:
    """Remember what was repeated where nothing else will tell."""
    scope = load.record.scope
    if scope == "everything" or load.main.direct:
        return
    if scope == "nothing" or load.basis.newer:
        keep_repeats(merging, load.main, load.skipped, ["unchanged", "rewritten"])
    else:
        keep_repeats(merging, load.main, [], ["rewritten"])


def _receipt(conn: psycopg.Connection, basis: Opened, record: DeliveryRecord) -> None:
    conn.execute(
        "INSERT INTO watersmeet.receipt (feed_id, sha256, delivery_id) VALUES (%s, %s, %s)"
        " ON CONFLICT (feed_id, sha256) DO UPDATE SET delivery_id = EXCLUDED.delivery_id",
        (basis.feed_id, bytes.fromhex(record.sha256), basis.delivery_id),
    )


def _supersede_quarantine(conn: psycopg.Connection, basis: Opened, record: DeliveryRecord) -> None:
    """Rows held from deliveries this one replaces are either good by now or held anew."""
    if record.scope == "nothing":
        return
    replaced = [number for number in basis.series if number not in basis.newer]
    if overtaken_in_series(conn, basis.feed_id, record):
        replaced.append(basis.delivery_id)
    conn.execute(
        "UPDATE watersmeet.quarantine SET state = 'superseded'"
        " WHERE state = 'held' AND delivery_id = ANY (%s)",
        (replaced,),
    )


def _say(load: "Load", step: str) -> None:
    if load.progress is not None:
        load.progress.at(step, load.landed)
