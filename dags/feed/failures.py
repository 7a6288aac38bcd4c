"""What becomes of an error in a task: tried again or final, and told without values."""

import logging
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import httpx
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from connectors.errors import Unreachable
from repository.problems import DatabaseDown, DatabaseProblem

P = ParamSpec("P")
T = TypeVar("T")

PASSING = (OSError, TimeoutError, httpx.TransportError, DatabaseDown)
"""Errors of the world outside that may be gone next time."""

PASSING_SQLSTATES = ("08", "40", "53", "55P03", "57P0")
"""PostgreSQL: connection, rollback, resources, lock not available, operator intervention."""

OURS = ("contracts.", "connectors.", "transforms.", "repository.", "pipeline.")


class MayPass(AirflowException):
    """An error worth another try."""


def told_plainly(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Take a step, and turn any error in it into one whose text is safe to log.

    The text of our own exceptions is written to be shown. That of others may quote a row
    (PostgreSQL's "Failing row contains ...", Pandera's failure cases), so only their type, SQLSTATE
    and the places in the code are told.

    Raises:
        MayPass: another try may succeed.
        AirflowFailException: it will not; the task fails at once.
    """
    try:
        return step(*args, **kwargs)
    except AirflowException:
        raise
    except Exception as error:  # noqa: BLE001 - every error is told here, and raised again below
        message = describe(error)
        told = MayPass(message) if may_pass(error) else AirflowFailException(message)
        frames = traceback.extract_tb(error.__traceback__)
        logging.getLogger(__name__).error(
            "%s\n%s", message, "\n".join(f"  {f.filename}:{f.lineno} {f.name}" for f in frames[1:])
        )
    raise told  # outside the except block: the original is not chained to it


def describe(error: BaseException) -> str:
    """An error in words that hold no value of any row."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if kind.startswith(OURS) or isinstance(error, OSError):
        return str(error) or kind
    state = _sqlstate(error)
    if state:
        return f"{kind}: SQLSTATE {state}"
    return kind.removeprefix("builtins.")


def may_pass(error: BaseException) -> bool:
    """Whether another try may succeed: by the error or by what it came from."""
    seen: BaseException | None = error
    while seen is not None:
        match seen:
            case Unreachable():
                return seen.passing
            case DatabaseProblem(sqlstate=""):  # the connection was lost
                return True
            case _ if isinstance(seen, PASSING) or _sqlstate(seen).startswith(PASSING_SQLSTATES):
                return True
        seen = seen.__cause__
    return False


def _sqlstate(error: BaseException) -> str:
    for one in (error, getattr(error, "orig", None)):
        state = getattr(one, "sqlstate", None) or getattr(one, "pgcode", None)
        if isinstance(state, str):
            return state
    return ""
