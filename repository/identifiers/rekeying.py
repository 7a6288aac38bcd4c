"""Gives rows another identifier, with their history, and takes that back.

That two identifiers are one thing was always so and is only now known. So nothing changes on the
clock of what was so: a row under the old identifier is held to have been so until now
(``corrected``), and the same row under the new one from now on, for the days it was so. Whoever
asks what was known before finds the old identifier.

All rows of one step begin at one moment, which nothing else begins at: that is how they are known
again when the step is taken back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from contracts.entity import Entity, links_of
from repository.entities import EntityTable

# Of two rows of one feed the later statement stays.
LOSERS = """
WITH ranked AS (
    SELECT s.{id} AS id, s.feed_id, first_value(s.{id}) OVER later AS stays,
        first_value(s.valid_during) OVER later AS beside
    FROM {store} s JOIN watersmeet.delivery d ON d.delivery_id = s.delivery_id
    WHERE s.{id} IN (%(from)s, %(to)s)
    WINDOW later AS (
        PARTITION BY s.feed_id ORDER BY s.as_at DESC, d.landed_at DESC, d.sequence DESC,
        s.row_number
    )
), gone AS (
    DELETE FROM {store} s USING ranked r
    WHERE s.{id} = r.id AND s.feed_id = r.feed_id AND r.id <> r.stays
    RETURNING s.*, r.beside
), closed AS (
    INSERT INTO {history} ({kept}, valid_during, known_during, open_until, ended_by, ending)
    SELECT {g_kept}, g.valid_during, tstzrange(g.known_from, %(now)s), %(now)s, g.delivery_id,
        'corrected'
    FROM gone g
), before AS (
    INSERT INTO {history} ({id}, {rest}, valid_during, known_during, ended_by, ending)
    SELECT %(to)s, {g_rest}, g.valid_during * daterange(NULL, lower(g.beside)),
        tstzrange(%(now)s, NULL), g.delivery_id, 'changed'
    FROM gone g
    WHERE NOT isempty(g.valid_during * daterange(NULL, lower(g.beside)))
      AND NOT EXISTS (
        SELECT FROM {history} h WHERE h.{id} IN (%(from)s, %(to)s) AND h.feed_id = g.feed_id
          AND upper_inf(h.known_during)
          AND h.valid_during && (g.valid_during * daterange(NULL, lower(g.beside)))
      )
)
SELECT f.name FROM gone g JOIN watersmeet.feed f USING (feed_id) ORDER BY f.name
"""

# Every row of the store where the column names the old identifier.
MOVE = """
WITH closed AS (
    INSERT INTO {history} ({kept}, valid_during, known_during, open_until, ended_by, ending)
    SELECT {s_kept}, s.valid_during, tstzrange(s.known_from, %(now)s), %(now)s, s.delivery_id,
        'corrected'
    FROM {store} s WHERE s.{column} = %(from)s AND {which}
)
UPDATE {store} s SET {column} = %(to)s, known_from = %(now)s
WHERE s.{column} = %(from)s AND {which}
"""

# What was so before, as far as no row of the new identifier says otherwise of the same days.
MOVE_FORMER = """
WITH closed AS (
    UPDATE {history} h
    SET known_during = tstzrange(lower(h.known_during), %(now)s), ending = 'corrected'
    WHERE h.{column} = %(from)s AND upper_inf(h.known_during) AND {which}
      AND NOT EXISTS (
        SELECT FROM {history} o WHERE {own} AND o.{column} = %(to)s AND o.feed_id = h.feed_id
          AND upper_inf(o.known_during) AND o.valid_during && h.valid_during
        UNION ALL
        SELECT FROM {store} s WHERE {own} AND s.{column} = %(to)s AND s.feed_id = h.feed_id
          AND s.valid_during && h.valid_during
      )
    RETURNING h.*, old.ending AS was
)
INSERT INTO {history} ({column}, {others}, valid_during, known_during, ended_by, ending)
SELECT %(to)s, {c_others}, c.valid_during, tstzrange(%(now)s, NULL), c.ended_by, c.was
FROM closed c
"""

# What was the latest statement of a feed until the step, and nothing took its place since.
RESTORE = """
INSERT INTO {store} ({kept}, known_from)
SELECT {h_kept}, %(now)s FROM {history} h
WHERE h.{id} IN (%(from)s, %(to)s) AND h.open_until = %(since)s
  AND upper(h.known_during) = %(since)s
  AND NOT EXISTS (SELECT FROM {store} s WHERE s.{id} = h.{id} AND s.feed_id = h.feed_id)
  AND EXISTS (
    SELECT FROM {store} s WHERE s.{id} IN (%(from)s, %(to)s) AND s.feed_id = h.feed_id
  )
"""

# What else begins at the step, under the new identifier, was made by it.
UNMAKE_FORMER = """
UPDATE {history} h
SET known_during = tstzrange(lower(h.known_during), %(now)s), ending = 'corrected'
WHERE h.{column} = %(to)s AND lower(h.known_during) = %(since)s AND upper_inf(h.known_during)
"""

RESTORE_FORMER = """
INSERT INTO {history} ({h_all}, valid_during, known_during, ended_by, ending)
SELECT {h_kept}, h.valid_during, tstzrange(%(now)s, NULL), h.ended_by, 'changed'
FROM {history} h
WHERE h.{column} = %(from)s AND upper(h.known_during) = %(since)s
  AND h.open_until IS DISTINCT FROM %(since)s
  AND NOT EXISTS (
    SELECT FROM {history} o WHERE o.{id} = h.{id} AND o.feed_id = h.feed_id
      AND upper_inf(o.known_during) AND o.valid_during && h.valid_during
  )
"""

# What came under the new identifier since is read again when it is next supplied: the hash it is
# given is no record's.
FORGET = """
UPDATE {store} s SET record_hash = hashtextextended(s.{id}::text, 0)
WHERE s.{column} = %(to)s AND s.known_from > %(since)s AND s.known_from < %(now)s
"""

NOW = """
SELECT greatest(
    clock_timestamp(),
    (SELECT max(loaded_at) FROM watersmeet.delivery) + interval '1 microsecond',
    (SELECT max(greatest(since, withdrawn_at)) FROM watersmeet.redirect) + interval '1 microsecond'
)
"""


@dataclass
class Moved:
    """What one step did.

    Attributes:
        rows: current rows that have another identifier.
        links: current rows that now speak of another identifier, by ``entity.column``.
        former: rows of the history that were moved.
        kept_later: feeds that had a row of both, of which the later statement was kept.
    """

    rows: int
    links: dict[str, int]
    former: int
    kept_later: list[str]


@dataclass(frozen=True)
class Step:
    """One identifier that gives way to another.

    Attributes:
        entity: of which entity.
        entities: every entity contract: some link to it.
        now: the moment of the step, by the database's clock.
    """

    conn: psycopg.Connection
    entity: str
    entities: Mapping[str, type[Entity]]
    from_id: UUID
    to_id: UUID
    now: datetime

    def move(self) -> Moved:
        """Give all rows of the old identifier the new one, and let links follow."""
        own = EntityTable.of(self.entities[self.entity])
        lost = [row[0] for row in self._run(LOSERS, own, own.id).fetchall()]
        moved = Moved(self._run(MOVE, own, own.id).rowcount, {}, 0, lost)
        moved.former = self._run(MOVE_FORMER, own, own.id).rowcount
        for table, column in self.links():
            many = self._run(MOVE, table, column).rowcount
            moved.former += self._run(MOVE_FORMER, table, column).rowcount
            if many:
                moved.links[f"{table.name}.{column}"] = many
        return moved

    def take_back(self, since: datetime) -> Moved:
        """Undo what :meth:`move` did at ``since``, but for rows that deliveries changed since.

        These are read again when they are next supplied.
        """
        back = Step(self.conn, self.entity, self.entities, self.to_id, self.from_id, self.now)
        own = EntityTable.of(self.entities[self.entity])
        begun = sql.SQL("s.known_from = {}").format(sql.Literal(since))
        moved = Moved(back._run(MOVE, own, own.id, which=begun).rowcount, {}, 0, [])
        moved.rows += self._run(RESTORE, own, own.id, since=since).rowcount
        for table, column in ((own, own.id), *self.links()):
            if column != own.id:
                many = back._run(MOVE, table, column, which=begun).rowcount
                if many:
                    moved.links[f"{table.name}.{column}"] = many
            self._run(UNMAKE_FORMER, table, column, since=since)
            moved.former += self._run(RESTORE_FORMER, table, column, since=since).rowcount
            self._run(FORGET, table, column, since=since)
        return moved

    def links(self) -> Iterator[tuple[EntityTable, str]]:
        """The columns of other entities that name this one."""
        for contract in self.entities.values():
            for column, target in links_of(contract).items():
                if target.partition(":")[0] == self.entity:
                    yield EntityTable.of(contract), column

    def _run(
        self,
        template: str,
        table: EntityTable,
        column: str,
        which: sql.Composable | None = None,
        since: datetime | None = None,
    ) -> psycopg.Cursor[Any]:
        kept = table.kept_columns
        others = [name for name in kept if name != column]
        rest = [name for name in kept if name != table.id]
        parts: dict[str, sql.Composable] = {
            "store": table.store,
            "history": table.history,
            "id": sql.Identifier(table.id),
            "column": sql.Identifier(column),
            "which": which or sql.SQL("true"),
            # Only of the entity itself can two rows cover the same days for it.
            "own": sql.Literal(column == table.id),
            "kept": _list(kept),
            "h_all": _list(kept),
            "others": _list(others),
            "rest": _list(rest),
            "s_kept": _list(kept, "s"),
            "h_kept": _list(kept, "h"),
            "g_kept": _list(kept, "g"),
            "g_rest": _list(rest, "g"),
            "c_others": _list(others, "c"),
        }
        facts = {"from": self.from_id, "to": self.to_id, "now": self.now, "since": since}
        return self.conn.execute(sql.SQL(template).format(**parts), facts)


def moment(conn: psycopg.Connection) -> datetime:
    """A moment later than everything the repository knows, by its clock."""
    row = conn.execute(NOW).fetchone()
    if row is None:
        raise LookupError("the database does not tell the time")
    found: datetime = row[0]
    return found


def _list(names: Sequence[str], of: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(name) if of is None else sql.Identifier(of, name) for name in names
    )
