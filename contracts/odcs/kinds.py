"""Our kinds of value in the standard's terms, and the nearest kind for what others write."""

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from contracts import kinds
from contracts.kinds import Kind

# What the standard calls each storage type. A kind stored otherwise must be added here.
_LOGICAL = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_floating, "number"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_time, "time"),
    (pa.types.is_string, "string"),
    (pa.types.is_fixed_size_binary, "string"),
)
_PENNIES = re.compile(r"(?:numeric|decimal|number)\s*\(\s*\d+\s*,\s*2\s*\)", re.IGNORECASE)
# Formats the standard names as examples, or that are common, and the kinds that hold them.
_FORMATS = {"email": "email"}


class NoLogicalType(Exception):
    """A kind is stored in a way the standard has no word for."""


def logical_type(kind: type[Kind]) -> str:
    """The standard's word for how a kind is stored.

    Raises:
        NoLogicalType: there is none.
    """
    for is_one, word in _LOGICAL:
        if is_one(kind.arrow):
            return word
    raise NoLogicalType(f"kind {kind.name} is stored as {kind.arrow}, which the standard lacks")


def type_options(kind: type[Kind]) -> dict[str, Any]:
    """What the standard's ``logicalTypeOptions`` say of a kind itself."""
    if pa.types.is_date(kind.arrow):
        return {"format": "yyyy-MM-dd"}
    if pa.types.is_fixed_size_binary(kind.arrow):
        return {"format": "uuid"}
    return {}


def kinds_by_name() -> dict[str, type[Kind]]:
    """Every kind a contract may use, by its name."""
    return {
        one.name: one
        for one in vars(kinds).values()
        if isinstance(one, type) and issubclass(one, Kind) and one is not Kind
    }


def meaning_of(kind: type[Kind]) -> str:
    """The first sentence of what a kind is."""
    return " ".join((kind.__doc__ or kind.name).split())


def nearest_kind(part: Mapping[str, Any], *, key: bool, personal: str) -> tuple[str, str | None]:
    """The kind for a property that does not name one.

    Args:
        part: the property.
        key: whether it is part of the primary key.
        personal: its class of personal data.

    Returns:
        The kind's name, and what of the property's type it cannot hold (None: nothing).
    """
    logical, physical = part.get("logicalType"), str(part.get("physicalType") or "")
    personally = personal != "none"
    text = "personal_text" if personally else "text"
    wanted = _FORMATS.get(str((part.get("logicalTypeOptions") or {}).get("format")))
    match logical or _logical_of(physical):
        case "string" if wanted in kinds_by_name():
            return str(wanted), None
        case "string" if key:
            return ("personal_reference" if personally else "reference"), None
        case "string":
            return text, None
        case "date":
            return "date", None
        case "integer":
            return "whole_number", None
        case "boolean":
            return "yes_no", None
        case "number" if _PENNIES.search(physical):
            return "money", None
        case "number":
            return "decimal_number", f"{physical or 'number'} is kept with six decimal places"
        case None:
            return text, "no type is given; taken as text"
        case other:
            return text, f"there is no kind of value for {other} ({physical or 'no size'}): text"


def _logical_of(physical: str) -> str | None:
    """What a physical type that stands alone means, where that is plain."""
    word = physical.partition("(")[0].strip().lower()
    if word in {"varchar", "char", "text", "string", "nvarchar", "character varying", "uuid"}:
        return "string"
    if word in {"int", "integer", "bigint", "smallint"}:
        return "integer"
    if word in {"bool", "boolean", "date"}:
        return "boolean" if word.startswith("bool") else "date"
    if word in {"numeric", "decimal", "double", "float", "real"}:
        return "number"
    return None
