"""The form ``fixed-width``."""

from typing import Literal

from pydantic import Field

from contracts.declaration import Declaration
from contracts.file_forms.form import Form


class Field_(Declaration):
    """One field of a fixed-width record: 1-based first position and length, in characters."""

    name: str
    start: int = Field(ge=1)
    length: int = Field(ge=1)


class FixedWidth(Form):
    """Fixed-width records, one a line."""

    format: Literal["fixed-width"]
    encoding: str = "ascii"
    fields: tuple[Field_, ...]
    skip_first: int = Field(0, ge=0, description="lines before the records, such as a header")
    skip_last: int = Field(0, ge=0, description="lines after the records, such as a trailer record")
