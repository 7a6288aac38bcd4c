"""The form ``delimited``."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.file_forms.form import Form


class Delimited(Form):
    """Delimited text. What is not declared must be provable from the bytes."""

    format: Literal["delimited"] = "delimited"
    # Not stripped, since a tab is white space.
    delimiter: Annotated[str, StringConstraints(strip_whitespace=False)] | None = Field(
        None, min_length=1, max_length=1
    )
    encoding: str | None = None
    header_row: int | None = Field(None, ge=1, description="1-based record; found where not given")
