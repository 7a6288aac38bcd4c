"""Finds what is at a dotted path of a JSON document."""

from typing import Any


def dig(document: Any, dotted: str) -> Any:
    """What is at a dotted path; the document itself at an empty one.

    A key that has dots in it (``@odata.nextLink``) is found by its whole name.

    Raises:
        LookupError: there is nothing there.
    """
    if not dotted:
        return document
    if not isinstance(document, dict):
        raise LookupError(dotted)
    if dotted in document:
        return document[dotted]
    step, dot, rest = dotted.partition(".")
    if not dot:
        raise LookupError(dotted)
    return dig(document[step], rest)


def found(document: Any, dotted: str) -> Any:
    """The same; None where there is nothing."""
    try:
        return dig(document, dotted)
    except LookupError:
        return None


def text_of(value: Any) -> str | None:
    """A value as it was written, of a document whose numbers were kept as texts; None for none."""
    return value if isinstance(value, str) and value else None
