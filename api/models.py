"""What is told of open tables, as JSON."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.catalogue import Table


class Links(BaseModel):
    """Where things are."""

    self: str
    rows: str
    csv: str
    json_: str = Field(serialization_alias="json")
    parquet: str


class Summary(BaseModel):
    """An open table in the list of them."""

    name: str
    title: str
    publisher: str
    licence: str = Field(description="SPDX identifier")
    as_at: date | None = Field(description="the latest date any of its feeds speaks of")
    modified_at: datetime = Field(description="when rows or declaration last changed")
    links: Links


class Tables(BaseModel):
    """Every open table."""

    tables: list[Summary]


class Licence(BaseModel):
    """What may be done with the data."""

    id: str = Field(description="SPDX identifier")
    title: str
    url: str


class Contact(BaseModel):
    """Whom to ask."""

    name: str
    email: str


class Described(BaseModel):
    """A column."""

    name: str
    meaning: str
    kind: str = Field(description="the kind of value, a word of the dictionary")
    type: str = Field(description="PostgreSQL type")
    unit: str | None
    code_list: str | None


class Redacted(BaseModel):
    """What is left out to protect persons."""

    columns: list[str] = Field(description="left empty; where none, the rows are left out")
    reason: str


class Fresh(BaseModel):
    """A feed whose rows the table shows today."""

    feed: str
    supplied_by: str
    as_at: date | None = Field(description="the date its latest delivery speaks of")
    loaded_at: datetime | None
    last_checked_at: datetime | None = Field(description="when its source was last looked at")
    kitemark: str | None = Field(description="its quality level; docs/kitemark.md")


class Told(Summary):
    """Everything told of one open table."""

    description: str
    caveats: str
    publisher_url: str | None
    contact: Contact
    keywords: list[str]
    frequency: str
    language: str
    licence_terms: Licence
    columns: list[Described]
    redacted: list[Redacted]
    sources: list[Fresh]


def links(table: Table, root: str) -> Links:
    """The addresses of a table, below the root the API is served at."""
    here = f"{root}/v1/tables/{table.name}"
    whole = f"{here}/download?format="
    return Links(
        self=here,
        rows=f"{here}/rows",
        csv=f"{whole}csv",
        json_=f"{whole}json",
        parquet=f"{whole}parquet",
    )


def summary(table: Table, root: str) -> Summary:
    """A table in the list."""
    return Summary(**_short(table, root))


def told(table: Table, root: str) -> Told:
    """Everything of a table."""
    facts = table.facts
    kept = ("description", "caveats", "publisher_url", "contact", "keywords", "frequency",
            "language", "columns", "redacted")  # fmt: skip
    return Told.model_validate(
        {
            **_short(table, root),
            **{name: facts[name] for name in kept},
            "licence_terms": facts["licence"],
            "sources": [
                {**{k: v for k, v in vars(one).items() if k in Fresh.model_fields},
                 "as_at": one.latest_as_at}
                for one in table.sources
            ],
        }
    )  # fmt: skip


def _short(table: Table, root: str) -> dict[str, object]:
    return {
        "name": table.name,
        "title": table.facts["title"],
        "publisher": table.facts["publisher"],
        "licence": table.facts["licence"]["id"],
        "as_at": table.as_at,
        "modified_at": table.modified_at,
        "links": links(table, root),
    }
