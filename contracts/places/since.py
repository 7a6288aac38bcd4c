"""Fetching only what is new since the newest loaded delivery."""

from pydantic import Field

from contracts.declaration import Declaration


class Since(Declaration):
    """Asks for records changed since the greatest value seen, less an overlap.

    What has a later value and was committed before an earlier one is missed without overlap; what
    comes twice is found unchanged when it is loaded.
    """

    record: str = Field(
        min_length=1, description="dotted path, in a record, of a timestamp, date or whole number"
    )
    overlap: str = Field(
        "0",
        pattern=r"^[0-9]{1,9}[smhd]?$",
        description="how far before the greatest value seen: 90s, 15m, 1h, 2d; of numbers, 500",
    )
    start: str | None = Field(None, description="where to begin the first time; none: with all")


class SinceParameter(Since):
    """The same, for an interface that takes the value as a parameter."""

    parameter: str = Field(min_length=1)
