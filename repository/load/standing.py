"""What deliveries that come later in a feed's order say of what a late delivery speaks of.

A feed's deliveries are numbered in their order (``n``); workings of the very same delivery share
their ``place``. Of every identifier is told which is the first later delivery that speaks of it
again. A delivery that replaces others says something of all that stands then: what stands after it
was in it, unless it was held back in quarantine. What else repeats rows is remembered
(:mod:`repository.load.repeats`).
"""

from psycopg import sql

from repository.load.merge import Merging
from repository.load.repeats import read_repeats
from repository.load.target import Target

ORDER = """
CREATE TEMPORARY TABLE late_order ON COMMIT DROP AS
SELECT delivery_id, series, as_at,
    (row_number() OVER (ORDER BY as_at, landed_at, sequence, delivery_id))::int AS n,
    rank() OVER (ORDER BY as_at, landed_at, sequence) AS place
FROM (
    SELECT delivery_id, as_at, landed_at, sequence,
        CASE WHEN replaces <> 'nothing' THEN series END AS series
    FROM watersmeet.delivery WHERE feed_id = %(feed)s AND state = 'loaded'
    UNION ALL
    SELECT %(delivery)s::int, %(as_at)s::date, %(landed_at)s::timestamptz, %(sequence)s::bigint,
        %(series)s::text
) d
"""

MINE = "SELECT n FROM pg_temp.late_order WHERE delivery_id = %s"

# From which delivery on a row stood, and which one ended it. A row that came back after a cut
# stands from the first delivery on that speaks of its date.
ROWS = """
CREATE TEMPORARY TABLE {rows} ON COMMIT DROP AS
SELECT r.id, r.delivery_id, r.row_number, r.record_hash, r.own_start, r.as_at, b.n AS brought,
    CASE WHEN r.as_at = b.as_at THEN b.n
         ELSE GREATEST(b.n, (SELECT min(o.n) FROM pg_temp.late_order o WHERE o.as_at >= r.as_at))
    END AS begins,
    e.n AS ends, e.as_at AS ends_at{links}
FROM (
    SELECT h.{id} AS id, h.delivery_id, h.row_number, h.record_hash, {own_start} AS own_start,
        h.as_at, NULL::int AS ended_by{h_links}
    FROM {part} h
    UNION ALL
    SELECT h.{id}, h.delivery_id, h.row_number, h.record_hash, {own_start}, h.as_at, h.ended_by
        {h_links}
    FROM {history} h WHERE h.feed_id = {feed}
) r
JOIN pg_temp.late_order b ON b.delivery_id = r.delivery_id
LEFT JOIN pg_temp.late_order e ON e.delivery_id = r.ended_by
"""

SAID = """
CREATE TEMPORARY TABLE {said} ON COMMIT DROP AS
SELECT id, brought AS n FROM {rows}
UNION SELECT id, begins FROM {rows}
UNION SELECT id, n FROM pg_temp.late_repeat
UNION SELECT r.id, p.n FROM {rows} r JOIN pg_temp.late_repeated_hash p USING (record_hash)
UNION SELECT f.id, p.n FROM pg_temp.late_former f JOIN pg_temp.late_repeated_hash p
    USING (record_hash)
"""

HELD = """
CREATE TEMPORARY TABLE late_held ON COMMIT DROP AS
SELECT DISTINCT q.identity AS id, o.n
FROM watersmeet.quarantine q JOIN pg_temp.late_order o USING (delivery_id)
WHERE q.identity IS NOT NULL AND o.n > %(mine)s
"""

# said_again: by which later delivery first. restated: the same row that stood when the late
# delivery came is said again, and not another version. lacking: the first later delivery of the
# late one's series before that, which lacks it.
LATER = """
CREATE TEMPORARY TABLE {later} ON COMMIT DROP AS
WITH known AS (
    SELECT id, min(n) FILTER (WHERE n > %(mine)s) AS told,
        max(n) FILTER (WHERE n < %(mine)s) AS last
    FROM {said} GROUP BY id
), cover AS (
    SELECT id, max(COALESCE(ends, 2147483647)) AS until FROM {rows}
    WHERE begins < %(mine)s AND (ends IS NULL OR ends > %(mine)s) GROUP BY id
), ids AS (
    SELECT id FROM known UNION SELECT {id} FROM {staged}
), again AS (
    SELECT i.id, LEAST(k.told, s.n) AS said_again, c.until IS NOT NULL AS stood, h.series AS holder
    FROM ids i LEFT JOIN known k USING (id) LEFT JOIN cover c USING (id)
    LEFT JOIN pg_temp.late_order h ON h.n = k.last
    LEFT JOIN LATERAL (
        SELECT o.n FROM pg_temp.late_order o
        WHERE o.n > %(mine)s AND o.series = h.series AND o.n < c.until
          AND o.n < COALESCE(k.told, 2147483647)
          AND NOT EXISTS (SELECT FROM pg_temp.late_held q WHERE q.id = i.id AND q.n = o.n)
        ORDER BY o.n LIMIT 1
    ) s ON true
)
SELECT a.*, n.row_number, n.row_number IS NOT NULL AS present, l.n AS lacking,
    EXISTS (SELECT FROM {held_back} b WHERE b.id = a.id) AS held_back
FROM again a LEFT JOIN {judged} n ON n.{id} = a.id
LEFT JOIN LATERAL (
    SELECT o.n FROM pg_temp.late_order o
    WHERE n.row_number IS NOT NULL AND o.n > %(mine)s AND o.series = %(mine_series)s::text
      AND o.n < COALESCE(a.said_again, 2147483647)
      AND NOT EXISTS (SELECT FROM pg_temp.late_held q WHERE q.id = a.id AND q.n = o.n)
    ORDER BY o.n LIMIT 1
) l ON true
"""


class Standing:
    """What stands of the main entity, and what later deliveries say of it, in temporary tables.

    Attributes:
        mine: the late delivery's number in the order.
        series: its series; None where it replaces nothing.
    """

    def __init__(
        self, merging: Merging, target: Target, place: dict[str, object], series: str | None
    ) -> None:
        self.series = series
        conn = merging.conn
        facts = {**place, "feed": target.feed_id, "delivery": merging.delivery_id, "series": series}
        conn.execute(ORDER, facts)
        conn.execute("CREATE INDEX ON pg_temp.late_order (n)")
        row = conn.execute(MINE, (merging.delivery_id,)).fetchone()
        if row is None:
            raise LookupError("a delivery has no place in its feed's order")
        self.mine = int(row[0])
        conn.execute(HELD, {"mine": self.mine})
        conn.execute("CREATE INDEX ON pg_temp.late_held (id)")
        read_repeats(conn)

    def look(self, merging: Merging, target: Target) -> None:
        """Make the tables ``rows``, ``said`` and ``later`` of the main entity."""
        parts = {**self._parts(target), "rows": target.temporary("rows")}
        for statement, name in ((ROWS, "rows"), (SAID, "said"), (LATER, "later")):
            merging.run(statement, target, **parts, mine=self.mine, mine_series=self.series)
            merging.conn.execute(sql.SQL("CREATE INDEX ON {} (id)").format(target.temporary(name)))
            merging.conn.execute(sql.SQL("ANALYZE {}").format(target.temporary(name)))

    def look_again(self, merging: Merging, target: Target) -> None:
        """Make the table ``after``: the rows once the late ones are among them."""
        parts = {**self._parts(target), "rows": target.temporary("after")}
        merging.run(ROWS, target, **parts)

    def _parts(self, target: Target) -> dict[str, sql.Composable]:
        table = target.table
        own: sql.Composable = sql.SQL("NULL::date")
        if table.own_start is not None:
            own = sql.Identifier("h", table.own_start)
        return {
            "said": target.temporary("said"),
            "later": target.temporary("later"),
            "own_start": own,
            "feed": sql.Literal(target.feed_id),
            "links": _also(target, "r"),
            "h_links": _also(target, "h"),
            "judged": target.staged,
        }


def _also(target: Target, of: str) -> sql.Composable:
    """The columns by which rows speak of other entities."""
    return sql.SQL("").join(
        sql.SQL(", {}").format(sql.Identifier(of, column)) for column in sorted(target.links)
    )
