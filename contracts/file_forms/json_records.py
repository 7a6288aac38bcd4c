"""The forms ``json`` and ``json-lines``."""

from typing import Literal

from contracts.file_forms.form import Form


class Json(Form):
    """JSON: a list of flat records at a dotted path."""

    format: Literal["json"]
    records: str = ""


class JsonLines(Form):
    """JSON lines: one record a line."""

    format: Literal["json-lines"]
