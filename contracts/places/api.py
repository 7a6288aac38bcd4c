"""The kind of place ``api``."""

from typing import Literal

from pydantic import Field

from contracts.declaration import Declaration


class Api(Declaration):
    """A paged JSON API over HTTP; the connection gives base URL and OAuth2 client credentials."""

    kind: Literal["api"]
    connection: str
    path: str
    records: str = Field(description="dotted path of the list of records in a page")
    next: str | None = Field(None, description="dotted path of the next page's address")
    token_path: str | None = Field(None, description="path of the OAuth2 token endpoint")
    parameters: dict[str, str] = Field(default_factory=dict)

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return self.path
