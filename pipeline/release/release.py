"""A release from end to end: rows read once, made safe, described, versioned, written, recorded."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg.rows import dict_row

from contracts.declarations import Declarations, UnknownDeclaration, load
from contracts.entity import entity_facts
from contracts.open_table import OpenTable
from contracts.version import code_version
from pipeline.dictionary import dictionary, organisation_name
from pipeline.export.csvw import ENDING, csvw
from pipeline.export.delimited import write_csv
from pipeline.export.exporting import column_facts
from pipeline.export.facts import ColumnFacts, TableFacts, plain_schema
from pipeline.export.parquet import write_parquet
from pipeline.release import disclosure
from pipeline.release import files as file
from pipeline.release.data_package import data_package
from pipeline.release.dcat import dcat
from pipeline.release.files import ReleasedFile, Told
from pipeline.release.version import MEANING, Change, change, next_version
from pipeline.settings import Settings
from repository import releases as record
from repository.access.purpose_tables import PurposeColumn, streamed
from repository.access.purposes import Grant, london_today
from repository.database import connect, database_url
from repository.open import rows as open_rows
from repository.problems import values_withheld

BESIDE = {
    "supplied_by": "The organisation that supplies the row",
    "as_at": "The date the delivery that brought the row speaks of",
    "total_over": "The columns this row is the total over; empty for a group itself",
    "suppressed": "Whether figures are not shown, so that small counts cannot be worked out",
}


class NotReleased(Exception):
    """An open table cannot be published; the message says why and what to do."""


@dataclass(frozen=True)
class Released:
    """What became of one open table.

    Attributes:
        version: the version that stands now, or would.
        change: what changed since the last; ``none``: nothing was published.
        folder: where its files are; None where nothing was written.
        disclosure: the report.
    """

    name: str
    version: str
    change: Change
    rows: int
    folder: Path | None
    disclosure: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        told = {**vars(self), "means": MEANING[self.change]}
        return {**told, "folder": str(self.folder) if self.folder else None}


def releases_folder() -> Path:
    """Where releases are written if nothing else is said."""
    return Settings.from_environment().state / "releases"


def released(name: str | None = None) -> list[record.ReleaseRecord]:
    """Every version that was published, or every one of an open table, oldest first."""
    with connect(database_url(Settings.from_environment().state)) as conn:
        return record.releases(conn, name)


def release(name: str, *, by: str, into: Path | None = None, check: bool = False) -> Released:
    """Publish an open table: a new version where anything changed, else nothing.

    Args:
        name: the open table.
        by: who publishes.
        into: the folder under which ``<name>/<version>/`` is made.
        check: work everything out, write and record nothing.

    Raises:
        contracts.declarations.UnknownDeclaration: no such open table, or it is broken.
        NotReleased: no agreement lets it be published today, or the folder cannot be written.
        pipeline.release.disclosure.DisclosureRisk, pipeline.release.suppression.TooManyCells: it
            might tell of somebody.
        repository.problems.DatabaseProblem, repository.problems.DatabaseDown
    """
    settings = Settings.from_environment()
    declarations = load(settings.contracts)
    table = open_table(declarations, name)
    into = (into or releases_folder()).absolute()
    with connect(database_url(settings.state)) as conn, values_withheld():
        record.hold_releases(conn, name)
        conn.commit()
        # All that follows speaks of one state of the repository.
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with _scratch(into if not check else settings.scratch) as folder:
            return _Release(conn, declarations, table, by, folder).done(into, check)


def open_table(declarations: Declarations, name: str) -> OpenTable:
    """An open table by name.

    Raises:
        UnknownDeclaration: there is none, or its declaration is broken.
    """
    if name in declarations.open_tables:
        return declarations.open_tables[name]
    wrong = [one for one in declarations.broken if one.path.as_posix() == f"open/{name}.yml"]
    if wrong:
        raise UnknownDeclaration(f"open table {name} cannot be published: {wrong[0]}")
    there = ", ".join(sorted(declarations.open_tables)) or "none; declare one in open/"
    raise UnknownDeclaration(f"there is no open table {name}; there are {there}")


class _Release:
    """One open table while it is being published."""

    def __init__(
        self,
        conn: psycopg.Connection,
        declarations: Declarations,
        table: OpenTable,
        by: str,
        folder: Path,
    ) -> None:
        self.conn, self.declarations, self.table = conn, declarations, table
        self.by, self.folder = by, folder
        self.entity = declarations.entities[table.entity]
        self.grants: tuple[Grant, ...] = open_rows.grants_of_table(
            conn, table, declarations, london_today(conn)
        )
        if not self.grants:
            raise NotReleased(
                f"{table.name}: no agreement in force today lets {table.entity} be published, or "
                "none of its feeds has delivered yet"
            )
        self.issued = datetime.now(UTC).replace(microsecond=0)

    def done(self, into: Path, check: bool) -> Released:
        types = disclosure.published_types(
            self.table,
            open_rows.types_of(self.conn, self.table, self.grants, self.entity),
        )
        facts = self.facts(types)
        layout = [[one.name, one.sql_type] for one in facts.columns]
        hidden = self.aggregated() if self.table.aggregated else None
        report = disclosure.report(
            self.conn, self.table, self.grants, hidden, self.declarations.entities
        )
        rows = self.write_data(facts, hidden, report)
        data = tuple(ReleasedFile.of(self.folder / name) for name in (file.CSV, file.PARQUET))
        last = next(iter(reversed(record.releases(self.conn, self.table.name))), None)
        before = None if last is None else (last.layout, last.content, last.description)
        content, description = bytes.fromhex(data[0].sha256), self.description(facts)
        changed = change(before, (layout, content, description))
        version = next_version(last.version if last else None, changed)
        target = into / self.table.name / version
        told = Released(self.table.name, version, changed, rows, None, report)
        if check or (changed == "none" and target.exists()):
            return told
        if last is not None and changed == "none":
            # Somebody wants the standing version in another folder, as it was.
            self.issued = last.made_at.astimezone(UTC)
        deliveries = self.describe(version, facts, rows, data, report)
        if changed == "none":
            self.place(target)
            return replace(told, folder=target)
        made = record.ReleaseRecord(
            name=self.table.name,
            version=version,
            entity=self.table.entity,
            columns=list(self.table.read),
            rows=rows,
            content=content,
            layout=layout,
            description=description,
            deliveries=deliveries,
            files=[asdict(ReleasedFile.of(one)) for one in sorted(self.folder.iterdir())],
            disclosure=dict(report),
            made_by=self.by,
            made_at=self.issued,
        )
        record.record_release(self.conn, made)
        self.place(target)
        try:
            self.conn.commit()
        except psycopg.Error:
            shutil.rmtree(target, ignore_errors=True)
            raise
        return replace(told, folder=target)

    def place(self, target: Path) -> None:
        """Put the folder in its place, whole."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                # Of a release that was cut off before it was recorded.
                shutil.rmtree(target)
            self.folder.replace(target)
        except OSError as error:
            raise NotReleased(f"{target} cannot be written: {error.strerror}") from None

    def facts(self, types: Mapping[str, str]) -> TableFacts:
        """What is told of the table and its columns."""
        known = dictionary(None, self.declarations, [self.table.entity])[0]
        groups = {one.name: one for one in self.table.group_by}
        columns: list[ColumnFacts] = []
        for name, sql_type in types.items():
            column = PurposeColumn(name, sql_type, BESIDE.get(name, ""))
            measure = next((one for one in self.table.measures if one.name == name), None)
            if measure is not None:
                of = known.column(measure.sum) if measure.sum else None
                meaning = measure.meaning or (f"Sum of: {of.meaning}" if of else "Number of rows")
                unit = of.unit if of else None
                columns.append(ColumnFacts(name, meaning, sql_type, column.arrow, unit=unit))
            elif name in groups and groups[name].by:
                of = known.column(groups[name].column)
                meaning = f"First day of the {groups[name].by} of: {of.meaning if of else ''}"
                columns.append(ColumnFacts(name, meaning, sql_type, column.arrow))
            else:
                columns.append(self.published(column_facts(column, known)))
        meaning = " ".join(self.table.description.split())
        caveats = " ".join(known.meaning.split())
        return TableFacts(
            name=self.table.name,
            title=self.table.title,
            meaning=f"{meaning}\n\n{caveats}",
            columns=tuple(columns),
            key=self.table.key,
            made_at=self.issued,
        )

    def published(self, facts: ColumnFacts) -> ColumnFacts:
        """A column as it is published: one that redaction or totals may empty may be missing."""
        emptied = {name for rule in self.table.disclosure.redact for name in rule.hide}
        may_miss = facts.nullable or facts.name in emptied or self.table.aggregated
        nullable = may_miss and facts.name not in ("supplied_by", "as_at", "suppressed")
        return ColumnFacts(**{**vars(facts), "nullable": nullable, "headers": (), "missing": ()})

    def aggregated(self) -> disclosure.Aggregated:
        with self.conn.cursor(row_factory=dict_row) as cursor:
            query = open_rows.grouped(self.table, self.grants, self.entity)
            return disclosure.aggregated(self.table, cursor.execute(query).fetchall())

    def write_data(
        self, facts: TableFacts, hidden: disclosure.Aggregated | None, report: dict[str, Any]
    ) -> int:
        """Write the data as Parquet, and from that as CSV."""
        schema, parquet = plain_schema(facts.columns), self.folder / file.PARQUET
        if hidden is None:
            query = open_rows.rows(self.table, self.grants)
            with streamed(self.conn, query, schema) as batches:
                rows = write_parquet(parquet, facts, batches, timed=False)
        else:
            batch = pa.RecordBatch.from_pylist(hidden.rows, schema)
            rows = write_parquet(parquet, facts, [batch], timed=False)
        with pq.ParquetFile(parquet) as source:
            done = write_csv(self.folder / file.CSV, facts, source.iter_batches())
        report["rows_published"] = rows
        report["apostrophes_in_csv"] = done.neutralised
        return rows

    def describe(
        self,
        version: str,
        facts: TableFacts,
        rows: int,
        data: tuple[ReleasedFile, ...],
        report: Mapping[str, Any],
    ) -> list[int]:
        """Write what describes the data; the deliveries they are from."""
        found = open_rows.deliveries(self.conn, self.table, self.grants)
        codes = dict.fromkeys(one["organisation"] for one in found)
        days = sorted(one["as_at"] for one in found)
        told = Told(
            table=self.table,
            version=version,
            facts=facts,
            rows=rows,
            data=data,
            suppliers=tuple(organisation_name(self.declarations, code) for code in codes),
            issued=self.issued,
            first_at=f"{days[0]:%F}" if days else None,
            last_at=f"{days[-1]:%F}" if days else None,
        )
        licence = {
            "dc:license": {"@id": self.table.licence.url},
            "dc:publisher": told.table.publisher,
        }
        self.write(file.PACKAGE, data_package(told))
        self.write(file.DCAT, dcat(told))
        self.write(file.CSV + ENDING, csvw(facts, file.CSV, self.table.language, **licence))
        self.write(file.LINEAGE, self.lineage(told, found))
        self.write(file.DISCLOSURE, {"version": version, **report})
        return [one.pop("delivery_id") for one in found]

    def lineage(self, told: Told, found: list[dict[str, Any]]) -> dict[str, Any]:
        """Where the rows are from: feeds, deliveries, files, and what worked them."""
        feeds: dict[str, dict[str, Any]] = {}
        for one in found:
            feed = feeds.setdefault(
                one["feed"],
                {
                    "feed": one["feed"],
                    "organisation": organisation_name(self.declarations, one["organisation"]),
                    "agreement": one["agreement"],
                    "deliveries": [],
                },
            )
            left = ("feed", "organisation", "agreement")
            feed["deliveries"].append({k: v for k, v in one.items() if k not in left})
        return {
            "open_table": told.table.name,
            "version": told.version,
            "issued": told.issued,
            "rows": told.rows,
            "entity": told.table.entity,
            "entity_version": entity_facts(self.entity).version,
            "columns": list(told.table.read),
            "code_version": code_version(),
            "data": [asdict(one) for one in told.data],
            "feeds": list(feeds.values()),
        }

    def description(self, facts: TableFacts) -> bytes:
        """The hash of all that is said of the table and its columns."""
        said = self.table.model_dump(mode="json", exclude={"publish"})
        meanings = [[one.name, one.meaning, one.unit, one.nullable] for one in facts.columns]
        whole = json.dumps([said, facts.meaning, meanings], sort_keys=True)
        return hashlib.sha256(whole.encode()).digest()

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        text = json.dumps(content, indent=1, ensure_ascii=False, default=_plain)
        (self.folder / name).write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


@contextmanager
def _scratch(where: Path) -> Iterator[Path]:
    """A folder that is gone afterwards, unless it was moved to its place."""
    folder = where / f".{secrets.token_hex(6)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise NotReleased(f"{where} cannot be written: {error.strerror}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
