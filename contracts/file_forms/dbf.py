"""The form ``dbf``."""

from typing import Literal

from pydantic import Field

from contracts.file_forms.form import Form


class Dbf(Form):
    """A dBASE or FoxPro table (DBF), its memo file (dbt, fpt) delivered beside it."""

    format: Literal["dbf"]
    encoding: str | None = Field(
        None, description="code page, where the file does not say it or says it wrongly"
    )
