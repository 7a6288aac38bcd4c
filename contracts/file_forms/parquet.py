"""The form ``parquet``."""

from typing import Literal

from contracts.file_forms.form import Form


class Parquet(Form):
    """A Parquet file."""

    format: Literal["parquet"]
