"""What a search found, counted for people; read from the notebook a page at a time."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pipeline.discovery.ground import Ground
from pipeline.discovery.looked import FileLook, TableLook
from pipeline.discovery.notebook import Known, Notebook
from pipeline.discovery.resemblance import GOOD
from pipeline.discovery.sighting import Sighting, shown
from pipeline.discovery.suggestion import next_command, next_commands

MOST_LIKELY = 10
MOST_GROUPS = 50
MOST_PROBLEMS = 200
_NAMES_KEPT = 1_000
_Names = Callable[[str], Sequence[str | None]]


@dataclass(frozen=True)
class Likely:
    """A table that is likely of a dataset."""

    path: str
    table: str | None
    score: float
    rows: int
    exact: bool
    modified: int
    missing: tuple[str, ...]
    command: str | None


@dataclass(frozen=True)
class Alike:
    """A table that has rows in common with another.

    Attributes:
        number: of the table in its file, from 0.
        table: its name, where its file has several.
        other: the other's file; ``other_table`` as ``table``.
        share: share of its rows that are there.
        relation: what it may be beside the other.
    """

    path: str
    number: int
    table: str | None
    other: str
    other_table: str | None
    share: float
    relation: str


@dataclass
class Summary:
    """What a search found, in numbers and with the foremost of each.

    Attributes:
        kinds: words for people to files and bytes.
        likely: dataset to its likeliest tables, best first; ``likely_count`` tells of how many.
        twins: groups of files that are the same: their size and paths, those that take most first.
        personal: what to (files, columns), those of high and medium confidence.
        problems: (path, message) of files and folders that were not read, the first of them.
    """

    place: str
    files: int = 0
    bytes: int = 0
    waiting: int = 0
    tables: int = 0
    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    kind_bytes: Counter[str] = field(default_factory=Counter)
    likely: dict[str, list[Likely]] = field(default_factory=dict)
    likely_count: Counter[str] = field(default_factory=Counter)
    unlike: int = 0
    twins: list[tuple[int, list[str]]] = field(default_factory=list)
    twin_groups: int = 0
    twin_bytes: int = 0
    near: list[Alike] = field(default_factory=list)
    near_count: int = 0
    personal: dict[str, tuple[int, int]] = field(default_factory=dict)
    personal_files: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    problem_codes: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0

    def to_json(self) -> dict[str, Any]:
        """The numbers, as plain values."""
        return {
            "type": "summary",
            "place": self.place,
            "files": self.files,
            "bytes": self.bytes,
            "waiting": self.waiting,
            "tables": self.tables,
            "rows": self.rows,
            "kinds": dict(self.kinds),
            "likely": dict(self.likely_count),
            "tables_of_no_dataset": self.unlike,
            "groups_of_the_same": self.twin_groups,
            "bytes_kept_twice": self.twin_bytes,
            "near_duplicates": self.near_count,
            "files_with_personal_data": self.personal_files,
            "personal": {what: list(counts) for what, counts in self.personal.items()},
            "problems": dict(self.problem_codes),
            "passed_over_by_pattern": self.passed_over,
        }


def summary(ground: Ground, notebook: Notebook, passed_over: int = 0) -> Summary:
    """Count what is known of a place."""
    made = Summary(shown(ground.name), passed_over=passed_over)
    best: dict[str, list[tuple[float, int, str, Likely]]] = {}
    for known in notebook.files():
        made.files += 1
        made.bytes += known.sighting.size
        if known.look is None:
            made.waiting += 1
            continue
        _count(made, known.sighting, known.look)
        _rank(made, best, ground, known.sighting, known.look)
    made.likely = {
        name: [one[3] for one in sorted(some, key=lambda one: one[:3], reverse=True)]
        for name, some in sorted(best.items())
    }
    for one in notebook.obstacles():
        _problem(made, one.path, one.code, one.message)
    _twins(made, notebook)
    _near(made, notebook)
    return made


def _count(made: Summary, sighting: Sighting, look: FileLook) -> None:
    made.kinds[look.words] += 1
    made.kind_bytes[look.words] += sighting.size
    made.tables += len(look.tables)
    made.rows += sum(table.rows for table in look.tables)
    if look.problem is not None:
        _problem(made, sighting.path, look.code or "other", look.problem)
    for table in look.tables:
        if table.problem is not None:
            _problem(made, sighting.path, "table-broken", table.problem)
    told: Counter[str] = Counter(
        hint.what for table in look.tables for hint in table.personal if hint.confidence != "low"
    )
    made.personal_files += bool(told)
    for what, columns in told.items():
        files, all_columns = made.personal.get(what, (0, 0))
        made.personal[what] = files + 1, all_columns + columns


def _rank(
    made: Summary,
    best: dict[str, list[tuple[float, int, str, Likely]]],
    ground: Ground,
    sighting: Sighting,
    look: FileLook,
) -> None:
    commands = next_commands(ground, sighting.path, look)
    for number, table in enumerate(look.tables):
        good = [one for one in table.matches[:1] if one.score >= GOOD]
        made.unlike += not good
        for one in good:
            made.likely_count[one.dataset] += 1
            likely = Likely(
                sighting.path,
                table.name,
                one.score,
                table.rows,
                table.exact,
                sighting.modified,
                tuple(one.missing),
                commands[number] if commands else None,
            )
            ranked = (one.score, sighting.modified, f"{shown(sighting.path)} {number:06}", likely)
            heap = best.setdefault(one.dataset, [])
            if len(heap) < MOST_LIKELY:
                heapq.heappush(heap, ranked)
            elif ranked[:3] > heap[0][:3]:
                heapq.heapreplace(heap, ranked)


def _problem(made: Summary, path: str, code: str, message: str) -> None:
    made.problem_codes[code] += 1
    if len(made.problems) < MOST_PROBLEMS:
        made.problems.append((path, message))


def _twins(made: Summary, notebook: Notebook) -> None:
    groups: list[tuple[int, int, list[str]]] = []
    for size, paths in notebook.twins():
        made.twin_groups += 1
        made.twin_bytes += size * (len(paths) - 1)
        groups.append((size * (len(paths) - 1), size, paths))
        groups.sort(key=lambda one: -one[0])
        del groups[MOST_GROUPS:]
    made.twins = [(size, paths) for _, size, paths in groups]


def _near(made: Summary, notebook: Notebook) -> None:
    seen: set[tuple[str, int, str, int]] = set()
    for pair in notebook.pairs():
        path, number, other, other_number, *_ = pair
        if (other, other_number, path, number) in seen:
            continue
        seen.add((path, number, other, other_number))
        made.near_count += 1
        if len(made.near) < MOST_GROUPS:
            made.near.append(_alike(notebook.table_names, pair))


def _alike(names: _Names, pair: tuple[str, int, str, int, float, float, str]) -> Alike:
    path, number, other, other_number, share, _, relation = pair
    table, other_table = _named(names(path), number), _named(names(other), other_number)
    return Alike(path, number, table, other, other_table, share, relation)


def _named(names: Sequence[str | None], number: int) -> str | None:
    """A table's name, where its file has several."""
    return names[number] if len(names) > 1 else None


@dataclass(frozen=True)
class Found:
    """A file with all that is told of it.

    Attributes:
        twin_of: the oldest file that is byte for byte the same; None where it is that itself.
        near: tables alike, most alike first.
        commands: to go on with, for each table; ``command`` for the file.
    """

    known: Known
    twin_of: str | None
    near: tuple[Alike, ...]
    commands: tuple[str, ...]
    command: str | None


def every_file(ground: Ground, notebook: Notebook) -> Iterator[Found]:
    """Every file, in order of path."""
    names = lru_cache(_NAMES_KEPT)(notebook.table_names)
    oldest: dict[str, str] = {}
    for _, paths in notebook.twins():
        oldest |= dict.fromkeys(paths[1:], paths[0])
    for known in notebook.files():
        path = known.sighting.path
        near = tuple(_alike(names, pair) for pair in notebook.pairs(path))
        commands = next_commands(ground, path, known.look) if known.look else []
        command = next_command(commands, known.look) if known.look else None
        yield Found(known, oldest.get(path), near, tuple(commands), command)


def rows_said(table: TableLook) -> str:
    """How many rows, for people; ``~`` before an estimate."""
    return f"{'' if table.exact else '~'}{table.rows:,}"


def moment_said(modified: int) -> str:
    """A time of a file, to the minute, in UTC."""
    try:
        return f"{datetime.fromtimestamp(modified / 1e9, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):
        return "not told"


def size_said(size: float) -> str:
    """Bytes, for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def near_said(one: Alike) -> str:
    """What a table has in common with another, for people."""
    where = named_said(one.other, one.other_table)
    percent = f"{100 * one.share:.0f} % of its rows are in {where}"
    return percent if one.relation == "rows in common" else f"{one.relation}: {percent}"


def named_said(path: str, table: str | None) -> str:
    """A table by its file and what tells it apart there, for people."""
    return f'{shown(path)} "{shown(table)}"' if table else shown(path)
