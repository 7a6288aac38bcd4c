"""Entities a row speaks of beside its own: which mention counts, and when one ends."""

from collections.abc import Sequence

from psycopg import sql

from repository.load.merge import GONE, Merging, judge, merge
from repository.load.target import Target

# Only mentions beyond those kept in memory can stand twice.
FIRST_ONLY = """
DELETE FROM {staged} a USING (
    SELECT {id} AS id, min(row_number) AS first FROM {staged} GROUP BY {id} HAVING count(*) > 1
) b
WHERE a.{id} = b.id AND a.row_number > b.first
"""

# A mention is as the record says that first made it, for as long as that record stands. Where it
# stands and was not read again, others that speak of the same thing do not change it: which of
# them are read depends on what else changed.
STANDS = """
WITH source AS MATERIALIZED (
    SELECT v.id, h.delivery_id, h.row_number
    FROM {verdict} v JOIN {part} h ON h.{id} = v.id WHERE v.verdict = 'changed'
), record AS MATERIALIZED (
    SELECT s.id, m.{main_id} AS main_id
    FROM source s JOIN {main_part} m
      ON m.delivery_id = s.delivery_id AND m.row_number = s.row_number
)
UPDATE {verdict} v SET verdict = 'older'
FROM record r
WHERE r.id = v.id AND NOT EXISTS (
    -- A row of the same key that was set aside is not that record read again.
    SELECT FROM {main_verdict} mv WHERE mv.id = r.main_id AND mv.verdict <> 'duplicate'
)
"""

ADD_BEYOND = """
INSERT INTO {part} ({columns})
SELECT {n_columns} FROM (
    SELECT DISTINCT ON (s.{id}) s.* FROM {staged} s ORDER BY s.{id}, s.row_number
) n
WHERE NOT EXISTS (SELECT FROM {part} t WHERE t.{id} = n.{id})
"""


def merge_mentions(merging: Merging, target: Target, main: Target) -> None:
    """Bring the mentions of one entity into the store."""
    if target.direct:
        if target.made:
            target.ensure_partition(merging.conn)
            target.add_key(merging.conn)
            if "staged" in target.made:
                merging.run(ADD_BEYOND, target)
            target.join_up(merging.conn)
        return
    if "staged" not in target.made:
        return
    if target.firsts.full:
        merging.run(FIRST_ONLY, target)
    judge(merging, target)
    changed = merging.conn.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE verdict = 'changed')").format(
            target.temporary("verdict")
        )
    ).fetchone()
    if changed == (True,) and not main.direct:
        merging.run(
            STANDS,
            target,
            main_part=main.partition,
            main_verdict=main.temporary("verdict"),
            main_id=sql.Identifier(main.table.id),
        )
    merge(merging, target)


def end_unmentioned(merging: Merging, target: Target, others: Sequence[Target]) -> int:
    """End the mentions whose last row ended or changed in this load.

    Args:
        merging: the load.
        target: the entity mentioned.
        others: entities of the delivery, of which some link to it.
    """
    links = [
        (other, column)
        for other in others
        for column, entity in other.links.items()
        if entity == target.table.name
    ]
    if not links:
        return 0
    conn = merging.conn
    id_, candidates = sql.Identifier(target.table.id), target.temporary("unmentioned")
    closed = sql.SQL(" UNION ").join(
        sql.SQL("SELECT {} AS id FROM {} WHERE ended_by = {}").format(
            sql.Identifier(column), other.table.history, merging.delivery_id
        )
        for other, column in links
    )
    # Most are mentioned by what replaced the row: asking that first saves reading whole tables.
    brought = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} AS id FROM {}").format(sql.Identifier(column), other.staged)
        for other, column in links
        if "staged" in other.made
    )
    conn.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS"
            " SELECT c.id FROM ({}) c WHERE c.id IS NOT NULL{}"
        ).format(
            candidates,
            closed,
            sql.SQL(" AND NOT EXISTS (SELECT FROM ({}) b WHERE b.id = c.id)").format(brought)
            if any("staged" in other.made for other, _ in links)
            else sql.SQL(""),
        )
    )
    if conn.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(candidates)).fetchone() is None:
        return 0
    standing = sql.SQL(" AND ").join(
        sql.SQL("NOT EXISTS (SELECT FROM {} m WHERE m.{} = h.{})").format(
            other.partition, sql.Identifier(column), id_
        )
        for other, column in links
    )
    which = sql.SQL("h.{} IN (SELECT c.id FROM {} c) AND {}").format(id_, candidates, standing)
    return merging.run(GONE, target, which=which, ending="gone")
