"""Landed files and the deliveries they came with, and what is recorded of these."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

Lines = list[dict[str, Any]]

# The hash may be cut short to what tells it apart; a path may be that of the landed file itself.
FOUND = """
SELECT f.delivery_id, f.number, f.name, encode(f.sha256, 'hex') AS sha256, f.landed_key,
    encode(d.sha256, 'hex') AS delivery_sha256, d.name AS delivery, d.state, d.as_at, d.landed_at,
    d.replays, d.landed, d.quarantined, d.excluded, x.name AS feed, x.feed_id
FROM watersmeet.delivery_file f
JOIN watersmeet.delivery d USING (delivery_id)
JOIN watersmeet.feed x USING (feed_id)
WHERE f.name = %(name)s OR d.name = %(name)s OR f.landed_key = %(what)s
   OR right(%(what)s, length(f.landed_key) + 1) = '/' || f.landed_key
   OR encode(f.sha256, 'hex') = %(sha256)s
   OR (%(start)s <> '' AND starts_with(encode(f.sha256, 'hex'), %(start)s))
ORDER BY x.name, f.delivery_id, f.number
"""

TABLES = """
SELECT file, sheet, first_number, facts -> 'pages' AS pages
FROM watersmeet.delivery_table WHERE delivery_id = %s ORDER BY first_number
"""

FILES = "SELECT count(*) FROM watersmeet.delivery_file WHERE delivery_id = %s"

BESIDE = {
    "quarantined rows": """
        SELECT q.state AS name, count(*) AS rows,
            (array_agg(q.delivery_id || '/' || q.row_number ORDER BY q.row_number))[1:%(most)s]
                AS first
        FROM watersmeet.quarantine q
        WHERE q.delivery_id = %(delivery)s AND q.row_number <@ %(rows)s::int4multirange
        GROUP BY q.state ORDER BY q.state""",
    "excluded rows": """
        SELECT reason AS name, count(*) AS rows FROM watersmeet.excluded_row
        WHERE delivery_id = %(delivery)s AND row_number <@ %(rows)s::int4multirange
        GROUP BY reason ORDER BY reason""",
    "issues": """
        SELECT code AS name, count(DISTINCT row_number) AS rows FROM watersmeet.issue
        WHERE delivery_id = %(delivery)s AND row_number <@ %(rows)s::int4multirange
        GROUP BY code ORDER BY code""",
    "corrections": """
        SELECT c.correction_id || ', ' || c."column" AS name, count(*) AS rows,
            min(c.author) AS author, min(c.reason) AS reason
        FROM watersmeet.corrected_row r JOIN watersmeet.correction c USING (correction_id)
        WHERE r.delivery_id = %(delivery)s AND r.row_number <@ %(rows)s::int4multirange
        GROUP BY c.correction_id ORDER BY c.correction_id""",
    "findings": """
        SELECT code AS name, "column", message FROM watersmeet.finding
        WHERE delivery_id = %(delivery)s ORDER BY finding_id""",
    "holds": """
        SELECT h.hold_id::text AS name, h.state, h.decided_by, h.reason
        FROM watersmeet.hold h JOIN watersmeet.delivery d USING (feed_id, sha256)
        WHERE d.delivery_id = %(delivery)s ORDER BY h.hold_id""",
    "replays": """
        SELECT delivery_id::text AS name, landed_at FROM watersmeet.delivery
        WHERE replays = %(delivery)s ORDER BY delivery_id""",
    "kitemark": """
        SELECT name, level FROM watersmeet.kitemark WHERE delivery_id = %(delivery)s""",
    "lineage events": """
        SELECT event_type || ', ' || state AS name, count(*) AS rows FROM watersmeet.lineage_event
        WHERE delivery_id = %(delivery)s GROUP BY event_type, state ORDER BY 1""",
}
"""What is recorded beside the rows of a file, or of its delivery as a whole: kind to query, which
gives ``name`` and, where rows are meant, ``rows``; the rest are facts."""


def find(conn: psycopg.Connection, what: str, name: str, sha256: str | None, start: str) -> Lines:
    """Landed files of a name, hash or key, with their deliveries.

    Args:
        what: as it was asked for: a name, a path or a landed key.
        name: a name, such as the last part of a path.
        sha256: hash of the file that lies at that path, where one does.
        start: the beginning of a hash; empty where the words asked are none.
    """
    asked = {"what": what, "name": name, "sha256": sha256, "start": start}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(FOUND, asked).fetchall()


def names(conn: psycopg.Connection) -> list[str]:
    """The names of all landed files."""
    return [row[0] for row in conn.execute("SELECT DISTINCT name FROM watersmeet.delivery_file")]


def row_numbers(conn: psycopg.Connection, delivery_id: int, file: str) -> list[tuple[int, int]]:
    """The row numbers of a delivery that one of its files brought, both ends included."""
    tables = conn.execute(TABLES, (delivery_id,)).fetchall()
    [(files,)] = conn.execute(FILES, (delivery_id,))

    def is_of_file(table: str) -> bool:
        # The only file may be named as its delivery is; a member is, after its archive.
        return files == 1 or table == file or table.startswith(f"{file}/")

    found: list[tuple[int, int]] = []
    for place, (name, _, first, pages) in enumerate(tables):
        last = tables[place + 1][2] - 1 if place + 1 < len(tables) else 2**31 - 2
        if pages:
            before = 0
            for page, end in pages:
                if is_of_file(page) and end > before:
                    found.append((first + before, first + end - 1))
                before = end
        elif is_of_file(name):
            found.append((first, last))
    return found


def beside(
    conn: psycopg.Connection, delivery_id: int, rows: list[tuple[int, int]], most: int
) -> dict[str, Lines]:
    """What is recorded beside the rows: kind to lines (:data:`BESIDE`)."""
    ranges = "{" + ",".join(f"[{first},{last}]" for first, last in rows) + "}"
    asked = {"delivery": delivery_id, "rows": ranges, "most": most}
    found: dict[str, Lines] = {}
    with conn.cursor(row_factory=dict_row) as cursor:
        for kind, query in BESIDE.items():
            lines = cursor.execute(query.encode(), asked).fetchall()
            if lines:
                found[kind] = lines
    return found
