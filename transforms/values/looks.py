"""Values that differ in their digits only, taken together.

Dates and sums have few looks: ``00/00/0000``, ``00-Jan-0000``, ``£00.00``. What a value means is
worked out once a look; its digits stand at the same bytes in all values of the look.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transforms.values import characters
from transforms.values.characters import Bytes, Ints
from transforms.values.parsed import Texts

# Every digit as a nought.
_DIGITS_ALIKE = np.arange(256, dtype=np.uint8)
_DIGITS_ALIKE[list(b"123456789")] = ord("0")


@dataclass(frozen=True)
class Looks:
    """The looks of a plain array of texts without nulls.

    Attributes:
        distinct: the looks, in the order of their first values.
        codes: for every value the place of its look.
    """

    distinct: Texts
    codes: Ints
    _data: Bytes
    _offsets: Ints

    @classmethod
    def of(cls, values: Texts) -> "Looks":
        """The looks of texts."""
        encoded = looks(values).dictionary_encode()
        data, offsets = characters.run(values)
        return cls(encoded.dictionary, np.asarray(encoded.indices), data, offsets)

    def groups(self) -> Iterator[tuple[str, Ints, Bytes]]:
        """Each look, the places of its values, and their bytes, a value in each column."""
        order = np.argsort(self.codes, kind="stable")
        ends = np.cumsum(np.bincount(self.codes, minlength=len(self.distinct)))
        start = 0
        for look, end in zip(self.distinct.to_pylist(), ends.tolist(), strict=True):
            places = order[start:end]
            start = end
            width = len(look.encode())
            yield look, places, self._data[self._offsets[places] + np.arange(width)[:, None]]


def looks(values: Texts) -> Texts:
    """Texts with every ASCII digit as a nought."""
    return characters.translate(values, _DIGITS_ALIKE)


def number(table: Bytes, start: int, end: int) -> Ints:
    """The whole numbers in some bytes of a group's values."""
    found = np.zeros(table.shape[1], np.int64)
    for row in table[start:end]:
        found = found * 10 + (row - 48)
    return found
