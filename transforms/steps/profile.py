"""Gather what the columns of a delivery look like, batch by batch."""

from collections import Counter, defaultdict
from collections.abc import Mapping as Columns
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.column import ColumnFacts
from contracts.kinds import BirthDate, Code
from contracts.profiles import DELIVERY, ColumnProfile, Measures
from transforms.steps.parse import Reading
from transforms.values.parsed import Flags, Values


class Profile:
    """Grows by the records of a walk: those that are loaded and those in quarantine.

    Attributes:
        columns: by contract column; under ``""`` issues of whole rows.
    """

    def __init__(self, facts: Columns[str, ColumnFacts]) -> None:
        self._facts = facts
        self.columns: defaultdict[str, ColumnProfile] = defaultdict(ColumnProfile)

    def see(
        self, readings: Columns[str, Reading], rows: Any, good: Flags, issues: pa.Table
    ) -> None:
        """Count the records of a batch.

        Args:
            rows: their source rows.
            good: which of them are loaded.
            issues: ``row``, ``column``, ``code``.
        """
        whole = bool(good.all())
        chosen, others = pa.array(good), pa.array(~good)
        for name, reading in readings.items():
            column, facts = self.columns[name], self._facts[name]
            if whole:
                column.good.add(_measured(reading, facts))
                continue
            column.good.add(_measured(reading.kept(chosen), facts))
            column.held.add(_counted(reading.kept(others)))
        if issues.num_rows:
            self._issues(issues, np.asarray(rows)[good])

    def _issues(self, issues: pa.Table, good: Any) -> None:
        loaded = np.isin(issues["row"].to_numpy(), good)
        grouped = (
            pa.table({"column": issues["column"], "code": issues["code"], "good": loaded})
            .group_by(["column", "code", "good"])
            .aggregate([([], "count_all")])
        )
        for one in grouped.to_pylist():
            column = self.columns[one["column"] or DELIVERY]
            part = column.good if one["good"] else column.held
            part.issues[one["code"]] += one["count_all"]


def _counted(reading: Reading) -> Measures:
    """Rows, and why they have no value."""
    values = reading.values
    rows, nulls = len(values), values.null_count
    return Measures(rows, rows - nulls, _missing(values, reading.problems) if nulls else Counter())


def _missing(values: Values, problems: Values | None) -> Counter[str]:
    if problems is None:
        return Counter({"blank": values.null_count})
    why = problems.filter(values.is_null()).fill_null("blank")
    return Counter(
        {one["values"].removeprefix("missing-"): one["counts"]
         for one in pc.value_counts(why).to_pylist()}
    )  # fmt: skip


def _measured(reading: Reading, facts: ColumnFacts) -> Measures:
    found = _counted(reading)
    values = reading.values
    if issubclass(facts.kind, Code) or pa.types.is_boolean(values.type):
        counts = pc.value_counts(values.drop_null()).to_pylist()
        found.codes = Counter({code_text(one["values"]): one["counts"] for one in counts})
    elif not found.present:
        return found
    elif is_number(values.type):
        found.total = pc.sum(values).as_py()
        found.least, found.most = pc.min_max(values).as_py().values()
        sizes = pc.abs(values.cast(pa.float64()))
        logs = pc.ln(sizes.filter(pc.greater(sizes, 0)))
        found.logs, found.logged = pc.sum(logs).as_py() or 0.0, len(logs)
    elif pa.types.is_date32(values.type) and not issubclass(facts.kind, BirthDate):
        found.total = pc.sum(values.cast(pa.int32()).cast(pa.int64())).as_py()
        found.least, found.most = pc.min_max(values).as_py().values()
    return found


def is_number(kind: Any) -> bool:
    """Whether values of an Arrow type can be summed."""
    return bool(
        pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    )


def code_text(value: Any) -> str:
    """A code, or yes or no, as profiles have it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
