"""Whether a document has the standard's form as far as reading it leans on that.

The standard's JSON Schema says more, and is not part of this project; this is what keeps a broken
document from being half understood.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.odcs.document import NotADocument, Plain

Form = Mapping[str, Any]
# A type, or a list of parts of a form.
_CUSTOM: Form = {"property": str}
_LINKS: Form = {"url": str, "type": str}
_RULE: Form = {
    "name": str,
    "type": str,
    "metric": str,
    "rule": str,
    "arguments": dict,
    "customProperties": [_CUSTOM],
}
_PROPERTY: Form = {
    "name": str,
    "description": str,
    "businessName": str,
    "physicalName": str,
    "logicalType": str,
    "physicalType": str,
    "classification": str,
    "primaryKeyPosition": int,
    "logicalTypeOptions": {"minLength": int, "maxLength": int, "pattern": str, "format": str},
    "tags": list,
    "quality": [_RULE],
    "authoritativeDefinitions": [_LINKS],
    "customProperties": [_CUSTOM],
}
_TABLE: Form = {
    "name": str,
    "description": str,
    "businessName": str,
    "dataGranularityDescription": str,
    "properties": [_PROPERTY],
    "quality": [_RULE],
    "customProperties": [_CUSTOM],
}
_DOCUMENT: Form = {
    "id": str,
    "name": str,
    "version": str,
    "description": {"purpose": str, "limitations": str, "usage": str},
    "schema": [_TABLE],
    "authoritativeDefinitions": [_LINKS],
    "customProperties": [_CUSTOM],
}
_NAMED = (_TABLE, _PROPERTY)
# Our own custom properties, by the name the document gives them.
_OURS: Mapping[str, type | tuple[type, ...]] = {
    "kind": str,
    "contract": str,
    "check": str,
    "arguments": dict,
    "scheme": str,
    "headers": list,
    "to": (list, str),
    "options": dict,
    "optional": bool,
    "nullable": bool,
    "reasons": bool,
    "companionOf": str,
    "madeBy": str,
    "main": str,
    "dateOrder": str,
    "replaces": str,
    "shared": bool,
    "gates": dict,
    "consistency": list,
}


def well_formed(document: Plain) -> Plain:
    """The document, known to have the standard's form.

    Raises:
        NotADocument: with the place of everything wrong.
    """
    wrong = list(_wrong(document, _DOCUMENT, ""))
    if wrong:
        raise NotADocument("not of the standard's form: " + "; ".join(wrong))
    return document


def _wrong(part: Any, form: Form, where: str) -> Iterator[str]:
    if not isinstance(part, dict):
        yield f"{where or 'the document'} is no mapping"
        return
    if form in _NAMED and not part.get("name"):
        yield f"{where} has no name"
    if form is _CUSTOM:
        yield from _wrong_custom(part, where)
    for key, wanted in form.items():
        value = part.get(key)
        place = f"{where}.{key}".lstrip(".")
        if value is None:
            continue
        if isinstance(wanted, type):
            if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
                yield f"{place} is no {wanted.__name__}"
        elif isinstance(wanted, dict):
            yield from _wrong(value, wanted, place)
        elif not isinstance(value, list):
            yield f"{place} is no list"
        else:
            for number, one in enumerate(value):
                yield from _wrong(one, wanted[0], f"{place}[{number}]")


def _wrong_custom(part: Plain, where: str) -> Iterator[str]:
    name = part.get("property")
    if not isinstance(name, str):
        yield f"{where} has no property"
        return
    wanted, value = _OURS.get(name), part.get("value")
    if wanted is not None and value is not None and not isinstance(value, wanted):
        yield f"{where} ({name}) is of another type than this project writes"
    if name == "consistency" and not all(isinstance(one, dict) for one in value or ()):
        yield f"{where} ({name}) is of another type than this project writes"
