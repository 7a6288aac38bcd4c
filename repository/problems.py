"""Database failures said without what was in the rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class DatabaseDown(Exception):
    """The database cannot be reached; the message names host, port and remedy, no password."""


class DatabaseProblem(Exception):
    """The database refused something.

    PostgreSQL's own exception carries the row ("Failing row contains ..."), so only the SQLSTATE
    and its primary message are kept, and of data exceptions (class 22), whose primary message
    quotes the value, only the SQLSTATE and its name.

    Attributes:
        sqlstate: PostgreSQL's error code, "" where the connection was lost.
    """

    def __init__(self, sqlstate: str, message: str) -> None:
        self.sqlstate = sqlstate
        super().__init__(f"database error {sqlstate or 'connection lost'}: {message}")


def problem_of(error: psycopg.Error) -> DatabaseProblem:
    """What may be told of a database error."""
    state = error.sqlstate or ""
    if state.startswith("22"):
        return DatabaseProblem(state, type(error).__name__)
    if not state:
        return DatabaseProblem("", type(error).__name__)
    return DatabaseProblem(state, error.diag.message_primary or type(error).__name__)


@contextmanager
def values_withheld() -> Iterator[None]:
    """Turn psycopg's errors into :class:`DatabaseProblem` that do not carry values along."""
    try:
        yield
    except psycopg.Error as error:
        problem = problem_of(error)
        # Python keeps the original as the new error's context, and some loggers print contexts
        # that are meant to be hidden: so the original is emptied too.
        psycopg.Error.__init__(error, "withheld: it may hold values")
        raise problem from None
