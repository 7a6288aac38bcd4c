"""Gather, over a delivery, the written codes no register knows and the listed writings it met."""

from collections.abc import Iterator
from collections.abc import Mapping as Columns
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from contracts.column import ColumnFacts
from contracts.register import Register
from transforms.mapping import Mapping
from transforms.steps.parse import Reading
from transforms.steps.select import Written
from transforms.values import characters, codes
from transforms.values.parsed import Texts, Values

MOST_UNKNOWN = 1_000
"""Most unknown writings of a column that are listed; more are no codes at all."""
LONGEST = 200
"""Most characters of a listed writing; what is longer is no code."""
MOST_MET = 5_000
"""Distinct values of a batch above which a column is not searched for the writings it meets."""


@dataclass
class Unknown:
    """One writing no register knows.

    Attributes:
        column: the contract column.
        scheme: the code list or scheme it was read by.
        written: the writing, white space tidied.
        rows: how many rows have it.
        first, last: earliest and latest date as at which those rows were read.
        personal: whether the column holds personal data, so that the writing may be some.
    """

    column: str
    scheme: str
    written: str
    rows: int
    first: date
    last: date
    personal: bool = False


class GatheredCodes:
    """What a delivery's code columns held, batch by batch.

    Attributes:
        unlisted: rows with an unknown writing that is not listed, by contract column.
    """

    def __init__(
        self, columns: Columns[str, ColumnFacts], schemes: Columns[str, Register], today: str
    ) -> None:
        """
        Args:
            columns: the dataset's.
            schemes: code lists and schemes by name.
            today: the day of the delivery (ISO).
        """
        self._columns, self._schemes = columns, schemes
        self._today = date.fromisoformat(today)
        self._unknown: dict[tuple[str, str], dict[str, Unknown]] = {}
        self._met: dict[str, set[str]] = {}
        self.unlisted: dict[str, int] = {}

    def see(
        self,
        written: Columns[str, Written],
        readings: Columns[str, Reading],
        mapping: Mapping,
    ) -> None:
        """Take the records of a batch."""
        for column in mapping.columns:
            scheme = column.options.get("scheme")
            if scheme is None:
                continue
            here = written[column.name]
            problems = readings[column.name].problems
            unknown = None
            if problems is not None:
                unknown = pc.equal(problems, "code-unknown").fill_null(False)
                unknown = unknown if pc.any(unknown).as_py() else None
            self._meet(scheme, here, unknown)
            if unknown is not None:
                as_at = str(self._columns[column.name].options.get("as_at"))
                days = readings[as_at].values.filter(unknown) if as_at in readings else None
                texts = characters.without_blanks(here.values.filter(unknown))
                self._add(column.name, scheme, texts, days)

    def _meet(self, scheme: str, here: Written, unknown: Values | None) -> None:
        if here.codes is None or len(here.distinct) > MOST_MET:
            return
        texts = here.distinct
        if unknown is not None:
            texts = texts.take(here.codes.filter(pc.invert(unknown)).unique().drop_null())
        tidy = characters.without_blanks(texts)
        self._met.setdefault(scheme, set()).update(codes.folded(tidy).to_pylist())

    def _add(self, column: str, scheme: str, texts: Texts, days: Values | None) -> None:
        day = pa.scalar(self._today)
        days = pa.repeat(day, len(texts)) if days is None else days.fill_null(day)
        grouped = pa.table({"text": texts, "day": days}).group_by("text")
        counted = grouped.aggregate([("day", "count"), ("day", "min"), ("day", "max")])
        known = self._unknown.setdefault((column, scheme), {})
        for text, rows, first, last in zip(
            *(counted[name].to_pylist() for name in ("text", "day_count", "day_min", "day_max")),
            strict=True,
        ):
            one = known.get(text)
            if one is not None:
                one.rows += rows
                one.first, one.last = min(one.first, first), max(one.last, last)
            elif len(text) > LONGEST or len(known) >= MOST_UNKNOWN:
                self.unlisted[column] = self.unlisted.get(column, 0) + rows
            else:
                personal = self._columns[column].personal != "none"
                known[text] = Unknown(column, scheme, text, rows, first, last, personal)

    def unknown(self) -> Iterator[Unknown]:
        """The unknown writings listed."""
        for known in self._unknown.values():
            yield from known.values()

    def met(self) -> Iterator[tuple[str, str]]:
        """(scheme, writing) of every listed writing that was met, in the form writings are
        compared."""
        for scheme, texts in self._met.items():
            listed = {claim.writing for claim in self._schemes[scheme].claims}
            for writing in sorted(listed & texts):
                yield scheme, writing
