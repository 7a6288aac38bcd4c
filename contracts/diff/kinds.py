"""How one kind of value compares with another."""

from typing import Literal

import pyarrow as pa

from contracts.kinds import Kind
from contracts.odcs.kinds import kinds_by_name

Comparison = Literal["same", "wider", "narrower", "other"]
_PREFIXES = ("personal_", "special_")


def compared(before: str, after: str) -> Comparison:
    """Whether a kind accepts what another did.

    ``same``: they differ in their class of personal data alone. ``wider``: whatever the first
    accepted, the second accepts, and keeps as it was. Kinds nobody here knows are ``other``.
    """
    if _plain(before) == _plain(after):
        return "same"
    known = kinds_by_name()
    first, second = known.get(before), known.get(after)
    if first is None or second is None:
        return "other"
    if _holds(second, first):
        return "wider"
    return "narrower" if _holds(first, second) else "other"


def _holds(wide: type[Kind], narrow: type[Kind]) -> bool:
    """Whether every value of one kind is a value of another, stored alike, with its companions."""
    if wide.arrow != narrow.arrow or not set(wide.companions) <= set(narrow.companions):
        return False
    free = _plain(wide.name) == "text" and pa.types.is_string(narrow.arrow)
    return free or issubclass(narrow, wide)


def _plain(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
