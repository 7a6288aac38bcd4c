"""Makes the way to a database of a connection; what it holds of secrets is never shown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from connectors.connection import Connection
from connectors.errors import Unreachable

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite+pysqlite",
    "mssql": "mssql+pyodbc",
    "oracle": "oracle+oracledb",
}
"""Airflow's connection type to the scheme of a SQLAlchemy URL; ``sqlalchemy_scheme`` of the extra
names any other."""

_PACKAGES = {"psycopg": "psycopg[binary]", "MySQLdb": "mysqlclient", "pymssql": "pymssql"}
_OF_LIBPQ = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "channel_binding",
    "target_session_attrs",
    "gssencmode",
)
_CONNECT = 10
# A server that vanished without a word is noticed after a minute and a half.
_KEEPALIVE = {"keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 3}


def engine_of(connection: Connection, time_limit: float) -> sa.Engine:
    """An engine that keeps no connection open; errors name parameters, never their values.

    Args:
        time_limit: seconds one statement may take.

    Raises:
        Unreachable: ``connection-incomplete``; ``database-driver-missing``, naming the package.
    """
    scheme = str(connection.extra.get("sqlalchemy_scheme") or DRIVERS.get(connection.kind, ""))
    if not scheme:
        raise Unreachable(
            "connection-incomplete",
            f"Connection {connection.id!r} is of type {connection.kind!r}, which is no database; "
            f"give conn_type one of {', '.join(sorted(DRIVERS))}, or name a SQLAlchemy URL's scheme"
            ' in its extra: {"sqlalchemy_scheme": "dialect+driver"}.',
        )
    url = _url(connection, scheme)
    arguments = _arguments(connection, url.get_backend_name(), time_limit)
    missing = None
    try:
        return sa.create_engine(
            url, poolclass=NullPool, hide_parameters=True, connect_args=arguments
        )
    except sa.exc.NoSuchModuleError:
        missing = f"SQLAlchemy knows no dialect {scheme!r}; install the package that brings it"
    except ModuleNotFoundError as error:
        package = _PACKAGES.get(str(error.name), error.name)
        missing = f"the driver of {scheme!r} is not installed; install the package {package}"
    raise Unreachable("database-driver-missing", f"Connection {connection.id!r}: {missing}.")


def _url(connection: Connection, scheme: str) -> sa.URL:
    if scheme.partition("+")[0] == "sqlite":
        return _of_file(connection, scheme)
    if not connection.host or not connection.schema:
        what = "host" if not connection.host else "database; add its name as schema"
        raise Unreachable("connection-incomplete", f"Connection {connection.id!r} names no {what}.")
    query = dict(_object(connection, "sqlalchemy_query"))
    if scheme.startswith("postgresql"):
        query |= {word: connection.extra[word] for word in _OF_LIBPQ if word in connection.extra}
    return sa.URL.create(
        scheme,
        username=connection.login or None,
        password=connection.password or None,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={word: str(value) for word, value in query.items()},
    )


def _of_file(connection: Connection, scheme: str) -> sa.URL:
    """SQLite's: opened for reading only, and not made where it is missing."""
    path = Path(connection.path or connection.schema or connection.host)
    if not path.is_file():
        raise Unreachable(
            "database-missing",
            f"Connection {connection.id!r}: there is no file {path}; mount the share it is on, or "
            "correct the connection's path.",
            passing=True,
        )
    name = f"file:{quote(str(path))}"
    return sa.URL.create(scheme, database=name, query={"mode": "ro", "uri": "true"})


def _arguments(connection: Connection, backend: str, time_limit: float) -> dict[str, Any]:
    """What the driver is told beside the URL."""
    if backend == "postgresql":
        return {"connect_timeout": _CONNECT, "application_name": "watersmeet", **_KEEPALIVE}
    if backend in ("mysql", "mariadb"):
        found: dict[str, Any] = {
            "connect_timeout": _CONNECT,
            "read_timeout": int(time_limit) + 30,
            "charset": "utf8mb4",
            "local_infile": False,
        }
        if ssl := _object(connection, "ssl"):
            found["ssl"] = dict(ssl)
        return found
    return {}


def _object(connection: Connection, word: str) -> Mapping[str, Any]:
    """An object in the extra, which Airflow's form may hold as text."""
    found = connection.extra.get(word) or {}
    try:
        found = json.loads(found) if isinstance(found, str) else found
    except ValueError:
        found = None
    if isinstance(found, Mapping):
        return found
    raise Unreachable(
        "connection-malformed",
        f"Connection {connection.id!r}: {word} of its extra must be a JSON object.",
    )
