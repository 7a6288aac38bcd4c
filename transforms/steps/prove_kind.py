"""Whether the values of a column prove that it is of a kind: dates are dates, sums are sums.

Kinds that any text is a value of (names, references, free text) prove nothing.
"""

import re
from collections.abc import Mapping as Columns
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.column import ColumnFacts
from contracts.kinds import Code, Date, Kind, Money, WholeNumber
from contracts.register import Register
from transforms.mapping import MappedColumn
from transforms.steps.date_shapes import DateColumn, Order, in_order, shapes
from transforms.steps.parse import parser_options, read_values
from transforms.steps.survey import gather_dates
from transforms.values import characters, dates, parser_for
from transforms.values.parsed import Texts, true_where

_WORDS = ("Acme Services Limited", "see note below", "n/k", "Smith, Jane")
_PROVABLE: dict[type[Kind], bool] = {}
"""What was found of kinds asked about before."""
_STRAYS = 0.01
_OTHER_WORDS = 0.1
_FEW = 3
"""Rows beside the records (totals, notes, repeated headers) that speak against nothing."""

_SUM = re.compile(r"[£(),]|\.\d|GBP|\b(CR|DR)\b", re.IGNORECASE)


def prove_kind(
    facts: ColumnFacts,
    values: Texts,
    options: Columns[str, Any],
    schemes: Columns[str, Register],
) -> str | None:
    """How the values of a column prove its kind, in plain words; None where they do not.

    Args:
        values: the whole column below its header, as written.
        options: of the column's mapping.
    """
    filled = characters.without_blanks(characters.plain(values)).drop_null()
    if not len(filled) or not provable(facts.kind):
        return None
    if issubclass(facts.kind, Date):
        return _proves_dates(filled)
    counted = filled.value_counts()
    texts, counts = counted.field("values"), np.asarray(counted.field("counts"))
    mapped = MappedColumn(facts.name, 0, "", "exact", options=dict(options))
    given = parser_options(mapped, facts, schemes)
    if issubclass(facts.kind, Code) and "writings" not in given:
        return None
    parsed = read_values(facts, texts, given)
    read = np.asarray(parsed.values.is_valid().to_numpy(zero_copy_only=False), np.bool_)
    told = _told(texts, counts, read, issubclass(facts.kind, Money | WholeNumber))
    if told is None:
        return None
    if issubclass(facts.kind, Money) and not _are_sums(texts, counts, read):
        return None
    if issubclass(facts.kind, WholeNumber) and _are_labels(texts):
        return None
    return f"{told} read as {facts.kind.name.replace('_', ' ')}"


def has_values(values: Texts) -> bool:
    """Whether any cell of a column is filled."""
    filled = characters.without_blanks(characters.plain(values))
    return bool(len(filled) > filled.null_count)


def provable(kind: type[Kind]) -> bool:
    """Whether values can prove a kind: whether its parser refuses words that are no value of it."""
    if kind not in _PROVABLE:
        _PROVABLE[kind] = issubclass(kind, Code | Date) or _refuses_words(kind)
    return _PROVABLE[kind]


def _refuses_words(kind: type[Kind]) -> bool:
    try:
        parsed = parser_for(kind)(pa.array(_WORDS), {})
    except TypeError:
        return False
    return bool(parsed.values.null_count == len(_WORDS))


def _told(texts: Texts, counts: Any, read: Any, numeric: bool) -> str | None:
    """How many rows were read, if nearly all were."""
    good, bad = int(counts[read].sum()), int(counts[~read].sum())
    words = 0
    if numeric:
        digits = true_where(pc.match_substring_regex(texts, "[0-9]"))
        words = int(counts[~read & ~digits].sum())
        bad -= words
    if not good or bad > _STRAYS * good or words > max(_FEW, _OTHER_WORDS * good):
        return None
    rest = bad + words
    if rest:
        return f"{good:,} of {good + rest:,} values"
    return f"all {good:,} values" if good > 1 else "its one value"


def _are_sums(texts: Texts, counts: Any, read: Any) -> bool:
    """Whether half of them are written as sums are: whole numbers may be anything."""
    like = [bool(_SUM.search(text)) for text in texts.to_pylist()]
    return int(counts[np.array(like, np.bool_) & read].sum()) * 2 >= int(counts[read].sum())


def _are_labels(texts: Texts) -> bool:
    """Whether some number starts with a nought, as identifiers do and counts do not."""
    return bool(true_where(pc.match_substring_regex(texts, r"^0[0-9]")).any())


def _proves_dates(filled: Texts) -> str | None:
    column = DateColumn()
    gather_dates(column, filled, np.arange(len(filled)))
    if not column.counts:
        return None
    found = shapes(column)
    certain = [*found.certain, *(["%Y%m%d"] if found.compact else [])]
    texts = pa.array(list(column.counts), pa.string())
    counts = np.fromiter(column.counts.values(), np.int64, len(column.counts))
    orders: tuple[Order, ...] = ("dmy", "mdy")
    for order in orders:
        formats = (*certain, *(in_order(one, order) for one in found.last_formats))
        parsed = dates.parse(texts, {"formats": formats})
        read = np.asarray(parsed.values.is_valid().to_numpy(zero_copy_only=False), np.bool_)
        told = _told(texts, counts, read, numeric=True)
        if told is not None:
            return f"{told} read as dates"
    return None
