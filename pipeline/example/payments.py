"""The region's payments: any stretch of them, the same for the same seed however they are cut."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from pipeline.example.people import Days, Texts, texts
from pipeline.example.words import AREAS, FORMS, STEMS, TRADES

BLOCK = 25_000
SUPPLIERS = len(STEMS) * len(TRADES)
FIRST_DAY = np.datetime64("2026-04-01")
DAYS = 91  # to the end of June
CREDIT_NOTES = 0.02


@dataclass(frozen=True)
class Payments:
    """Some payments, column by column.

    Attributes:
        number: the payment's own number in the region; two bodies that report the same payment
            report the same number, the right answer of any linkage.
        supplier: number of the supplier, 0 to SUPPLIERS - 1.
        pence: amount; negative for a credit note.
        paid_on: datetime64[D].
        kind: number of the expense type; the caller knows how many there are.
        area: the service area.
    """

    number: npt.NDArray[np.int64]
    supplier: npt.NDArray[np.int64]
    pence: npt.NDArray[np.int64]
    paid_on: Days
    kind: npt.NDArray[np.int64]
    area: Texts

    def take(self, which: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> "Payments":
        """Some of them."""
        return Payments(**{one.name: getattr(self, one.name)[which] for one in fields(self)})


def payments(seed: int, start: int, stop: int, kinds: int) -> Iterator[Payments]:
    """The payments numbered from ``start`` up to ``stop``, in pieces of at most BLOCK."""
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        first = block * BLOCK
        whole = _block(seed, block, kinds)
        yield whole.take(slice(max(start - first, 0), min(stop - first, BLOCK)))


def supplier_names() -> Texts:
    """Every supplier's name in full, by number."""
    stems, trades = len(STEMS), len(TRADES)
    names = [
        # Walks through both lists at once, so that the busiest suppliers differ in both.
        f"{STEMS[i % stems]} {TRADES[(i + i // stems) % trades]} {FORMS[i % len(FORMS)]}"
        for i in range(SUPPLIERS)
    ]
    return texts(names)


def _block(seed: int, block: int, kinds: int) -> Payments:
    rng = np.random.default_rng([seed, 2, block])
    pence = (np.exp(rng.normal(13.2, 1.1, BLOCK)) + 50_000).astype(np.int64)
    sign = np.where(rng.random(BLOCK) < CREDIT_NOTES, -1, 1)
    weights = 1.0 / (np.arange(SUPPLIERS) + 20.0)
    days = rng.integers(0, DAYS, BLOCK).astype("timedelta64[D]")
    return Payments(
        number=np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64),
        supplier=rng.choice(SUPPLIERS, BLOCK, p=weights / weights.sum()),
        pence=pence * sign,
        paid_on=FIRST_DAY + days,
        kind=rng.integers(0, kinds, BLOCK),
        area=texts(list(AREAS))[rng.integers(0, len(AREAS), BLOCK)],
    )
