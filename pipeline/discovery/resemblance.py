"""How well a table answers to each dataset contract, from 0 to 100.

By the headers a delivery's columns are found by (:mod:`transforms.headers`), and by whether the
values below them prove what they are (:mod:`transforms.steps.prove_kind`). Most of it rests on the
columns that every delivery must have; the rest on optional ones and on how much of the table the
contract knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.column import ColumnFacts
from contracts.dataset import Dataset
from contracts.kinds import Code, Date
from contracts.model import columns_of
from contracts.register import Register
from pipeline.discovery.sampled import Sampled
from transforms.headers import may_be_near, names_of, nearest, normalised, vocabulary_of
from transforms.mapping import MappedColumn
from transforms.steps.find_header import Header, find_header
from transforms.steps.parse import parser_options, read_values
from transforms.steps.prove_kind import provable, prove_kind
from transforms.values import characters
from transforms.values.parsed import Texts

LEAST = 15.0
"""Below this nothing is told."""
GOOD = 60.0
"""From here on a table is worth a check against the contract."""

_MOST_HEADERS = 10_000  # Headers that are remembered.
_PROVED, _NAMED, _EMPTY, _DOUBTED = 1.0, 1.0, 0.7, 0.4
_NEAR_PROVED, _NEAR_TEXT, _NEAR_ONLY = 0.85, 0.55, 0.1


@dataclass(frozen=True)
class Answer:
    """One contract column that a table has: its header, whether by exactly that name, whether its
    values prove it, and what it counts."""

    column: str
    header: str
    exact: bool
    proved: bool
    credit: float


@dataclass(frozen=True)
class Resemblance:
    """How a table answers to a contract.

    Attributes:
        score: 0 to 100.
        header_row: of the header it was found by.
        missing: columns of the contract it has not, those it must have first.
    """

    dataset: str
    score: float
    header_row: int
    header: tuple[str, ...]
    matched: tuple[Answer, ...]
    missing: tuple[str, ...]


class _Names:
    """What the columns of one contract are called; asked of the same headers again and again, since
    most files of a place have the header of others."""

    def __init__(self, facts: Mapping[str, ColumnFacts]) -> None:
        self.facts = facts
        self.wanted = names_of(facts)
        self._known = vocabulary_of(facts)
        self._near: dict[str, dict[str, float]] = {}

    def near(self, cell: str) -> Mapping[str, float]:
        """The columns that a header is near in spelling to, and how near."""
        if cell not in self._near:
            if len(self._near) >= _MOST_HEADERS:
                self._near.clear()
            self._near[cell] = self._found(cell) if cell.strip() else {}
        return self._near[cell]

    def _found(self, cell: str) -> dict[str, float]:
        if not may_be_near(cell, self._known):
            return {}
        found: dict[str, float] = {}
        for name, facts in self.facts.items():
            implied = "date" if issubclass(facts.kind, Date) else None
            like = nearest(cell, (*facts.headers, name), self._known, implied=implied)
            if like is not None:
                found[name] = like[0]
        return found


class Likeness:
    """Holds tables against every dataset contract."""

    def __init__(
        self, datasets: Mapping[str, type[Dataset]], schemes: Mapping[str, Register]
    ) -> None:
        self.schemes = schemes
        self._names = {name: _Names(columns_of(one)) for name, one in datasets.items()}

    def best(
        self, table: Sampled, found: tuple[int, tuple[str, ...]] | None, most: int = 3
    ) -> list[Resemblance]:
        """The contracts a table resembles most, best first.

        Args:
            found: row and cells of what seems its header, whatever the contract.
        """
        made = [self._one(name, table, found) for name in self._names]
        told = [one for one in made if one is not None and one.score >= LEAST]
        return sorted(told, key=lambda one: (-one.score, one.dataset))[:most]

    def _one(
        self, name: str, table: Sampled, found: tuple[int, tuple[str, ...]] | None
    ) -> Resemblance | None:
        names = self._names[name]
        facts, head = names.facts, table.head
        header = find_header(
            head.table,
            head.rows.tolist(),
            facts,
            None,
            table.table.header_row,
            table.table.field_names,
        )
        if header is None and found is not None:
            header = Header(found[0], found[1], frozenset())
        if header is None:
            return None
        matched = _Matching(names, header, table, self.schemes).answers()
        if not matched:
            return None
        has = {one.column for one in matched}
        missing = sorted((n for n in facts if n not in has), key=lambda n: facts[n].optional)
        score = _score(facts, matched, header.cells)
        return Resemblance(name, score, header.row, header.cells, tuple(matched), tuple(missing))


def _score(
    facts: Mapping[str, ColumnFacts], matched: Sequence[Answer], cells: Sequence[str]
) -> float:
    credit = {one.column: one.credit for one in matched}
    required = [name for name in facts if not facts[name].optional] or list(facts)
    optional = [name for name in facts if facts[name].optional]
    must = sum(credit.get(name, 0.0) for name in required) / len(required)
    may = sum(credit.get(name, 0.0) for name in optional) / max(1, len(optional))
    headers = sum(bool(cell.strip()) for cell in cells)
    known = min(1.0, len(matched) / max(1, headers))
    return round(100 * must * (0.7 + 0.15 * min(1.0, 2 * may) + 0.15 * known), 1)


def _has_values(values: Texts) -> bool:
    return any(text and text.strip() for text in values.to_pylist())


@dataclass
class _Matching:
    """Finds the columns of one contract under one header."""

    names: _Names
    header: Header
    table: Sampled
    schemes: Mapping[str, Register]
    taken: set[int] = field(default_factory=set)

    @property
    def facts(self) -> Mapping[str, ColumnFacts]:
        """The columns of the contract."""
        return self.names.facts

    def answers(self) -> list[Answer]:
        """The columns found; none where none of those is there that every delivery must have."""
        places: dict[str, tuple[int, bool]] = {}
        written: dict[str, list[int]] = {}
        for position, cell in enumerate(self.header.cells):
            written.setdefault(normalised(cell), []).append(position)
        written.pop("", None)
        for name, wanted in self.names.wanted.items():
            ranked = [position for one in wanted for position in written.get(one, ())]
            free = [p for p in ranked if p not in self.taken]
            if free:
                filled = [p for p in free if _has_values(self._values(p))] if free[1:] else free
                places[name] = (filled or free)[0], True
                self.taken.add(places[name][0])
        for name in self.facts:
            near = self._near(name) if name not in places else None
            if near is not None:
                places[name] = near, False
                self.taken.add(near)
        required = {name for name, facts in self.facts.items() if not facts.optional}
        if required and required.isdisjoint(places):
            return []
        return [self._answer(name, *places[name]) for name in self.facts if name in places]

    def _values(self, position: int) -> Texts:
        return self.table.below(position, self.header.row)

    def _answer(self, name: str, position: int, exact: bool) -> Answer:
        facts, values = self.facts[name], self._values(position)
        known = provable(facts.kind)
        proved = known and _has_values(values) and self._proved(name, values, exact=exact)
        if not _has_values(values):
            credit = _EMPTY if exact else _NEAR_ONLY
        elif not known:
            credit = _NAMED if exact else _NEAR_TEXT
        elif proved:
            credit = _PROVED if exact else _NEAR_PROVED
        else:
            credit = _DOUBTED if exact else _NEAR_ONLY
        return Answer(name, self.header.cells[position].strip(), exact, proved, credit)

    def _proved(self, name: str, values: Texts, *, exact: bool) -> bool:
        """Whether values prove a kind, or are nearly all read as it where the name says so."""
        facts = self.facts[name]
        options = {k: v for k, v in facts.options.items() if k == "scheme"}
        if prove_kind(facts, values, options, self.schemes) is not None:
            return True
        if not exact or issubclass(facts.kind, Date | Code):
            return False
        filled = characters.without_blanks(characters.plain(values)).drop_null()
        mapped = MappedColumn(name, 0, "", "exact", options=options)
        read = read_values(facts, filled, parser_options(mapped, facts, self.schemes)).values
        return bool(len(read) and read.null_count <= 0.1 * len(read))

    def _near(self, name: str) -> int | None:
        best: tuple[float, int] | None = None
        for position, cell in enumerate(self.header.cells):
            if position not in self.taken:
                like = self.names.near(cell).get(name)
                if like is not None and (best is None or like > best[0]):
                    best = like, position
        return None if best is None else best[1]
