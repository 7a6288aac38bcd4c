"""Registers: canonical lists whose entries have dates, aliases and a source.

A register is a CSV file with the columns ``code,name,start,end,aliases,source,licence``; dates are
ISO (``YYYY-MM-DD``), both ends included and empty where open; aliases are parted by ``|``.

``registers/organisations.csv`` lists the bodies that supply or receive data. A folder
``registers/codes/<list>/`` holds the code list ``<list>.csv`` and, beside it, the code schemes
suppliers use for it: in a scheme's file ``code`` is the list's code and ``aliases`` are the ways
this scheme writes it.
"""

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

COLUMNS = ("code", "name", "start", "end", "aliases", "source", "licence")


@dataclass(frozen=True)
class Entry:
    """One entry of a register.

    Attributes:
        code: the word it is known by.
        name: for people.
        start: first day it holds; None where it always did.
        end: last day it holds; None where it still does.
        aliases: other ways of writing it.
        source: where the entry is taken from.
        licence: what the source may be used under.
        line: its line in the file.
    """

    code: str
    name: str
    start: date | None
    end: date | None
    aliases: tuple[str, ...]
    source: str
    licence: str
    line: int

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Register(Mapping[str, Entry]):
    """A register: code to entry, in the order of its file.

    Attributes:
        name: the file's name without its ending.
        entries: code to entry.
        path: the file.
        of: for a code scheme, the name of the code list it writes; None for a list itself.
    """

    name: str
    entries: Mapping[str, Entry]
    path: Path
    of: str | None = None

    def __getitem__(self, code: str) -> Entry:
        return self.entries[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __hash__(self) -> int:
        return hash((self.name, self.path))

    @property
    def lists(self) -> str:
        """The code list whose codes this register speaks."""
        return self.of or self.name

    @cached_property
    def writings(self) -> Mapping[str, str]:
        """Every accepted way of writing an entry, in :func:`normalised` form, to its code.

        A code list accepts its codes, names and aliases; a supplier's scheme only what it lists.
        """
        return {
            normalised(writing): entry.code
            for entry in self.entries.values()
            for writing in _writings(entry, self.of)
        }


class BadRegister(Exception):
    """A register that cannot be used; one (line, message) for everything wrong in it."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {message}" for line, message in problems))
        self.problems = tuple(problems)


def normalised(writing: str) -> str:
    """The form in which writings of codes are compared: no case, no stray white space."""
    return " ".join(unicodedata.normalize("NFKC", writing).casefold().split())


def aliases(register: Register) -> Mapping[str, str]:
    """Every accepted way of writing a code, in :func:`normalised` form, to the code."""
    return register.writings


def load_register(path: Path, of: str | None = None) -> Register:
    """Read one register.

    Args:
        of: the code list this register is a supplier's scheme for.

    Raises:
        BadRegister: a column missing, a code without name or source, dates that are none or out of
            order, a code twice, or one writing for two codes.
    """
    problems: list[tuple[int, str]] = []
    entries: dict[str, Entry] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise BadRegister([(1, f"the columns must be {','.join(COLUMNS)}")])
            for row in reader:
                entry = _entry(row, reader.line_num, problems)
                if entry is None:
                    continue
                if entry.code in entries:
                    first = entries[entry.code].line
                    problems.append((entry.line, f"code {entry.code!r} stands on line {first} too"))
                entries.setdefault(entry.code, entry)
    except UnicodeDecodeError as error:
        raise BadRegister([(1, "the file is not UTF-8; save it as UTF-8")]) from error
    except csv.Error as error:
        raise BadRegister([(reader.line_num, f"not valid CSV: {error}")]) from error
    problems += _ambiguous(entries, of)
    if not entries and not problems:
        problems.append((1, "the register has no entries"))
    if problems:
        raise BadRegister(sorted(problems, key=lambda problem: problem[0]))
    return Register(path.stem, entries, path, of)


def _entry(row: dict[str, str], line: int, problems: list[tuple[int, str]]) -> Entry | None:
    if None in row or None in row.values():
        problems.append((line, f"the line does not have {len(COLUMNS)} values"))
        return None
    text = {column: value.strip() for column, value in row.items()}
    before = len(problems)
    for column in ("code", "name", "source", "licence"):
        if not text[column]:
            problems.append((line, f"{column} is empty"))
    days: dict[str, date | None] = {}
    for column in ("start", "end"):
        try:
            days[column] = date.fromisoformat(text[column]) if text[column] else None
        except ValueError:
            problems.append((line, f"{column} is not a date (YYYY-MM-DD)"))
    if len(problems) > before:
        return None
    start, end = days["start"], days["end"]
    if start and end and end < start:
        problems.append((line, "end lies before start"))
        return None
    others = tuple(part.strip() for part in text["aliases"].split("|") if part.strip())
    return Entry(
        text["code"], text["name"], start, end, others, text["source"], text["licence"], line
    )


def _writings(entry: Entry, of: str | None) -> tuple[str, ...]:
    return entry.aliases if of else (entry.code, entry.name, *entry.aliases)


def _ambiguous(entries: Mapping[str, Entry], of: str | None) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    known: dict[str, str] = {}
    for entry in entries.values():
        for writing in _writings(entry, of):
            code = known.setdefault(normalised(writing), entry.code)
            if code != entry.code:
                message = f"{writing!r} stands for {code!r} and for {entry.code!r}; keep it for one"
                found.append((entry.line, message))
    return found
