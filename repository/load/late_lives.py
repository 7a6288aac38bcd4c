"""How long the things stand that a late delivery's rows speak of, or no longer do.

A thing is spoken of on the days on which some row of the main entity speaks of it. A row that comes
late, or gives way to one, may lengthen or shorten that in several places.
"""

from psycopg import sql

from repository.load.merge import Merging
from repository.load.target import Target

# A row that gives way to a delivery that replaces others speaks no longer; where the late one does
# so, not until it is said again: where its own dates say when it is so, that does not follow from
# what is kept of it. What gives way to a delivery that only adds has spoken for good, though it be
# on the same day and so on none, unless the very same delivery, worked again, took it back.
LIFE = """
CREATE TEMPORARY TABLE {life} ON COMMIT DROP AS
WITH spoken AS (
    SELECT x.id AS x, s.so
    FROM {after} r CROSS JOIN LATERAL (VALUES {r_links}) x(id)
    JOIN {lives} t ON t.id = x.id
    JOIN pg_temp.late_order b ON b.n = r.brought
    LEFT JOIN pg_temp.late_order e ON e.n = r.ends
    LEFT JOIN {main_verdict} v ON v.id = r.id
    LEFT JOIN {fate} f ON f.id = r.id
    LEFT JOIN pg_temp.late_order a ON a.n = f.said_again
    CROSS JOIN LATERAL (
        SELECT datemultirange(daterange(
                r.as_at, CASE WHEN e.series IS NOT NULL OR e.place = b.place
                    THEN GREATEST(r.as_at, r.ends_at) END
            ))
            - CASE WHEN %(mine_series)s::text IS NOT NULL AND r.brought < %(mine)s
                    AND (f.absent OR COALESCE(v.verdict <> 'unchanged', false))
                THEN datemultirange(daterange(%(as_at)s::date, a.as_at))
                ELSE '{{}}'::datemultirange END AS so
    ) s
)
SELECT t.id, t.row_number, COALESCE(range_agg(s.so), '{{}}'::datemultirange) AS so
FROM {lives} t LEFT JOIN spoken s ON s.x = t.id GROUP BY t.id, t.row_number
"""

# What stands beyond that, in pieces of what is left of it.
BEYOND = """
CREATE TEMPORARY TABLE {beyond} ON COMMIT DROP AS
SELECT {h_kept}, h.valid_during, h.known_from, true AS stored, %(delivery)s::int AS ended_by,
    'gone' AS ending, l.so
FROM {part} h JOIN {life} l ON l.id = h.{id} AND NOT l.so @> h.valid_during
UNION ALL
SELECT {h_kept}, h.valid_during, lower(h.known_during), false, h.ended_by, h.ending, l.so
FROM {history} h JOIN {life} l ON l.id = h.{id} AND NOT l.so @> h.valid_during
WHERE h.feed_id = {feed} AND upper_inf(h.known_during) AND NOT isempty(h.valid_during)
"""

# What this very load had put there was never known.
UNDO = """
DELETE FROM {history} h USING {beyond} b
WHERE h.{id} = b.{id} AND h.feed_id = {feed} AND NOT b.stored AND upper_inf(h.known_during)
  AND h.valid_during = b.valid_during AND lower(h.known_during) = %(known_from)s::timestamptz
"""

CLOSE = """
UPDATE {history} h
SET known_during = tstzrange(lower(h.known_during), %(known_from)s::timestamptz),
    ending = 'corrected'
FROM {beyond} b
WHERE h.{id} = b.{id} AND h.feed_id = {feed} AND NOT b.stored AND upper_inf(h.known_during)
  AND h.valid_during = b.valid_during
"""

LEAVE = """
WITH left_store AS (
    DELETE FROM {part} h USING {beyond} b WHERE h.{id} = b.{id} AND b.stored RETURNING h.*
)
INSERT INTO {history} ({kept}, valid_during, known_during, open_until, ended_by, ending)
SELECT {h_kept}, h.valid_during, tstzrange(h.known_from, %(known_from)s::timestamptz),
    %(known_from)s::timestamptz, %(delivery)s, 'corrected'
FROM left_store h WHERE h.known_from < %(known_from)s::timestamptz
"""

LEFT = """
SELECT {b_stays}, GREATEST(b.as_at, lower(p.so)) AS as_at, p.so, b.ended_by, b.ending
FROM {beyond} b CROSS JOIN LATERAL (
    SELECT unnest(datemultirange(b.valid_during) * b.so) AS so
) p
"""

# What is missing, in the words of the late delivery, or else in the last there are.
MISSING = """
SELECT {w_stays}, lower(g.so) AS as_at, g.so, %(delivery)s::int AS ended_by, 'gone' AS ending
FROM {life} l
CROSS JOIN LATERAL (
    SELECT unnest(l.so - COALESCE((
        SELECT range_agg(x.so) FROM (
            SELECT h.valid_during AS so FROM {part} h WHERE h.{id} = l.id
            UNION ALL
            SELECT h.valid_during FROM {history} h
            WHERE h.{id} = l.id AND h.feed_id = {feed} AND upper_inf(h.known_during)
        ) x
    ), '{{}}'::datemultirange)) AS so
) g
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT 1 AS rank, {n_kept} FROM {staged} n
        WHERE n.{id} = l.id AND n.row_number = l.row_number
        UNION ALL
        SELECT 2, {h_kept} FROM {history} h WHERE h.{id} = l.id AND h.feed_id = {feed}
    ) every ORDER BY rank, delivery_id DESC LIMIT 1
) w
"""

ENTER = """
INSERT INTO {history} ({stays}, as_at, valid_during, known_during, ended_by, ending)
SELECT {e_stays}, e.as_at, e.so, tstzrange(%(known_from)s::timestamptz, NULL), e.ended_by, e.ending
FROM {entered} e WHERE NOT upper_inf(e.so)
"""

STAND = """
INSERT INTO {part} ({stays}, as_at, known_from)
SELECT {e_stays}, lower(e.so), %(known_from)s::timestamptz FROM {entered} e WHERE upper_inf(e.so)
"""


def correct_lives(
    merging: Merging, target: Target, parts: dict[str, object], columns: sql.Composable
) -> None:
    """Have the mentions of one entity stand exactly as long as rows speak of them.

    Args:
        merging: the load.
        target: the entity mentioned.
        parts: of the statements, as :func:`repository.load.late_mentions.mention_late` has them.
        columns: the columns of the main entity's rows, called ``r``, that speak of it.
    """
    stays = [name for name in target.table.kept_columns if name != "as_at"]
    more: dict[str, object] = {
        **parts,
        "r_links": columns,
        "life": target.temporary("life"),
        "beyond": target.temporary("beyond"),
        **{
            f"{of}_stays": sql.SQL(", ").join(sql.Identifier(of, name) for name in stays)
            for of in ("b", "w", "e")
        },
    }
    for statement in (LIFE, BEYOND, UNDO, CLOSE, LEAVE):
        merging.run(statement, target, **more)
    for name, query in (("kept_on", LEFT), ("filled_in", MISSING)):
        more["entered"] = target.temporary(name)
        merging.run("CREATE TEMPORARY TABLE {entered} ON COMMIT DROP AS " + query, target, **more)
        merging.run(ENTER, target, **more)
        merging.run(STAND, target, **more)
