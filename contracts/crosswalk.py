"""Crosswalks: which code of one list answers to which of another, and how exactly.

A crosswalk is the file ``registers/crosswalks/<from>--<to>.csv`` with the columns
``from_code,to_code,start,end,relation,source,licence``. ``relation`` says what the code of the
first list is to that of the second:

========  ==========================================================================
exact     they mean the same
narrower  all of it lies within the other, which is wider
broader   the other is only a part of it
part      they overlap, and neither lies within the other
========  ==========================================================================

A code is turned into another only where that is sure: where ``exact`` or ``narrower`` leads, on
that day, to one code and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from contracts.claims import Resolved, holds
from contracts.dated_lines import DatedLine, Problems, dated_lines

CROSSWALK_COLUMNS = (
    "from_code", "to_code", "start", "end", "relation", "source", "licence",
)  # fmt: skip
RELATIONS = ("exact", "narrower", "broader", "part")
SURE = ("exact", "narrower")


@dataclass(frozen=True)
class Step:
    """One line of a crosswalk.

    Attributes:
        from_code, to_code: of the first list and of the second.
        start, end: first and last day it holds; None where open.
        relation: one of :data:`RELATIONS`.
        source: where it is taken from.
        licence: what the source may be used under.
        line: its line in the file.
    """

    from_code: str
    to_code: str
    start: date | None
    end: date | None
    relation: str
    source: str
    licence: str
    line: int


@dataclass(frozen=True)
class Crosswalk:
    """The way from one code list to another.

    Attributes:
        start, end: names of the two code lists.
        steps: its lines, in the order of the file.
        path: the file.
    """

    start: str
    end: str
    steps: tuple[Step, ...]
    path: Path

    @cached_property
    def _by_code(self) -> Mapping[str, tuple[Step, ...]]:
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.from_code, []).append(step)
        return {code: tuple(steps) for code, steps in found.items()}

    def of(self, code: str, day: date) -> tuple[Step, ...]:
        """Every counterpart of a code on a day."""
        return tuple(s for s in self._by_code.get(code, ()) if holds(s.start, s.end, day))

    def one(self, code: str, day: date) -> str | None:
        """The one code a code surely is in the other list on a day; None where there is none."""
        steps = self.of(code, day)
        sure = {step.to_code for step in steps if step.relation in SURE}
        return next(iter(sure)) if len(sure) == 1 else None

    def turned(self, resolved: Resolved, day: date) -> Resolved:
        """Writings of the first list as codes of the second."""
        codes = {
            writing: None if code is None else self.one(code, day)
            for writing, code in resolved.codes.items()
        }
        return Resolved(codes, resolved.outside)


class BadCrosswalk(Exception):
    """A crosswalk that cannot be used; one (line, message) for everything wrong in it."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {message}" for line, message in problems))
        self.problems = tuple(problems)


def load_crosswalk(path: Path, lists: Mapping[str, Mapping[str, object]]) -> Crosswalk:
    """Read one crosswalk.

    Args:
        lists: the code lists by name, to hold its ends against.

    Raises:
        BadCrosswalk: a list or code that is not there, a column or value missing, dates that are
            none or out of order, a relation that is none.
    """
    start, parted, end = path.stem.partition("--")
    problems: Problems = [
        (1, f"there is no code list {name!r}") for name in (start, end) if name not in lists
    ]
    if not parted:
        problems = [(1, "a crosswalk's file is named <from>--<to>.csv; rename it")]
    if problems:
        raise BadCrosswalk(problems)
    steps: list[Step] = []
    needed = ("from_code", "to_code", "source", "licence")
    for line in dated_lines(path, CROSSWALK_COLUMNS, problems, needed=needed):
        if line.text["relation"] not in RELATIONS:
            problems.append((line.line, f"relation must be one of {', '.join(RELATIONS)}"))
            continue
        steps.append(_step(line))
        problems += _unknown(steps[-1], start, end, lists)
    problems += _twice(steps)
    if not steps and not problems:
        problems.append((1, "the crosswalk has no lines"))
    if problems:
        raise BadCrosswalk(sorted(problems, key=lambda problem: problem[0]))
    return Crosswalk(start, end, tuple(steps), path)


def _step(line: DatedLine) -> Step:
    text = line.text
    return Step(
        text["from_code"], text["to_code"], line.days["start"], line.days["end"],
        text["relation"], text["source"], text["licence"], line.line,
    )  # fmt: skip


def _unknown(
    step: Step, start: str, end: str, lists: Mapping[str, Mapping[str, object]]
) -> list[tuple[int, str]]:
    return [
        (step.line, f"code {code!r} is not in {name}.csv; add it there first")
        for code, name in ((step.from_code, start), (step.to_code, end))
        if code not in lists[name]
    ]


def _twice(steps: list[Step]) -> list[tuple[int, str]]:
    """Lines that contradict another: one pair twice, or two exact counterparts on one day."""
    found: list[tuple[int, str]] = []
    before: dict[str, list[Step]] = {}
    for step in steps:
        others = before.setdefault(step.from_code, [])
        for other in others:
            if not _meet(other, step):
                continue
            if other.to_code == step.to_code:
                found.append((step.line, f"the same two codes stand on line {other.line} too"))
            elif "exact" in (other.relation, step.relation):
                message = (
                    f"{step.from_code!r} cannot be exactly one code and have another counterpart "
                    f"(line {other.line}) on one day; correct the relation"
                )
                found.append((step.line, message))
        others.append(step)
    return found


def _meet(one: Step, other: Step) -> bool:
    return (one.start is None or other.end is None or one.start <= other.end) and (
        other.start is None or one.end is None or other.start <= one.end
    )
