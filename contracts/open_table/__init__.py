"""An open table: what of an entity is published for everybody, and with which care.

A package so that it is not among the sources that decide how a row is worked: a change here makes
no delivery be worked again.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from contracts.declaration import Declaration

Frequency = Literal[
    "continuous", "daily", "weekly", "monthly", "quarterly", "annual", "irregular"
]  # fmt: skip
"""How often a new version may be looked for; words of the EU Publications Office's list."""

UNLIKE = re.compile(r"\\[A-Zabce-rt-vx-z0-9]|\(\?(?!:)|[*+?}]\+")
"""What the regular expressions of Python and PostgreSQL do not have in common."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Licence(Declaration):
    """What may be done with what is published."""

    id: str = Field("OGL-UK-3.0", description="SPDX licence identifier")
    title: str = "Open Government Licence v3.0"
    url: str = Field(
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        pattern=r"^https?://\S+$",
    )


class Contact(Declaration):
    """Whom readers may ask."""

    name: str
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class Redaction(Declaration):
    """Rows that are not published, or not with all their columns."""

    column: str = Field(description="column of the entity that is looked at; need not be published")
    when: str | tuple[str, ...] = Field(
        description="regular expression found in its value, case ignored; or its values exactly"
    )
    hide: tuple[str, ...] = Field(
        (), description="columns left empty in those rows; where none, the rows are left out"
    )
    reason: str = Field(min_length=1, description="published with the counts, so name nobody")

    @field_validator("when")
    @classmethod
    def _says_something(cls, when: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not when:
            raise ValueError("say which values are meant")
        if isinstance(when, str):
            try:
                found = re.compile(when)
            except re.error as error:
                raise ValueError(f"no regular expression: {error}") from error
            if UNLIKE.search(when):
                raise ValueError(
                    "only \\d, \\s, \\w and escaped signs may follow a backslash, and only (?: "
                    "may follow a bracket: PostgreSQL reads the rest otherwise"
                )
            if found.search(""):
                raise ValueError("the pattern is found in every value; say which are meant")
        return when


class Disclosure(Declaration):
    """What is done so that nobody is told of in what is published.

    Attributes:
        smallest: of an aggregated table: counts below it are not shown.
        round_to: of an aggregated table: counts are rounded to a multiple of it.
        quasi_identifiers: of a table of rows: published columns that together might tell whom a
            row speaks of; every combination must stand on at least ``k`` rows.
        k: that number.
        below_k: what happens where it does not: the report warns, or nothing is published.
    """

    smallest: int = Field(5, ge=1)
    round_to: int | None = Field(None, ge=2)
    redact: tuple[Redaction, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    k: int = Field(5, ge=2)
    below_k: Literal["warn", "refuse"] = "refuse"


class Grouping(Declaration):
    """A column rows are grouped by; of dates, perhaps the month, quarter or year."""

    column: str
    by: Literal["month", "quarter", "year"] | None = None

    @property
    def name(self) -> str:
        """The published column: ``paid_on_month`` for the month of ``paid_on``."""
        return f"{self.column}_{self.by}" if self.by else self.column


class Measure(Declaration):
    """What is counted or summed over each group."""

    name: Name
    sum: str | None = Field(None, description="column that is summed; where none, rows are counted")
    meaning: str = ""


class OpenTable(Declaration):
    """One table published for everybody; the file ``contracts/open/<name>.yml`` names it.

    It has rows (``columns``) or is aggregated (``group_by`` and ``measures``). An aggregated table
    has no view of the present state, since what must be suppressed is worked out for a whole
    release: only its releases are shown.

    Attributes:
        entity: the entity published.
        columns: its canonical columns that are published, each of the class ``none``.
        key: published columns that tell one row from another, for comparing versions.
        feeds: whose rows; ``all`` for those of every feed whose agreement lets them be published.
        publish: ``after-loads`` where the DAG of releases starts by itself, else ``by-hand``.
        totals: of an aggregated table: whether totals over each grouping are published too.
    """

    name: Name
    title: str
    description: str
    entity: str
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    group_by: tuple[Grouping, ...] = Field((), max_length=4)
    measures: tuple[Measure, ...] = ()
    totals: bool = True
    feeds: Literal["all"] | tuple[str, ...] = "all"
    licence: Licence = Licence()
    publisher: str
    publisher_url: str | None = Field(None, pattern=r"^https?://\S+$")
    home: str | None = Field(
        None,
        pattern=r"^https?://\S+[^/]$",
        description="address below which releases stand on the web, without a / at the end",
    )
    contact: Contact
    keywords: tuple[str, ...] = ()
    frequency: Frequency = "irregular"
    language: str = Field("en", pattern=r"^[a-z]{2}$")
    disclosure: Disclosure = Disclosure()
    publish: Literal["by-hand", "after-loads"] = "by-hand"

    @field_validator("group_by", mode="before")
    @classmethod
    def _plain_names(cls, groups: object) -> object:
        """``- body`` is short for ``- {column: body}``."""
        if not isinstance(groups, list):
            return groups
        return [{"column": one} if isinstance(one, str) else one for one in groups]

    @model_validator(mode="after")
    def _one_shape(self) -> "OpenTable":
        if bool(self.group_by) != bool(self.measures):
            raise ValueError("an aggregated table needs both group_by and measures")
        if bool(self.columns) == bool(self.group_by):
            raise ValueError("give columns, or group_by and measures; one of the two")
        names = self.published
        if len(set(names)) < len(names):
            raise ValueError("two published columns bear the same name")
        if not set(self.key) <= set(names):
            raise ValueError("the key must be made of published columns")
        return self

    @property
    def aggregated(self) -> bool:
        """Whether groups are published rather than rows."""
        return bool(self.group_by)

    @property
    def published(self) -> tuple[str, ...]:
        """The names of the published columns, but for those every open table has beside them."""
        if not self.aggregated:
            return self.columns
        return (*(one.name for one in self.group_by), *(one.name for one in self.measures))

    @property
    def read(self) -> tuple[str, ...]:
        """The columns of the entity that what is published is made from, each once."""
        if not self.aggregated:
            return self.columns
        summed = (one.sum for one in self.measures if one.sum is not None)
        return tuple(dict.fromkeys([*(one.column for one in self.group_by), *summed]))
