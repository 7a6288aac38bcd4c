"""Marks the records of a file that a form declares to be none: at its top, at its end, comments."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


class Block(Protocol):
    """Some consecutive records of a file."""

    first: int

    @property
    def records(self) -> Sequence[bytes]:
        """Their bytes."""


B = TypeVar("B", bound=Block)


def marked(
    blocks: Iterable[B],
    skip_first: int,
    skip_last: int,
    is_none: Callable[[bytes], bool] | None = None,
) -> Iterator[tuple[B, Mask | None]]:
    """Each block with which of its records are kept; None where all are.

    Args:
        skip_first, skip_last: how many records at the top and at the end are none.
        is_none: whether a record is none, by its bytes.
    """
    held: deque[tuple[B, Mask]] = deque()
    after = 0
    for block in blocks:
        kept = np.ones(len(block.records), bool)
        kept[: max(0, skip_first + 1 - block.first)] = False
        if is_none is not None:
            kept &= ~np.fromiter(map(is_none, block.records), bool, len(kept))
        held.append((block, kept))
        after += len(kept)
        while held and after - len(held[0][1]) >= skip_last:
            ready, mask = held.popleft()
            after -= len(mask)
            yield ready, None if mask.all() else mask
            del ready, mask
        del block, kept
    left = skip_last
    for _, mask in reversed(held):
        taken = min(left, len(mask))
        mask[len(mask) - taken :] = False
        left -= taken
    for block, mask in held:
        yield block, None if mask.all() else mask


def rows_left_out(block: Block, kept: Mask | None) -> list[int]:
    """Numbers of the records of a block that are not kept."""
    return [] if kept is None else (np.flatnonzero(~kept) + block.first).tolist()
