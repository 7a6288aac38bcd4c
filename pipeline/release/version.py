"""The version of a release: what of the one before it still holds."""

from collections.abc import Sequence
from typing import Literal

Change = Literal["first", "columns", "rows", "description", "none"]

MEANING: dict[Change, str] = {
    "first": "the first release",
    "columns": "columns or their types changed: who reads it must look",
    "rows": "rows changed, columns did not",
    "description": "only what is said of it changed",
    "none": "nothing changed",
}


def change(
    before: tuple[Sequence[Sequence[str]], bytes, bytes] | None,
    now: tuple[Sequence[Sequence[str]], bytes, bytes],
) -> Change:
    """What changed between two releases, the weightiest of it.

    Args:
        before, now: layout (name and type of each column), hash of the content, hash of the
            description; None where nothing was released before.
    """
    if before is None:
        return "first"
    if [list(one) for one in before[0]] != [list(one) for one in now[0]]:
        return "columns"
    if before[1] != now[1]:
        return "rows"
    return "description" if before[2] != now[2] else "none"


def next_version(last: str | None, change: Change) -> str:
    """The version after another: columns raise the first number, rows the second, words the last.

    Raises:
        ValueError: the last one is no semantic version.
    """
    if last is None:
        return "1.0.0"
    major, minor, patch = (int(part) for part in last.split("."))
    match change:
        case "columns" | "first":
            return f"{major + 1}.0.0"
        case "rows":
            return f"{major}.{minor + 1}.0"
        case "description":
            return f"{major}.{minor}.{patch + 1}"
        case "none":
            return last
