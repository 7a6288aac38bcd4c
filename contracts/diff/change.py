"""One change of a contract, what it does to suppliers and to analysts, and the versions it asks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["none", "patch", "minor", "major"]
LEVELS: tuple[Level, ...] = ("none", "patch", "minor", "major")
Contract = Literal["dataset", "entity"]
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class BadVersion(Exception):
    """A version that is not three numbers."""


@dataclass(frozen=True)
class Verdict:
    """Whether one party's dependence on a contract is broken, and why, in one sentence."""

    breaking: bool
    why: str


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        code: the kind of change, such as ``column-removed``.
        column: the column it is about; None where it is about the whole.
        before, after: what was and what is; None where there was or is nothing.
        supplier: is what was accepted still accepted, and read the same?
        analyst: does what was promised still hold?
        wording: it changes words only.
    """

    code: str
    column: str | None
    before: Any
    after: Any
    supplier: Verdict
    analyst: Verdict
    wording: bool = False

    @property
    def level(self) -> Level:
        """The part of the version the change has to raise."""
        if self.supplier.breaking or self.analyst.breaking:
            return "major"
        return "patch" if self.wording else "minor"

    @property
    def compatible(self) -> bool:
        """Whether nobody is broken by it."""
        return self.level != "major"

    def to_json(self) -> dict[str, Any]:
        """The change as plain data."""
        return {
            "code": self.code,
            "column": self.column,
            "before": self.before,
            "after": self.after,
            "level": self.level,
            "supplier": {"breaking": self.supplier.breaking, "why": self.supplier.why},
            "analyst": {"breaking": self.analyst.breaking, "why": self.analyst.why},
        }


def fine(why: str) -> Verdict:
    """Not broken."""
    return Verdict(False, why)


def breaks(why: str) -> Verdict:
    """Broken."""
    return Verdict(True, why)


def level_of(changes: Iterable[Change]) -> Level:
    """The highest level among changes; ``none`` where there are none."""
    return max((change.level for change in changes), key=LEVELS.index, default="none")


def numbers(version: str) -> tuple[int, int, int]:
    """A semantic version's three numbers.

    Raises:
        BadVersion: it has no such three.
    """
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        raise BadVersion(f"{version!r} is no version; write three numbers, such as 1.2.0")
    first, second, third = map(int, found.groups())
    return first, second, third


def required_version(published: str, level: Level) -> str:
    """The lowest version that declares changes of a level.

    Before 1.0.0 nothing is promised: a breaking change raises the second number (semver.org, 4).

    Raises:
        BadVersion: the published version has not three numbers.
    """
    first, second, third = numbers(published)
    match level:
        case "none":
            return published
        case "patch":
            return f"{first}.{second}.{third + 1}"
        case "major" if first > 0:
            return f"{first + 1}.0.0"
        case _:
            return f"{first}.{second + 1}.0"


def declared(published: str, present: str, level: Level) -> bool:
    """Whether a version is raised enough for changes of a level.

    Raises:
        BadVersion: either has not three numbers.
    """
    return numbers(present) >= numbers(required_version(published, level))
