"""Decodes any field of records that lie as rows of bytes, by its layout."""

import numpy as np

from connectors.read.cobol.code_page import Bytes, CodePage
from connectors.read.cobol.column import Column
from connectors.read.cobol.floats import decode_float
from connectors.read.cobol.numbers import decode_binary, decode_packed, decode_zoned
from connectors.read.cobol.text import decode_text
from contracts.cobol import Field
from contracts.file_forms import Copybook


class Decoder:
    """Decodes fields as a form has them written."""

    def __init__(self, form: Copybook) -> None:
        self._form = form
        self.page = CodePage(form.encoding)

    def rows(self, records: list[bytes], size: int) -> Bytes:
        """Records as rows of so many bytes: longer ones cut off, shorter ones filled up."""
        if records and set(map(len, records)) != {size}:
            filling = bytes([self.page.space])
            records = [record[:size].ljust(size, filling) for record in records]
        return np.frombuffer(b"".join(records), np.uint8).reshape(len(records), size)

    def column(self, rows: Bytes, field: Field) -> Column:
        """A field of every record.

        Raises:
            Unreadable: ``encoding-wrong``, where the code page has not one of its bytes.
        """
        raw = rows[:, field.start : field.start + field.size]
        form = self._form
        forgiven = form.unfilled == "missing"
        match field.storage:
            case "zoned":
                return decode_zoned(raw, field, self.page, forgiven=forgiven)
            case "packed":
                return decode_packed(raw, field, self.page, forgiven=forgiven)
            case "binary":
                return decode_binary(raw, field, form.byte_order)
            case "native":
                return decode_binary(raw, field, form.native_byte_order)
            case "float" | "double":
                return decode_float(raw, form.floats, form.native_byte_order)
            case "text" | "national" | "edited":
                return decode_text(raw, field, self.page, forgiven=forgiven)
