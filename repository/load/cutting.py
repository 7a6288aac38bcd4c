"""Takes days out of what history holds to have been so, where another statement covers them.

What stood there stays on record as what was held until now; what is left of it before and after is
held from now on.
"""

from psycopg import sql

from repository.load.merge import Merging
from repository.load.target import Target

OVERLAPPING = """
{cuts} c JOIN {history} h ON h.{id} = c.id AND h.feed_id = {feed}
  AND upper_inf(h.known_during) AND h.valid_during && daterange(c.since, c.until)
"""

# Where a piece comes back after the cut, it is since the delivery that says so again. What was
# ended by a delivery that comes later than the cut's was ended by the cut first.
REMAINS = """
CREATE TEMPORARY TABLE {remains} ON COMMIT DROP AS
SELECT {h_stays}, p.as_at, p.valid_during, p.ended_by, p.ending
FROM {overlapping}
CROSS JOIN LATERAL (
    SELECT h.as_at, h.valid_during * daterange(NULL, c.since) AS valid_during,
        CASE WHEN h.ended_by = ANY (%(newer)s::int[]) THEN c.closer ELSE h.ended_by END AS ended_by,
        CASE WHEN h.ended_by = ANY (%(newer)s::int[]) THEN c.how ELSE h.ending END AS ending
    UNION ALL
    SELECT COALESCE(c.back_at, h.as_at), h.valid_during * daterange(c.until, NULL), h.ended_by,
        h.ending
    WHERE c.until IS NOT NULL
) p
WHERE NOT isempty(p.valid_during)
""".replace("{overlapping}", OVERLAPPING)

CORRECT = """
UPDATE {history} k
SET known_during = tstzrange(lower(k.known_during), %(known_from)s::timestamptz),
    ended_by = CASE WHEN k.ended_by = ANY (%(newer)s::int[]) THEN o.closer ELSE k.ended_by END,
    ending = 'corrected'
FROM (SELECT h.ctid AS place, c.closer FROM {overlapping}) o
WHERE k.ctid = o.place
""".replace("{overlapping}", OVERLAPPING)

KEEP = """
INSERT INTO {history} ({stays}, as_at, valid_during, known_during, ended_by, ending)
SELECT {r_stays}, r.as_at, r.valid_during, tstzrange(%(known_from)s::timestamptz, NULL),
    r.ended_by, r.ending
FROM {remains} r
"""

# Where the source's own dates say when a row is so, a statement may begin before those that it
# follows; where a row ends, so does what it was thought to follow later.
FOLLOWED = """
CREATE TEMPORARY TABLE {cuts} ON COMMIT DROP AS
SELECT n.{id} AS id, {n_starts} AS since, NULL::date AS until, NULL::date AS back_at,
    'changed' AS how, %(delivery)s::int AS closer
FROM {staged} n JOIN {verdict} v ON v.row_number = n.row_number AND v.id = n.{id}
WHERE v.verdict IN ('new', 'changed')
UNION ALL
SELECT h.{id}, %(as_at)s::date, NULL, NULL, 'gone', %(delivery)s::int
FROM {history} h
WHERE h.ended_by = %(delivery)s
  AND NOT EXISTS (SELECT FROM {verdict} v WHERE v.id = h.{id} AND v.verdict = 'changed')
"""


def cut(merging: Merging, target: Target, cuts: sql.Identifier) -> int:
    """Take days out of history; the pieces that were cut.

    Args:
        merging: the load.
        target: the entity.
        cuts: a table of at most one row for each identifier: ``id``; ``since`` and ``until``
            (excluded; null: open), the days; ``back_at``, the as-at date of what stands after
            them; ``how`` and ``closer``, the ending of what stands before them and the delivery
            that ended it.
    """
    remains = target.temporary("remains")
    parts = {"cuts": cuts, "remains": remains, "feed": sql.Literal(target.feed_id)}
    merging.run(REMAINS, target, **parts)
    corrected = merging.run(CORRECT, target, **parts)
    merging.run(KEEP, target, **parts)
    return corrected


def cut_former(merging: Merging, target: Target) -> None:
    """Take from history what new statements of the latest delivery cover."""
    cuts = target.temporary("cuts")
    merging.run(FOLLOWED, target, cuts=cuts)
    cut(merging, target, cuts)
