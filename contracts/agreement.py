"""A data sharing agreement: what the law and the parties allow."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from contracts.declaration import Declaration

Gateway = Literal[
    "DEA 2017 s35 public service delivery",
    "DEA 2017 s48 debt",
    "DEA 2017 s56 fraud",
    "UK GDPR Art. 6(1)(a) consent",
    "UK GDPR Art. 6(1)(b) contract",
    "UK GDPR Art. 6(1)(c) legal obligation",
    "UK GDPR Art. 6(1)(d) vital interests",
    "UK GDPR Art. 6(1)(e) public task",
    "UK GDPR Art. 6(1)(f) legitimate interests",
    "Open Government Licence",
]


class Purpose(Declaration):
    """One purpose the data may be read for, and what of it."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="names the analysts' schema and role"
    )
    description: str
    recipients: tuple[str, ...] = Field(min_length=1)
    entities: dict[str, tuple[str, ...]] = Field(
        description="entity to the attributes readable for this purpose"
    )
    open: bool = Field(
        False, description="whether what it names may be published for everybody (open tables)"
    )


class Agreement(Declaration):
    """One agreement; the file ``contracts/agreements/<id>.yml`` names it.

    Fields follow the public register of information sharing agreements under the Digital Economy
    Act 2017 (purpose, benefits, information, method, retention, powers, controllers, processors,
    start, end, review).
    """

    id: str
    title: str
    gateway: Gateway
    special_category_condition: str | None = Field(
        None, description="UK GDPR Art. 9(2) condition, where special-category columns are shared"
    )
    controllers: tuple[str, ...] = Field(min_length=1)
    processors: tuple[str, ...] = ()
    benefits: str = ""
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    columns: dict[str, tuple[str, ...]] = Field(
        description="dataset to the contract columns that may be landed"
    )
    method: str
    security: str
    start: date
    end: date
    review: date
    retention_days: int = Field(ge=1)
    contact: str

    @model_validator(mode="after")
    def _dates_in_order(self) -> "Agreement":
        if not self.start <= self.review <= self.end:
            raise ValueError("start, review and end must follow one another")
        return self

    def active_on(self, day: date) -> bool:
        """Whether the agreement is in force on a day (both ends included)."""
        return self.start <= day <= self.end
