"""The form ``access``."""

from typing import Literal

from contracts.file_forms.form import Form


class Access(Form):
    """A Microsoft Access database (mdb, accdb): its tables."""

    format: Literal["access"]
