"""A hostile file and what is to become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

READ, QUARANTINED = "read", "quarantined"
"""Read without fault; read, and rows of it kept out."""


@dataclass(frozen=True)
class Case:
    """A hostile file.

    Attributes:
        name: its file name; the ending counts for nothing.
        content: makes its bytes.
        verdicts: ``read``, ``quarantined``, or codes of refusals; any of them is right.
        rows: how many records are read, where that is certain.
        form: what the feed declares, as in its file; nothing where None.
        same_as: where it is read, its cells are those of this sound file, or it is refused.
    """

    name: str
    content: Callable[[], bytes]
    verdicts: frozenset[str]
    rows: int | None = None
    form: dict[str, Any] | None = None
    same_as: Callable[[], bytes] | None = None


def case(
    name: str,
    content: bytes | Callable[[], bytes],
    *verdicts: str,
    rows: int | None = None,
    form: dict[str, Any] | None = None,
) -> Case:
    """A case; content that is large is made when it is wanted."""
    make = content if callable(content) else lambda: content
    return Case(name, make, frozenset(verdicts), rows, form)
