"""Somebody else's database, and what tests of the connector ask of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Fetched, Standing, discover, fetch
from contracts.places import Database

CANARY = "canary-password-47"


@dataclass
class Source:
    """Somebody else's database: how to change it, and the connection we are given."""

    run: Callable[..., None]
    rows: Callable[..., Any]
    connection: Connection

    def place(self, table: str, **facts: Any) -> Database:
        return Database(kind="database", connection="ledger", table=table, **facts)

    def fetched(self, into: Path, table: str, cursor: str | None = None, **facts: Any) -> Fetched:
        place = self.place(table, **facts)
        [arrival] = discover(place, self.connection, Standing(cursor)).arrivals
        folder = into / secrets.token_hex(4)
        folder.mkdir()
        return fetch(place, self.connection, arrival, folder)

    def text(self, into: Path, table: str, **facts: Any) -> str:
        [path] = self.fetched(into, table, **facts).paths
        return path.read_bytes().decode()

    def refusal(self, into: Path, table: str, **facts: Any) -> Unreachable:
        with pytest.raises(Unreachable) as raised:
            self.fetched(into, table, **facts)
        return raised.value


def demand_no_canary(error: BaseException | None) -> None:
    """Neither in the message nor in what it came from, which a traceback would show."""
    while error is not None:
        assert "canary" not in str(error) and "canary" not in repr(error)
        error = error.__cause__ or error.__context__
