"""The right answers beside the example's files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.example.sinks import Sink
from pipeline.example.supply import Array, Plan, Supply

Marks = np.ndarray[tuple[int], np.dtype[np.object_]]


@dataclass
class Since:
    """What became of the rows since the delivery before; rows of the file, good ones only."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


class Answers:
    """Gathers one feed's answers while its file is written.

    ``answers/<feed id>.json`` holds the counts, the quarantined rows with their codes, the excluded
    rows with their reasons, the sum of the good rows' amounts and their first and last date.
    ``answers/<feed id>.parquet`` holds one row a record: ``sheet``, ``row``, ``issue`` (null for a
    good one), ``since`` (new, changed or unchanged), the true canonical values by contract column
    and the region's own number of the person or payment.
    """

    def __init__(self, folder: Path, supply: Supply[Any], plan: Plan) -> None:
        self.supply = supply
        self.plan = plan
        self.path = folder / f"{supply.feed}.json"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.writer: pq.ParquetWriter | None = None
        self.since = Since()
        self.rows = 0
        self.quarantined: list[dict[str, Any]] = []
        self.sheets: dict[str | None, int] = {}
        self.sum = 0
        self.first: date | None = None
        self.last: date | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.writer is not None:
            self.writer.close()

    def add(
        self,
        truth: Mapping[str, Array],
        places: tuple[list[str | None], list[int]],
        issues: Marks,
        since: Marks,
    ) -> None:
        """Note a piece as it was written."""
        sheets, rows = places
        good = np.array([issue is None for issue in issues], dtype=bool)
        self.rows += len(rows)
        for i in np.flatnonzero(~good).tolist():
            self.quarantined.append({"sheet": sheets[i], "row": rows[i], "codes": [issues[i]]})
        for sheet in sheets:
            self.sheets[sheet] = self.sheets.get(sheet, 0) + 1
        for word in ("new", "changed", "unchanged"):
            count = int(((since == word) & good).sum())
            setattr(self.since, word, getattr(self.since, word) + count)
        self._measure(truth, pa.array(good))
        table = pa.table(
            {
                "sheet": pa.array(sheets, pa.string()),
                "row": pa.array(rows, pa.int32()),
                "issue": pa.array(issues, pa.string()),
                "since": pa.array(since, pa.string()),
                **truth,
            }
        )
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path.with_suffix(".parquet"), table.schema)
        self.writer.write_table(table)

    def _measure(self, truth: Mapping[str, Array], good: Array) -> None:
        if "amount" in truth:
            total = pc.sum(truth["amount"].filter(good)).as_py()
            self.sum += int((total or 0) * 100)
        ends: Any = pc.min_max(truth[self.supply.dated].filter(good)).as_py()
        first: date | None = ends["min"]
        last: date | None = ends["max"]
        if first is not None and last is not None:
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)

    def _outcome(self) -> dict[str, int]:
        """What the repository has to make of the good rows, by the dataset's main entity."""
        since = self.since
        moved = 0 if self.supply.keyed else since.changed
        elsewhere = 0 if self.supply.moves_main else since.changed
        return {
            "new": since.new + moved,
            "changed": since.changed - moved - elsewhere,
            "unchanged": since.unchanged + elsewhere,
            "ended": since.gone + moved,
        }

    def finish(self, sink: Sink, gone: int, root: Path) -> dict[str, Any]:
        """Write the answers down, the file being whole."""
        self.since.gone = gone
        money = f"{'-' if self.sum < 0 else ''}{abs(self.sum) // 100}.{abs(self.sum) % 100:02d}"
        answers = {
            "feed": self.supply.feed,
            "delivery": self.plan.delivery,
            "seed": self.plan.seed,
            "file": sink.path.relative_to(root).as_posix(),
            "tables": [
                {"sheet": sheet, "header_row": sink.header_row, "rows": rows}
                for sheet, rows in sorted(self.sheets.items(), key=lambda one: str(one[0]))
            ],
            "rows": self.rows,
            "good": self.rows - len(self.quarantined),
            "quarantined": self.quarantined,
            "excluded": [asdict(one) for one in sink.excluded],
            "sum": money if self.sum else None,
            "date_column": self.supply.dated,
            "first_date": self.first.isoformat() if self.first else None,
            "last_date": self.last.isoformat() if self.last else None,
            "since_last": asdict(self.since),
            "outcome": self._outcome(),
        }
        self.path.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
        return answers
