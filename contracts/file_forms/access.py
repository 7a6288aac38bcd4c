"""The form ``access``."""

from typing import Literal

from pydantic import Field

from contracts.file_forms.form import Form


class Access(Form):
    """A Microsoft Access database (mdb, accdb): its own tables, no queries, no linked tables."""

    format: Literal["access"]
    tables: tuple[str, ...] = Field((), description="tables to read, patterns too; all where empty")
