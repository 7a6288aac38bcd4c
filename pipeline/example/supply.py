"""What one body supplies: pieces of rows, their truth, how they are written, what is wrong."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.example.payments import Payments
from pipeline.example.people import People
from pipeline.example.sinks import EXTRA, Sink

if TYPE_CHECKING:
    Array: TypeAlias = pa.Array[Any]
else:
    Array = pa.Array

P = TypeVar("P", People, Payments)
Mask = npt.NDArray[np.bool_]
Written = dict[str, Any]
"""Header to the piece's values, as they are to stand in the file."""

LEAST_ROWS = 60
WORKBOOK_ROWS = 60_000  # people do not keep larger ones


@dataclass(frozen=True)
class Plan:
    """How large the region is, and which delivery of it is made.

    Attributes:
        seed: everything else being equal, the same seed makes the same bytes.
        rows: rows of the largest feed; the others follow from it.
        delivery: 1, or 2 for the one after it.
    """

    seed: int
    rows: int
    delivery: int = 1

    def size(self, share: float, most: int | None = None) -> int:
        """Rows of a feed that is a share of the largest."""
        size = max(int(self.rows * share), LEAST_ROWS)
        return min(size, most) if most else size


@dataclass(frozen=True)
class Fault:
    """One kind of bad row.

    Attributes:
        code: the issue it must raise.
        header: the column it is in.
        value: what stands there instead; None: the value of the row above, which is good.
        also: further columns that get the same.
    """

    code: str
    header: str
    value: Any = None
    also: tuple[str, ...] = ()

    def spoil(self, written: Written, row: int) -> None:
        """Write the fault into a row of a piece."""
        if self.header == EXTRA:
            written.setdefault(EXTRA, {})[row] = self.value
            return
        for header in (self.header, *self.also):
            column = written[header]
            column[row] = column[row - 1] if self.value is None else self.value


class Supply(ABC, Generic[P]):
    """One body's supply of one dataset.

    Attributes:
        feed: feed id.
        key: number that sets this supply's chance apart from the others'.
        file: where the file goes, below the example's folder; the second delivery has the same
            name as the first.
        dated: the contract column whose first and last day the answers give.
        keyed: whether the dataset's main entity has an identity, so that a changed row changes
            something known; else it ends one thing and begins another.
        moves_main: whether what changes in a row belongs to the dataset's main entity; else the
            main entity stays as it is and another one, such as the person, changes.
        faults: the kinds of bad row planted.
    """

    feed: ClassVar[str]
    key: ClassVar[int]
    file: ClassVar[str]
    dated: ClassVar[str]
    keyed: ClassVar[bool] = True
    moves_main: ClassVar[bool] = True
    faults: ClassVar[tuple[Fault, ...]]

    @abstractmethod
    def pieces(self, plan: Plan) -> Iterator[P]:
        """The rows of the first delivery, in file order, in pieces of bounded size."""

    @abstractmethod
    def later(self, plan: Plan, count: int) -> P:
        """Rows that come new with the second delivery."""

    @abstractmethod
    def changed(self, piece: P, which: Mask, rng: np.random.Generator) -> P:
        """The piece with some rows changed, as the second delivery has them."""

    @abstractmethod
    def truth(self, piece: P, plan: Plan) -> Mapping[str, Array]:
        """The true canonical values, by contract column, beside the region's own numbers."""

    @abstractmethod
    def written(self, piece: P, plan: Plan) -> Written:
        """The piece as this body writes it."""

    @abstractmethod
    def sink(self, path: Path, plan: Plan) -> Sink:
        """The file, opened for writing."""


def days(values: npt.NDArray[np.datetime64]) -> list[str]:
    """Days as ISO text."""
    return np.datetime_as_string(values.astype("datetime64[D]")).tolist()  # type: ignore[no-any-return]


def pence_as_money(pence: npt.NDArray[np.int64]) -> Array:
    """Pence as decimal128(18, 2), exactly."""
    words = np.empty((len(pence), 2), dtype=np.int64)
    words[:, 0], words[:, 1] = pence, pence >> 63
    return pa.Array.from_buffers(
        pa.decimal128(18, 2), len(pence), [None, pa.py_buffer(words.tobytes())]
    )
