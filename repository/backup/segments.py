"""Names of the files PostgreSQL's log is kept in, and which of them follow one another."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")


@dataclass(frozen=True, order=True)
class Segment:
    """One segment: the history it belongs to, and its number, counted from the log's beginning."""

    timeline: int
    number: int

    @classmethod
    def named(cls, name: str, size: int) -> "Segment":
        """The segment of a file's name: timeline, then the number in two halves, in hexadecimal."""
        per_high = (1 << 32) // size
        high, low = int(name[8:16], 16), int(name[16:24], 16)
        return cls(int(name[:8], 16), high * per_high + low)

    @classmethod
    def at(cls, timeline: int, position: int, size: int) -> "Segment":
        """The segment that holds a position in the log."""
        return cls(timeline, position // size)

    def name(self, size: int) -> str:
        """Its file's name."""
        per_high = (1 << 32) // size
        return f"{self.timeline:08X}{self.number // per_high:08X}{self.number % per_high:08X}"


def position(text: str) -> int:
    """A position in the log, of PostgreSQL's way to write it (``16/B374D848``)."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def missing(there: Iterable[Segment], first: Segment, last: Segment) -> Iterator[Segment]:
    """The segments of a timeline from one to another, both included, that are not there."""
    have = set(there)
    for number in range(first.number, last.number + 1):
        one = Segment(first.timeline, number)
        if one not in have:
            yield one
