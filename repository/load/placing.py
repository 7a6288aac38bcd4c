"""Puts the statements of a late delivery where they belong in time.

A plan has at most one row for each identifier:

===========  ===============================================================================
id           the identifier
row_number   the staged row that is stated; null: what stood is no longer so
since        from this day on what stood is no longer so
until        up to this day (excluded), when a later statement begins; null: there is none
back_at      the as-at date of that later statement
shown        the days on which the stated row is so; empty: none, for what later ones say
cuts         whether it takes days from what stood
stood        whether the identifier stood when the delivery came
latest       whether no later delivery speaks of it: then the row goes into the store
closer       the delivery that ended what stood before
how          the ending of what stood before: ``changed`` or ``gone``
ended_by     the delivery that ends the stated row, where it is not the latest
ending       its ending
===========  ===============================================================================
"""

from psycopg import sql

from repository.load.cutting import cut
from repository.load.merge import CLOSE, Merging
from repository.load.target import Target

# Where the very same stands already on all these days, there is nothing to state; only what stands
# beyond them has to go.
STANDS = """
UPDATE {plan} p
SET row_number = NULL, since = COALESCE(upper(p.shown), p.since), closer = p.ended_by,
    how = p.ending, cuts = p.cuts AND NOT p.latest AND NOT upper_inf(p.shown)
FROM {staged} n
WHERE n.row_number = p.row_number AND n.{id} = p.id AND (
    EXISTS (
        SELECT FROM {part} h WHERE h.{id} = p.id AND h.valid_during @> p.shown
          AND (p.latest OR NOT isempty(p.shown))
          AND ROW({h_content}) IS NOT DISTINCT FROM ROW({n_content})
    ) OR NOT p.latest AND NOT isempty(p.shown) AND EXISTS (
        SELECT FROM {history} h WHERE h.{id} = p.id AND h.feed_id = {feed}
          AND upper_inf(h.known_during) AND h.valid_during @> p.shown
          AND ROW({h_content}) IS NOT DISTINCT FROM ROW({n_content})
    ) OR NOT p.latest AND isempty(p.shown) AND EXISTS (
        SELECT FROM (
            SELECT {h_kept}, NULL::int AS ended_by FROM {part} h
            UNION ALL
            SELECT {h_kept}, h.ended_by FROM {history} h WHERE h.feed_id = {feed}
        ) h
        JOIN pg_temp.late_order b ON b.delivery_id = h.delivery_id
        LEFT JOIN pg_temp.late_order e ON e.delivery_id = h.ended_by
        WHERE h.{id} = p.id AND b.n < %(mine)s AND (e.n IS NULL OR e.n > %(mine)s)
          AND ROW({h_content}) IS NOT DISTINCT FROM ROW({n_content})
    )
)
"""

NOTHING_LEFT = """
DELETE FROM {plan} p WHERE p.row_number IS NULL AND (NOT p.cuts OR p.since >= p.until)
"""

CUTS = """
CREATE TEMPORARY TABLE {cuts} ON COMMIT DROP AS
SELECT id, since, until, back_at, how, closer FROM {plan}
WHERE cuts AND (until IS NULL OR since < until)
"""

OVER = """
{part} h JOIN {cuts} p ON p.id = h.{id} AND p.until IS NOT NULL
  AND h.valid_during && daterange(p.since, p.until)
"""

# What stands in the store and is said again later stays there, since then; what was known of it
# before goes into history.
SPLIT = """
INSERT INTO {history} ({kept}, valid_during, known_during, open_until, ended_by, ending)
SELECT {h_kept}, x.valid_during, x.known_during, x.open_until, p.closer, x.ending
FROM {over}
CROSS JOIN LATERAL (
    SELECT h.valid_during, tstzrange(h.known_from, %(known_from)s::timestamptz) AS known_during,
        %(known_from)s::timestamptz AS open_until, 'corrected' AS ending
    UNION ALL
    SELECT h.valid_during * daterange(NULL, p.since),
        tstzrange(%(known_from)s::timestamptz, NULL), NULL, p.how
) x
WHERE NOT isempty(x.valid_during)
""".replace("{over}", OVER)

STAY = """
UPDATE {part} s SET as_at = o.back_at, known_from = %(known_from)s::timestamptz
FROM (SELECT h.{id} AS id, p.back_at FROM {over}) o
WHERE s.{id} = o.id
""".replace("{over}", OVER)

OVERTAKEN = (
    CLOSE.replace("{closed}", "{part} h JOIN {cuts} p ON p.id = h.{id} AND p.until IS NULL")
    .replace("{since}", "p.since")
    .replace("%(delivery)s", "p.closer")
    .replace("%(ending)s", "p.how")
)

REMOVE = "DELETE FROM {part} h USING {cuts} p WHERE p.id = h.{id} AND p.until IS NULL AND {which}"
REPLACED = """
EXISTS (SELECT FROM {plan} q WHERE q.id = p.id AND q.latest AND q.row_number IS NOT NULL)
"""

STATE = """
INSERT INTO {part} ({columns})
SELECT {n_columns} FROM {staged} n JOIN {plan} p ON p.row_number = n.row_number AND p.id = n.{id}
WHERE p.latest
"""

ENTER = """
INSERT INTO {history} ({kept}, valid_during, known_during, ended_by, ending)
SELECT {n_kept}, p.shown, tstzrange(%(known_from)s::timestamptz, NULL), p.ended_by, p.ending
FROM {staged} n JOIN {plan} p ON p.row_number = n.row_number AND p.id = n.{id}
WHERE NOT p.latest
"""


def place(merging: Merging, target: Target, mine: int) -> tuple[int, int]:
    """Carry out the plan in the temporary table ``plan`` of an entity.

    Args:
        merging: the load.
        target: the entity.
        mine: the delivery's number in ``late_order``.

    Returns:
        Rows stated, and rows that left the store without another in their place.
    """
    cuts = target.temporary("cuts")
    parts = {"plan": target.temporary("plan"), "cuts": cuts, "feed": sql.Literal(target.feed_id)}
    merging.run(STANDS, target, **parts, mine=mine)
    merging.run(NOTHING_LEFT, target, **parts)
    merging.conn.execute(sql.SQL("ANALYZE {}").format(parts["plan"]))
    merging.run(CUTS, target, **parts)
    if not target.table.event:
        cut(merging, target, cuts)
        merging.run(SPLIT, target, **parts)
        merging.run(STAY, target, **parts)
    merging.run(OVERTAKEN, target, **parts)
    merging.run(REMOVE.replace("{which}", REPLACED), target, **parts)
    ended = merging.run(REMOVE.replace("{which}", f"NOT {REPLACED}"), target, **parts)
    stated = merging.run(STATE, target, **parts) + merging.run(ENTER, target, **parts)
    return stated, ended
