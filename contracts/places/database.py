"""The kind of place ``database``."""

from typing import Literal

from pydantic import Field, field_validator

from contracts.declaration import Declaration


class Watermark(Declaration):
    """A column that rises with every row that is new or changed, so that only those are fetched.

    ``overlap`` is in seconds where the column holds times, in days where it holds dates, else in
    the column's own units. What comes twice for it is known again by the record.
    """

    column: str
    overlap: float = Field(0, ge=0, description="how far each fetch goes back before the last one")
    start: str | int | None = Field(None, description="the first fetch begins here; none: all")


class Database(Declaration):
    """A table or view of a database that SQLAlchemy speaks to, landed as delimited text."""

    kind: Literal["database"]
    connection: str
    table: str = Field(min_length=1, description="table or view, as payments or ledger.payments")
    columns: tuple[str, ...] = Field((), description="columns to fetch, in order; none named: all")
    key: tuple[str, ...] = Field(
        (), description="columns that tell rows apart, where the database declares none (views)"
    )
    watermark: Watermark | None = None
    time_limit: float = Field(3600, gt=0, description="seconds one statement may take")

    @field_validator("columns", "key")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("a column is named twice; keep one")
        return names

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return self.table

    @property
    def incremental(self) -> bool:
        """Whether a fetch brings only what is new, so that a delivery replaces nothing."""
        return self.watermark is not None
