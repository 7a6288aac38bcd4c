"""Tell the records of a table from what else stands between them.

A row in which every required value was read is a record. Only the others are looked at: blank
rows, titles, notes, repeated headers, totals, and rows of spreadsheet errors. Each is left out
with its reason; what is none of these stays a record, to be judged by the contract.
"""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Columns
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.column import ColumnFacts
from contracts.kinds import Date, Money, OrganisationName, Text
from transforms.mapping import Mapping
from transforms.steps.parse import Reading, has
from transforms.steps.select import Written
from transforms.values import characters, money
from transforms.values.parsed import Flags, Texts, true_where

Reason = Literal["blank", "title", "note", "total", "repeated-header", "error-only", "declared"]

_TOTAL = (
    r"(?i)^\W*(((grand|sub|overall|report|page|running|final|net|gross|monthly|cumulative|combined)"
    r"[\s-]*)?totals?|sum|(total|sum)\s+(of|for|amount|value|spend|spending|payments?|expenditure|"
    r"invoices?|paid|net|gross|all|over|by|in|to|gbp|£).*|balance (carried|brought) forward)\W*$"
)
_SUBTOTAL = r"(?i)\btotals?\W*$"
_LABELS = (Text, OrganisationName)
_DASH = r"^\s*£?\s*[-\x{2013}\x{2014}]+\s*$"
_BARE_AFTER = 3
"""Records above which a dated sum without a word, equal to them all, is their total."""
_WORDS = ("otal", "OTAL", "um", "UM", "alance", "ALANCE")

RunningSum = Callable[[int], int]
"""Pence of all records of the table above a row; asked where known records were not read."""


@dataclass
class Totals:
    """Pence of a table's records so far, and since its last total row.

    Attributes:
        above: asked instead of the sum so far, where known records were left unread.
    """

    so_far: int = 0
    since_total: int = 0
    records: int = 0
    above: RunningSum | None = None


@dataclass(frozen=True)
class Excluded:
    """What a batch holds beside records.

    Attributes:
        keep: for every row, whether it is a record.
        rows: (row, reason) of those that are not.
        noted: (row, issue code) of excluded rows worth a word.
    """

    keep: Flags
    rows: list[tuple[int, Reason]] = field(default_factory=list)
    noted: list[tuple[int, str]] = field(default_factory=list)


def exclude(
    written: Columns[str, Written],
    readings: Columns[str, Reading],
    columns: Columns[str, ColumnFacts],
    mapping: Mapping,
    rows: "np.ndarray[Any, np.dtype[np.int32]]",
    totals: Totals,
) -> Excluded:
    """Tell records from the rest in one batch below the header; ``totals`` is carried on."""
    mapped = [c.name for c in mapping.columns if c.position is not None]
    required = [name for name in mapped if not (columns[name].optional or columns[name].nullable)]
    suspect = _suspects(written, readings, columns, mapped, required, len(rows))
    keep = np.ones(len(rows), np.bool_)
    found = Excluded(keep)
    places = np.flatnonzero(suspect)
    if len(places):
        _Judge(written, readings, columns, mapping, mapped, required, places).judge(
            rows, found, totals
        )
    sums = _money_column(columns, mapped)
    if sums is not None:
        pence = money.pence_of(readings[sums].values)[keep]
        last_total = max((row for row, reason in found.rows if reason == "total"), default=None)
        totals.so_far += int(pence.sum())
        after = pence if last_total is None else pence[rows[keep] > last_total]
        totals.since_total = int(after.sum()) + (totals.since_total if last_total is None else 0)
    totals.records += int(keep.sum())
    return found


LOST = frozenset(
    {
        "cell-unreadable",
        "control-character",
        "digits-lost",
        "element-repeated",
        "formula-without-value",
        "low-or-high-values",
        "memo-missing",
        "number-not-cobol",
        "occurs-count-wrong",
        "record-damaged",
        "record-type-unknown",
        "value-unreadable",
    }
)
"""Issues by which a reader says that something stands in a record that it could not read."""


def keep_damaged(
    found: Excluded,
    rows: "np.ndarray[Any, np.dtype[np.int32]]",
    problems: Sequence[tuple[int, str]],
) -> None:
    """Keep rows that are blank only because what stands in them could not be read.

    Args:
        rows: of the batch, as given to :func:`exclude`.
        problems: what the reader found wrong: (row, issue code).
    """
    lost = {row for row, code in problems if code in LOST}
    if not lost:
        return
    back = {row for row, reason in found.rows if reason == "blank" and row in lost}
    found.keep[np.isin(rows, sorted(back))] = True
    found.rows[:] = [one for one in found.rows if one[0] not in back]


def _money_column(columns: Columns[str, ColumnFacts], mapped: Sequence[str]) -> str | None:
    return next(
        (n for n in mapped if issubclass(columns[n].kind, Money) and not columns[n].optional), None
    )


def _suspects(
    written: Columns[str, Written],
    readings: Columns[str, Reading],
    columns: Columns[str, ColumnFacts],
    mapped: Sequence[str],
    required: Sequence[str],
    size: int,
) -> Flags:
    """Rows in which a required value was not read, that say "Total" somewhere, or that have a sum
    and say nothing of what it is for."""
    suspect = np.zeros(size, np.bool_)
    for name in required:
        if readings[name].values.null_count:
            suspect |= ~has(readings[name].values)
    if not required:
        suspect |= ~np.logical_or.reduce([has(readings[name].values) for name in mapped])
    if _money_column(columns, mapped) is None:
        return suspect
    labels = [name for name in mapped if issubclass(columns[name].kind, _LABELS)]
    if labels:
        suspect |= np.logical_and.reduce([~has(readings[name].values) for name in labels])
    for name in mapped:
        here = written[name]
        # A total that bears a date says so in a column of words, not in one of numbers.
        if issubclass(columns[name].kind, _LABELS) and here.codes is not None:
            label = _labels(here.distinct, _TOTAL)
            if label.any():
                suspect |= true_where(here.spread(pa.array(label)))
    return suspect


def _labels(texts: Texts, expression: str) -> Flags:
    """Which texts are a label of a total; most are told by a plain look for a word."""
    likely = np.zeros(len(texts), np.bool_)
    for word in _WORDS:
        likely |= true_where(pc.match_substring(texts, word))
    if likely.any():
        chosen = texts.filter(pa.array(likely))
        likely[likely] = true_where(pc.match_substring_regex(chosen, expression))
    return likely


class _Judge:
    """Looks at the suspect rows of one batch."""

    def __init__(
        self,
        written: Columns[str, Written],
        readings: Columns[str, Reading],
        columns: Columns[str, ColumnFacts],
        mapping: Mapping,
        mapped: Sequence[str],
        required: Sequence[str],
        places: characters.Ints,
    ) -> None:
        self.places = places
        self.columns = columns
        self.mapped = mapped
        self.required = required
        self.readings = readings
        self.sums = _money_column(columns, mapped)
        chosen = pa.array(places)
        position = {c.name: c.position for c in mapping.columns}
        self.header = {c.name: " ".join(c.header.lower().split()) for c in mapping.columns}
        # Columns that share a source column are one cell.
        self.cells: dict[str, Any] = {}
        seen: set[int | None] = set()
        for name in mapped:
            if position[name] not in seen:
                seen.add(position[name])
                self.cells[name] = characters.without_blanks(written[name].values.take(chosen))
        self.filled = {name: has(cells) for name, cells in self.cells.items()}
        self.count = np.sum(list(self.filled.values()), axis=0)

    def judge(
        self, rows: "np.ndarray[Any, np.dtype[np.int32]]", found: Excluded, totals: Totals
    ) -> None:
        """Fill ``found``."""
        errors = np.sum([characters.cell_errors(c) for c in self.cells.values()], axis=0)
        blank = (self.count == 0) | (self.count == self._nil())
        error_only = ~blank & (errors == self.count)
        header = ~blank & self._repeats_header()
        unread = np.logical_and.reduce([~self._has(name) for name in self.required or self.mapped])
        # No required cell is filled, or one cell stands alone that is no value of its column.
        empty = np.logical_and.reduce(
            [~self.filled.get(name, np.zeros(len(blank), np.bool_)) for name in self.required]
            or [blank]
        )
        words = unread & self._only_words()
        lone = (self.count == 1) & (unread | self._is_phrase())
        note = ~blank & ~error_only & ~header & (lone | empty | words)
        reasons: tuple[tuple[Reason, Flags], ...] = (
            ("blank", blank),
            ("error-only", error_only),
            ("repeated-header", header),
            ("note", note),
        )
        for reason, mask in reasons:
            for place in self.places[mask]:
                found.keep[place] = False
                found.rows.append((int(rows[place]), reason))
        if self.sums is not None:
            rest = ~(blank | error_only | header | note)
            self._judge_totals(rows, found, totals, rest)
        found.rows.sort()

    def _nil(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """How many cells hold nothing but a dash: what a spreadsheet shows of a sum of nought."""
        cells = [true_where(pc.match_substring_regex(c, _DASH)) for c in self.cells.values()]
        return np.asarray(np.sum(cells, axis=0))

    def _has(self, name: str) -> Flags:
        values = self.readings[name].values
        return has(values)[self.places]

    def _is_phrase(self) -> Flags:
        """Rows whose one cell is a phrase, where a record needs three cells at least."""
        said = np.zeros(len(self.places), np.bool_)
        if len(self.required) < 3:
            return said
        for cells in self.cells.values():
            said |= true_where(pc.match_substring_regex(cells, r"[A-Za-z]{2}.*\s.*\S"))
        return said

    def _only_words(self) -> Flags:
        """Rows whose dates and sums, where there are any, hold no digit."""
        said = np.ones(len(self.places), np.bool_)
        judged = False
        for name in self.required:
            if name in self.cells and issubclass(self.columns[name].kind, Date | Money):
                judged = True
                said &= ~true_where(pc.match_substring_regex(self.cells[name], r"[0-9#]"))
        return said if judged else ~said

    def _repeats_header(self) -> Flags:
        repeats = np.zeros(len(self.places), np.int64)
        for name, cells in self.cells.items():
            repeats += true_where(pc.equal(pc.utf8_lower(cells), self.header[name]))
        needed = min(2, len(self.cells))
        return np.asarray((repeats >= needed) & (2 * repeats >= self.count))

    def _judge_totals(
        self,
        rows: "np.ndarray[Any, np.dtype[np.int32]]",
        found: Excluded,
        totals: Totals,
        rest: Flags,
    ) -> None:
        assert self.sums is not None, "asked only where there is a sum of money"
        amount = self._has(self.sums)
        dated, like_date = self._dated()
        # Where a date stands, read or not, only a row that also has a sum can be a total.
        likely = rest & (~like_date | (dated & amount))
        labelled = self._labelled(_TOTAL, likely)
        subtotal = self._labelled(_SUBTOTAL, likely)
        alone = amount & (self.count == 1)
        bare = amount & dated & self._says_nothing()
        candidates = np.flatnonzero(rest & (labelled | subtotal | alone | bare))
        pence = money.pence_of(self.readings[self.sums].values)
        counted = np.where(found.keep, pence, 0)
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(counted)))
        start, so_far = 0, totals.so_far
        since = totals.since_total
        for candidate in candidates:
            place = int(self.places[candidate])
            so_far += int(before[place] - before[start])
            since += int(before[place] - before[start])
            start = place
            above = totals.above(int(rows[place])) if totals.above else so_far
            own = int(pence[place])
            slack = min(100, 1 + (totals.records + place) // 2)
            agrees = amount[candidate] and (
                abs(own - above) <= slack or (since and abs(own - since) <= slack)
            )
            if bare[candidate] and not labelled[candidate]:
                # A payment without a name may be what one or two payments above it add up to.
                counted_above = totals.records + int(found.keep[:place].sum())
                agrees = own == above and counted_above >= _BARE_AFTER
            if agrees or (labelled[candidate] and not dated[candidate]):
                found.keep[place] = False
                found.rows.append((int(rows[place]), "total"))
                start = place + 1
                since = 0
                if not agrees and above:
                    found.noted.append((int(rows[place]), "total-differs"))

    def _says_nothing(self) -> Flags:
        """Rows in which every column of words is blank, where there is one."""
        labels = [n for n in self.mapped if issubclass(self.columns[n].kind, _LABELS)]
        if not labels:
            return np.zeros(len(self.places), np.bool_)
        return np.asarray(np.logical_and.reduce([~self._has(name) for name in labels]), np.bool_)

    def _dated(self) -> tuple[Flags, Flags]:
        """Rows whose date was read; and rows whose date cell holds a digit and no label."""
        dated = np.zeros(len(self.places), np.bool_)
        like_date = np.zeros(len(self.places), np.bool_)
        for name in self.required:
            if name in self.cells and issubclass(self.columns[name].kind, Date):
                dated |= self._has(name)
                cells = self.cells[name]
                digit = true_where(pc.match_substring_regex(cells, "[0-9]"))
                like_date |= digit & ~_labels(cells, _TOTAL)
        return dated, like_date

    def _labelled(self, expression: str, among: Flags) -> Flags:
        said = np.zeros(len(self.places), np.bool_)
        if among.any():
            chosen = pa.array(among)
            cells = pa.concat_arrays([cells.filter(chosen) for cells in self.cells.values()])
            said[among] = _labels(cells, expression).reshape(len(self.cells), -1).any(axis=0)
        return said
