"""Tries again what failed in passing, as long as the server asks to be left alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import stamina

T = TypeVar("T")

ATTEMPTS = 6
LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more is left to the next run."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be other the next time (RFC 9110 § 15, RFC 6585, RFC 8470)."""

# Where structlog is installed, stamina would print to standard output, amid what a command answers.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])


@dataclass
class Again(Exception):
    """A passing failure; ``wait`` is what the server asked for, in seconds."""

    what: str
    wait: float | None = None


@dataclass
class WaitTooLong(Exception):
    """The server asks for a wait beyond :data:`LONGEST_WAIT`, in seconds."""

    wait: float


def retried(attempt: Callable[[], T]) -> T:
    """What an attempt gives at last.

    Raises:
        Again: it failed in passing for :data:`ATTEMPTS` times.
    """
    for again in stamina.retry_context(
        on=_backoff, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
    ):
        with again:
            return attempt()
    raise AssertionError("stamina ends by return or exception")


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, Again):
        return False
    return True if error.wait is None else error.wait


def asked_wait(headers: httpx.Headers) -> float | None:
    """Seconds the server asks to be left alone, given as such or as a date (RFC 9110 § 10.2.3).

    Raises:
        WaitTooLong
    """
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return None
    if asked.isdigit():
        seconds = float(asked)
    else:
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = max(0.0, (moment - datetime.now(UTC)).total_seconds())
    if seconds > LONGEST_WAIT:
        raise WaitTooLong(seconds)
    return seconds
