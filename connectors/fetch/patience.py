"""Tries again what may pass by itself: a server that restarts, a line that breaks."""

from collections.abc import Callable
from typing import TypeVar

import stamina

from connectors.errors import Unreachable

ATTEMPTS = 4
FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0

NOT_AT_ONCE = frozenset({"file-changed", "folder-missing"})
"""Codes of what passes, but not within seconds: the next look sees to it."""

T = TypeVar("T")

# Where structlog is installed, stamina would print to standard output, amid what a command answers.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])


def patiently(attempt: Callable[[], T]) -> T:
    """What an attempt gives, tried several times where it fails for what may pass.

    Raises:
        Unreachable: the last attempt's.
    """
    for again in stamina.retry_context(
        on=_may_pass,
        attempts=ATTEMPTS,
        timeout=None,
        wait_initial=FIRST_WAIT,
        wait_max=LONGEST_WAIT,
        wait_jitter=FIRST_WAIT,
    ):
        with again:
            return attempt()
    raise AssertionError("stamina ends by return or exception")


def _may_pass(error: Exception) -> bool:
    return isinstance(error, Unreachable) and error.passing and error.code not in NOT_AT_ONCE
