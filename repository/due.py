"""When a feed's next delivery is due, kept with the feed for any query to tell it is overdue."""

import psycopg

from contracts.feed import Feed
from contracts.timetable import due_after


def record_due(conn: psycopg.Connection, feed: Feed) -> None:
    """Work out anew until when the next delivery must have landed.

    It counts from the last landing; of a feed that never delivered, from when this was first asked,
    so that one that never begins is overdue as well.
    """
    row = conn.execute(
        """
        SELECT (SELECT max(landed_at) FROM watersmeet.arrival a WHERE a.feed_id = f.feed_id),
            f.due_at, clock_timestamp()
        FROM watersmeet.feed f WHERE f.name = %s
        """,
        (feed.id,),
    ).fetchone()
    if row is None:
        return
    landed, known, now = row
    due = due_after(feed, landed or now)
    if landed is None and due is not None and known is not None:
        due = known
    conn.execute(
        "UPDATE watersmeet.feed SET due_at = %s WHERE name = %s AND due_at IS DISTINCT FROM %s",
        (due, feed.id, due),
    )
