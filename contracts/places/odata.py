"""The kind of place ``odata``."""

from typing import Literal

from pydantic import Field, model_validator

from contracts.places.http import Http
from contracts.places.since import Since


class ODataSince(Since):
    """The same, for an OData service: ``record`` names the property."""

    type: Literal["int64", "datetime", "datetimeoffset"] | None = Field(
        None, description="version 2: the property's type, where the value does not tell"
    )


class OData(Http):
    """An entity set of an OData service (JSON), version 4 or 2."""

    kind: Literal["odata"]
    version: Literal[2, 4] = 4
    select: tuple[str, ...] = Field((), description="properties asked for; nothing else is sent")
    filter: str | None = Field(None, description="$filter, as the service understands it")
    key: tuple[str, ...] = Field((), description="properties of the key; pages are ordered by them")
    page_size: int | None = Field(None, ge=1)
    paging: Literal["server", "client"] = Field(
        "server", description="who divides into pages; client: by $skip and $top"
    )
    count: bool = Field(True, description="ask for the count of all records, and hold it against")
    parameters: dict[str, str] = Field(
        default_factory=dict, description="further query options, such as sap-client"
    )
    since: ODataSince | None = None

    @model_validator(mode="after")
    def _sound(self) -> "OData":
        if self.paging == "client" and not (self.page_size and self.key):
            raise ValueError("paging by the client needs page_size, and key for a stable order")
        for wanted in (*self.key, *([self.since.record] if self.since else [])):
            if self.select and wanted not in self.select:
                raise ValueError(f"{wanted} is needed and not selected; add it to select")
        return self

    @property
    def records(self) -> str:
        """Dotted path of the records in a page."""
        return "value" if self.version == 4 else "d.results"

    @property
    def incremental(self) -> bool:
        """Whether a fetch brings only what is new, so that a delivery replaces nothing."""
        return self.since is not None
