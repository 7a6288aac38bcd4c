"""What the database needs now and then and does not do by itself, and how large it has grown.

PostgreSQL vacuums and analyses a feed's own tables by itself, but never the tables they are parts
of, without whose statistics it misjudges every question across feeds (PostgreSQL 18, "Routine
Vacuuming", Updating Planner Statistics).
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

ANALYSED = ("store", "history")

SIZES = """
SELECT n.nspname || '.' || p.relname AS name,
    count(c.oid) AS parts,
    coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint AS rows,
    coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes,
    coalesce(sum(s.n_dead_tup), 0)::bigint AS dead,
    coalesce(max(age(c.relfrozenxid)), 0) AS oldest
FROM pg_class p
JOIN pg_namespace n ON n.oid = p.relnamespace
LEFT JOIN LATERAL (
    SELECT t.relid FROM pg_partition_tree(p.oid) t WHERE t.isleaf AND p.relkind = 'p'
    UNION ALL SELECT p.oid WHERE p.relkind = 'r'
) leaf ON true
LEFT JOIN pg_class c ON c.oid = leaf.relid
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE n.nspname = ANY (%s) AND p.relkind IN ('p', 'r') AND NOT p.relispartition
GROUP BY 1 ORDER BY bytes DESC
"""

FEEDS_AT_MOST = 300
"""Beyond, finding one identifier whose feed is not known takes milliseconds (docs/scale.md)."""

DEAD_AT_MOST = 0.3
"""Share of rows that are dead where vacuuming does not keep up; by default it begins at 0.2."""

OLDEST_AT_MOST = 1_000_000_000
"""Transactions since a table was frozen: half of what stops the server."""


@dataclass(frozen=True)
class Size:
    """One table as it stands.

    Attributes:
        name: with its schema.
        parts: partitions, none as long as no feed was loaded; 1 where it is no partitioned table.
        rows: as last estimated. bytes: with indexes.
        dead: rows no longer seen that wait to be vacuumed.
        oldest: transactions since its oldest part was frozen.
    """

    name: str
    parts: int
    rows: int
    bytes: int
    dead: int
    oldest: int

    @property
    def warnings(self) -> list[str]:
        """What somebody should look at, in words."""
        found = []
        if self.parts > FEEDS_AT_MOST:
            found.append(f"{self.name} has {self.parts} parts, one a feed: see docs/scale.md")
        if self.rows and self.dead / (self.rows + self.dead) > DEAD_AT_MOST:
            found.append(
                f"{self.name}: {self.dead:,} dead rows beside {self.rows:,}; is autovacuum on, and "
                "does a long transaction hold it up?"
            )
        if self.oldest > OLDEST_AT_MOST:
            found.append(f"{self.name} was last frozen {self.oldest:,} transactions ago; vacuum it")
        return found


def analyse(conn: psycopg.Connection) -> list[str]:
    """Renew the statistics of the entities' tables as wholes; their names.

    Args:
        conn: of the repository's owner.
    """
    rows = conn.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = ANY (%s) AND c.relkind = 'p' ORDER BY 1, 2",
        (list(ANALYSED),),
    ).fetchall()
    for schema, name in rows:
        # The parts have statistics of their own, which autovacuum keeps.
        conn.execute(sql.SQL("ANALYZE ONLY {}").format(sql.Identifier(schema, name)))
    return [f"{schema}.{name}" for schema, name in rows]


def sizes(conn: psycopg.Connection) -> list[Size]:
    """The repository's tables, largest first."""
    schemas = [*ANALYSED, "watersmeet"]
    return [Size(*row) for row in conn.execute(SIZES, (schemas,)).fetchall()]
