"""The way to the repository's database."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from repository.problems import DatabaseDown
from repository.server import Server

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import URL

# A load needs no SQLAlchemy, which takes a quarter of a second to import.

NAMED = "WATERSMEET_DATABASE_URL"
_NO_ADDRESS = (
    f"{NAMED} is not a PostgreSQL address of the form "
    "postgresql+psycopg://user:password@host:port/database"
)


class NoDatabase(Exception):
    """No database is named and none of ours was made yet."""


def database_url(state: Path | None = None, *, start: bool = False) -> str:
    """The repository's SQLAlchemy URL: ``WATERSMEET_DATABASE_URL``, else the embedded server's.

    Args:
        state: the state folder; where None, ``WATERSMEET_STATE`` or ``.watersmeet``.
        start: make and start the embedded server if need be.

    Raises:
        NoDatabase: neither is there.
        repository.server.ServerError: the embedded server cannot be started.
    """
    named = os.environ.get(NAMED)
    if named:
        return named
    server = Server(state)
    urls = server.ensure() if start else server.urls()
    if urls is None:
        raise NoDatabase(
            f"there is no database yet: `make run` makes one in {server.folder.parent}, or set "
            f"{NAMED} to a PostgreSQL 18 of your own"
        )
    return urls.watersmeet


def parsed(url: str) -> "URL":
    """A database URL in its parts.

    Raises:
        ValueError: it is no PostgreSQL URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parts = make_url(url)
    except ArgumentError:
        parts = None
    if parts is None or parts.get_backend_name() != "postgresql":
        raise ValueError(_NO_ADDRESS)
    return parts


def engine(url: str) -> "sa.Engine":
    """A SQLAlchemy engine; errors name parameters, never their values."""
    import sqlalchemy as sa

    return sa.create_engine(parsed(url).set(drivername="postgresql+psycopg"), hide_parameters=True)


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection:
    """A psycopg connection.

    Raises:
        DatabaseDown: it cannot be reached or refuses us.
    """
    own = {"connect_timeout": 10, "application_name": "watersmeet"}
    parts = {**own, **connection_parts(url)}
    where = f"{parts.get('host') or 'the local socket'}, port {parts.get('port') or 5432}"
    try:
        return psycopg.connect(autocommit=autocommit, **parts)
    except psycopg.OperationalError as error:
        said = str(error)
    raise DatabaseDown(f"the repository's database at {where} {_why(said)}")


def connection_parts(url: str) -> dict[str, Any]:
    """What psycopg connects with, of a SQLAlchemy URL; holds the password.

    Raises:
        ValueError: it is no PostgreSQL URL.
    """
    plain, found = re.subn(r"^postgresql(\+\w+)?://", "postgresql://", url)
    try:
        if found:
            return dict(conninfo_to_dict(plain))
    except psycopg.ProgrammingError:
        pass  # its message may quote the password
    raise ValueError(_NO_ADDRESS)


def _why(said: str) -> str:
    if "password authentication failed" in said or "no password supplied" in said:
        return f"refuses the login; check user and password in {NAMED}"
    if "does not exist" in said:
        return "does not know the database or user; check the address, then run the migrations"
    remedy = "start it with `make run`, or check its address and the network"
    if os.environ.get(NAMED):
        remedy = f"check that it runs and that {NAMED} names it rightly"
    return f"cannot be reached; {remedy}"


@contextmanager
def connected(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """A psycopg connection that is closed afterwards, committed where the block did not fail."""
    with connect(url, autocommit=autocommit) as conn:
        yield conn
