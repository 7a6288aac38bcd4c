"""How an interface hands out its records in pages: one way each."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from contracts.declaration import Declaration

Ends = Literal["empty", "short"]


class ByLink(Declaration):
    """Each page gives the address of the next, at a dotted path."""

    by: Literal["link"]
    at: str = Field(min_length=1)


class ByLinkHeader(Declaration):
    """The answer's ``Link`` header gives the address of the next page (RFC 8288)."""

    by: Literal["link-header"]


class ByCursor(Declaration):
    """Each page gives, at a dotted path, a word that asks for the next one."""

    by: Literal["cursor"]
    at: str = Field(min_length=1)
    parameter: str = "cursor"
    more: str | None = Field(None, description="dotted path of what says whether there is more")


class _Counted(Declaration):
    """Pages the client counts through; without a declared total they end at an empty page."""

    size: int | None = Field(None, ge=1, description="records asked for in a page")
    ends: Ends = Field("empty", description="the page that is the last: empty, or under size")

    @model_validator(mode="after")
    def _short_of_something(self) -> "_Counted":
        if self.ends == "short" and self.size is None:
            raise ValueError("a page can be short only of a declared size; add `size`")
        return self


class ByOffset(_Counted):
    """The client says how many records to pass over."""

    by: Literal["offset"]
    parameter: str = "offset"
    size_parameter: str = "limit"
    start: int = Field(0, ge=0)


class ByPage(_Counted):
    """The client says the number of the page."""

    by: Literal["page"]
    parameter: str = "page"
    size_parameter: str = "per_page"
    first: int = Field(1, ge=0)
    pages: str | None = Field(None, description="dotted path of the number of pages")


class ByKeyset(_Counted):
    """The client names the last record it has; the server sends those after it, in order."""

    by: Literal["keyset"]
    parameter: str
    record: str = Field(min_length=1, description="dotted path, in a record, of what names it")
    size_parameter: str = "limit"


Paging = Annotated[
    ByLink | ByLinkHeader | ByCursor | ByOffset | ByPage | ByKeyset, Field(discriminator="by")
]
