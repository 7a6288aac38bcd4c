"""The kind of place ``api``."""

from typing import Any, Literal

from pydantic import Field, model_validator

from contracts.places.http import Http
from contracts.places.paging import ByLink, Paging
from contracts.places.since import SinceParameter


class Api(Http):
    """A JSON API over HTTP, paged or not."""

    kind: Literal["api"]
    records: str = Field("", description="dotted path of the list of records; the whole where none")
    next: str | None = Field(
        None, description="dotted path of the next page's address: short for paging by link"
    )
    paging: Paging | None = None
    parameters: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = Field(
        None, description="JSON to ask with (POST); parameters are put into it, by dotted path"
    )
    total: str | None = Field(None, description="dotted path of the count of all records")
    total_header: str | None = Field(None, description="header with the count of all records")
    key: str | None = Field(None, description="dotted path, in a record, of what is unique to it")
    since: SinceParameter | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Api":
        if self.next and self.paging:
            raise ValueError("`next` is short for `paging: {by: link}`; give one of them")
        if self.total and self.total_header:
            raise ValueError("the total is in the page or in a header; give one of them")
        if self.since and self.since.parameter in self.parameters:
            raise ValueError(f"{self.since.parameter} is both a parameter and what `since` sets")
        return self

    @property
    def pages_by(self) -> Paging | None:
        """How it is paged; None where everything comes at once."""
        return ByLink(by="link", at=self.next) if self.next else self.paging

    @property
    def incremental(self) -> bool:
        """Whether a fetch brings only what is new, so that a delivery replaces nothing."""
        return self.since is not None
