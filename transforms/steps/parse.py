"""Read the written values of a batch, each distinct one once."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Columns
from dataclasses import dataclass
from datetime import date
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
from transforms.values import missing, parser_for
from transforms.values.missing import missing_of
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
    feed: str | None = None,
    period: int | None = None,
) -> dict[str, Any]:
    """The options of a mapped column's parser, its code scheme looked up.

    A code becomes the list's code; a text written in a code scheme becomes the entry's name.

    Args:
        today: the day of the delivery (ISO), for dates of birth and for codes whose record bears
            no date they are read as at; where None, today.
        feed: whose writings of codes hold besides those that hold for every feed.
        period: the period of the register (:meth:`contracts.register.Register.period`) the codes
            are read as at; where None, the one the day of the delivery lies in.
    """
    options: dict[str, Any] = {**column.options, "formats": column.date_formats}
    if issubclass(facts.kind, BirthDate):
        options["birth"] = True
        if today is not None:
            options["today"] = today
    scheme = options.get("scheme")
    if scheme is not None:
        register = schemes[scheme]
        wanted = facts.options.get("scheme", scheme)
        into = None if wanted in (scheme, register.lists) else wanted
        if period is None:
            period = register.period(_day(today))
        resolved = register.during(period, feed, into)
        options["writings"], options["outside"] = resolved.codes, resolved.outside
        whole = schemes[into] if into else register.listed
        options["reasons"] = {c: entry.reason for c, entry in whole.items() if entry.reason}
        if into is not None:
            options["missing"] = _lost_reasons(register, period, feed, options)
        if not issubclass(facts.kind, Code):
            options["writings"] = {
                writing: None if code is None else whole[code].name
                for writing, code in resolved.codes.items()
            }
    return options


def _lost_reasons(
    register: Register, period: int, feed: str | None, options: Columns[str, Any]
) -> dict[str, list[str]]:
    """Reason to writings of codes that say a value is missing and have no counterpart in the list
    they are turned into, beside those the feed declares."""
    found = {reason: [*texts] for reason, texts in options.get("missing", {}).items()}
    for writing, code in register.during(period, feed).codes.items():
        entry = None if code is None else register.listed.get(code)
        reason = None if entry is None else entry.reason
        if reason is not None and options["writings"][writing] is None:
            found.setdefault(reason, []).append(writing)
    return found


def _day(today: str | None) -> date:
    return date.today() if today is None else date.fromisoformat(today)


def read_values(facts: ColumnFacts, values: Texts, options: Columns[str, Any]) -> Parsed:
    """Canonical values of distinct written ones."""
    parser = parser_for(Code if "writings" in options else facts.kind)
    told = missing_of(facts, options.get("missing", {}), options.get("reasons"))
    return missing.read(lambda some: parser(some, options), values, told)


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
    feed: str | None = None,
) -> dict[str, Reading]:
    """Read every mapped column of a batch.

    Args:
        today: the day of the delivery (ISO).
        memory: of the batches of the same table before.
        feed: whose writings of codes hold besides those that hold for every feed.

    A spreadsheet error in an optional column is noted (``cell-error-optional``) and taken as
    missing; elsewhere it keeps the row out (``cell-error``). A code is read as at the date its
    column's option ``as_at`` names, in each row; where the row has none, the day of the delivery.
    """
    found: dict[str, Reading] = {}
    dated: list[MappedColumn] = []
    for column in mapping.columns:
        facts, here = columns[column.name], written[column.name]
        if _as_at(column, facts, schemes, written) is not None:
            dated.append(column)
            continue
        options = parser_options(column, facts, schemes, today, feed)
        found[column.name] = _reading(column.name, facts, here, options, memory)
    for column in dated:
        facts, here = columns[column.name], written[column.name]
        days = found[_as_at(column, facts, schemes, written) or ""].values
        register = schemes[column.options["scheme"]]
        by_period = {
            period: _reading(
                f"{column.name}, {period}",
                facts,
                here if rows is None else here.kept(pa.array(rows)),
                parser_options(column, facts, schemes, today, feed, period),
                memory,
            )
            for period, rows in _periods(register, days, _day(today))
        }
        found[column.name] = _in_order(register, days, _day(today), by_period)
    return {column.name: found[column.name] for column in mapping.columns}


def _as_at(
    column: MappedColumn,
    facts: ColumnFacts,
    schemes: Columns[str, Register],
    written: Columns[str, Written],
) -> str | None:
    """The column of dates a column's codes are read as at, where that makes a difference."""
    as_at, scheme = facts.options.get("as_at"), column.options.get("scheme")
    if as_at is None or scheme is None or as_at not in written or not schemes[scheme].boundaries:
        return None
    return str(as_at)


def _reading(
    name: str,
    facts: ColumnFacts,
    here: Written,
    options: Columns[str, Any],
    memory: Memory | None,
) -> Reading:
    """Every row of a column, from its distinct values."""
    read = partial(_read, facts, options)
    if memory is None or here.codes is None:
        parsed = read(here.distinct)
    else:
        parsed = memory.read(name, here.distinct, read)
    problems = None
    if parsed.problems.null_count < len(parsed.problems):
        codes = parsed.problems
        if facts.optional or facts.nullable:
            codes = pc.replace_substring(codes, "cell-error", "cell-error-optional")
        problems = here.spread(codes)
        if problems.null_count == len(problems):
            problems = None
    return Reading(
        here.spread(parsed.values),
        {suffix: here.spread(values) for suffix, values in parsed.companions.items()},
        problems,
    )


def _period_of(register: Register, days: Values, today: date) -> "np.ndarray[Any, Any]":
    """The register's period that each row's date lies in; a row without one has today's."""
    numbers = np.asarray(days.cast(pa.int32()).fill_null(pa.scalar(today).cast(pa.int32())))
    starts = pa.array(register.boundaries, pa.date32()).cast(pa.int32())
    return np.searchsorted(np.asarray(starts), numbers, side="right")


def _periods(
    register: Register, days: Values, today: date
) -> Iterator[tuple[int, "np.ndarray[Any, Any] | None"]]:
    """The periods met and which rows lie in each; None where all lie in one."""
    periods = _period_of(register, days, today)
    met = np.unique(periods)
    for period in met.tolist():
        yield period, None if len(met) == 1 else periods == period


def _in_order(
    register: Register, days: Values, today: date, by_period: Columns[int, Reading]
) -> Reading:
    """The rows of readings by period, in the order they stand in."""
    if len(by_period) == 1:
        return next(iter(by_period.values()))
    order = np.argsort(_period_of(register, days, today), kind="stable")
    back = pa.array(np.argsort(order))
    readings = [by_period[period] for period in sorted(by_period)]
    codes = [
        pa.nulls(len(one.values), pa.string()) if one.problems is None else one.problems
        for one in readings
    ]
    problems = pa.concat_arrays(codes).take(back)
    return Reading(
        pa.concat_arrays([one.values for one in readings]).take(back),
        {
            suffix: pa.concat_arrays([one.companions[suffix] for one in readings]).take(back)
            for suffix in readings[0].companions
        },
        None if problems.null_count == len(problems) else problems,
    )


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
