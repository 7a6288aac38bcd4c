"""The kind of place ``odata``."""

from typing import Literal

from contracts.declaration import Declaration


class OData(Declaration):
    """An entity set of an OData service, version 2 or 4."""

    kind: Literal["odata"]
    connection: str
    path: str

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return self.path
