"""The form ``xml``."""

from typing import Literal

from contracts.file_forms.form import Form


class Xml(Form):
    """XML: an element for each record."""

    format: Literal["xml"]
