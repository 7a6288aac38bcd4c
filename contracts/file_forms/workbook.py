"""The form ``workbook``."""

from typing import Literal

from pydantic import Field

from contracts.file_forms.form import Form


class Workbook(Form):
    """A workbook (xlsx, xlsm, xlsb, xls, ods)."""

    format: Literal["workbook"]
    sheets: tuple[str, ...] = Field((), description="sheets to read, patterns too; all where empty")
    header_row: int | None = Field(None, ge=1)
    hidden: Literal["read", "refuse", "skip"] = Field("read", description="hidden sheets")
    macros: Literal["read", "refuse"] = Field(
        "read", description="workbooks with macros; those are never run"
    )
    external_links: Literal["read", "refuse"] = Field(
        "read", description="workbooks that take values from others; those are never followed"
    )
