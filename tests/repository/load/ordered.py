"""Deliveries in whatever order, and what must come of them: an independent fold in plain Python."""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pyarrow as pa
import xxhash

from contracts.dataset import Dataset
from contracts.entity import Entity, column, link
from contracts.kinds import Date, Identifier, OrganisationName, Reference, WholeNumber
from repository.load import DeliveryRecord, FileRecord, Outcome, TableRecord, loading

FIRST_DAY = date(2026, 1, 1)
OPEN = 10_000


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


class Row(NamedTuple):
    """A delivered row; days are numbers, ``ends`` included, None where not given."""

    key: str
    value: int
    starts: int | None
    ends: int | None
    body: str
    bad: bool = False

    @property
    def content(self) -> tuple[object, ...]:
        return self[1:5]


@dataclass(frozen=True)
class Delivered:
    """A delivery: what it speaks of, and its place in the order of arrivals."""

    as_at: int
    arrived: int
    name: str
    rows: tuple[Row, ...]

    @property
    def place(self) -> tuple[int, int]:
        return self.as_at, self.arrived


Piece = tuple[tuple[object, ...], int, int]


@dataclass
class Truth:
    """What is so: pieces (content, first day, day after the last) by key, and what stands."""

    kind: str
    scope: str
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    stands: dict[str, tuple[tuple[object, ...], str]] = field(default_factory=dict)
    bodies: dict[str, list[list[int]]] = field(default_factory=dict)

    def take(self, one: Delivered) -> None:
        """Fold one delivery in, the next in the order."""
        series = one.name if self.scope == "same-name" else ""
        for row in one.rows:
            if not row.bad:
                self._state(row, one.as_at)
                self.stands[row.key] = (row.content, series)
        spoken = {row.key for row in one.rows}
        if self.scope != "nothing":
            for key, (_, holder) in list(self.stands.items()):
                if holder == series and key not in spoken:
                    self._until(key, one.as_at)
                    del self.stands[key]
        spoken_of = {content[3] for content, _ in self.stands.values() if content[3]}
        for body in spoken_of | set(self.bodies):
            spans = self.bodies.setdefault(str(body), [])
            open_ = bool(spans) and spans[-1][1] == OPEN
            if body in spoken_of and not open_:
                spans.append([one.as_at, OPEN])
            elif body not in spoken_of and open_ and self.scope != "nothing":
                spans[-1][1] = one.as_at

    def _state(self, row: Row, as_at: int) -> None:
        since, end = as_at, OPEN
        if self.kind != "plain":
            since = as_at if row.starts is None else row.starts
        if self.kind == "lasting" and row.ends is not None:
            end = row.ends + 1
        self._until(row.key, since)
        if since < end:
            self.pieces.setdefault(row.key, []).append((row.content, since, end))

    def _until(self, key: str, day: int) -> None:
        if self.kind == "event":
            self.pieces[key] = []
        clipped = [(c, s, min(e, day)) for c, s, e in self.pieces.get(key, [])]
        self.pieces[key] = [piece for piece in clipped if piece[1] < piece[2]]

    def told(self) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
        """What the repository must hold: pieces, what stands, pieces of what is spoken of."""
        bodies = {
            name: joined((("",), s, e) for s, e in spans if s < e)
            for name, spans in self.bodies.items()
        }
        return (
            {key: joined(some) for key, some in self.pieces.items() if some},
            {key: content for key, (content, _) in self.stands.items()},
            {name: spans for name, spans in bodies.items() if spans},
        )


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces in order, those that follow one another with the same content made one."""
    found: list[Piece] = []
    for content, since, until in sorted(pieces, key=lambda p: p[1]):
        if found and found[-1][0] == content and found[-1][2] == since:
            found[-1] = (content, found[-1][1], until)
        else:
            found.append((content, since, until))
    return found


def fold(kind: str, scope: str, deliveries: Iterable[Delivered]) -> Truth:
    """What is so after all deliveries, whatever order they came in."""
    truth = Truth(kind, scope)
    for one in sorted(deliveries, key=lambda d: d.place):
        truth.take(one)
    return truth


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


def load(
    url: str, feed: str, kind: str, scope: Any, one: Delivered, *, skip: bool, steps: str = "1"
) -> Outcome:
    """Load one delivery, whatever others were loaded before."""
    dataset, _ = KINDS[kind]
    sha256 = hashlib.sha256(f"{one.name} {one.rows!r}".encode()).hexdigest()
    record = DeliveryRecord(
        feed=feed,
        name=one.name,
        sha256=sha256,
        files=(FileRecord(one.name, sha256, 1, sha256),),
        landed_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=one.arrived),
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


NOW = """
SELECT reference, value, starts, ends, body_id, valid_during FROM store.{kind} WHERE {ours}
UNION ALL
SELECT reference, value, starts, ends, body_id, valid_during FROM history.{kind}
WHERE upper_inf(known_during) AND NOT isempty(valid_during) AND {ours}
"""
THEN = """
SELECT reference, value, starts, ends, body_id, valid_during FROM store.{kind}
WHERE known_from <= %(at)s AND {ours}
UNION ALL
SELECT reference, value, starts, ends, body_id,
    CASE WHEN %(at)s < open_until THEN stated_during ELSE valid_during END
FROM history.{kind} WHERE known_during @> %(at)s::timestamptz AND {ours}
"""
OURS = "feed_id = (SELECT feed_id FROM watersmeet.feed WHERE name = %(feed)s)"
BODIES = """
SELECT name, valid_during FROM store.body WHERE {ours}
UNION ALL
SELECT name, valid_during FROM history.body WHERE upper_inf(known_during) AND {ours}
"""
CURRENT = """
SELECT reference, value, starts, ends, body_id FROM store.{kind}
WHERE (%(at)s::timestamptz IS NULL OR known_from <= %(at)s) AND {ours}
UNION ALL
SELECT reference, value, starts, ends, body_id FROM history.{kind}
WHERE known_during @> %(at)s::timestamptz AND %(at)s < open_until AND {ours}
"""

BOTH_SO = """
WITH every AS (
    SELECT {kind}_id AS id, feed_id, tstzrange(known_from, NULL) AS known, valid_during
    FROM store.{kind} WHERE {ours}
    UNION ALL
    SELECT {kind}_id, feed_id, known_during * tstzrange(NULL, open_until), stated_during
    FROM history.{kind} WHERE open_until IS NOT NULL AND {ours}
    UNION ALL
    SELECT {kind}_id, feed_id, known_during * tstzrange(open_until, NULL), valid_during
    FROM history.{kind} WHERE {ours}
), numbered AS (
    SELECT row_number() OVER () AS number, * FROM every
    WHERE NOT isempty(known) AND NOT isempty(valid_during)
)
SELECT count(*) FROM numbered a JOIN numbered b
  ON a.id = b.id AND a.feed_id = b.feed_id AND a.number < b.number
 AND a.known && b.known AND a.valid_during && b.valid_during
"""
"""Pairs of rows that are both held to have been so, of one identifier and feed, at some moment of
some day. There are none."""

_names = {ids("body", name): name for name in ("x", "y", "z")}


def _row(row: Sequence[Any]) -> tuple[object, ...]:
    value, starts, ends, body = row[1:5]
    days = [None if d is None else (d - FIRST_DAY).days for d in (starts, ends)]
    return (value, *days, _names[body.bytes] if body else "")


def _span(during: Any) -> tuple[int, int]:
    upper = OPEN if during.upper is None else (during.upper - FIRST_DAY).days
    return (during.lower - FIRST_DAY).days, upper


def _ask(conn: psycopg.Connection, query: str, kind: str, **facts: object) -> list[Any]:
    return conn.execute(query.format(kind=kind, ours=OURS).encode(), facts).fetchall()


def told(
    conn: psycopg.Connection, feed: str, kind: str
) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """What the repository holds now, as :meth:`Truth.told`."""
    bodies: dict[Any, list[Piece]] = {}
    for name, during in _ask(conn, BODIES, "body", feed=feed):
        if not during.isempty:
            bodies.setdefault(name, []).append((("",), *_span(during)))
    return (
        _pieces(_ask(conn, NOW, kind, feed=feed)),
        current(conn, feed, kind),
        {name: joined(some) for name, some in bodies.items()},
    )


def known(conn: psycopg.Connection, feed: str, kind: str, at: datetime) -> dict[Any, Any]:
    """What the repository held at a moment to be so."""
    return _pieces(_ask(conn, THEN, kind, feed=feed, at=at))


def current(
    conn: psycopg.Connection, feed: str, kind: str, at: datetime | None = None
) -> dict[Any, Any]:
    """The current rows, of now or of a moment."""
    rows = _ask(conn, CURRENT, kind, feed=feed, at=at)
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: _row(row) for row in rows}


def both_so(conn: psycopg.Connection, feed: str, kind: str) -> int:
    """How many pairs of rows are both held to have been so."""
    count: int = _ask(conn, BOTH_SO, kind, feed=feed)[0][0]
    return count


def _pieces(rows: Iterable[Sequence[Any]]) -> dict[Any, Any]:
    found: dict[Any, list[Piece]] = {}
    for row in rows:
        if not row[5].isempty:
            found.setdefault(row[0], []).append((_row(row), *_span(row[5])))
    return {key: joined(some) for key, some in found.items()}


feeds = (f"body_{n}/things" for n in itertools.count())
