"""What depends on a thing, as a tree that is read by people and by scripts alike."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Part:
    """One thing that depends on another, and what depends on it in turn.

    Attributes:
        kind: what it is: ``table``, ``view``, ``feed``, ``correction`` ...
        name: which one.
        count: how many rows, where rows are meant.
        facts: what else is told of it, plain values.
        parts: what belongs to it or depends on it.
    """

    kind: str
    name: str
    count: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """``kind``, ``name``, ``count``, ``facts``, ``parts``; what is empty is left out."""
        told: dict[str, Any] = {"kind": self.kind, "name": self.name}
        if self.count is not None:
            told["count"] = self.count
        facts = {name: value for name, value in self.facts.items() if value not in (None, "", [])}
        if facts:
            told["facts"] = facts
        if self.parts:
            told["parts"] = [part.to_json() for part in self.parts]
        return told

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The tree as indented lines."""
        head = f"{self.kind} {self.name}".strip()
        if self.count is not None:
            head += f": {self.count:,} row{'' if self.count == 1 else 's'}"
        facts = "; ".join(
            f"{name} {_shown(value)}".rstrip()
            for name, value in self.facts.items()
            if value not in (None, "", [], False)
        )
        yield "  " * depth + head + (f"  ({facts})" if facts else "")
        for part in self.parts:
            yield from part.lines(depth + 1)

    def every(self, kind: str) -> list["Part"]:
        """All parts of one kind, wherever they stand."""
        found = [part for part in self.parts if part.kind == kind]
        return found + [one for part in self.parts for one in part.every(kind)]


@dataclass
class Impact:
    """What depends on a thing.

    Attributes:
        what: as it was asked for.
        kind: ``file``, ``feed``, ``column`` or ``register entry``.
        tops: the things of that name, each with what depends on it.
        not_shown: why the repository's part is missing; empty where it is not.
    """

    what: str
    kind: str
    tops: list[Part]
    not_shown: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain lists, dictionaries and texts."""
        return {
            "what": self.what,
            "kind": self.kind,
            "not_shown": self.not_shown or None,
            "depends": [top.to_json() for top in self.tops],
        }

    def every(self, kind: str) -> list[Part]:
        """All parts of one kind."""
        return [one for top in self.tops for one in top.every(kind)]


def of_lines(kind: str, lines: Iterable[Mapping[str, Any]]) -> list[Part]:
    """Parts of what a query gave: ``name``, perhaps ``rows``, the rest facts."""
    return [
        Part(
            kind,
            str(line["name"]),
            line.get("rows"),
            {name: value for name, value in line.items() if name not in ("name", "rows")},
        )
        for line in lines
    ]


def _shown(value: Any) -> str:
    if value is True:
        return ""
    if isinstance(value, datetime):
        return f"{value:%F %H:%M}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return str(value)
