"""Waivers: issues that a person waived for one record, so that it is released."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from contracts.issues import issue_types

# Waived once, however often it is asked: the feed's row keeps two askers apart.
ADD = """
INSERT INTO watersmeet.waiver (feed_id, record_hash, code, "column", reason, author)
SELECT %(feed)s, %(hash)s, %(code)s, %(column)s, %(reason)s, %(author)s
WHERE NOT EXISTS (
    SELECT FROM watersmeet.waiver WHERE feed_id = %(feed)s AND record_hash = %(hash)s
      AND code = %(code)s AND "column" = %(column)s
)
"""


class NotWaivable(ValueError):
    """An issue that nobody may waive, or a waiver without author or reason."""


def waive(
    conn: psycopg.Connection,
    feed_id: int,
    record_hash: int,
    issues: list[tuple[str, str]],
    *,
    reason: str,
    author: str,
) -> int:
    """Waive issues of one record, all of them or none; how many were not waived before.

    Args:
        feed_id: the feed's number.
        record_hash: of the record, as quarantine has it.
        issues: code and column of each.

    Raises:
        NotWaivable: one of them may not be waived, or author or reason is missing.
    """
    if not reason.strip() or not author.strip():
        raise NotWaivable("a waiver needs an author and a reason; both are recorded")
    for code, _ in issues:
        kind = issue_types().get(code)
        if kind is None or kind.waivable != "yes":
            raise NotWaivable(
                f"{code} cannot be waived: without it mended the row cannot be loaded rightly. "
                "Correct the value, or have the supplier mend it"
            )
    with conn.transaction():
        conn.execute(
            "SELECT 1 FROM watersmeet.feed WHERE feed_id = %s FOR NO KEY UPDATE", (feed_id,)
        )
        facts = {"feed": feed_id, "hash": record_hash, "reason": reason, "author": author}
        return sum(
            max(conn.execute(ADD, {**facts, "code": code, "column": column}).rowcount, 0)
            for code, column in issues
        )


def of_feed(conn: psycopg.Connection, feed: str) -> list[dict[str, Any]]:
    """The waivers of a feed, in the order they were made.

    Columns: ``waiver_id``, ``record_hash``, ``code``, ``column``, ``reason``, ``author``,
    ``made_at``.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            'SELECT w.waiver_id, w.record_hash, w.code, w."column", w.reason, w.author, w.made_at'
            " FROM watersmeet.waiver w JOIN watersmeet.feed f USING (feed_id)"
            " WHERE f.name = %s ORDER BY w.waiver_id",
            (feed,),
        ).fetchall()
