"""Work done ahead: the next block is made ready while one is worked on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, the next of them made in a thread of its own meanwhile: at no time is there more
    than one beside that in use.

    Raises:
        Exception: what ``items`` raises, when its turn comes.
    """
    with ThreadPoolExecutor(1, "ahead") as beside:
        following = beside.submit(_one, items)
        while made := following.result():
            following = beside.submit(_one, items)
            yield made.pop()  # Not kept here while it is worked on.


def _one(items: Iterator[T]) -> list[T]:
    """The next item; none where there is none."""
    return list(islice(items, 1))
