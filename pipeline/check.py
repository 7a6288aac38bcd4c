"""Try one file against a contract, up to split: no database, no Airflow, nothing kept."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.read.batch import cell_name
from connectors.read.parsed.dbf import with_memos
from contracts.dataset import Dataset
from contracts.declarations import Declarations
from contracts.feed import Feed
from contracts.issues import issue_types
from contracts.model import canonical_columns, columns_of
from pipeline.prepared import Prepared, TableReading
from pipeline.walk import Walk
from transforms.mapping import Proposal, Refused

_CHUNK = 1 << 20


@dataclass
class Report:
    """What a check found; :meth:`to_json` is what ``watersmeet check --json`` prints.

    Attributes:
        issues: one object for each: code, severity, file, sheet, row, cell, column, message.
            Never a value.
        refused: why the file is no such dataset; None where it is one.
        proposals: headers that may be what is missing, also of optional columns where the file is
            accepted: column, header, cell, score, evidence, and the line to put under ``columns``
            in the feed's file.
    """

    file: str
    sha256: str
    dataset: str
    feed: str | None
    tables: list[TableReading] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    excluded: list[dict[str, Any]] = field(default_factory=list)
    refused: str | None = None
    refused_code: str | None = None
    proposals: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """All records of the tables read, but their headers."""
        return sum(table.rows_read for table in self.tables)

    @property
    def rows_good(self) -> int:
        """Records without an issue that keeps them out."""
        return sum(table.rows_good for table in self.tables)

    @property
    def rows_quarantined(self) -> int:
        """Records kept out."""
        return sum(table.rows_quarantined for table in self.tables)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 with issues, 2 refused."""
        if self.refused is not None:
            return 2
        return 1 if self.issues else 0

    def columns(self) -> dict[str, dict[str, Any]]:
        """How each contract column was found, in the first table that has it."""
        found: dict[str, dict[str, Any]] = {}
        for table in self.tables:
            for name, told in columns_told(table).items():
                found.setdefault(name, told)
        return found

    def to_json(self) -> dict[str, Any]:
        """The report as plain lists, dictionaries and texts."""
        read = [table for table in self.tables if table.mapping]
        return {
            "file": self.file,
            "sha256": self.sha256,
            "dataset": self.dataset,
            "feed": self.feed,
            "encoding": next((t.encoding for t in self.tables if t.encoding), None),
            "tables": [_table(table) for table in self.tables],
            "columns": self.columns(),
            "unknown_columns": list(dict.fromkeys(h for t in read for h in _unknown(t))),
            "rows_read": self.rows_read,
            "rows_good": self.rows_good,
            "rows_quarantined": self.rows_quarantined,
            "rows_excluded": self.excluded,
            "issues": self.issues,
            "issues_by_code": dict(Counter(issue["code"] for issue in self.issues)),
            "refused": self.refused,
            "refused_code": self.refused_code,
            "proposals": self.proposals,
        }


def check(
    path: Path,
    dataset: type[Dataset],
    declarations: Declarations,
    *,
    name: str,
    feed: Feed | None = None,
    organisation: str | None = None,
    out: Path | None = None,
    today: date | None = None,
) -> Report:
    """Try a file.

    Args:
        path: the file.
        dataset: the contract to try it against.
        declarations: where entities, code schemes and agreements are found.
        name: the dataset's name.
        feed: what is declared of the feed the file is meant for.
        organisation: whose file it is, where no feed is given.
        out: where to write the good rows as Parquet; not written where the file is refused.
        today: for dates of birth.

    Raises:
        OSError: the file cannot be read, or ``out`` not be written.
    """
    report = Report(path.name, sha256_of(path), name, feed.id if feed else None)
    try:
        with _becoming(out) as partial:
            walk = Walk(
                with_memos(path),
                dataset=dataset,
                declarations=declarations,
                feed=feed,
                organisation=organisation,
                today=today,
                find_duplicates=True,
            )
            report.tables = walk.tables
            with closing(_Rows(partial, dataset)) as rows:
                for prepared in walk:
                    table = next(t for t in walk.tables if t.number == prepared.table_number)
                    report.issues += _issues(prepared, table)
                    report.excluded += _excluded(prepared, table)
                    rows.add(prepared, table)
            report.issues += [_left_out(t, c) for t in walk.tables for c in _ambiguous(t)]
            report.proposals = _told_once(p for t in walk.tables for p in _proposals(t))
    except Refused as refused:
        report.refused, report.refused_code = refused.message, refused.code
        report.proposals = _told_once(refused.proposals)
    return report


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()


def out_schema(dataset: type[Dataset]) -> pa.Schema:
    """The columns of ``--out``: place, then each canonical column and its text as it stood."""
    fields: list[tuple[str, pa.DataType]] = [
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
    ]
    fields += [(column, kind.arrow) for column, kind in canonical_columns(dataset).items()]
    fields += [(f"{column}_as_written", pa.string()) for column in columns_of(dataset)]
    return pa.schema(fields)


@contextmanager
def _becoming(out: Path | None) -> Iterator[Path | None]:
    """A file beside ``out`` to write to, which takes its place unless something goes wrong."""
    if out is None:
        yield None
        return
    partial = out.with_name(f".{out.name}.partial")
    try:
        yield partial
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


class _Rows:
    """The good rows of a check, on their way into a Parquet file; nowhere, where there is none."""

    def __init__(self, path: Path | None, dataset: type[Dataset]) -> None:
        self._schema = out_schema(dataset)
        self._writer = pq.ParquetWriter(path, self._schema) if path else None

    def add(self, prepared: Prepared, table: TableReading) -> None:
        """Write the good rows of a batch."""
        if self._writer is None:
            return
        size = len(prepared.good)
        held: dict[str, Any] = {
            "source_sheet": pa.repeat(pa.scalar(table.sheet, pa.string()), size),
            "source_row": pa.array(prepared.good, pa.int32()),
        }
        canonical, written = prepared.canonical, prepared.written
        held |= {column: canonical[column] for column in canonical.column_names}
        held |= {f"{column}_as_written": written[column] for column in written.column_names}
        arrays = [held.get(f.name, pa.nulls(size, f.type)) for f in self._schema]
        self._writer.write_table(pa.table(arrays, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()


def _issues(prepared: Prepared, table: TableReading) -> Iterator[dict[str, Any]]:
    kinds = issue_types()
    told = prepared.issues.sort_by([("row", "ascending"), ("position", "ascending")]).to_pydict()
    for row, column, position, code in zip(*told.values(), strict=True):
        kind = kinds.get(code)
        yield {
            "code": code,
            "severity": kind.severity if kind else "quarantine",
            "file": table.file,
            "sheet": table.sheet,
            "row": row,
            "cell": _cell(table, row, position) if position is not None else None,
            "column": column,
            "message": kind.message if kind else code,
        }


def _excluded(prepared: Prepared, table: TableReading) -> Iterator[dict[str, Any]]:
    for row, reason in zip(*prepared.excluded.to_pydict().values(), strict=True):
        yield {"file": table.file, "sheet": table.sheet, "row": row, "reason": reason}


def _cell(table: TableReading, row: int, position: int) -> str:
    """A cell by the names its table has for it: those of its fields, where it has no letters."""
    if "keys" in table.places:
        return f"record {row}, {table.places['keys'][position]}"
    if "fields" in table.places:
        start, name = table.places["fields"][position]
        return f"line {row}, position {start} ({name})"
    return cell_name(position, row)


def _left_out(table: TableReading, column: str) -> dict[str, Any]:
    return {
        "code": "header-repeated",
        "severity": "note",
        "file": table.file,
        "sheet": table.sheet,
        "row": table.header_row,
        "cell": None,
        "column": column,
        "message": issue_types()["header-repeated"].message,
    }


def _ambiguous(table: TableReading) -> tuple[str, ...]:
    return table.mapping.ambiguous if table.mapping else ()


def _proposals(table: TableReading) -> tuple[Proposal, ...]:
    return table.mapping.proposals if table.mapping else ()


def _told_once(proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    """As plain dictionaries; of several tables' the first of each column and header."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in proposals:
        found.setdefault((one.column, one.header), {**asdict(one), "yaml": one.yaml})
    return list(found.values())


def _unknown(table: TableReading) -> tuple[str, ...]:
    return table.mapping.unknown if table.mapping else ()


def columns_told(table: TableReading) -> dict[str, dict[str, Any]]:
    """Contract column to how it was found: header as written and its cell; ``how`` (exact,
    declared, inferred or constant), score and evidence of an inferred one."""
    mapping = table.mapping
    return {
        column.name: {
            "header": column.header,
            "how": column.how,
            "score": column.score,
            "evidence": column.evidence,
            "cell": cell_name(column.position, mapping.header_row)
            if column.position is not None and mapping.header_row
            else None,
            "sheet": table.sheet,
        }
        for column in (mapping.columns if mapping else ())
        if mapping
    }


def _table(table: TableReading) -> dict[str, Any]:
    mapping = table.mapping
    return {
        "file": table.file,
        "sheet": table.sheet,
        "header_row": table.header_row,
        "read": mapping is not None,
        "reason": table.reason,
        "kind": table.kind,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "notes": list(table.notes),
        "columns": columns_told(table),
        "dates": {
            c.name: {"formats": list(c.date_formats), "evidence": c.date_evidence}
            for c in (mapping.columns if mapping else ())
            if c.date_evidence
        },
        "unknown_columns": list(_unknown(table)),
        "outside_agreement": list(mapping.outside_agreement) if mapping else [],
        "ambiguous_columns": list(_ambiguous(table)),
        "rows_read": table.rows_read,
        "rows_good": table.rows_good,
        "rows_quarantined": table.rows_quarantined,
        "rows_excluded": table.rows_excluded,
    }
