"""Fetches a table or view of a database as delimited text, wholly or from a watermark on."""

import hashlib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from connectors.connection import Connection
from connectors.database.address import engine_of
from connectors.database.refusals import told
from connectors.database.session import cut_off, reading
from connectors.database.table import Table, found
from connectors.database.texts import header, ordering, selected, write, writers
from connectors.database.watermark import Cursor, Marks, kept
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing
from contracts.places import Database

ROWS = 2000
"""Rows asked for and written at a time."""


def discover(place: Database, connection: Connection, standing: Standing) -> Found:
    """One arrival: the table, from where the last loaded delivery got to. What its rows are decides
    whether it is new.

    Raises:
        Unreachable: the database or the table cannot be read, or lacks a column.
    """
    engine = engine_of(connection, place.time_limit)

    def look() -> None:
        with reading(engine, place.time_limit) as conn:
            found(conn, place)

    told(place.table, connection, look)
    return Found((Arrival(name=place.table, since=standing.cursor),))


def fetch(place: Database, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Writes the rows to one file of delimited text (UTF-8, RFC 4180, NULL unquoted), in the order
    of watermark and key; nothing where a watermark shows nothing new.

    Raises:
        Unreachable: the database cannot be read, or broke off; no part of a file is left.
    """
    path = into / f"{_file_name(place.table)}.csv"
    engine = engine_of(connection, place.time_limit)

    def read() -> Fetched:
        with reading(engine, place.time_limit) as conn:
            look = _Look(conn, place, found(conn, place))
            return look.everything(path) if place.watermark is None else look.new(arrival, path)

    try:
        return told(place.table, connection, read)
    except Unreachable:
        path.unlink(missing_ok=True)
        raise


def _file_name(table: str) -> str:
    """A table's name as a file's: other signs than letters, digits and -_. are replaced."""
    plain = "".join(one if one.isalnum() or one in "-_." else "_" for one in table)
    return plain.lstrip(".")[:100] or "table"


@dataclass
class _Hashed:
    """Takes bytes, and passes them on where there is a file."""

    file: IO[bytes] | None = None
    sha256: Any = field(default_factory=hashlib.sha256)

    closed = False

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self.file.write(content) if self.file else len(content)

    def flush(self) -> None:
        """Nothing waits here."""


@dataclass
class _Look:
    """One look at a table, in one snapshot."""

    conn: sa.Connection
    place: Database
    table: Table

    def everything(self, path: Path) -> Fetched:
        """The whole table."""
        self._write(None, self._counted(None), path)
        return Fetched((path,))

    def new(self, arrival: Arrival, path: Path) -> Fetched:
        """What has come since, and how far that goes."""
        watermark = self.place.watermark
        assert watermark is not None
        marks = Marks(
            self.place, watermark, self.table.types[watermark.column], self.conn.dialect.name
        )
        before = kept(arrival.since, watermark)
        where = None
        if before is not None:
            where = marks.from_on(before.value)
        elif watermark.start is not None:
            where = marks.from_on(str(watermark.start), overlap=False)
        rows, high = self._counted(where), self._highest(marks)
        seen = self._write(where, rows, path)
        if not rows or (before is not None and seen == before.seen):
            path.unlink()
            return Fetched((), arrival.since)
        if high is None:
            # Rows, and none of them with a mark: they come again until one has.
            return Fetched((path,), arrival.since)
        if before is not None:
            high = marks.later(high, before.value)
        # What the next fetch finds should nothing be new.
        tail = marks.from_on(high)
        cursor = Cursor(watermark.column, high, self._write(tail, self._counted(tail), None))
        return Fetched((path,), cursor.written())

    def _counted(self, where: sa.ColumnElement[bool] | None) -> int:
        return int(self.conn.scalar(self._of(sa.select(sa.func.count()), where)) or 0)

    def _highest(self, marks: Marks) -> str | None:
        """The highest mark that counts, as text."""
        name, kind = marks.watermark.column, marks.kind
        highest = self._of(
            sa.select(sa.func.max(self.table.clause.c[name]).label("highest")), marks.that_count()
        ).subquery()
        value = selected(self.conn.dialect.name, sa.column("highest"), kind)
        found = self.conn.scalar(sa.select(value).select_from(highest))
        if found is None:
            return None
        return writers(self.conn.dialect.name, [kind])[0](found)

    def _of(self, query: sa.Select[Any], where: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
        query = query.select_from(self.table.clause)
        return query if where is None else query.where(where)

    def _write(self, where: sa.ColumnElement[bool] | None, rows: int, path: Path | None) -> str:
        """Rows as text into a file, or nowhere; the SHA-256 of that text.

        Raises:
            Unreachable: ``table-changed``, there were not so many rows as counted.
        """
        names, types = self.table.wanted, self.table.types
        write_rows = partial(
            write,
            names=names,
            making=writers(self.conn.dialect.name, [types[name] for name in names]),
        )
        written = 0
        file = path.open("xb") if path else None
        try:
            sink = _Hashed(file)
            if file is not None:
                file.write(header(names))
            result = self.conn.execute(
                self._query(where).execution_options(stream_results=True, max_row_buffer=ROWS)
            )
            try:
                for some in result.partitions(ROWS):
                    write_rows(some, into=sink)
                    written += len(some)
            except BaseException:
                cut_off(self.conn, result)
                raise
        finally:
            if file is not None:
                file.close()
        if written != rows:
            raise Unreachable(
                "table-changed",
                f"Table {self.place.table} (connection {self.place.connection!r}): {rows} rows "
                f"were counted and {written} came, so it changed while it was read, which only "
                "tables without transactions can. It is tried again.",
                passing=True,
            )
        return str(sink.sha256.hexdigest())

    def _query(self, where: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
        dialect = self.conn.dialect.name
        columns = self.table.clause.c
        wanted = [
            selected(dialect, columns[name], self.table.types[name]) for name in self.table.wanted
        ]
        order: list[sa.ColumnElement[Any]] = []
        if self.place.watermark is not None:
            order.append(columns[self.place.watermark.column])
        if self.table.key:
            order += [columns[name] for name in self.table.key]
        else:
            order += [ordering(dialect, one) for one in wanted]
        query = sa.select(*(one.label(f"c{i}") for i, one in enumerate(wanted)))
        return self._of(query, where).order_by(*order)
