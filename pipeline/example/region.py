"""Makes the invented region: every body's files, and the right answers beside them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from pipeline.example.answers import Answers, Marks
from pipeline.example.children import EastvaleCensus, NorthmoorCensus
from pipeline.example.meals import NorthmoorMeals
from pipeline.example.sinks import Sink
from pipeline.example.spend import EastvaleNhsSpend, NorthmoorSpend, WorksSpend
from pipeline.example.supply import Plan, Supply

BAD = 0.01
MOVED = 0.01  # each of changed, gone and new in a second delivery

SUPPLIES: tuple[Supply[Any], ...] = (
    NorthmoorSpend(),
    WorksSpend(),
    EastvaleNhsSpend(),
    NorthmoorCensus(),
    EastvaleCensus(),
    NorthmoorMeals(),
)


@dataclass(frozen=True)
class Made:
    """One file made.

    Attributes:
        feed: feed id.
        path: the file.
        rows, good, quarantined, excluded: as in its answers.
        bytes: its size.
        seconds: how long it took.
    """

    feed: str
    path: Path
    rows: int
    good: int
    quarantined: int
    excluded: int
    bytes: int
    seconds: float


@dataclass
class Piece:
    """Part of a delivery before it is written: rows, planted faults, what became of each row."""

    rows: Any
    faults: np.ndarray[tuple[int], np.dtype[np.int64]]
    since: Marks


def make(
    plan: Plan,
    into: Path,
    told: Callable[[Made], None] = lambda made: None,
    supplies: Iterable[Supply[Any]] = SUPPLIES,
) -> list[Made]:
    """Make every file of a delivery and its answers; files of the same names are replaced.

    Args:
        told: called as each file is finished.
        supplies: whose files.
    """
    into = into.resolve()
    found = []
    for supply in supplies:
        found.append(_make_one(supply, plan, into))
        told(found[-1])
    return found


def _make_one(supply: Supply[Any], plan: Plan, into: Path) -> Made:
    begun = perf_counter()
    gone = 0
    with Answers(into / "answers", supply, plan) as answers:
        with supply.sink(into / supply.file, plan) as sink:
            for piece in _pieces(supply, plan):
                kept = piece.since != "gone"
                gone += int((~kept).sum())
                _write(supply, plan, sink, answers, _only(piece, kept))
        found = answers.finish(sink, gone, into)
    return Made(
        supply.feed,
        sink.path,
        found["rows"],
        found["good"],
        len(found["quarantined"]),
        len(found["excluded"]),
        sink.path.stat().st_size,
        perf_counter() - begun,
    )


def _write(supply: Supply[Any], plan: Plan, sink: Sink, answers: Answers, piece: Piece) -> None:
    written = supply.written(piece.rows, plan)
    issues = np.full(len(piece.faults), None, dtype=object)
    for row in np.flatnonzero(piece.faults >= 0).tolist():
        fault = supply.faults[piece.faults[row]]
        fault.spoil(written, row)
        issues[row] = fault.code
    places = sink.write(written)
    answers.add(supply.truth(piece.rows, plan), places, issues, piece.since)


def _only(piece: Piece, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Piece:
    return Piece(piece.rows.take(kept), piece.faults[kept], piece.since[kept])


def _pieces(supply: Supply[Any], plan: Plan) -> Iterator[Piece]:
    base = 0
    for number, rows in enumerate(supply.pieces(plan)):
        count = len(rows.number)
        base += count
        chance = np.random.default_rng([plan.seed, 3, supply.key, number])
        faults = _faults(chance, count, len(supply.faults), first=number == 0)
        piece = Piece(rows, faults, np.full(count, "new", dtype=object))
        if plan.delivery > 1:
            piece = _moved_on(supply, plan, piece, number)
        yield piece
    if plan.delivery > 1:
        later = supply.later(plan, max(int(base * MOVED), 1))
        count = len(later.number)
        yield Piece(later, np.full(count, -1), np.full(count, "new", dtype=object))


def _faults(
    chance: np.random.Generator, count: int, kinds: int, *, first: bool
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Which kind of fault each row has, -1 for none; the row above a bad one is always good."""
    wanted = max(round(count * BAD), kinds if first else 0)
    bad = 1 + 2 * chance.choice(max(count // 2, 1), min(wanted, count // 2), replace=False)
    found = np.full(count, -1)
    found[bad] = np.arange(len(bad)) % kinds
    return found


def _moved_on(supply: Supply[Any], plan: Plan, piece: Piece, number: int) -> Piece:
    """The piece as the second delivery has it: some good rows changed, some marked gone."""
    chance = np.random.default_rng([plan.seed, 4, supply.key, number])
    bad = piece.faults >= 0
    # A row copied by the bad one below it must stay as it is.
    free = np.flatnonzero(~(bad | np.append(bad[1:], False)))
    each = min(max(round(len(bad) * MOVED), 1), len(free) // 2)
    picked = chance.choice(free, 2 * each, replace=False)
    since = np.full(len(bad), "unchanged", dtype=object)
    since[picked[:each]], since[picked[each:]] = "changed", "gone"
    rows = supply.changed(piece.rows, since == "changed", chance)
    return Piece(rows, piece.faults, since)
