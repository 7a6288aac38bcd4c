"""CSV files whose lines hold between two dates, read strictly: everything wrong is told at once."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

Problems = list[tuple[int, str]]
"""(line, message) of everything wrong in a file."""


@dataclass(frozen=True)
class DatedLine:
    """One line of a file.

    Attributes:
        text: its values by column, without white space at the ends.
        days: its dates by column; None where empty.
        line: its number in the file.
    """

    text: Mapping[str, str]
    days: Mapping[str, date | None]
    line: int


def dated_lines(
    path: Path,
    columns: Sequence[str],
    problems: Problems,
    *,
    needed: Sequence[str],
    days: Sequence[str] = ("start", "end"),
    may_be: Sequence[str] = (),
) -> Iterator[DatedLine]:
    """The sound lines of a file.

    Args:
        columns: those of the file, in order.
        problems: what is wrong is added here: a column missing, too many or too few values, a
            value missing, a date that is none, an end before its start, no UTF-8, no CSV.
        needed: columns that must not be empty.
        days: columns that hold ISO dates.
        may_be: columns that may stand among the others.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            found = tuple(next(reader, ()))
            if tuple(one for one in found if one not in may_be) != tuple(columns):
                besides = f"; {' and '.join(may_be)} may be among them" if may_be else ""
                problems.append((1, f"the columns must be {','.join(columns)}{besides}"))
                return
            for row in reader:
                number = reader.line_num
                if not row:
                    continue
                if len(row) != len(found):
                    problems.append((number, f"the line does not have {len(found)} values"))
                    continue
                text = {name: value.strip() for name, value in zip(found, row, strict=True)}
                told, wrong = _told(text, needed, days)
                problems += [(number, message) for message in wrong]
                if not wrong:
                    yield DatedLine(text, told, number)
    except UnicodeDecodeError:
        problems.append((1, "the file is not UTF-8; save it as UTF-8"))
    except csv.Error as error:
        problems.append((reader.line_num, f"not valid CSV: {error}"))


def _told(
    text: Mapping[str, str], needed: Sequence[str], days: Sequence[str]
) -> tuple[dict[str, date | None], list[str]]:
    """The dates of a line, and what is wrong with it."""
    wrong = [f"{name} is empty" for name in needed if not text[name]]
    told: dict[str, date | None] = {}
    for name in days:
        try:
            told[name] = date.fromisoformat(text[name]) if text[name] else None
        except ValueError:
            wrong.append(f"{name} is not a date (YYYY-MM-DD)")
    start, end = told.get("start"), told.get("end")
    if start and end and end < start:
        wrong.append("end lies before start")
    return told, wrong
