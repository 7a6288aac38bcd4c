"""Reads files of SPSS, SAS and Stata: in a confined child, then from its spool."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.confined.parent import Limits
from connectors.errors import Unreadable
from connectors.read.parsed.record_table import RecordTable, open_parsed
from connectors.read.parsed.spool import Spool
from connectors.read.table import SourceTable, TableKind
from connectors.read.text.gathered_encoding import prove_gathered
from contracts.file_forms import Statistics


class StatisticsTable(RecordTable):
    """One dataset; its columns bear the names of the variables.

    Attributes:
        labels: what the file says of each variable in words; ``""`` where it says nothing.
    """

    def __init__(self, file: str, kind: TableKind, spool: Spool, facts: Mapping[str, Any]) -> None:
        super().__init__(file, kind, spool, facts)
        self.labels: tuple[str, ...] = tuple(facts["labels"])

    @property
    def places(self) -> dict[str, Any]:
        """As of any records, with ``labels``, the variables' labels, where there are any."""
        return {**super().places, **({"labels": list(self.labels)} if any(self.labels) else {})}


def open_statistics(
    path: Path, form: Statistics, file: str, limits: Limits | None = None
) -> list[SourceTable]:
    """The datasets of a file: one, or each of a SAS transport file.

    Raises:
        Unreadable: it is damaged, lacks a declared variable, or its encoding is neither declared
            nor stated nor proved.
    """
    request: dict[str, Any] = {
        "encoding": form.encoding,
        "columns": list(form.columns),
        "labels": form.labels,
        "user_missing": form.user_missing,
        "only": None,
    }

    def tables(encoding: str | None) -> list[RecordTable]:
        asked = {**request, "encoding": encoding}
        return open_parsed(
            "statistics.data", path, asked, file, "statistics", limits=limits, maker=StatisticsTable
        )

    try:
        return list(tables(form.encoding))
    except Unreadable as refusal:
        if refusal.code != "encoding-not-stated":
            raise
    proved = prove_gathered("statistics.data", path, request, file, limits)
    found = tables(proved.name if proved else None)
    for table in found:
        doubt = proved.undecided if proved else ""
        table.found = sorted({*table.found, *_undecided(table, doubt)})
    return list(found)


def _undecided(table: RecordTable, undecided: str) -> list[tuple[int, str]]:
    """Rows with a character that may be another in the code page the file was written in."""
    if not undecided:
        return []
    doubtful = re.compile(f"[{re.escape(undecided)}]")
    found = []
    for batch in table.batches():
        for column in batch.table.columns:
            for row, text in zip(batch.rows.tolist(), column.to_pylist(), strict=True):
                if text and doubtful.search(text):
                    found.append((row, "encoding-undecided"))
    return found
