"""What a load takes: one batch of records, worked by the steps."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Prepared(Protocol):
    """One batch; the batches of a table follow one another in the order of its rows.

    Attributes:
        table_number: the :class:`repository.load.record.TableRecord` it belongs to.
        rows: source rows of all its records that were not skipped: good, quarantined and excluded.
        hashes: their record hashes.
        entities: good rows: ``entity`` or ``entity:role`` to a table with ``row``,
            ``<entity>_id`` (16 bytes) and the canonical columns.
        written: ``row`` and the text as it stood by contract column; kept for duplicates.
        quarantined: ``row``, ``record`` (JSON object as text), ``codes`` (list of text).
        issues: ``row``, ``column``, ``position``, ``code``.
        excluded: ``row``, ``reason``.
        skipped: how many records were left out because their hash is known.
        skipped_hashes: their hashes.
    """

    @property
    def table_number(self) -> int: ...
    @property
    def rows(self) -> npt.NDArray[np.int32]: ...
    @property
    def hashes(self) -> npt.NDArray[np.int64]: ...
    @property
    def entities(self) -> Mapping[str, pa.Table]: ...
    @property
    def written(self) -> pa.Table | None: ...
    @property
    def quarantined(self) -> pa.Table: ...
    @property
    def issues(self) -> pa.Table: ...
    @property
    def excluded(self) -> pa.Table: ...
    @property
    def skipped(self) -> int: ...
    @property
    def skipped_hashes(self) -> npt.NDArray[np.int64]: ...


def quarantined_ids(prepared: Prepared) -> Any:
    """Identifiers of main entities whose rows are quarantined, where the steps computed them.

    Steps that cannot leave the attribute ``quarantined_ids`` out. These entities do not end.
    """
    return getattr(prepared, "quarantined_ids", None)


def quarantined_id_rows(prepared: Prepared) -> Any:
    """The source rows that :func:`quarantined_ids` belong to, in the same order.

    Steps that do not tell leave the attribute ``quarantined_id_rows`` out.
    """
    return getattr(prepared, "quarantined_id_rows", None)


def corrected_rows(prepared: Prepared) -> Any:
    """``row`` and ``correction`` of what was corrected, where the steps correct.

    Steps that do not leave the attribute ``corrected`` out.
    """
    return getattr(prepared, "corrected", None)
