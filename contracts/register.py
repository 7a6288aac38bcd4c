"""Registers: canonical lists whose entries have dates, aliases and a source.

A register is a CSV file with the columns ``code,name,start,end,aliases,source,licence`` and, where
it needs them, ``successors``, ``reason`` and ``locale``. Dates are ISO (``YYYY-MM-DD``), both
ends included and empty where open; aliases and successors (the codes that took an entry's place)
are parted by ``|``; ``reason`` says why an entry stands for a value that is missing; ``locale``
(``en-GB``) how an organisation writes. :mod:`contracts.register_file` reads it.

``registers/organisations.csv`` lists the bodies that supply or receive data. A folder
``registers/codes/<list>/`` holds the code list ``<list>.csv`` and, beside it, the code schemes
suppliers use for it: in a scheme's file ``code`` is the list's code and ``aliases`` are the ways
this scheme writes it. Further lines of a register may stand in ``<register>.<part>.csv``, aliases
that stewards accepted in ``<register>.aliases.csv`` (:mod:`contracts.aliases`).

One writing may stand for different codes at different dates, never for two on one day.
"""

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.aliases import Alias, alias_file
from contracts.claims import Claim, Resolved, holds, normalised

if TYPE_CHECKING:
    from contracts.crosswalk import Crosswalk


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
        successors: codes of the entries that took its place.
        reason: why a value is missing, where the entry says that it is: ``not-known``, ``refused``
            and so on; None for an entry that is a value.
        locale: of an organisation: how it writes, one of :data:`contracts.locale.DATE_ORDERS`;
            None where nothing is told.
        path: the file it stands in.
    """

    code: str
    name: str
    start: date | None
    end: date | None
    aliases: tuple[str, ...]
    source: str
    licence: str
    line: int
    successors: tuple[str, ...] = ()
    reason: str | None = None
    path: Path = Path()
    locale: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on a day."""
        return holds(self.start, self.end, day)


@dataclass(frozen=True)
class Register(Mapping[str, Entry]):
    """A register: code to entry, in the order of its file.

    Attributes:
        name: the file's name without its ending.
        entries: code to entry; of a scheme that writes a code several ways in turn, the first.
        path: the file.
        of: for a code scheme, the name of the code list it writes; None for a list itself.
        lines: every line, further ones of a code too.
        accepted: aliases that stewards accepted.
        whole: for a code scheme, the code list it writes.
        files: all files it was read from, those of the whole list among them.
        crosswalks: ways from the list's codes to those of other lists, by the other list.
    """

    name: str
    entries: Mapping[str, Entry]
    path: Path
    of: str | None = None
    lines: tuple[Entry, ...] = ()
    accepted: tuple[Alias, ...] = ()
    whole: "Register | None" = None
    files: tuple[Path, ...] = ()
    crosswalks: "Mapping[str, Crosswalk]" = field(default_factory=dict)

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

    @property
    def listed(self) -> Mapping[str, Entry]:
        """The entries of the code list this register speaks, by code."""
        return self if self.whole is None else self.whole

    @cached_property
    def writings(self) -> Mapping[str, str]:
        """Every accepted way of writing an entry, in :func:`normalised` form, to its code; of
        several codes at different dates, the last.

        A code list accepts its codes, names and aliases; a supplier's scheme only what it lists.
        """
        known: dict[str, Claim] = {}
        for claim in self.claims:
            before = known.setdefault(claim.writing, claim)
            if (claim.start or date.min) > (before.start or date.min):
                known[claim.writing] = claim
        return {writing: claim.code for writing, claim in known.items()}

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What every line and every accepted alias makes a writing stand for."""
        return (*_of_lines(self), *_of_aliases(self))

    @cached_property
    def boundaries(self) -> tuple[date, ...]:
        """The first days of the periods in each of which every writing stands for one code; the
        first period is before the first of them."""
        days: set[date] = set()
        spans = [(one.start, one.end) for one in self.claims]
        spans += [(one.start, one.end) for one in self.listed.values()]
        for start, end in spans:
            days |= {start} if start else set()
            days |= {end + timedelta(1)} if end and end < date.max else set()
        return tuple(sorted(days))

    def period(self, day: date) -> int:
        """The number of the period a day lies in, from 0."""
        return bisect.bisect_right(self.boundaries, day)

    def on(self, day: date, feed: str | None = None, into: str | None = None) -> Resolved:
        """What every writing stands for on a day.

        Args:
            feed: whose writings; None for what holds for every feed.
            into: another code list, into whose codes they are to be turned by a crosswalk.

        Raises:
            KeyError: there is no such crosswalk.
        """
        return self.during(self.period(day), feed, into)

    def during(self, period: int, feed: str | None = None, into: str | None = None) -> Resolved:
        """What every writing stands for in a period; see :meth:`on`."""
        key = (period, feed, into)
        if key not in self._resolved:
            day = self.day_in(period)
            resolved = self._resolve(day, feed)
            if into is not None and into != self.lists:
                resolved = self.crosswalks[into].turned(resolved, day)
            self._resolved[key] = resolved
        return self._resolved[key]

    @cached_property
    def _resolved(self) -> dict[tuple[int, str | None, str | None], Resolved]:
        return {}

    def day_in(self, period: int) -> date:
        """A day of a period."""
        if not self.boundaries:
            return date.max
        return self.boundaries[period - 1] if period else self.boundaries[0] - timedelta(1)

    def _resolve(self, day: date, feed: str | None) -> Resolved:
        codes: dict[str, str] = {}
        otherwise: dict[str, set[str]] = {}
        for claim in self.claims:
            if claim.feed not in (None, feed):
                continue
            if claim.holds_on(day):
                codes[claim.writing] = claim.code
            elif claim.lasting:
                otherwise.setdefault(claim.writing, set()).add(claim.code)
        outside = {
            writing
            for writing, code in codes.items()
            if code in self.listed and not self.listed[code].holds_on(day)
        }
        for writing, meant in otherwise.items():
            # Where it stood for several codes at other times nobody can say which is meant.
            if writing not in codes and len(meant) == 1:
                codes |= {writing: next(iter(meant))}
                outside.add(writing)
        return Resolved(codes, frozenset(outside))


def aliases(register: Register) -> Mapping[str, str]:
    """Every accepted way of writing a code, in :func:`normalised` form, to the code."""
    return register.writings


def _of_lines(register: Register) -> Iterator[Claim]:
    for line in register.lines:
        start, end = line.start, line.end
        if register.whole is not None and line.code in register.whole:
            # A scheme's line holds while what it stands for does.
            entry = register.whole[line.code]
            start = max((d for d in (start, entry.start) if d), default=None)
            end = min((d for d in (end, entry.end) if d), default=None)
        written = {normalised(one): one for one in reversed(_writings(line, register.of))}
        for writing, as_is in written.items():
            yield Claim(writing, as_is, line.code, start, end, None, True, line.line, line.path)


def _of_aliases(register: Register) -> Iterator[Claim]:
    path = alias_file(register.path)
    for one in register.accepted:
        yield Claim(
            normalised(one.alias), one.alias, one.code, one.start, one.end, one.feed, False,
            one.line, path,
        )  # fmt: skip


def _writings(entry: Entry, of: str | None) -> tuple[str, ...]:
    return entry.aliases if of else (entry.code, entry.name, *entry.aliases)
