"""Corrections as stewards make them: checked against contract and agreement, then recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from pipeline.journey import Journey, see_known
from pipeline.quarantine import see_writable, write_table
from pipeline.settings import Settings
from repository import corrections as stored
from repository import quarantine
from repository.corrections import NotACorrection
from repository.database import connected, database_url
from repository.feeds import feed_number
from repository.problems import values_withheld
from repository.quarantine import Reader
from repository.sealing import Keys
from transforms.steps.correct import record_text
from transforms.steps.neutralise import neutralise

__all__ = ["NotACorrection", "Reader", "add", "corrections", "export", "failing", "withdraw"]

FAILS = ("not-needed", "expired")
"""States in which the guard of a correction fails."""

DEFAULT_DAYS = 365


def add(
    feed: str,
    column: str,
    *,
    becomes: str,
    was: str | None = None,
    row: tuple[int, int] | None = None,
    reason: str,
    author: str,
    expires_on: date | None = None,
) -> int:
    """Make a correction; its number. It is applied when a delivery is next loaded or replayed.

    The same one made twice is one.

    Args:
        column: the contract column.
        becomes: what is to be read instead, written as the supplier would.
        was: the exact text supplied. May be left out where a row is named: then what stands there.
        row: delivery and row number of the one row in quarantine it is for; every record of the
            feed that has the text, where None.
        expires_on: the last day it is applied; a year from now where None, which is the longest.

    Raises:
        NotACorrection: it cannot be made so, or another one stands for the same text; the message
            says why.
        contracts.declarations.UnknownDeclaration: no such feed.
        repository.quarantine.NoSuchRow: no such row.
    """
    journey = Journey.of(feed)
    _see_brought(journey, column)
    keys = Keys()
    with journey.connected() as conn:
        digest = None
        if row is not None:
            reader = Reader(author, f"correction of {column}: {reason}")
            was, digest = _text_there(conn, keys, feed, column, row, was, reader)
        if was is None:
            raise NotACorrection("say which text is corrected, or which row")
        last_day = expires_on or date.today() + timedelta(days=DEFAULT_DAYS)
        made = _made_before(conn, keys, feed, column, was, digest)
        if made is not None:
            return _the_same(made, becomes, last_day)
        return stored.add(
            conn,
            keys,
            feed_number(conn, feed),
            column,
            was=was,
            becomes=becomes,
            record=digest,
            reason=reason,
            author=author,
            expires_on=last_day,
        )


def _see_brought(journey: Journey, column: str) -> None:
    """See that the feed brings a column.

    Raises:
        NotACorrection: it does not.
    """
    allowed = journey.declarations.agreement_of(journey.feed).columns[journey.feed.dataset]
    if column not in allowed:
        raise NotACorrection(
            f"feed {journey.feed.id} brings no column {column!r}; it brings "
            f"{', '.join(sorted(allowed))}"
        )


def _text_there(
    conn: psycopg.Connection,
    keys: Keys,
    feed: str,
    column: str,
    row: tuple[int, int],
    was: str | None,
    reader: Reader,
) -> tuple[str, bytes]:
    """The text of a row in quarantine, and the keyed digest of its record.

    Raises:
        NotACorrection: another text was said to stand there.
        repository.quarantine.NoSuchRow: no such row.
    """
    record = quarantine.row(conn, keys, feed, *row, reader)["record"]
    here = record.get(column) or ""
    if was is not None and was != here:
        raise NotACorrection(
            f"row {row[0]}/{row[1]} does not have that text in {column}; look at it with "
            f"`watersmeet quarantine show {feed} {row[0]}/{row[1]}`"
        )
    return here, keys.digest(conn)(record_text(record))


def _made_before(
    conn: psycopg.Connection, keys: Keys, feed: str, column: str, was: str, record: bytes | None
) -> stored.Correction | None:
    """The correction in force for the very same text of the very same records."""
    for one in stored.standing(conn, keys, feed):
        if (one.column, one.was, one.record) == (column, was, record) and not one.expired:
            return one
    return None


def _the_same(made: stored.Correction, becomes: str, last_day: date) -> int:
    """The number of a correction made before, where it says what is to be said now.

    Raises:
        NotACorrection: it says otherwise.
    """
    if (made.becomes, made.expires_on) == (becomes, last_day):
        return made.number
    raise NotACorrection(
        f"correction {made.number} by {made.author} stands for that text until "
        f"{made.expires_on}; withdraw it first: watersmeet corrections withdraw "
        f"{made.number}"
    )


def corrections(feed: str | None = None, *, withdrawn: bool = False) -> list[dict[str, Any]]:
    """Corrections without their texts (:func:`repository.corrections.corrections`).

    Raises:
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    with _connected() as conn:
        see_known(conn, feed)
        return stored.corrections(conn, feed, withdrawn=withdrawn)


def failing(feed: str | None = None) -> list[dict[str, Any]]:
    """Corrections whose guard fails: the source is mended, or the last day has passed."""
    return [one for one in corrections(feed) if one["state"] in FAILS]


def withdraw(number: int, by: str) -> None:
    """Take a correction back; what it changed is worked again with the next delivery or replay.

    Raises:
        NotACorrection: there is none of that number.
    """
    with _connected() as conn:
        stored.withdraw(conn, number, by)


def export(feed: str, path: Path, reader: Reader) -> int:
    """Write a feed's standing corrections with their texts, for review; how many.

    Raises:
        pipeline.quarantine.NotWritten: it cannot be written there.
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    see_writable(path)
    with _connected() as conn:
        see_known(conn, feed)
        listed = stored.corrections(conn, feed)
        texts = stored.texts(conn, Keys(), feed, feed_number(conn, feed), reader)
    heads = ("correction", "column", "one_record", "was", "becomes", "reason", "author", "made_on",
             "expires_on", "state", "rows")  # fmt: skip
    lines = [
        [
            *(one["correction_id"], one["column"], "yes" if one["one_record"] else "no"),
            *texts[one["correction_id"]],
            *(one["reason"], one["author"], one["made_at"].date(), one["expires_on"]),
            *(one["state"], one["rows"]),
        ]
        for one in listed
        if one["correction_id"] in texts
    ]
    safe = [neutralise(pa.array([str(cell) for cell in line])).to_pylist() for line in lines]
    write_table(path, heads, safe)
    return len(lines)


@contextmanager
def _connected() -> Iterator[psycopg.Connection]:
    with values_withheld(), connected(database_url(Settings.from_environment().state)) as conn:
        yield conn
