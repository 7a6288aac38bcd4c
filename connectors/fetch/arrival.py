"""What is found at a place, and what a fetch of it brings: one arrival becomes one delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Arrival:
    """Something to fetch.

    Attributes:
        name: the source's name for it: the file's path below the place's folder, what the files of
            a delivery have in common, or the API's path and parameters. A later arrival of the same
            name is the same series.
        size: bytes, where known beforehand.
        modified: when it was last changed (UTC), where known.
        files: paths below the place's folder; empty for an API.
        stamp: what the place says of its state, such as an entity tag; where it says nothing, size
            and time stand for it. An arrival whose stamp is known is not fetched again.
        since: the cursor from which on it is fetched, where only what is new is.
        sha256: path to the SHA-256 (hexadecimal) that a manifest gives of the file.
    """

    name: str
    size: int | None = None
    modified: datetime | None = None
    files: tuple[str, ...] = ()
    stamp: str | None = None
    since: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unfinished:
    """Something that is there and not finished: its name, and what it waits for."""

    name: str
    why: str


@dataclass(frozen=True)
class Standing:
    """What is known of a feed's place before it is looked at.

    Attributes:
        cursor: what the newest loaded delivery got up to; None before there is one.
        stamps: name to stamp of the newest arrival of each name, where there is nothing more to do
            for it: loaded, or refused by these very steps. What is still that need not be fetched.
    """

    cursor: str | None = None
    stamps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a look at a place found.

    Attributes:
        arrivals: what is finished, oldest first.
        unfinished: what is there and waits.
        present: names of all that is there, finished or not, of which arrivals are made; None where
            the place does not list what it has, so that nothing can be said to be gone.
    """

    arrivals: tuple[Arrival, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    present: frozenset[str] | None = None


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought.

    Attributes:
        paths: the files, in order, bytes unchanged; no two of the same name.
        cursor: what it got up to, to go on from; None where everything is fetched each time.
    """

    paths: tuple[Path, ...]
    cursor: str | None = None
