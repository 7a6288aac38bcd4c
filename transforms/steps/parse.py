"""Read the written values of a batch, each distinct one once."""

from collections.abc import Callable
from collections.abc import Mapping as Columns
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.column import ColumnFacts
from contracts.kinds import BirthDate, Code
from contracts.register import Register
from transforms.mapping import MappedColumn, Mapping
from transforms.steps.select import Written
from transforms.values import parser_for
from transforms.values.parsed import Parsed, Texts, Values, nulls_of


@dataclass(frozen=True)
class Reading:
    """One contract column of a batch, read.

    Attributes:
        values: canonical value of every row.
        companions: the kind's further canonical columns, by suffix.
        problems: issue code of every row; None where there is none at all.
    """

    values: Values
    companions: dict[str, Values]
    problems: Values | None

    def kept(self, mask: Values) -> "Reading":
        """The rows where ``mask`` holds."""
        return Reading(
            self.values.filter(mask),
            {suffix: values.filter(mask) for suffix, values in self.companions.items()},
            None if self.problems is None else self.problems.filter(mask),
        )


def parser_options(
    column: MappedColumn,
    facts: ColumnFacts,
    schemes: Columns[str, Register],
    today: str | None = None,
) -> dict[str, Any]:
    """The options of a mapped column's parser, its code scheme looked up.

    A code becomes the list's code; a text written in a code scheme becomes the entry's name.
    """
    options: dict[str, Any] = {**column.options, "formats": column.date_formats}
    if issubclass(facts.kind, BirthDate):
        options["birth"] = True
        if today is not None:
            options["today"] = today
    scheme = options.get("scheme")
    if scheme is not None:
        register = schemes[scheme]
        named = not issubclass(facts.kind, Code)
        options["writings"] = {
            writing: register[code].name if named else code
            for writing, code in register.writings.items()
        }
    return options


def read_values(facts: ColumnFacts, values: Texts, options: Columns[str, Any]) -> Parsed:
    """Canonical values of distinct written ones."""
    return parser_for(Code if "writings" in options else facts.kind)(values, options)


class Memory:
    """What the values of a walk's columns were read as, so that a value that comes again in a later
    batch is not read again. Bounded; columns of nearly distinct values are not kept."""

    MOST = 100_000

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Texts, Parsed]] = {}

    def read(self, name: str, values: Texts, read: Callable[[Texts], Parsed]) -> Parsed:
        """The canonical values of distinct written ones, by a column's name."""
        if name not in self._kept:
            parsed = read(values)
            if len(values) <= self.MOST:
                self._kept[name] = values, parsed
            return parsed
        known, parsed = self._kept[name]
        place = pc.index_in(values, known)
        fresh = values.filter(place.is_null())
        if len(fresh):
            parsed = _joined(parsed, read(fresh))
            known = pa.concat_arrays([known, fresh])
            if len(known) <= self.MOST:
                self._kept[name] = known, parsed
            places = np.array(place.fill_null(0))
            places[nulls_of(place)] = np.arange(len(known) - len(fresh), len(known))
            place = pa.array(places)
        return Parsed(
            parsed.values.take(place),
            parsed.problems.take(place),
            {suffix: values.take(place) for suffix, values in parsed.companions.items()},
        )


def _joined(first: Parsed, second: Parsed) -> Parsed:
    return Parsed(
        pa.concat_arrays([first.values, second.values]),
        pa.concat_arrays([first.problems, second.problems]),
        {
            suffix: pa.concat_arrays([values, second.companions[suffix]])
            for suffix, values in first.companions.items()
        },
    )


def parse(
    written: Columns[str, Written],
    mapping: Mapping,
    columns: Columns[str, ColumnFacts],
    schemes: Columns[str, Register],
    today: str | None = None,
    memory: Memory | None = None,
) -> dict[str, Reading]:
    """Read every mapped column of a batch.

    Args:
        memory: of the batches of the same table before.

    A spreadsheet error in an optional column is noted (``cell-error-optional``) and taken as
    missing; elsewhere it keeps the row out (``cell-error``).
    """
    found: dict[str, Reading] = {}
    for column in mapping.columns:
        facts, here = columns[column.name], written[column.name]
        options = parser_options(column, facts, schemes, today)
        read = partial(_read, facts, options)
        if memory is None or here.codes is None:
            parsed = read(here.distinct)
        else:
            parsed = memory.read(column.name, here.distinct, read)
        problems = None
        if parsed.problems.null_count < len(parsed.problems):
            codes = parsed.problems
            if facts.optional or facts.nullable:
                codes = pc.replace_substring(codes, "cell-error", "cell-error-optional")
            problems = here.spread(codes)
            if problems.null_count == len(problems):
                problems = None
        found[column.name] = Reading(
            here.spread(parsed.values),
            {suffix: here.spread(values) for suffix, values in parsed.companions.items()},
            problems,
        )
    return found


def _read(facts: ColumnFacts, options: Columns[str, Any], values: Texts) -> Parsed:
    return read_values(facts, values, options)


def unread(written: Written, reading: Reading) -> Texts:
    """The texts of a date column that are no date of its formats, one for each row."""
    if reading.problems is None:
        return written.values.slice(0, 0)
    return written.values.filter(pc.equal(reading.problems, "date-unreadable").fill_null(False))


def has(values: Values) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Where there is a value."""
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), np.bool_)
