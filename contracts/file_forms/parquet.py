"""The form ``parquet``."""

from typing import Literal

from pydantic import Field

from contracts.file_forms.form import Form


class Parquet(Form):
    """A Parquet file."""

    format: Literal["parquet"]
    columns: tuple[str, ...] = Field((), description="columns to read; all where empty")
