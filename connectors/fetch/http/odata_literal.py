"""Writes a value as a literal of an OData filter.

Version 4: OData URL Conventions § 5.1.1.14; version 2: OData V2 Overview § 6, primitive types.
"""

from datetime import datetime, timedelta
from typing import Literal

from connectors.fetch.http.mark import Undecidable, mark

Type = Literal["int64", "datetime", "datetimeoffset"]


def literal(value: str, version: Literal[2, 4], declared: Type | None) -> str:
    """A number, date or timestamp as a filter has it.

    Raises:
        Undecidable: a value of its kind is no such literal.
    """
    kind = mark(value).kind
    if version == 4:
        if kind in ("ticks", "ticks-offset"):
            raise Undecidable("a value is written as in OData version 2; declare version: 2")
        if kind == "local":
            raise Undecidable("a timestamp has no zone, which OData version 4 demands")
        # Z for +00:00, as the sign of plus is easily lost on the way.
        return value.replace(" ", "T")
    if kind == "number":
        return f"{value}L" if declared == "int64" else value
    moment = _moment(value)
    with_zone = declared == "datetimeoffset" or (
        declared is None and kind in ("instant", "ticks-offset")
    )
    written = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return f"datetimeoffset'{written}Z'" if with_zone else f"datetime'{written}'"


def _moment(value: str) -> datetime:
    """In UTC where it has a zone; ticks count from 1970, in UTC where they have an offset.

    The offset says only where it was written down: the ticks do not count it.
    """
    seconds = mark(value).at * (86_400 if mark(value).kind == "date" else 1)
    milliseconds = seconds * 1000 // 1
    return datetime(1970, 1, 1) + timedelta(milliseconds=int(milliseconds))
