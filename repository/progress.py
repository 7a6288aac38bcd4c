"""How far the delivery at work on a feed has come, for those who watch."""

import time
from types import TracebackType

import psycopg

from repository.database import connect

EVERY = 0.5
"""Seconds between two writes of the same step."""


class Progress:
    """Writes the progress of one delivery, outside the transaction that loads it.

    Watching must never stop the work: a lost connection ends the writing, not the load.
    """

    def __init__(self, url: str, feed: str, delivery: str) -> None:
        self._key = (feed, delivery)
        self._step = ""
        self._written = 0.0
        self._conn: psycopg.Connection | None = connect(url, autocommit=True)
        self._write("begin", 0, "working", start=True)

    def at(self, step: str, rows: int) -> None:
        """Say which step is at work and how many rows have passed."""
        now = time.monotonic()
        if step != self._step or now - self._written >= EVERY:
            self._write(step, rows, "working")

    def done(self, rows: int) -> None:
        """Say that the delivery is through."""
        self._write("done", rows, "done")

    def failed(self, rows: int) -> None:
        """Say that the delivery stopped."""
        self._write(self._step, rows, "failed")

    def close(self) -> None:
        """Let go of the connection."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, step: str, rows: int, state: str, *, start: bool = False) -> None:
        self._step, self._written = step, time.monotonic()
        if self._conn is None:
            return
        try:
            self._conn.execute(
                """
                INSERT INTO watersmeet.progress AS p (feed, delivery, step, rows, state)
                VALUES (%(feed)s, %(delivery)s, %(step)s, %(rows)s, %(state)s)
                ON CONFLICT (feed) DO UPDATE
                SET delivery = EXCLUDED.delivery, step = EXCLUDED.step, rows = EXCLUDED.rows,
                    state = EXCLUDED.state, updated_at = clock_timestamp(),
                    started_at = CASE WHEN %(start)s THEN clock_timestamp() ELSE p.started_at END
                """,
                {
                    "feed": self._key[0],
                    "delivery": self._key[1],
                    "step": step,
                    "rows": rows,
                    "state": state,
                    "start": start,
                },
            )
        except psycopg.OperationalError:
            self.close()
