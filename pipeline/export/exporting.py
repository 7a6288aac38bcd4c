"""An export from end to end: checked, read as analysts read, written whole, recorded."""

import fcntl
import glob
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from contracts.declarations import Declarations, load
from pipeline.dictionary import DictionaryColumn, DictionaryTable, dictionary
from pipeline.export.csvw import ENDING, csvw
from pipeline.export.delimited import write_csv
from pipeline.export.facts import ColumnFacts, TableFacts, plain_schema
from pipeline.export.parquet import write_parquet
from pipeline.export.request import Asked, Request, checked, format_of
from pipeline.export.workbook import write_workbook
from pipeline.settings import Settings
from repository import releases as record
from repository.access.apply import passwords_file
from repository.access.purpose_tables import (
    PurposeColumn,
    as_analyst,
    meaning_of_table,
    rows_of_table,
    streamed,
)
from repository.database import connected, database_url
from repository.problems import values_withheld

Watch = Callable[[int], None]
"""Is told how many rows were read so far."""

BEGINNING = 60.0
"""Seconds for which a folder that nobody holds is taken for one that is being made."""


class ExportRefused(Exception):
    """A file cannot be written where it was asked for; the message says what to do."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: the file first, then what stands beside it.
        sha256: of the file.
    """

    purpose: str
    table: str
    columns: tuple[str, ...]
    rows: int
    files: tuple[Path, ...]
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "purpose": self.purpose,
            "table": self.table,
            "columns": list(self.columns),
            "rows": self.rows,
            "files": [str(path) for path in self.files],
            "sha256": self.sha256,
        }


def export(request: Request, by: str, watch: Watch | None = None) -> Exported:
    """Write a table of a purpose to a file, and record who did.

    The rows are read in one transaction of the purpose's login. The file is the owner's only, and
    stands under its name when it is whole.

    Args:
        by: who exports.

    Raises:
        UnusableRequest, repository.access.purpose_tables.NoSuchTable: it cannot be asked for.
        repository.access.purpose_tables.NoPassword: the purpose's password is not here.
        ExportRefused: the file cannot be written.
        pipeline.export.workbook.DoesNotFit: no workbook holds so much.
        repository.problems.DatabaseProblem, repository.problems.DatabaseDown
    """
    settings = Settings.from_environment()
    see_writable(request.to)
    url = database_url(settings.state)
    with values_withheld(), connected(url) as owner:
        asked = checked(owner, request)
        facts = table_facts(owner, load(settings.contracts), request, asked)
        # Where it cannot be recorded, there is no file either.
        with written_whole(request.to) as beside:
            with _rows(url, settings, request, asked, facts) as batches:
                rows = _write(
                    beside, request.format, facts, _watched(batches, watch), exact=request.exact
                )
            sha256 = sha256_of(beside)
            _record(owner, request, asked, request.to, (rows, sha256), by)
            files = _beside(request.to, request.format, facts, rows)
    columns = tuple(one.name for one in asked.columns)
    return Exported(asked.purpose, request.table, columns, rows, files, sha256)


def read_to_parquet(request: Request) -> tuple[Asked, TableFacts]:
    """Read a table of a purpose into a Parquet file that does not leave the installation.

    Nothing is recorded; the caller sees to it that the file goes.

    Raises:
        What :func:`export` raises.
    """
    settings = Settings.from_environment()
    url = database_url(settings.state)
    with values_withheld(), connected(url) as owner:
        asked = checked(owner, request)
        facts = table_facts(owner, load(settings.contracts), request, asked)
        with (
            written_whole(request.to) as beside,
            _rows(url, settings, request, asked, facts) as batches,
        ):
            write_parquet(beside, facts, batches)
    return asked, facts


def write_file(to: Path, facts: TableFacts, batches: Iterable[pa.RecordBatch]) -> tuple[int, str]:
    """Write rows to a file whose ending says the format, whole; how many, and its SHA-256.

    Raises:
        UnusableRequest, ExportRefused, pipeline.export.workbook.DoesNotFit
    """
    see_writable(to)
    format = format_of(to)
    with written_whole(to) as beside:
        rows = _write(beside, format, facts, batches)
        sha256 = sha256_of(beside)
        _beside(to, format, facts, rows)
    return rows, sha256


def record_derived(
    request: Request, asked: Asked, to: Path, written: tuple[int, str], by: str
) -> None:
    """Record a file that was made from what was read of a table; ``written``: rows and SHA-256."""
    with values_withheld(), connected(database_url(Settings.from_environment().state)) as owner:
        _record(owner, request, asked, to, written, by)


@contextmanager
def _rows(
    url: str, settings: Settings, request: Request, asked: Asked, facts: TableFacts
) -> Iterator[Iterator[pa.RecordBatch]]:
    query = rows_of_table(
        asked.purpose, request.table, asked.columns, request.when, asked.conditions
    )
    with (
        as_analyst(url, asked.purpose, passwords_file(settings.state)) as analyst,
        streamed(analyst, query, plain_schema(facts.columns)) as batches,
    ):
        yield batches


def table_facts(
    conn: psycopg.Connection, declarations: Declarations, request: Request, asked: Asked
) -> TableFacts:
    """What is known of the table asked for, from the dictionary and from the view itself."""
    entity = entity_of(declarations, request.table)
    known = dictionary(conn, declarations, [entity])[0] if entity else None
    columns = tuple(column_facts(one, known) for one in asked.columns)
    about = [("Purpose", asked.purpose), ("Columns left out", _left_out(request))]
    about.append(("As at", f"{request.as_at:%F}" if request.as_at else "the present state"))
    if request.as_known:
        about.append(("As known", request.as_known.isoformat()))
    if asked.conditions:
        chosen_by = dict.fromkeys(one.column for one in asked.conditions)
        about.append(("Only rows chosen by", ", ".join(chosen_by)))
    for feed, as_at in sorted(known.latest_as_at.items()) if known else ():
        mark = known.kitemarks.get(feed) if known else None
        about.append((f"Feed {feed}", f"as at {as_at or 'not known'}, kitemark {mark or 'none'}"))
    # What is settled, say, is not what a row of the entity is: it has a meaning of its own.
    own = known if known and entity == request.table else None
    meaning = own.meaning if own else meaning_of_table(conn, asked.purpose, request.table)
    return TableFacts(
        name=request.table,
        title=own.title if own else request.table.replace("_", " ").capitalize(),
        meaning=" ".join(meaning.split()),
        columns=columns,
        key=key_columns(entity, request.table, [one.name for one in asked.columns]),
        made_at=datetime.now(UTC),
        about=tuple((name, text) for name, text in about if text),
    )


def column_facts(column: PurposeColumn, known: DictionaryTable | None) -> ColumnFacts:
    """What is known of one column."""
    found: DictionaryColumn | None = known.column(column.name) if known else None
    if found is None:
        return ColumnFacts(column.name, column.meaning, column.sql_type, column.arrow)
    return ColumnFacts(
        name=column.name,
        meaning=found.meaning,
        sql_type=column.sql_type,
        arrow=column.arrow,
        kind=found.kind,
        unit=found.unit,
        code_list=found.code_list,
        personal=found.personal,
        nullable=found.nullable,
        headers=tuple(f"{one.header} ({one.organisation})" for one in found.headers),
        missing=tuple(sorted(found.missing.items())),
    )


def entity_of(declarations: Declarations, table: str) -> str | None:
    """The entity a purpose's table shows; None where it shows none as it is."""
    for name in (table, table.removesuffix("_settled"), table.removesuffix("_conflict")):
        if name in declarations.entities:
            return name
    return None


def key_columns(entity: str | None, table: str, columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that tell one row of a purpose's table from another; none unless all are there.

    Several feeds may have a row of one identifier, which by itself tells nothing apart then.
    """
    if entity is None:
        return ()
    beside = {f"{entity}_settled": (), f"{entity}_conflict": ("attribute", "feed")}
    key = (f"{entity}_id", *beside.get(table, ("feed",)))
    return key if set(key) <= set(columns) else ()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes another's place when all went well.

    It lies in a hidden folder beside the other and is, as that folder, for its owner only: it may
    hold personal data. What a process that was killed left of the same file is removed.

    Raises:
        ExportRefused: the folder cannot be written to, or the disk is full.
    """
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _sweep(path)
        folder.mkdir(mode=0o700)
        with _held(folder):
            beside = folder / path.name
            beside.touch(mode=0o600, exist_ok=False)
            yield beside
            beside.replace(path)
    except OSError as error:
        said = f"{path} cannot be written: {error.strerror or type(error).__name__}"
        raise ExportRefused(said) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a folder, so that others see that it is in use; it is let go however we end.

    Raises:
        BlockingIOError: another holds it, and it is not to be waited for.
    """
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def _sweep(path: Path) -> None:
    """Remove what processes that were killed left of a file; of those at work, nothing."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 8}"):
        try:
            # One just made may not be held yet.
            if time.time() - left.lstat().st_mtime > BEGINNING:
                with _held(left, wait=False):
                    shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue


def see_writable(to: Path) -> None:
    """See that a file can be written, before anything is read for it.

    Raises:
        UnusableRequest: its name says no format.
        ExportRefused: with what to do.
    """
    format_of(to)
    if not to.parent.is_dir():
        raise ExportRefused(f"{to}: there is no folder {to.parent}; make it first")
    if to.is_dir():
        raise ExportRefused(f"{to} is a folder; name a file")


def _write(
    path: Path,
    format: str,
    facts: TableFacts,
    batches: Iterable[pa.RecordBatch],
    *,
    exact: bool = False,
) -> int:
    if format == "parquet":
        return write_parquet(path, facts, batches)
    if format == "csv":
        return write_csv(path, facts, batches, exact=exact).rows
    return write_workbook(path, facts, batches)


def _beside(to: Path, format: str, facts: TableFacts, rows: int) -> tuple[Path, ...]:
    """Write what stands beside a file; all the files there are."""
    if format != "csv":
        return (to,)
    notes = [{"rows": rows, **dict(facts.about)}]
    path = to.with_name(to.name + ENDING)
    with written_whole(path) as beside:
        document = csvw(facts, to.name, notes=notes)
        beside.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return to, path


def _record(
    conn: psycopg.Connection,
    request: Request,
    asked: Asked,
    to: Path,
    written: tuple[int, str],
    by: str,
) -> None:
    record.record_export(
        conn,
        record.ExportRecord(
            purpose=asked.purpose,
            table=request.table,
            entity=record.entity_named(conn, request.table),
            columns=tuple(one.name for one in asked.columns),
            filtered_by=tuple(one.column for one in asked.conditions),
            as_at=request.as_at,
            as_known=request.as_known,
            rows=written[0],
            file=to.name,
            format=format_of(to),
            sha256=written[1],
            exported_by=by,
        ),
    )


def _left_out(request: Request) -> str:
    return "all but those here" if request.columns else ""


def _watched(batches: Iterable[pa.RecordBatch], watch: Watch | None) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        if watch is not None:
            watch(rows)
        yield batch
