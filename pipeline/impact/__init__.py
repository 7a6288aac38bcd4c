"""What depends on a file, a feed, a column or a register's entry, down to rows, views and exports.

What is declared is told without a database too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from contracts.declarations import load as declared_in
from pipeline.impact.asked import AskedColumn, AskedEntry, AskedFeed, NotKnown, meant
from pipeline.impact.of_column import of_column
from pipeline.impact.of_entry import of_entry
from pipeline.impact.of_feed import of_feed
from pipeline.impact.of_file import of_file
from pipeline.impact.tree import Impact, Part
from pipeline.settings import Settings
from repository.database import NoDatabase, connected, database_url
from repository.problems import values_withheld

__all__ = ["Impact", "NotKnown", "Part", "impact"]

FIRST = 3
"""Identifiers of rows that are named of each table, where nothing else is asked."""


def impact(what: str, first: int = FIRST) -> Impact:
    """What depends on a thing.

    Args:
        what: a file (name, path, SHA-256 or landed key), a feed (``northmoor/spend``), a column
            (``payment.amount``, ``spend.amount``, ``northmoor/spend.amount``,
            ``northmoor/spend:"Net Amount"``) or an entry of a register
            (``local-authority:E06000001``, by code or any writing; ``organisations:northmoor``).
        first: how many rows to name of each table.

    Raises:
        NotKnown: nothing is known by that name; the message names what is spelled nearly so.
        repository.problems.DatabaseDown
    """
    settings = Settings.from_environment()
    declared = declared_in(settings.contracts)
    with values_withheld(), _perhaps(settings) as (conn, not_shown):
        asked = meant(what, declared, conn)
        if isinstance(asked, AskedFeed):
            kind, tops = "feed", [of_feed(declared, conn, asked, first)]
        elif isinstance(asked, AskedColumn):
            kind, tops = "column", [of_column(declared, conn, asked)]
        elif isinstance(asked, AskedEntry):
            kind, tops = "register entry", [of_entry(declared, conn, asked)]
        else:
            assert conn is not None, "files are known to the database only"
            kind, tops = "file", [of_file(declared, conn, one, first) for one in asked.found]
    return Impact(what, kind, tops, not_shown)


@contextmanager
def _perhaps(settings: Settings) -> Iterator[tuple[psycopg.Connection | None, str]]:
    """A connection that cannot write; where there is no database, none, and why."""
    try:
        url = database_url(settings.state)
    except NoDatabase as error:
        yield None, f"only what is declared is shown: {error}"
        return
    with connected(url) as conn:
        conn.read_only = True
        yield conn, ""
