"""How far a fetch of only what is new has got: the greatest value seen, and what the next fetch
finds should nothing be new.

An overlap brings what is known already, at each fetch. Without the second part it would be a
delivery each time an interface writes its pages a little differently.
"""

import heapq
import json
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b

from connectors.fetch.http.mark import Mark, mark

_PARTED = " #"
_SIZE = 16


@dataclass(frozen=True)
class Reached:
    """A cursor: the greatest value, as written; and a digest of the records from the overlap on,
    empty where none is known."""

    value: str
    seen: str = ""

    def written(self) -> str:
        """As text, to keep."""
        return f"{self.value}{_PARTED}{self.seen}"


def reached(cursor: str | None) -> Reached | None:
    """A cursor from its text."""
    if cursor is None:
        return None
    value, _, seen = cursor.partition(_PARTED)
    return Reached(value, seen)


@dataclass
class Window:
    """The records of a fetch, in whatever order they come.

    Attributes:
        overlap: as the feed declares it.
        latest: the greatest value met, or that it went on from.
    """

    overlap: str
    latest: Mark | None = None
    _all: int = 0
    _tail: int = 0
    _held: list[tuple[Fraction, int]] = field(default_factory=list)
    _start: Fraction | None = None

    def see(self, this: Mark, record: object) -> None:
        """Take a record in, with its value.

        Raises:
            Undecidable: values of two kinds, or an overlap of another kind than they are.
        """
        before = self.latest
        self.latest = this if before is None else before.later(this)
        if self.latest is not before or self._start is None:
            self._start = mark(self.latest.less(self.overlap)).at
            while self._held and self._held[0][0] < self._start:
                self._tail -= heapq.heappop(self._held)[1]
        written = json.dumps(record, sort_keys=True).encode()
        digest = int.from_bytes(blake2b(written, digest_size=_SIZE).digest())
        # A sum does not mind the order, and of it what falls behind can be taken away again.
        self._all += digest
        if this.at >= self._start:
            self._tail += digest
            heapq.heappush(self._held, (this.at, digest))

    @property
    def whole(self) -> str:
        """Digest of all that came."""
        return _text(self._all)

    def cursor(self) -> str | None:
        """What to go on from; None where nothing came."""
        if self.latest is None:
            return None
        return Reached(self.latest.text, _text(self._tail)).written()


def _text(total: int) -> str:
    return f"{total % (1 << 8 * _SIZE):0{2 * _SIZE}x}"
