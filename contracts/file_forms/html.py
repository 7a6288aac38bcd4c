"""The form ``html``."""

from typing import Literal

from pydantic import Field

from contracts.file_forms.form import Form


class Html(Form):
    """Tables of a web page, often saved under the name of a workbook."""

    format: Literal["html"]
    tables: tuple[str, ...] = Field(
        (), description="captions or ids of tables to read, patterns too; all where empty"
    )
    header_row: int | None = Field(None, ge=1)
    encoding: str | None = Field(None, description="found where not given")
