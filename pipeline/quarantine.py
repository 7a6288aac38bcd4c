"""Work on what is held: look at it, give it back to the supplier, let single rows through."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from contracts.issues import issue_types, quarantining
from pipeline.journey import see_known
from pipeline.replay import Replayed, replay
from pipeline.settings import Settings
from pipeline.streamed import Watch
from repository import quarantine, waivers
from repository.database import connected, database_url
from repository.feeds import feed_number
from repository.problems import values_withheld
from repository.quarantine import NoSuchRow, Reader
from repository.replays import is_released
from repository.sealing import Key, Keys
from repository.waivers import NotWaivable
from transforms.steps.neutralise import neutralise, storable

__all__ = [
    "NotWritten",
    "Reader",
    "Released",
    "export",
    "groups",
    "new_key",
    "readings",
    "release",
    "row",
    "rows",
    "waive",
]

PLACE = ("File", "Sheet", "Row")
WRONG = "What is wrong"


class NotWritten(Exception):
    """A file cannot be written where it was asked for; the message says what to do."""


@dataclass(frozen=True)
class Released:
    """What became of a row that was let through.

    Attributes:
        released: whether it is loaded now.
        waived: issues that were waived for it.
        runs: the replay; empty where the row was released before.
    """

    released: bool
    waived: tuple[str, ...]
    runs: tuple[Replayed, ...]


def groups(feed: str | None = None, organisation: str | None = None) -> list[dict[str, Any]]:
    """What is held, by feed, issue and column (:func:`repository.quarantine.groups`).

    Raises:
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    with _connected() as conn:
        see_known(conn, feed)
        return quarantine.groups(conn, feed, organisation)


def rows(
    feed: str,
    code: str | None = None,
    column: str | None = None,
    *,
    delivery_id: int | None = None,
    after: tuple[int, int] = (0, 0),
    most: int = 50,
) -> list[dict[str, Any]]:
    """Places of held rows, no values (:func:`repository.quarantine.rows`).

    Raises:
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    with _connected() as conn:
        see_known(conn, feed)
        return quarantine.rows(
            conn, feed, code, column, delivery_id=delivery_id, after=after, most=most
        )


def row(feed: str, delivery_id: int, row_number: int, reader: Reader) -> dict[str, Any]:
    """One row whole (:func:`repository.quarantine.row`); that it was opened is recorded.

    Raises:
        repository.quarantine.NoSuchRow
        repository.sealing.KeyMissing, repository.sealing.SealBroken
    """
    with _connected() as conn:
        return quarantine.row(conn, Keys(), feed, delivery_id, row_number, reader)


def readings(feed: str | None = None, most: int = 100) -> list[dict[str, Any]]:
    """Who opened what, latest first (:func:`repository.quarantine.readings`).

    Raises:
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    with _connected() as conn:
        see_known(conn, feed)
        return quarantine.readings(conn, feed, most)


def export(
    feed: str,
    path: Path,
    reader: Reader,
    *,
    code: str | None = None,
    column: str | None = None,
    delivery_id: int | None = None,
) -> int:
    """Write held rows with what is wrong with each, for the supplier; how many.

    The columns bear the supplier's own headers, the values stand as supplied, and what a
    spreadsheet would take for a formula is written as text.

    Args:
        path: where to: a workbook (``.xlsx``) or CSV (``.csv``, UTF-8 with mark).

    Raises:
        NotWritten: it cannot be written there.
        contracts.declarations.UnknownDeclaration: no such feed.
        repository.sealing.KeyMissing, repository.sealing.SealBroken
    """
    asked = (code, column, delivery_id)
    see_writable(path)
    with _connected() as conn:
        see_known(conn, feed)
        held = quarantine.records(conn, Keys(), feed, reader, *asked)
        issues = quarantine.issues_of(conn, feed, *asked)
        named = quarantine.headers(conn, feed)
    names = list(named) + sorted({name for one in held for name in one["record"]} - set(named))
    cells: list[list[str | None]] = [
        [one["file"] for one in held],
        [one["sheet"] for one in held],
        [str(one["source_row"]) for one in held],
        *([one["record"].get(name) for one in held] for name in names),
        [_wrong(issues.get((one["delivery_id"], one["row_number"]), [])) for one in held],
    ]
    safe = [neutralise(pa.array(column, pa.string())).to_pylist() for column in cells]
    heads = neutralise(pa.array([*PLACE, *(named.get(n, n) for n in names), WRONG])).to_pylist()
    write_table(path, heads, list(zip(*safe, strict=True)))
    return len(held)


def release(
    feed: str,
    delivery_id: int,
    row_number: int,
    *,
    author: str,
    reason: str,
    progress: Watch | None = None,
) -> Released:
    """Let a held row through in spite of its issues, and replay its delivery.

    The issues stay on record as notes. Asked again, it is done once.

    Raises:
        repository.quarantine.NoSuchRow: there is no such row.
        repository.waivers.NotWaivable: one of its issues may not be waived.
        What :func:`pipeline.replay.replay` raises.
    """
    waived = waive(feed, delivery_id, row_number, author=author, reason=reason)
    runs = tuple(replay(feed, delivery_id, progress))
    with _connected() as conn:
        released = is_released(conn, feed, delivery_id, row_number)
    return Released(released, waived, runs)


def waive(
    feed: str, delivery_id: int, row_number: int, *, author: str, reason: str
) -> tuple[str, ...]:
    """Waive the issues that keep a row in quarantine, which the next replay then lets through.

    Returns:
        Their codes.

    Raises:
        repository.quarantine.NoSuchRow: there is no such row.
        repository.waivers.NotWaivable: one of its issues may not be waived.
    """
    with _connected() as conn:
        # Only its issues are asked for; the record stays sealed.
        facts = _row_facts(conn, feed, delivery_id, row_number)
        keeping = [(code, column or "") for code, column, _ in facts["issues"]
                   if code in quarantining()]  # fmt: skip
        for code, column in keeping:
            if not column:
                raise NotWaivable(
                    f"{code} is about the whole row and cannot be waived; have the supplier mend it"
                )
        waivers.waive(
            conn,
            feed_number(conn, feed),
            facts["record_hash"],
            keeping,
            reason=reason,
            author=author,
        )
    return tuple(code for code, _ in keeping)


def new_key() -> Key:
    """Make a new key; what is sealed from now on is sealed with it, and the old ones stay."""
    with _connected() as conn:
        return Keys().rotate(conn)


def see_writable(path: Path) -> None:
    """See that a table can be written, before records are opened for it.

    Raises:
        NotWritten: with what to do.
    """
    if path.suffix.casefold() not in (".csv", ".xlsx"):
        raise NotWritten(f"{path}: name a file that ends in .xlsx or .csv")
    if not path.parent.is_dir():
        raise NotWritten(f"{path}: there is no folder {path.parent}; make it first")


def write_table(path: Path, heads: Sequence[str], lines: Sequence[Sequence[str | None]]) -> None:
    """Write neutralised text as CSV, or as a workbook where the path ends in ``.xlsx``.

    The file is for its owner only: it holds what suppliers sent.

    Raises:
        NotWritten: it cannot be written there.
    """
    see_writable(path)
    try:
        path.touch(mode=0o600)
        if path.suffix.casefold() == ".csv":
            _write_csv(path, heads, lines)
        else:
            _write_workbook(path, heads, lines)
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}") from None


def _write_csv(path: Path, heads: Sequence[str], lines: Sequence[Sequence[str | None]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(lines)


def _write_workbook(
    path: Path, heads: Sequence[str], lines: Sequence[Sequence[str | None]]
) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Held rows")
    for line in [heads, *lines]:
        sheet.append([None if text is None else storable(text) for text in line])
    book.save(path)


def _wrong(issues: Sequence[tuple[str, str | None, str]]) -> str:
    kinds = issue_types()
    return " ".join(
        f"{cell}: {kinds[code].message}" for code, _, cell in issues if code in quarantining()
    )


def _row_facts(
    conn: psycopg.Connection, feed: str, delivery_id: int, row_number: int
) -> dict[str, Any]:
    found = quarantine.facts(conn, feed, delivery_id, row_number)
    if found is None:
        raise NoSuchRow(f"feed {feed} has no row {delivery_id}/{row_number} in quarantine")
    return found


@contextmanager
def _connected() -> Iterator[psycopg.Connection]:
    """A connection to the repository whose errors do not carry values along."""
    with values_withheld(), connected(database_url(Settings.from_environment().state)) as conn:
        yield conn
