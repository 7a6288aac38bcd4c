"""What must come of deliveries, whatever order they are loaded in: a fold in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OPEN = 10_000
"""The day after the last, of what has no end."""


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
