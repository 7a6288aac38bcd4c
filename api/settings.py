"""Which database the open API reads, and how much of it at once."""

import os
from dataclasses import dataclass
from pathlib import Path

from repository.access.apply import passwords_file
from repository.database import database_url, parsed
from repository.open.tables import ROLE
from repository.state import read_private

NAMED = "WATERSMEET_OPEN_URL"


class NothingOpen(Exception):
    """There is no login for open tables; the message says how there comes to be one."""


@dataclass(frozen=True)
class Limits:
    """What one process of the API takes on at once.

    Attributes:
        connections: to the database.
        wait: seconds a request waits for one of them.
        downloads: whole tables sent at once; fewer than ``connections``, so that pages go on.
        seconds: a download may take, however slowly it is read.
        page, most: rows of a page where none are asked for, and at most.
        values: given to one ``.in``.
    """

    connections: int = 8
    wait: float = 5.0
    downloads: int = 4
    seconds: float = 600.0
    page: int = 100
    most: int = 10_000
    values: int = 100


def open_url(state: Path | None = None) -> str:
    """The SQLAlchemy URL of the database for the role that reads open tables.

    It is ``WATERSMEET_OPEN_URL``, else the repository's with that role. Where it names no password,
    it is that of the private file.

    Raises:
        NothingOpen: there is no such login yet.
        repository.database.NoDatabase: there is no database yet.
    """
    named = os.environ.get(NAMED)
    if named and parsed(named).password:
        return named
    password = read_private(passwords_file(state)).get(ROLE)
    if password is None:
        raise NothingOpen(
            "there is no login for open tables: declare one in contracts/open and run "
            f"`watersmeet migrate`, or set {NAMED}"
        )
    url = parsed(named or database_url(state)).set(username=ROLE, password=password)
    return url.render_as_string(hide_password=False)
