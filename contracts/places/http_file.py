"""The kind of place ``http``."""

from typing import Literal

from contracts.declaration import Declaration


class HttpFile(Declaration):
    """One file at an address of an HTTP server, fetched anew when the server says it has changed.

    The connection gives host and credentials.
    """

    kind: Literal["http"]
    connection: str
    path: str

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return self.path
