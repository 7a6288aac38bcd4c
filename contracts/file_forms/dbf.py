"""The form ``dbf``."""

from typing import Literal

from contracts.file_forms.form import Form


class Dbf(Form):
    """A dBASE or FoxPro table (DBF)."""

    format: Literal["dbf"]
