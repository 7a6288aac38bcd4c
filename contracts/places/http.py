"""What places reached over HTTP have in common."""

from pydantic import Field

from contracts.declaration import Declaration


class Http(Declaration):
    """Something below the address of a connection, which gives host and credentials.

    How the server is logged in to is the connection's to say, alike for all these places
    (``docs/sources.md``).
    """

    connection: str
    path: str
    hosts: tuple[str, ...] = Field(
        (), description="further hosts that redirects and next pages may lead to: name or name:port"
    )
    token_path: str | None = Field(
        None, description="path of the OAuth2 token endpoint, where the connection does not say"
    )

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return self.path
