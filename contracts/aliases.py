"""Aliases that stewards accepted for codes: dated lines, each with who accepted it, when and why.

They stand in a file of their own beside the register they belong to: ``<register>.aliases.csv``
with the columns ``code,alias,start,end,feed,accepted_by,accepted_on,reason``. ``start`` and ``end``
bound the dates of the records that are written so, both included, empty where open; ``feed`` is
the only feed that writes so, empty for all. Lines are appended and never rewritten, so that each
answer is one line of a difference under review.
"""

import csv
import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.dated_lines import DatedLine, Problems, dated_lines

ALIAS_COLUMNS = (
    "code", "alias", "start", "end", "feed", "accepted_by", "accepted_on", "reason",
)  # fmt: skip
NEEDED = ("code", "alias", "accepted_by", "accepted_on", "reason")


@dataclass(frozen=True)
class Alias:
    """One accepted way of writing a code.

    Attributes:
        code: of the code list.
        alias: as it is written.
        start: first date of records it holds for; None for all before ``end``.
        end: last such date; None for all after ``start``.
        feed: the one feed it holds for; None for every feed that uses the register.
        accepted_by: who accepted it.
        accepted_on: the day.
        reason: why.
        line: its line in the file; 0 where it is not in one yet.
    """

    code: str
    alias: str
    start: date | None
    end: date | None
    feed: str | None
    accepted_by: str
    accepted_on: date
    reason: str
    line: int = 0


class BadAliases(Exception):
    """An alias file that cannot be used; one (line, message) for everything wrong in it."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {message}" for line, message in problems))
        self.problems = tuple(problems)


class AliasNotWritten(Exception):
    """The folder of registers cannot be written to."""


def alias_file(register: Path) -> Path:
    """Where the accepted aliases of a register stand."""
    return register.with_name(f"{register.stem}.aliases.csv")


def load_aliases(path: Path) -> tuple[Alias, ...]:
    """Read the accepted aliases of a register; none where there is no file.

    Raises:
        BadAliases: a column missing, a value missing, dates that are none or out of order.
    """
    if not path.exists():
        return ()
    problems: Problems = []
    days = ("start", "end", "accepted_on")
    found = [
        _alias(line)
        for line in dated_lines(path, ALIAS_COLUMNS, problems, needed=NEEDED, days=days)
    ]
    if problems:
        raise BadAliases(problems)
    return tuple(found)


def append_alias(path: Path, alias: Alias) -> None:
    """Write one accepted alias at the end of the file, which is made where there is none.

    The file is replaced as a whole, so that a reader sees it with the line or without. Hold
    :func:`written_by_one` from reading what stands there to this.

    Raises:
        AliasNotWritten: the folder cannot be written to.
    """
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\n")
    try:
        standing = path.read_bytes() if path.exists() else b""
        if not standing:
            writer.writerow(ALIAS_COLUMNS)
        elif not standing.endswith(b"\n"):
            standing += b"\n"
        writer.writerow(
            (
                *(alias.code, alias.alias, alias.start or "", alias.end or "", alias.feed or ""),
                *(alias.accepted_by, alias.accepted_on, alias.reason),
            )
        )
        partial = path.with_name(f".{path.name}.partial")
        with partial.open("wb") as out:
            out.write(standing + line.getvalue().encode())
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    except OSError as error:
        raise AliasNotWritten(_unwritable(path, error)) from error


@contextmanager
def written_by_one(folder: Path) -> Iterator[None]:
    """Keep others from writing aliases below a folder of code lists meanwhile.

    Raises:
        AliasNotWritten: the folder is not there.
    """
    try:
        # The folder itself is locked, so that nothing is left behind in it.
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise AliasNotWritten(_unwritable(folder, error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _unwritable(path: Path, error: OSError) -> str:
    return (
        f"{path.name} cannot be written ({error.strerror}); accept the alias where the "
        "declarations are kept, or set WATERSMEET_CONTRACTS to a folder you may write to"
    )


def _alias(line: DatedLine) -> Alias:
    text, accepted_on = line.text, line.days["accepted_on"]
    assert accepted_on is not None, "needed, and so not empty"
    return Alias(
        text["code"], text["alias"], line.days["start"], line.days["end"], text["feed"] or None,
        text["accepted_by"], accepted_on, text["reason"], line.line,
    )  # fmt: skip
