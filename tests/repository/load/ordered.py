"""Deliveries loaded in whatever order, of entities of every kind."""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import xxhash

from contracts.dataset import Dataset
from contracts.entity import Entity, column, link
from contracts.kinds import Date, Identifier, OrganisationName, Reference, WholeNumber
from repository.feeds import feed_number
from repository.load import DeliveryRecord, FileRecord, Outcome, TableRecord, loading
from tests.repository.load.folded import Delivered, Row

FIRST_DAY = date(2026, 1, 1)


class Body(Entity, name="body", identity=("name_match",), shared=True):
    """Bodies that rows speak of."""

    name: OrganisationName = column("Name")


class Plain(Entity, name="plain", identity=("reference",)):
    """So from the date on of which a delivery speaks."""

    reference: Reference = column("Number")
    value: WholeNumber = column("Something")
    starts: Date = column("A day", nullable=True)
    ends: Date = column("A day", nullable=True)
    body_id: Identifier = link("Whose", to="body:owner")


class Lasting(
    Entity, name="lasting", identity=("reference",), valid_from="starts", valid_to="ends"
):
    """So from and to dates of its own."""

    reference: Reference = column("Number")
    value: WholeNumber = column("Something")
    starts: Date = column("First day", nullable=True)
    ends: Date = column("Last day", nullable=True)
    body_id: Identifier = link("Whose", to="body:owner")


class Event(Entity, name="event", identity=("reference",), happened_on="starts"):
    """Something that happened on a day."""

    reference: Reference = column("Number")
    value: WholeNumber = column("Something")
    starts: Date = column("The day")
    ends: Date = column("A day", nullable=True)
    body_id: Identifier = link("Whose", to="body:owner")


class PlainSet(Dataset, name="plains", main="plain"):
    """Rows."""

    number: Reference = column("Number", to="plain.reference")


class LastingSet(Dataset, name="lastings", main="lasting"):
    """Rows."""

    number: Reference = column("Number", to="lasting.reference")


class EventSet(Dataset, name="events", main="event"):
    """Rows."""

    number: Reference = column("Number", to="event.reference")


KINDS: dict[str, tuple[type[Dataset], type[Entity]]] = {
    "plain": (PlainSet, Plain),
    "lasting": (LastingSet, Lasting),
    "event": (EventSet, Event),
}
ENTITIES: dict[str, type[Entity]] = {"body": Body} | {k: e for k, (_, e) in KINDS.items()}


def ids(*parts: str) -> bytes:
    return xxhash.xxh3_128("\x1f".join(parts).encode()).digest()


@dataclass
class Batch:
    """What the steps would hand over."""

    table_number: int
    rows: Any
    hashes: Any
    entities: dict[str, pa.Table]
    written: pa.Table
    quarantined: pa.Table
    issues: pa.Table
    excluded: pa.Table
    skipped: int
    skipped_hashes: Any
    quarantined_ids: Any
    quarantined_id_rows: Any


def _day(number: int | None) -> date | None:
    return None if number is None else FIRST_DAY + timedelta(days=number)


def _batch(rows: Sequence[Row], kind: str, feed: str, known: Any) -> Batch:
    hashed = [np.int64(xxhash.xxh3_64_intdigest(repr(r).encode()) - 2**63) for r in rows]
    skip = np.isin(np.array(hashed, dtype=np.int64), known)
    left = [(n, r, h) for n, (r, h, s) in enumerate(zip(rows, hashed, skip, strict=True), 1)
            if not s]  # fmt: skip
    good = [(n, r) for n, r, _ in left if not r.bad]
    bad = [(n, r) for n, r, _ in left if r.bad]
    owned = [(n, r) for n, r in good if r.body]
    numbers = pa.array([n for n, _ in bad], pa.int32())
    main = {
        "row": pa.array([n for n, _ in good], pa.int32()),
        f"{kind}_id": pa.array([ids(kind, feed, r.key) for _, r in good], pa.binary(16)),
        "reference": pa.array([r.key for _, r in good], pa.string()),
        "value": pa.array([r.value for _, r in good], pa.int64()),
        "starts": pa.array([_day(r.starts) for _, r in good], pa.date32()),
        "ends": pa.array([_day(r.ends) for _, r in good], pa.date32()),
        "body_id": pa.array(
            [ids("body", r.body) if r.body else None for _, r in good], pa.binary(16)
        ),
    }
    owner = {
        "row": pa.array([n for n, _ in owned], pa.int32()),
        "body_id": pa.array([ids("body", r.body) for _, r in owned], pa.binary(16)),
        "name": pa.array([r.body for _, r in owned], pa.string()),
        "name_match": pa.array([r.body for _, r in owned], pa.string()),
    }
    return Batch(
        table_number=1,
        rows=np.array([n for n, _, _ in left], dtype=np.int32),
        hashes=np.array([h for _, _, h in left], dtype=np.int64),
        entities={kind: pa.table(main), "body:owner": pa.table(owner)},
        written=pa.table({"row": main["row"], "number": main["reference"]}),
        quarantined=pa.table(
            {
                "row": numbers,
                "record": pa.array(["{}"] * len(bad), pa.string()),
                "codes": pa.array([["code-unknown"]] * len(bad), pa.list_(pa.string())),
            }
        ),
        issues=pa.table(
            {
                "row": pa.nulls(0, pa.int32()),
                "column": pa.nulls(0, pa.string()),
                "position": pa.nulls(0, pa.int16()),
                "code": pa.nulls(0, pa.string()),
            }
        ),
        excluded=pa.table({"row": pa.nulls(0, pa.int32()), "reason": pa.nulls(0, pa.string())}),
        skipped=int(skip.sum()),
        skipped_hashes=np.array(hashed, dtype=np.int64)[skip],
        quarantined_ids=pa.array([ids(kind, feed, r.key) for _, r in bad], pa.binary(16)),
        quarantined_id_rows=numbers,
    )


def _landed(one: Delivered) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=one.arrived)


def _bytes(one: Delivered) -> bytes:
    return hashlib.sha256(f"{one.name} {one.rows!r}".encode()).digest()


def land(conn: psycopg.Connection, feed: str, deliveries: Iterable[Delivered]) -> None:
    """Record that deliveries landed; they are loaded after that, in whatever order."""
    number = feed_number(conn, feed)
    for one in deliveries:
        conn.execute(
            "INSERT INTO watersmeet.arrival (feed_id, name, sha256, landed_at)"
            " VALUES (%s, %s, %s, %s)",
            (number, one.name, _bytes(one), _landed(one)),
        )


def load(
    url: str, feed: str, kind: str, scope: Any, one: Delivered, *, skip: bool, steps: str = "1"
) -> Outcome:
    """Load one delivery, whatever others were loaded before."""
    dataset, _ = KINDS[kind]
    sha256 = _bytes(one).hex()
    record = DeliveryRecord(
        feed=feed,
        name=one.name,
        sha256=sha256,
        files=(FileRecord(one.name, sha256, 1, sha256),),
        landed_at=_landed(one),
        sequence=one.arrived,
        dataset=dataset,
        entities={kind: ENTITIES[kind], "body": Body},
        steps_version=steps,
        agreement="spend-sharing",
        code_version="test",
        replaces=scope,
        as_at=_day(one.as_at),
    )
    with loading(url, record) as under_way:
        if under_way.already is not None:
            return under_way.already
        known = under_way.known_hashes() if skip else np.zeros(0, dtype=np.int64)
        under_way.table(TableRecord(1, one.name))
        under_way.add(_batch(one.rows, kind, feed, known))
        return under_way.finish()


feeds = (f"body_{n}/things" for n in itertools.count())
