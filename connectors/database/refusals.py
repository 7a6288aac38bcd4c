"""What a database says when it fails, in words for whoever has to act.

A driver's message may hold the query, its values or the address: only its number is read, and, of
failures to connect, which have none, a few words.
"""

import struct
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from connectors.connection import Connection
from connectors.errors import Unreachable

T = TypeVar("T")

_CODES = {
    "login-refused": {"28P01", "28000", 1045, 1698},
    "database-missing": {"3D000", 1049},
    "table-forbidden": {"42501", 1142, 1143, 1044, 1227, 1370},
    "table-missing": {"42P01", "3F000", 1146, 1932, 1356},
    "column-missing": {"42703", 1054},
    "database-slow": {"57014", "55P03", 1969, 3024, 1205, 1317},
    "database-gone": {1053, 1077, 1927, 2002, 2003, 2006, 2013, 2055, 1040, 0, "53300", "40001"},
}
"""Our word to the SQLSTATE classes of PostgreSQL and the error numbers of MySQL and MariaDB."""

_SAID = {
    "password authentication failed": "login-refused",
    "no password supplied": "login-refused",
    "does not exist": "database-missing",
    "unable to open database": "database-missing",
    "not a database": "database-malformed",
    "no such table": "table-missing",
    "no such column": "column-missing",
    "statement timeout": "database-slow",
    "timed out": "database-gone",
    "could not decode": "value-undecodable",
}

_MESSAGES = {
    "login-refused": "the server refused the login; check the connection's login and password",
    "database-missing": "there is no such database; check the connection's schema and login",
    "database-malformed": "the file is no SQLite database; check the connection's path",
    "table-forbidden": "the login may not read it; have it granted the right to select (and, "
    "of a view in MySQL or MariaDB, SHOW VIEW)",
    "table-missing": "it is not there, or the login may not see it; ask whoever runs the database",
    "column-missing": "a column has gone; ask whoever runs the database, or correct `columns`",
    "database-slow": "a statement took longer than `time_limit`, or waited for a lock; it is tried "
    "again; raise the limit, or have the column of the watermark indexed",
    "database-gone": "the server cannot be reached or broke off; it is tried again; check its "
    "address and that it runs",
    "value-undecodable": "a text in it is not in the database's encoding; have it mended there, or "
    "leave the column out of `columns`",
    "database-failed": "the database failed; ask whoever runs it to look into its log",
}
_PASSING = frozenset({"database-gone", "database-slow"})


def told(table: str, connection: Connection, work: Callable[[], T]) -> T:
    """What some work with a database gives.

    Raises:
        Unreachable: it failed. The original goes with nothing of ours, for it may quote values.
    """
    try:
        return work()
    except sa.exc.DBAPIError as error:
        code = _code(error)
    except (OSError, EOFError, struct.error, IndexError):
        # A driver in the middle of an answer that broke off.
        code = "database-gone"
    except sa.exc.NoSuchTableError:
        code = "table-missing"
    raise Unreachable(
        code,
        f"Table {table} (connection {connection.id!r}): {_MESSAGES[code]}.",
        passing=code in _PASSING,
    )


def _code(error: sa.exc.DBAPIError) -> str:
    original = error.orig
    state = getattr(original, "sqlstate", None)
    arguments = getattr(original, "args", ())
    number = arguments[0] if arguments and isinstance(arguments[0], int) else None
    for code, known in _CODES.items():
        if state in known or (number is not None and number in known):
            return code
    if isinstance(state, str) and state[:2] in ("08", "57"):
        return "database-gone"
    said = str(original).lower()
    for words, code in _SAID.items():
        if words in said:
            return code
    if error.connection_invalidated or isinstance(
        error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError
    ):
        return "database-gone"
    return "database-failed"
