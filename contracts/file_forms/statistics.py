"""The form ``statistics``."""

from typing import Literal

from contracts.file_forms.form import Form


class Statistics(Form):
    """A file of SPSS, SAS or Stata."""

    format: Literal["statistics"]
