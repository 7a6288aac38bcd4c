"""Named points of a load, where tests kill it."""

from collections.abc import Callable

POINTS = ("locked", "copied", "staged", "merged", "before-commit", "after-commit")

At = Callable[[str], None]


def pass_by(point: str) -> None:
    """Do nothing at a point."""
