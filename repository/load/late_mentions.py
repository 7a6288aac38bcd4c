"""Entities that the rows of a late delivery speak of beside their own.

A mention is so from the first delivery on whose rows speak of it, for as long as one of them
stands; where deliveries only add, for good. What stands when is told by the rows of the main
entity, in the order of the deliveries.
"""

from psycopg import sql

from repository.load.late import Lateness
from repository.load.late_lives import correct_lives
from repository.load.mentions import FIRST_ONLY
from repository.load.merge import Merging
from repository.load.placing import place
from repository.load.standing import ROWS
from repository.load.target import Target

# Rows of the main entity by what they speak of: those that stand, and those that are staged.
LINKS = """
CREATE TEMPORARY TABLE {links} ON COMMIT DROP AS
SELECT DISTINCT x.id AS x, r.id, r.begins, r.ends, r.delivery_id, r.row_number
FROM {main_rows} r CROSS JOIN LATERAL (VALUES {r_links}) x(id) WHERE x.id IS NOT NULL
"""
MINE = """
CREATE TEMPORARY TABLE {mine_links} ON COMMIT DROP AS
SELECT DISTINCT x.id AS x, n.{main_id} AS id
FROM {main_staged} n CROSS JOIN LATERAL (VALUES {n_links}) x(id) WHERE x.id IS NOT NULL
"""

FATE = """
CREATE TEMPORARY TABLE {fate} ON COMMIT DROP AS
SELECT l.id, l.present, l.said_again, LEAST(l.said_again, l.lacking) AS until,
    NOT l.present AND l.stood AND NOT l.held_back AND l.holder = %(mine_series)s::text AS absent
FROM {main_later} l
"""

# lives: until which delivery a row that speaks of it stands, of those that are in the late delivery
# or stay beside it. again: the first later delivery with a row that speaks of it.
LIVES = """
CREATE TEMPORARY TABLE {lives} ON COMMIT DROP AS
WITH over AS (
    SELECT k.x, k.ends, COALESCE(f.present, false) AS present, COALESCE(f.absent, false) AS absent
    FROM {links} k LEFT JOIN {fate} f USING (id)
    WHERE k.begins < %(mine)s AND (k.ends IS NULL OR k.ends > %(mine)s)
), lives AS (
    SELECT x, CASE WHEN bool_and(until IS NOT NULL) THEN max(until) END AS until
    FROM (
        SELECT x, ends AS until FROM over WHERE NOT present AND NOT absent
        UNION ALL
        SELECT m.x, f.until FROM {mine_links} m JOIN {fate} f USING (id)
    ) l GROUP BY x
), again AS (
    SELECT x, min(n) AS n FROM (
        SELECT k.x, k.begins AS n FROM {links} k WHERE k.begins > %(mine)s
        UNION ALL
        SELECT k.x, f.said_again FROM {links} k JOIN {fate} f USING (id)
        WHERE k.begins <= f.said_again AND (k.ends IS NULL OR k.ends > f.said_again)
        UNION ALL
        SELECT r.id, r.begins FROM {rows} r WHERE r.begins > %(mine)s
    ) a GROUP BY x
), touched AS (
    SELECT x FROM {mine_links} UNION SELECT x FROM over WHERE present OR absent
), whole AS (
    SELECT t.x AS id, s.row_number, a.n AS again,
        CASE WHEN %(mine_series)s::text IS NULL THEN NULL
             WHEN l.x IS NULL THEN %(mine)s ELSE l.until END AS until,
        EXISTS (SELECT FROM over o WHERE o.x = t.x) AS stood
    FROM touched t LEFT JOIN lives l USING (x) LEFT JOIN again a USING (x)
    LEFT JOIN {staged} s ON s.{id} = t.x
), ended AS (
    SELECT w.*, w.row_number IS NOT NULL AND w.again IS NULL AND w.until IS NULL AS latest,
        b.as_at AS again_at, v.as_at AS until_at, v.delivery_id AS until_by,
        COALESCE(w.until < COALESCE(w.again, 2147483647), false) AS dies, e.as_at AS ends_at,
        e.delivery_id AS ended_by
    FROM whole w
    LEFT JOIN pg_temp.late_order b ON b.n = w.again
    LEFT JOIN pg_temp.late_order v ON v.n = w.until
    LEFT JOIN pg_temp.late_order e ON e.n = LEAST(w.again, w.until)
)
SELECT *, CASE WHEN row_number IS NULL OR ends_at <= %(as_at)s::date THEN 'empty'
    ELSE daterange(%(as_at)s::date, ends_at) END AS shown
FROM ended
"""

PLAN = """
CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
SELECT id, CASE WHEN NOT isempty(shown) THEN row_number END AS row_number,
    CASE WHEN isempty(shown) THEN until_at ELSE %(as_at)s::date END AS since, again_at AS until,
    again_at AS back_at, shown, latest, NOT isempty(shown) OR dies AS cuts, stood,
    CASE WHEN isempty(shown) THEN until_by ELSE %(delivery)s::int END AS closer,
    CASE WHEN isempty(shown) THEN 'gone' ELSE 'changed' END AS how, ended_by,
    CASE WHEN dies THEN 'gone' ELSE 'changed' END AS ending
FROM {lives}
"""

# A mention is as the record says that first made it, for as long as that record stands and is not
# read again: another wording counts only after it.
MADE = """
UPDATE {plan} p
SET row_number = CASE WHEN NOT h.valid_during @> p.shown THEN p.row_number END,
    since = CASE WHEN h.valid_during @> p.shown THEN upper(p.shown)
        ELSE upper(h.valid_during) END,
    shown = CASE WHEN h.valid_during @> p.shown THEN 'empty'
        ELSE p.shown * daterange(upper(h.valid_during), NULL) END,
    closer = CASE WHEN h.valid_during @> p.shown THEN p.ended_by ELSE p.closer END,
    how = CASE WHEN h.valid_during @> p.shown THEN p.ending ELSE p.how END,
    cuts = p.cuts AND (p.ending = 'gone' OR NOT h.valid_during @> p.shown)
FROM (
    SELECT {h_kept}, h.valid_during FROM {part} h WHERE h.valid_during @> %(as_at)s::date
    UNION ALL
    SELECT {h_kept}, h.valid_during FROM {history} h
    WHERE h.feed_id = {feed} AND upper_inf(h.known_during) AND h.valid_during @> %(as_at)s::date
) h
JOIN {staged} n ON n.{id} = h.{id} AND ROW({h_content}) IS DISTINCT FROM ROW({n_content})
JOIN {links} k ON k.x = h.{id} AND k.delivery_id = h.delivery_id AND k.row_number = h.row_number
LEFT JOIN {fate} f ON f.id = k.id
WHERE p.id = h.{id} AND p.row_number = n.row_number AND k.begins < %(mine)s
  AND (k.ends IS NULL OR k.ends > %(mine)s)
  AND NOT COALESCE(f.present, false) AND NOT COALESCE(f.absent, false)
"""


def mention_late(merging: Merging, target: Target, main: Target, late: Lateness) -> None:
    """Bring the mentions of one entity into the past."""
    columns = sorted(c for c, entity in main.links.items() if entity == target.table.name)
    if not columns:
        return
    target.ensure_staged(merging.conn)
    if target.firsts.full:
        merging.run(FIRST_ONLY, target)
    parts: dict[str, object] = {
        "links": target.temporary("links"),
        "mine_links": target.temporary("mine_links"),
        "fate": target.temporary("fate"),
        "plan": target.temporary("plan"),
        "lives": target.temporary("lives"),
        "after": main.temporary("after"),
        "main_verdict": main.temporary("verdict"),
        "rows": target.temporary("rows"),
        "main_rows": main.temporary("rows"),
        "main_later": main.temporary("later"),
        "main_staged": main.staged,
        "main_id": sql.Identifier(main.table.id),
        "r_links": _each(columns, "r"),
        "n_links": _each(columns, "n"),
        "own_start": sql.SQL("NULL::date"),
        "h_links": sql.SQL(""),
        "feed": sql.Literal(target.feed_id),
        "mine": late.standing.mine,
        "mine_series": late.standing.series,
    }
    merging.run(ROWS, target, **{**parts, "links": sql.SQL("")})
    for statement, name in ((LINKS, "links"), (MINE, "mine_links"), (FATE, "fate")):
        merging.run(statement, target, **parts)
        merging.conn.execute(sql.SQL("ANALYZE {}").format(target.temporary(name)))
    merging.run(LIVES, target, **parts)
    merging.run(PLAN, target, **parts)
    merging.run(MADE, target, **parts)
    place(merging, target, late.standing.mine)
    correct_lives(merging, target, parts, _each(columns, "r"))


def _each(columns: list[str], of: str) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("({})").format(sql.Identifier(of, c)) for c in columns)
