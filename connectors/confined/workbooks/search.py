"""Searches bytes for what may be a record, by whole arrays of them."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]

_BLOCK = 1 << 20  # Little enough to stay in the processor's cache while it is looked through.


def places(content: bytes, find: Callable[[Bytes], Places], longest: int) -> Places:
    """Where something is; rising, if ``find`` gives it so.

    Args:
        find: where it is in some bytes, its begin at least ``longest`` before their end.
        longest: bytes from its begin that tell what it is; fewer at the end of all count as if
            noughts came after them.
    """
    found: list[Places] = []
    for start in range(0, len(content), _BLOCK):
        block = content[start : start + _BLOCK + longest]
        lacking = min(_BLOCK, len(content) - start) + longest - len(block)
        found.append(find(np.frombuffer(block + bytes(lacking), np.uint8)) + start)
    return np.concatenate(found) if found else np.empty(0, np.intp)
