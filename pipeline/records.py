"""The records of a batch on their way through the steps."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.prepared import Int32s, Int64s
from transforms.steps.parse import Reading
from transforms.steps.select import Written, kept
from transforms.values.parsed import Flags


@dataclass(frozen=True)
class Records:
    """Records of a batch: text and what it was read as, by contract column.

    Attributes:
        rows: source row of each.
        hashes: of each.
        supplied: the text as it stood.
        written: the text corrected; ``supplied`` itself where nothing was.
        readings: what the corrected text was read as.
    """

    rows: Int32s
    hashes: Int64s
    supplied: dict[str, Written]
    written: dict[str, Written]
    readings: dict[str, Reading]

    def kept(self, keep: Flags) -> "Records":
        """Those where ``keep`` holds."""
        if keep.all():
            return self
        mask = pa.array(keep)
        supplied = kept(self.supplied, mask)
        return Records(
            self.rows[keep],
            self.hashes[keep],
            supplied,
            supplied if self.written is self.supplied else kept(self.written, mask),
            {name: one.kept(mask) for name, one in self.readings.items()},
        )

    def values(self) -> dict[str, Any]:
        """Canonical values by column, companions among them."""
        found: dict[str, Any] = {}
        for name, one in self.readings.items():
            found[name] = one.values
            found |= {f"{name}_{suffix}": values for suffix, values in one.companions.items()}
        return found
