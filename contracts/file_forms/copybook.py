"""The form ``copybook``."""

from typing import Literal

from contracts.file_forms.form import Form


class Copybook(Form):
    """Records of a COBOL program, by its copybook; mostly in EBCDIC."""

    format: Literal["copybook"]
