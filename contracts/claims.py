"""What writings stand for, and when: the ground registers resolve codes on."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple


class Claim(NamedTuple):
    """One writing that stands for one code between two days.

    Attributes:
        writing: in :func:`normalised` form.
        written: as it is listed.
        feed: the one feed it holds for; None for all.
        lasting: whether it is understood outside its days too, where nothing else is meant then:
            what a register lists is, what a steward accepted for some dates is not.
        line, path: where it is made.
    """

    writing: str
    written: str
    code: str
    start: date | None
    end: date | None
    feed: str | None
    lasting: bool
    line: int
    path: Path

    def holds_on(self, day: date) -> bool:
        """Whether the writing stands for the code on a day."""
        return holds(self.start, self.end, day)

    def meets(self, other: "Claim") -> bool:
        """Whether there is a day, and a feed, for which both hold."""
        return (
            (self.feed is None or other.feed is None or self.feed == other.feed)
            and (self.start is None or other.end is None or self.start <= other.end)
            and (other.start is None or self.end is None or other.start <= self.end)
        )


@dataclass(frozen=True)
class Resolved:
    """What every writing stands for on the days of a period.

    Attributes:
        codes: writing, in :func:`normalised` form, to code; None where the code has no one
            counterpart in the list it was to be turned into.
        outside: the writings whose code is not in force then.
    """

    codes: Mapping[str, str | None]
    outside: frozenset[str]


def normalised(writing: str) -> str:
    """The form in which writings of codes are compared: no case, no stray white space."""
    if writing.isascii():
        return " ".join(writing.lower().split())
    return " ".join(unicodedata.normalize("NFKC", writing).casefold().split())


def overlapping(claims: Iterable[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Pairs of claims that make one writing stand for two codes on one day."""
    by_writing: dict[str, list[Claim]] = {}
    for claim in claims:
        before = by_writing.setdefault(claim.writing, [])
        clash = next((c for c in before if c.code != claim.code and c.meets(claim)), None)
        if clash is not None:
            yield clash, claim
        before.append(claim)


def holds(start: date | None, end: date | None, day: date) -> bool:
    """Whether a day lies between two, both included; None is open."""
    return (start is None or start <= day) and (end is None or day <= end)
