"""The API's way to the database: one role, few connections, one snapshot a request."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from api.problems import Problem
from api.settings import Limits
from repository.database import connection_parts
from repository.open.tables import SETTINGS


class Database:
    """Connections of the role that reads open tables."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._limits = limits
        settings = connection_parts(url)
        self.secret = str(settings.get("password") or "")
        self._pool = ConnectionPool(
            kwargs={**settings, "application_name": "watersmeet-api"},
            min_size=1,
            max_size=limits.connections,
            timeout=limits.wait,
            configure=_configure,
            check=ConnectionPool.check_connection,
            open=False,
        )
        self._downloads = threading.BoundedSemaphore(limits.downloads)

    def open(self) -> None:
        """Begin to connect; a database that is down is waited for."""
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def reading(self) -> Iterator[psycopg.Connection]:
        """A connection in one snapshot: what is told of a table and its rows are of one moment.

        Raises:
            Problem: 503, the database is down, busy, or took too long.
        """
        with failures_told(), self._pool.connection() as conn:
            yield conn

    def held(self) -> tuple[psycopg.Connection, Callable[[Iterator[object] | None], None]]:
        """A connection for a download, and what gives it back with what was read from it.

        Raises:
            Problem: 503, too many downloads are under way, or the database is down.
        """
        # One that has been sent is given back a moment after its reader has it.
        if not self._downloads.acquire(timeout=self._limits.wait):
            raise Problem(
                503, "Too many downloads are under way; try again shortly.", retry_after=30
            )
        try:
            with failures_told():
                conn = self._pool.getconn()
                seconds = int(self._limits.seconds * 1000)
                conn.execute("SELECT set_config('statement_timeout', %s, true)", (str(seconds),))
        except BaseException:
            self._downloads.release()
            raise
        return conn, self._given_back(conn)

    def _given_back(self, conn: psycopg.Connection) -> Callable[[Iterator[object] | None], None]:
        done = threading.Lock()

        def give_back(read: Iterator[object] | None = None) -> None:
            if not done.acquire(blocking=False):
                return
            try:
                # In the midst of a copy it cannot be used again; the pool makes another.
                if conn.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                    conn.close()
                if isinstance(read, Generator):
                    with suppress(psycopg.Error):
                        read.close()
                if not conn.closed:
                    conn.rollback()
                self._pool.putconn(conn)
            finally:
                self._downloads.release()

        return give_back


def _configure(conn: psycopg.Connection) -> None:
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    conn.read_only = True
    # The role's own settings are in its database only; another may be named.
    for name, value in SETTINGS.items():
        conn.execute("SELECT set_config(%s, %s, false)", (name, value))
    conn.commit()


@contextmanager
def failures_told() -> Iterator[None]:
    """Turn failures of the database into problems that hold no value."""
    try:
        yield
    except PoolTimeout:
        raise Problem(
            503, "The database is down or busy; try again shortly.", retry_after=10
        ) from None
    except psycopg.errors.QueryCanceled:
        raise Problem(
            503,
            "This took too long; ask for less, or download the whole table.",
            retry_after=60,
        ) from None
    except psycopg.errors.UndefinedTable:
        raise Problem(
            503, "The open tables are being changed; try again shortly.", retry_after=10
        ) from None
    except psycopg.OperationalError:
        raise Problem(503, "The database is down; try again shortly.", retry_after=30) from None
