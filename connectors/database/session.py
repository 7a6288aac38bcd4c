"""One look at a database: a transaction that only reads, all of it as at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

_POSTGRESQL = {
    # So that the same rows are the same text, whatever server and role are set to.
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
}
_MILLISECONDS = 1000


@contextmanager
def reading(engine: sa.Engine, time_limit: float) -> Iterator[sa.Connection]:
    """A connection whose transaction reads one snapshot and may write nothing.

    Args:
        time_limit: seconds one statement may take.

    Raises:
        sqlalchemy.exc.DBAPIError: as the driver says it.
    """
    try:
        with engine.connect() as conn:
            try:
                _begin(conn, time_limit)
                yield conn
                conn.rollback()
            except BaseException:
                cut_off(conn)
                raise
    finally:
        engine.dispose()


def _begin(conn: sa.Connection, time_limit: float) -> None:
    dialect = conn.dialect.name
    if dialect == "postgresql":
        conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        settings = {**_POSTGRESQL, "statement_timeout": str(int(time_limit * _MILLISECONDS))}
        for name, value in settings.items():
            conn.execute(sa.select(sa.func.set_config(name, value, True)))
    elif dialect in ("mysql", "mariadb"):
        _begin_mysql(conn, time_limit)
    elif dialect == "sqlite":
        conn.exec_driver_sql("PRAGMA query_only = ON")
        # The driver begins a transaction only to write.
        conn.exec_driver_sql("BEGIN")
    else:
        known = conn.dialect.get_isolation_level_values(conn.connection.dbapi_connection)  # type: ignore[arg-type]
        for level in ("REPEATABLE READ", "SERIALIZABLE"):
            if level in known:
                conn.execution_options(isolation_level=level)
                break


def _begin_mysql(conn: sa.Connection, time_limit: float) -> None:
    conn.execution_options(isolation_level="REPEATABLE READ")
    conn.exec_driver_sql("SET SESSION time_zone = '+00:00'")
    if getattr(conn.dialect, "is_mariadb", False):
        conn.exec_driver_sql("SET SESSION max_statement_time = %s", (time_limit,))
    else:
        limit = int(time_limit * _MILLISECONDS)
        conn.exec_driver_sql("SET SESSION max_execution_time = %s", (limit,))
    conn.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def cut_off(conn: sa.Connection, result: sa.CursorResult[Any] | None = None) -> None:
    """Close a connection in the middle of an answer, without reading that to its end."""
    answer: Any = getattr(result.cursor, "_result", None) if result is not None else None
    if hasattr(answer, "unbuffered_active"):
        # Else PyMySQL would fetch the rest of it when it is thrown away.
        answer.unbuffered_active = False
    if not conn.invalidated and not conn.closed:
        conn.invalidate()
    if result is not None:
        with suppress(sa.exc.SQLAlchemyError):
            result.close()
