"""The kind of place ``database``."""

from typing import Literal

from contracts.declaration import Declaration


class Database(Declaration):
    """A table or view of a database that SQLAlchemy speaks to."""

    kind: Literal["database"]
    connection: str
    table: str

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return self.table
