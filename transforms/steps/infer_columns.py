"""Take a header nearly alike a known one where the column's own values prove it; else propose it.

A near match is taken only where it is the sole one: one source column is near the contract column,
it is near no other missing one, and all its values are of the contract column's kind. Text proves
nothing, so a column of text is never inferred. Everything less is a proposal for a person.
"""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Columns
from dataclasses import dataclass, field
from typing import Any

from contracts.column import ColumnFacts
from contracts.kinds import Date
from contracts.register import Register
from transforms.headers import cell_at, likeness, nearest, normalised, vocabulary_of
from transforms.mapping import MappedColumn, Proposal
from transforms.steps.prove_kind import has_values, provable, prove_kind
from transforms.values.parsed import Texts

Below = Callable[[Sequence[int]], dict[int, Texts]]
"""Given source positions, the whole columns below the header, as written."""

_LIKE_ENOUGH = 60.0
_MOST_PROPOSED = 3


@dataclass(frozen=True)
class Missing:
    """Contract columns that no header is an exact or declared name of.

    Attributes:
        columns: by name, in the contract's order.
        options: of their mapping.
        declared: those whose declared header is not there: they are proposed, never inferred.
        contract: all columns of the contract.
        kept: normalised headers each was taken from in the delivery accepted before.
        by_name: those that are only proposed, by their header alone, so that no value is read for
            them: optional ones of a feed whose headers are declared, or known from before.
        spare: all source positions that were not taken, with their headers: also those that bear
            a name of a column found elsewhere, or one the feed ignores.
    """

    columns: Columns[str, ColumnFacts]
    options: Columns[str, dict[str, Any]]
    declared: frozenset[str]
    contract: Columns[str, ColumnFacts]
    kept: Columns[str, frozenset[str]] = field(default_factory=dict)
    by_name: frozenset[str] = frozenset()
    spare: Columns[int, str] = field(default_factory=dict)


@dataclass
class Inferred:
    """What was inferred, and what is only proposed."""

    columns: list[MappedColumn] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


@dataclass(frozen=True)
class _Near:
    position: int
    header: str
    score: float
    name: str


def infer_columns(
    missing: Missing,
    free: Columns[int, Sequence[str]],
    header_row: int,
    below: Below,
    schemes: Columns[str, Register],
) -> Inferred:
    """Infer or propose the missing columns.

    Args:
        free: source positions that answer to nothing, with their headers as written; where two
            rows of headers stand, with both together first.
        header_row: 1-based; 0 where the form of the file names the columns.
        below: asked for the columns that may be inferred, and for those that may be proposed by
            their values.
    """
    found = Inferred()
    if not missing.columns or not (free or missing.spare):
        return found
    known = vocabulary_of(missing.contract)
    near = {name: _near(facts, free, known) for name, facts in missing.columns.items()}
    looked_at = [name for name in near if name not in missing.by_name]
    asked = sorted({one.position for name in looked_at for one in near[name]})
    values = below(asked) if asked else {}
    near |= {
        name: _kept(_holding(near[name], values), missing.kept.get(name, frozenset()))
        for name in looked_at
    }
    proofs = _proofs(missing, {name: near[name] for name in looked_at}, values, schemes)
    found.columns = _sole(missing, near, proofs)
    taken = {column.position for column in found.columns}
    done = {column.name for column in found.columns}
    left = {place: cells[-1] for place, cells in free.items() if place not in taken}
    spare = {place: cell for place, cell in missing.spare.items() if place not in taken}
    proposer = _Proposer(missing, proofs, {**spare, **left}, header_row, below, schemes)
    for name in missing.columns:
        if name not in done:
            some = [one for one in near[name] if one.position in left]
            found.proposals += proposer.proposed(name, some)
    return found


def _proofs(
    missing: Missing,
    near: Columns[str, Sequence[_Near]],
    values: Columns[int, Texts],
    schemes: Columns[str, Register],
) -> dict[tuple[str, int], str]:
    """What proves that the values of a near match are of the missing column's kind, by the
    column's name and the source position."""
    proofs: dict[tuple[str, int], str] = {}
    for name, some in near.items():
        for one in some:
            facts = missing.columns[name]
            proof = prove_kind(facts, values[one.position], missing.options[name], schemes)
            if proof is not None:
                proofs[name, one.position] = proof
    return proofs


def _sole(
    missing: Missing,
    near: Columns[str, Sequence[_Near]],
    proofs: Columns[tuple[str, int], str],
) -> list[MappedColumn]:
    """The near matches that are taken: proved ones, without a rival on either side."""
    found: list[MappedColumn] = []
    for name, some in near.items():
        if len(some) != 1 or name in missing.declared or name in missing.by_name:
            continue
        one = some[0]
        rivals = [other for other in near if (other, one.position) in proofs]
        if rivals == [name]:
            found.append(
                MappedColumn(
                    name,
                    one.position,
                    one.header,
                    "inferred",
                    options=dict(missing.options[name]),
                    score=one.score,
                    evidence=f'the only header near "{one.name}"; {proofs[name, one.position]}',
                )
            )
    return found


def _near(
    facts: ColumnFacts, free: Columns[int, Sequence[str]], known: frozenset[str]
) -> list[_Near]:
    """The near matches: by two rows of headers together where any is, else by the lower one."""
    names = (*facts.headers, facts.name)
    depth = max((len(cells) for cells in free.values()), default=0)
    implied = "date" if issubclass(facts.kind, Date) else None
    some: list[_Near] = []
    for level in range(depth):
        for position, cells in free.items():
            if level >= len(cells):
                continue
            best = nearest(cells[level], names, known, implied=implied)
            if best is not None:
                some.append(_Near(position, " ".join(cells[level].split()), *best))
        if some:
            break
    return some


def _holding(some: list[_Near], values: Columns[int, Texts]) -> list[_Near]:
    """Those whose columns hold values, where any does: an empty column is no rival."""
    return [one for one in some if has_values(values[one.position])] or some


def _kept(some: list[_Near], before: frozenset[str]) -> list[_Near]:
    """Those of a header the column was taken from before, where any is."""
    return [one for one in some if normalised(one.header) in before] or some


@dataclass(frozen=True)
class _Proposer:
    """Proposes what missing columns may be.

    Attributes:
        proofs: what proves the kind of a missing column, by its name and a source position.
        left: source positions that answer to no column, with their headers.
    """

    missing: Missing
    proofs: Columns[tuple[str, int], str]
    left: Columns[int, str]
    header_row: int
    below: Below
    schemes: Columns[str, Register]

    def proposed(self, name: str, near: Sequence[_Near]) -> list[Proposal]:
        """What a missing column may be, best first; of an optional column only what is near."""
        made: dict[int, tuple[float, str]] = {}
        for one in near:
            said = _doubt(name, self.missing, near, self.proofs.get((name, one.position)))
            made[one.position] = one.score, f'near "{one.name}"; {said}'
        if not self.missing.columns[name].optional and not made:
            made = self._by_values(name)
        best = sorted(made.items(), key=lambda item: (-item[1][0], item[0]))[:_MOST_PROPOSED]
        return [
            Proposal(
                name,
                " ".join(self.left[position].split()),
                cell_at(position, self.header_row) if self.header_row else None,
                score,
                evidence,
            )
            for position, (score, evidence) in best
        ]

    def _by_values(self, name: str) -> dict[int, tuple[float, str]]:
        """Columns whose values are of the missing one's kind; where none are, or where values
        prove nothing, columns of a name somewhat like its."""
        facts = self.missing.columns[name]
        proved: dict[int, str] = {}
        if provable(facts.kind) and self.left:
            values = self.below(sorted(self.left))
            for position in self.left:
                options = self.missing.options[name]
                proof = prove_kind(facts, values[position], options, self.schemes)
                if proof is not None:
                    proved[position] = proof
        made: dict[int, tuple[float, str]] = {}
        for position in proved or self.left:
            names = (*facts.headers, name)
            score, like = max((likeness(self.left[position], other), other) for other in names)
            if position in proved:
                made[position] = score, proved[position]
            elif score >= _LIKE_ENOUGH:
                made[position] = score, f'something like "{like}", with other words'
        return made


def _doubt(name: str, missing: Missing, near: Sequence[_Near], proof: str | None) -> str:
    """Why a near match is not taken."""
    facts = missing.columns[name]
    if name in missing.by_name:
        return "its values were not looked at: the feed's headers are known"
    if name in missing.declared:
        return "the feed declares another header, which is not there"
    if not provable(facts.kind):
        return "text cannot prove what it is"
    if proof is None:
        return f"its values are not all those of a {facts.kind.name.replace('_', ' ')}"
    if len(near) > 1:
        return f"{proof}, and so may be another column near it"
    return f"{proof}, but it may be another missing column too"
