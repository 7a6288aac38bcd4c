"""What is found at a place: one arrival becomes one delivery."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Arrival:
    """Something to fetch.

    Attributes:
        name: the source's name for it: the file's name, or the API's path and parameters. A later
            arrival of the same name is the same series.
        size: bytes, where known beforehand.
        modified: when it was last changed (UTC), where known.
        files: paths below the place's folder; empty for an API.
    """

    name: str
    size: int | None = None
    modified: datetime | None = None
    files: tuple[str, ...] = ()
