"""``python -m benchmarks.layout``: how the store's tables are best laid out, measured.

Tables of the store's shape, filled by SQL alone: fill factors under rounds of 1 % of changed rows,
one table against a partition a feed, and what vacuuming wins. What was decided from it is in
docs/decisions/0023-layout.md.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import psycopg
from psycopg import sql

from benchmarks.bench import MB, benching
from repository.database import connect

TURNS = 10
FILL_FACTORS = (100, 95, 90, 80)
PARTITIONS = (1, 10, 50, 300)

TABLE = """
CREATE TABLE {name} (
    record_hash bigint, known_from timestamptz, delivery_id integer, row_number integer,
    upheld_by integer, as_at date, feed_id smallint, thing_id uuid, role text NOT NULL DEFAULT '',
    reference text, forenames text, surname text, birth_date date, sex text, postcode text,
    amount numeric(18, 2), notes text, PRIMARY KEY (thing_id, feed_id)
) {how}
"""

# Identifiers are hashes in the store too, so that keys come in no order.
FILL = """
INSERT INTO {name}
SELECT hashint8extended(n, 1), now(), 1, n, 1, current_date, 1 + n %% %(feeds)s,
    md5(n::text)::uuid, '', 'R' || n, 'Forename' || n %% 97, 'Surname' || n %% 997,
    date '1950-01-01' + n %% 25000, CASE n %% 2 WHEN 0 THEN 'F' ELSE 'M' END,
    'NM' || n %% 30 || ' 4AB', n / 100.0, repeat('some words ', 4)
FROM generate_series(1, %(rows)s) n
"""

CHANGE = """
UPDATE {name} SET amount = amount + 1, record_hash = record_hash + 1, delivery_id = %(turn)s,
    known_from = now()
WHERE row_number %% 100 = %(turn)s
"""


def main() -> None:
    """Run it and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layout", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with benching(chosen.rows) as bench, connect(bench.url, autocommit=True) as conn:
        print("fill factor: fill s, size MB, 1 % changed s (median), in place %, scan ms, size MB")
        for factor in FILL_FACTORS:
            fill_factor(conn, chosen.rows, factor)
        print("partitions: fill s, one id ms, one id prepared ms, one feed ms, all ms, join ms")
        for partitions in PARTITIONS:
            partitioned(conn, chosen.rows, partitions)


def fill_factor(conn: psycopg.Connection, rows: int, factor: int) -> None:
    """Ten rounds of 1 % changed rows, vacuumed between them as autovacuum would."""
    how = sql.SQL("WITH (fillfactor = {}, autovacuum_enabled = false)").format(factor)
    filled = _made(conn, "filled", how, rows, 1)
    size = _size(conn, "filled")
    changed = []
    for turn in range(TURNS):
        changed.append(_timed(conn, sql.SQL(CHANGE).format(name=_table("filled")), {"turn": turn}))
        conn.execute("VACUUM filled")
    scan = _asked(conn, sql.SQL("SELECT count(*), sum(amount), max(surname) FROM filled"))
    conn.execute("SELECT pg_stat_force_next_flush()")
    row = conn.execute(
        "SELECT 100.0 * n_tup_hot_upd / greatest(n_tup_upd, 1) FROM pg_stat_user_tables"
        " WHERE relname = 'filled'"
    ).fetchone()
    print(
        f"{factor:11}: {filled:6.2f} {size / MB:8.0f} {statistics.median(changed):8.2f} "
        f"{float(row[0]) if row else 0:10.0f} {scan * 1000:10.0f} {_size(conn, 'filled') / MB:8.0f}"
    )
    conn.execute("DROP TABLE filled")


def partitioned(conn: psycopg.Connection, rows: int, partitions: int) -> None:
    """The same rows in so many partitions."""
    filled = _made(conn, "parted", sql.SQL("PARTITION BY LIST (feed_id)"), rows, partitions)
    conn.execute("VACUUM ANALYZE parted")
    one = sql.SQL("SELECT * FROM parted WHERE thing_id = md5('77')::uuid")
    conn.execute("SET plan_cache_mode = force_generic_plan")
    prepared = _asked(conn, one, prepare=True)
    conn.execute("RESET plan_cache_mode")
    asked = [
        _asked(conn, one),
        prepared,
        _asked(conn, sql.SQL("SELECT count(surname) FROM parted WHERE feed_id = 1")),
        _asked(conn, sql.SQL("SELECT count(*), sum(amount), max(surname) FROM parted")),
        _asked(
            conn,
            sql.SQL(
                "SELECT count(b.surname) FROM parted a"
                " JOIN parted b ON b.thing_id = a.thing_id AND b.feed_id = a.feed_id"
            ),
        ),
    ]
    print(f"{partitions:10}: {filled:6.2f} " + " ".join(f"{a * 1000:10.2f}" for a in asked))
    conn.execute("DROP TABLE parted")


def _made(
    conn: psycopg.Connection, name: str, how: sql.Composable, rows: int, partitions: int
) -> float:
    conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_table(name)))
    conn.execute(sql.SQL(TABLE).format(name=_table(name), how=how))
    if name == "parted":
        for feed in range(1, partitions + 1):
            conn.execute(
                sql.SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES IN ({})").format(
                    _table(f"{name}_{feed}"), _table(name), feed
                )
            )
    return _timed(
        conn, sql.SQL(FILL).format(name=_table(name)), {"rows": rows, "feeds": partitions}
    )


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _asked(conn: psycopg.Connection, query: sql.Composable, *, prepare: bool = False) -> float:
    taken: Sequence[float] = [_timed(conn, query, {}, prepare=prepare) for _ in range(6)]
    return statistics.median(taken[1:])


def _timed(
    conn: psycopg.Connection, query: sql.Composable, facts: dict[str, int], *, prepare: bool = False
) -> float:
    began = time.perf_counter()
    conn.execute(query, facts, prepare=prepare)
    return time.perf_counter() - began


def _size(conn: psycopg.Connection, name: str) -> int:
    row = conn.execute("SELECT pg_total_relation_size(%s::regclass)", (name,)).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
