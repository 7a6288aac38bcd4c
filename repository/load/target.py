"""Where the rows of one entity go during a load.

The first load of a feed copies straight into a new table of its own, which gets its key and joins
the entity's table at the end. Later loads copy into a temporary table, to be merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import psycopg
import pyarrow as pa
from psycopg import sql

from contracts.entity import Entity, entity_facts, links_of
from repository.entities import EntityTable
from repository.load.copy import copy_in, shaped
from repository.load.sieve import Firsts, Suspects


@dataclass
class Target:
    """One entity's place in a load.

    Attributes:
        table: the entity's tables.
        main: whether every row of the delivery is one of these.
        record_is_identity: nothing tells one from another but the record itself.
        links: columns that identify another entity, column to that entity.
        feed_id, delivery_id: whose rows.
        known_from: since when the repository knows them, as text.
        as_at: the date the delivery speaks of.
        direct: whether the feed has no rows of the entity yet.
        copied: rows that went straight to the feed's own table.
    """

    table: EntityTable
    main: bool
    record_is_identity: bool
    links: Mapping[str, str]
    feed_id: int
    delivery_id: int
    known_from: str
    as_at: date
    direct: bool
    suspects: Suspects = field(default_factory=Suspects)
    firsts: Firsts = field(default_factory=Firsts)
    made: set[str] = field(default_factory=set)
    copied: int = 0

    @classmethod
    def of(
        cls,
        contract: type[Entity],
        *,
        main: bool,
        feed_id: int,
        delivery_id: int,
        known_from: str,
        as_at: date,
        direct: bool,
    ) -> "Target":
        """The place of an entity in a load."""
        return cls(
            table=EntityTable.of(contract),
            main=main,
            record_is_identity=not entity_facts(contract).identity,
            links={column: to.partition(":")[0] for column, to in links_of(contract).items()},
            feed_id=feed_id,
            delivery_id=delivery_id,
            known_from=known_from,
            as_at=as_at,
            direct=direct,
        )

    @property
    def partition(self) -> sql.Identifier:
        """The feed's own table of the entity."""
        return self.table.partition(self.feed_id)

    @property
    def partition_name(self) -> str:
        """The name of the feed's own table of the entity."""
        return self.table.partition_name(self.feed_id)

    @property
    def staged(self) -> sql.Identifier:
        """The temporary table rows to be merged are copied into."""
        return self.temporary("staged")

    @property
    def suspected(self) -> sql.Identifier:
        """The temporary table of rows whose identifier may stand earlier in the delivery."""
        return self.temporary("suspected")

    def temporary(self, what: str) -> sql.Identifier:
        """A temporary table of this load."""
        return sql.Identifier("pg_temp", f"{what}_{self.table.name}")

    def arrow(self) -> dict[str, pa.DataType]:
        """The columns that are copied; the others are the same in every row and set by default."""
        table = self.table
        first = {"record_hash": pa.int64(), "row_number": pa.int32(), table.id: pa.binary(16)}
        kinds = table.content
        return {**first, **{name: kinds[name].arrow for name in table.content_columns}}

    def write(self, conn: psycopg.Connection, rows: pa.Table) -> None:
        """Copy rows, which carry ``record_hash`` and ``row_number``, to where they go."""
        rows = self._shape(rows)
        if self.direct:
            self._make(conn, "partition", self.partition)
            self.copied += copy_in(conn, self.partition, rows, freeze=True)
        else:
            self.stage(conn, rows)

    def stage(self, conn: psycopg.Connection, rows: pa.Table) -> None:
        """Copy rows into the temporary table."""
        self.ensure_staged(conn)
        copy_in(conn, self.staged, self._shape(rows))

    def suspect(self, conn: psycopg.Connection, rows: pa.Table) -> None:
        """Put rows aside whose identifier may stand earlier.

        They carry ``table_number``, ``source_row``, ``record`` and ``sealed`` besides.
        """
        if "suspected" not in self.made:
            self._make(conn, "suspected", self.suspected)
            conn.execute(
                sql.SQL(
                    "ALTER TABLE {} ADD table_number smallint, ADD source_row integer,"
                    " ADD record jsonb, ADD sealed bytea"
                ).format(self.suspected)
            )
        more = rows.select(["table_number", "source_row", "record", "sealed"])
        shape = self._shape(rows)
        for name in more.column_names:
            shape = shape.append_column(name, more.column(name))
        copy_in(conn, self.suspected, shape, json=["record"])

    def ensure_staged(self, conn: psycopg.Connection) -> None:
        """Make the temporary table if it is not there."""
        self._make(conn, "staged", self.staged)

    def ensure_partition(self, conn: psycopg.Connection) -> None:
        """Make the feed's own table if it is not there."""
        if self.direct:
            self._make(conn, "partition", self.partition)

    def make_partition(self, conn: psycopg.Connection) -> None:
        """Make the feed's own table, with nothing in it."""
        self._make(conn, "partition", self.partition)
        self.add_key(conn)
        self.join_up(conn)

    def _shape(self, rows: pa.Table) -> pa.Table:
        types = self.arrow()
        if "role" in rows.column_names:
            types["role"] = pa.string()
        return shaped(rows, types)

    def _make(self, conn: psycopg.Connection, what: str, name: sql.Identifier) -> None:
        """An empty table like the entity's, with what is the same in every row as defaults."""
        if what in self.made:
            return
        self.made.add(what)
        own = what == "partition"
        conn.execute(
            sql.SQL(
                "CREATE {} TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
                " INCLUDING GENERATED{}) {}"
            ).format(
                sql.SQL("" if own else "TEMPORARY"),
                name,
                self.table.store,
                # PostgreSQL then need not read the table to believe it when it joins.
                sql.SQL(", CHECK (feed_id = {})").format(self.feed_id) if own else sql.SQL(""),
                # Room on each page for what changes, so that no index is touched by it
                # (docs/decisions/0023-layout.md).
                sql.SQL("WITH (fillfactor = 95)" if own else "ON COMMIT DROP"),
            )
        )
        conn.execute(
            sql.SQL(
                "ALTER TABLE {} ALTER feed_id SET DEFAULT {}, ALTER delivery_id SET DEFAULT {},"
                " ALTER upheld_by SET DEFAULT {}, ALTER known_from SET DEFAULT {},"
                " ALTER as_at SET DEFAULT {}"
            ).format(
                *(name, self.feed_id, self.delivery_id, self.delivery_id, self.known_from),
                self.as_at,
            )
        )

    def join_up(self, conn: psycopg.Connection) -> None:
        """Give the new table its key and make it part of the entity's table."""
        conn.execute(
            sql.SQL(
                "ALTER TABLE {} ALTER feed_id DROP DEFAULT, ALTER delivery_id DROP DEFAULT,"
                " ALTER upheld_by DROP DEFAULT, ALTER known_from DROP DEFAULT,"
                " ALTER as_at DROP DEFAULT"
            ).format(self.partition)
        )
        conn.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN ({})").format(
                self.table.store, self.partition, self.feed_id
            )
        )

    def add_key(self, conn: psycopg.Connection) -> None:
        """Give the new table its key; fails where an identifier stands twice."""
        conn.execute(
            sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({}, feed_id)").format(
                self.partition, sql.Identifier(self.table.id)
            )
        )
