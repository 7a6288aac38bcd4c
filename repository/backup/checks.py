"""What a restored repository is checked for before it is opened."""

from collections.abc import Mapping

import psycopg

from repository.backup.counts import counts
from repository.landing import LandedFile, LandingProblem, LandingStore

FILES = """
SELECT name, landed_key, encode(sha256, 'hex'), bytes
FROM watersmeet.delivery_file ORDER BY delivery_id, number
"""

# Every receipt leads to a delivery that was loaded, and that to the files it came in.
WITHOUT_FILES = """
SELECT count(*) FROM watersmeet.receipt r JOIN watersmeet.delivery d USING (delivery_id)
WHERE NOT EXISTS (SELECT FROM watersmeet.delivery_file f
    WHERE f.delivery_id IN (d.delivery_id, d.replays))
"""


def compare_counts(conn: psycopg.Connection, told: Mapping[str, int]) -> list[str]:
    """Tables that do not hold the rows a backup counted; what is wrong with each."""
    found = counts(conn)
    return [
        f"{table} holds {found.get(table, 0):,} rows at the mark, and {told.get(table, 0):,} were "
        "counted there"
        for table in sorted({*told, *found})
        if told.get(table, 0) != found.get(table, 0)
    ]


def compare_landed(conn: psycopg.Connection, store: LandingStore) -> tuple[int, list[str]]:
    """Files the repository says were landed, read again: how many, and what is wrong."""
    problems = []
    seen: dict[str, str] = {}
    for name, key, sha256, size in conn.execute(FILES).fetchall():
        if key in seen:
            continue
        seen[key] = sha256
        try:
            with store.local(LandedFile(name, key, sha256, size)) as path:
                if path.stat().st_size != size:
                    problems.append(f"{key} has another size than was landed")
        except (LandingProblem, OSError) as error:
            problems.append(str(error))
    row = conn.execute(WITHOUT_FILES).fetchone()
    if row and row[0]:
        problems.append(f"{row[0]} receipts lead to no landed file")
    return len(seen), problems
