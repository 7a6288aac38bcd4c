"""Sends the rows of a table that was parsed in the child, with what is wrong of them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from connectors.confined.child import Frames

TextArray: TypeAlias = "pa.Array[Any]"
# Arrow's stubs know fewer of its functions' arguments than it takes.
_compute: Any = pyarrow.compute

LONGEST_VALUE = 131_072
"""Characters a value may have; as ``connectors.read.text.parse`` has it, too much to import."""

ROWS = 50_000
"""Rows a piece has at most."""


def send_rows(
    frames: Frames,
    columns: Sequence[TextArray],
    rows: npt.NDArray[np.int32],
    problems: Iterable[tuple[int, str]] = (),
) -> None:
    """Sends one piece of a table.

    Args:
        columns: one text column for each field, all of the length of ``rows``.
        rows: number of each record, rising.
        problems: (row, issue code) of what is wrong with records of this piece.

    Values longer than a cell may be are cut and reported (``value-too-long``).
    """
    found = set(problems)
    fit: list[TextArray] = []
    for column in columns:
        long = _compute.greater(_compute.utf8_length(column), LONGEST_VALUE).fill_null(False)
        at = np.flatnonzero(long.to_numpy(zero_copy_only=False))
        if len(at):
            found |= {(row, "value-too-long") for row in rows[at].tolist()}
            column = _compute.utf8_slice_codeunits(column, 0, LONGEST_VALUE)
        fit.append(column)
    table = pa.table({**{str(i): c for i, c in enumerate(fit)}, "row": pa.array(rows)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    frames.send("B", sink.getvalue().to_pybytes())
    if found:
        frames.send_json("P", sorted(found))


def rows_of_mask(
    rows: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_], code: str
) -> list[tuple[int, str]]:
    """The rows a mask marks, with a code."""
    return [(row, code) for row in rows[mask].tolist()]
