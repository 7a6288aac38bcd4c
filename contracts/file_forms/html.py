"""The form ``html``."""

from typing import Literal

from contracts.file_forms.form import Form


class Html(Form):
    """Tables of a web page, often saved under the name of a workbook."""

    format: Literal["html"]
