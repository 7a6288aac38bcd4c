"""Sends what waits in the outbox: of each run in order, until the receiver has it.

Each event is locked, sent and marked in a transaction of its own. Who is killed in between sends it
again: a receiver knows it by run and type.
"""

import gzip
import json
import logging
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import psycopg

from pipeline.lineage_events.attempt import end_killed
from pipeline.lineage_events.receiver import Receiver, keep_days, receiver
from pipeline.settings import Settings
from repository import outbox
from repository.database import connect, database_url
from repository.problems import values_withheld

PASSING = frozenset({408, 425, 429})
"""Answers of class 4xx that say "not now" and not "never"."""

UNREACHABLE = (
    "unreachable",
    "timeout",
    "broken-off",
    "http-429",
    "http-502",
    "http-503",
    "http-504",
)
"""What is the matter with the receiver and not with one event: it is left alone as a whole."""

FIRST_WAIT, LONGEST_WAIT = 10.0, 3600.0
CONNECT, ANSWER = 5.0, 10.0
"""Seconds to reach the receiver, and between two signs of life from it."""

LARGE = 4096
"""Bytes from which an event is packed."""

MOST_TROUBLE = 3
"""Events in a row that may fail before the receiver is taken to be the reason."""

# At INFO it writes out every address, and addresses may carry keys.
logging.getLogger("httpx").setLevel(logging.WARNING)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sent:
    """What came of a pass over the outbox.

    Attributes:
        receiver: scheme, host and port; None where none is set.
        sent, failed, refused: events in this pass; ``refused`` ones are not tried again.
        ended: runs found killed, and ended.
        removed, lost: events past their time; ``lost`` had never been sent.
        waiting: events that wait after it.
        left_alone_until: no event was tried, since the receiver did not answer lately.
        errors: codes of what last went wrong with events that are not sent.
    """

    receiver: str | None
    sent: int = 0
    failed: int = 0
    refused: int = 0
    ended: int = 0
    removed: int = 0
    lost: int = 0
    waiting: int = 0
    left_alone_until: datetime | None = None
    errors: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """As plain values."""
        when = self.left_alone_until
        return {**asdict(self), "left_alone_until": when.isoformat() if when else None}


def send(
    *, now: bool = False, most: int = 1000, seconds: float = 50.0, refused: bool = False
) -> Sent:
    """End runs that were killed, remove what is past its time, and send what waits.

    Args:
        now: also what was to be left alone for a while.
        most: events of this pass, at most.
        seconds: no event is begun after so long.
        refused: try those again that the receiver refused.

    Raises:
        pipeline.lineage_events.receiver.BadReceiver: the settings cannot be used.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    days, to = keep_days(), receiver()
    with (
        values_withheld(),
        closing(connect(database_url(Settings.from_environment().state))) as conn,
    ):
        ended = end_all_killed(conn)
        removed, lost = outbox.prune(conn, days)
        if refused:
            outbox.try_refused_again(conn)
        conn.commit()
        if lost and to is not None:
            _log.warning("%s lineage events were removed unsent after %s days", lost, days)
        counts: dict[str, Any] = {"ended": ended, "removed": removed, "lost": lost}
        if to is not None:
            counts |= _drained(conn, to, now=now, most=most, until=time.monotonic() + seconds)
        found = outbox.standing(conn)
    return Sent(to.place if to else None, waiting=found.waiting, errors=found.errors, **counts)


def end_all_killed(conn: psycopg.Connection) -> int:
    """End every run that nobody is at work on any more; how many, committed."""
    ended = 0
    for feed_id in sorted({run.feed_id for run in outbox.open_runs(conn)}):
        conn.commit()  # lets go of the feed before
        if outbox.nobody_loads(conn, feed_id):
            # Looked at anew: while the lock was another's, the run may have ended as it should.
            for run in outbox.open_runs(conn):
                if run.feed_id == feed_id:
                    end_killed(conn, run)
                    ended += 1
    conn.commit()
    return ended


def _drained(
    conn: psycopg.Connection, to: Receiver, *, now: bool, most: int, until: float
) -> dict[str, Any]:
    counts = {"sent": 0, "failed": 0, "refused": 0}
    alone = None if now else outbox.left_alone_until(conn, UNREACHABLE)
    conn.commit()
    if alone is not None:
        return {**counts, "left_alone_until": alone}
    blocked: list[UUID] = []
    with _client(to) as client:
        for _ in range(most):
            if time.monotonic() > until:
                break
            event = outbox.next_waiting(conn, now=now, but=blocked)
            if event is None:
                break
            code, wait = _post(client, to, event.event)
            came_of_it = _mark(conn, event, code, wait)
            conn.commit()
            counts[came_of_it] += 1
            if came_of_it == "failed":
                blocked.append(event.run_id)
                if code in UNREACHABLE or len(blocked) >= MOST_TROUBLE:
                    break
        conn.commit()
    return counts


def _mark(conn: psycopg.Connection, event: outbox.Waiting, code: str, wait: float | None) -> str:
    """Record what came of an event: the count it belongs to."""
    if not code:
        outbox.sent(conn, event.event_id)
        return "sent"
    if _for_good(code):
        outbox.refused(conn, event.event_id, code)
        _log.warning("the lineage receiver refuses an event (%s)", code)
        return "refused"
    usual = min(FIRST_WAIT * 2.0 ** min(event.attempts, 20), LONGEST_WAIT)
    outbox.failed(conn, event.event_id, code, usual if wait is None else min(wait, LONGEST_WAIT))
    return "failed"


def _for_good(code: str) -> bool:
    """Whether an answer will be the same next time: 4xx, and redirects, which are not followed."""
    status = int(code.removeprefix("http-")) if code.startswith("http-") else 0
    return 300 <= status < 500 and status not in PASSING


def _client(to: Receiver) -> httpx.Client:
    headers = {"Content-Type": "application/json", "User-Agent": "watersmeet"}
    if to.key:
        headers["Authorization"] = f"Bearer {to.key}"
    timeout = httpx.Timeout(ANSWER, connect=CONNECT)
    # An event must not leave by way of whatever proxy happens to be in the environment's .netrc.
    return httpx.Client(timeout=timeout, headers=headers, follow_redirects=False)


def _post(client: httpx.Client, to: Receiver, event: Mapping[str, Any]) -> tuple[str, float | None]:
    """Post one event.

    Returns:
        A code, empty where the receiver took it; and for how many seconds it asks to be left alone.
    """
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {}
    if len(body) > LARGE:
        body, headers = gzip.compress(body, mtime=0), {"Content-Encoding": "gzip"}
    try:
        # What it answers is of no interest, and might be endless.
        with client.stream("POST", to.url, content=body, headers=headers) as answer:
            if answer.is_success:
                return "", None
            asked = answer.headers.get("retry-after", "").strip()
            return f"http-{answer.status_code}", float(asked) if asked.isdecimal() else None
    except httpx.TimeoutException:
        return "timeout", None
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        return "broken-off", None
    except (httpx.TransportError, httpx.InvalidURL):
        return "unreachable", None
