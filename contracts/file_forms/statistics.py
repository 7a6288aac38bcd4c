"""The form ``statistics``."""

from typing import Literal

from pydantic import Field

from contracts.file_forms.form import Form


class Statistics(Form):
    """A file of SPSS (sav, zsav, por), SAS (sas7bdat, xpt) or Stata (dta)."""

    format: Literal["statistics"]
    encoding: str | None = Field(
        None, description="code page, where the file does not say it or says it wrongly"
    )
    columns: tuple[str, ...] = Field((), description="variables to read; all where empty")
    labels: bool = Field(False, description="value labels in the place of codes")
    user_missing: Literal["keep", "blank"] = Field(
        "keep", description="codes declared as missing in the file: kept as codes, or blank cells"
    )
