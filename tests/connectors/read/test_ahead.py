"""Work done ahead."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from connectors.read.ahead import ahead


class Block:
    """Something that can be seen to be let go of."""


def test_every_item_comes_once_and_in_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter(()))) == []


def test_the_next_is_made_while_one_is_worked_on_and_no_more() -> None:
    made = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    found = ahead(items())
    assert next(found) == 0
    assert made[1].wait(10)
    assert not made[2].wait(0.2)
    assert list(found) == [1, 2, 3]


def test_an_error_comes_when_its_turn_does() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(found)


def test_what_is_worked_on_is_kept_by_its_user_alone() -> None:
    found = ahead(Block() for _ in range(3))
    seen = weakref.ref(next(found))
    gc.collect()
    assert seen() is None


def test_a_reader_that_stops_early_leaves_no_thread() -> None:
    found = ahead(iter(range(10)))
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert not [one for one in threading.enumerate() if one.name.startswith("ahead")]
