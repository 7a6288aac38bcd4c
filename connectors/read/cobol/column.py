"""One field of many records, decoded."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.read.batch import TextArray, compute
from connectors.read.cobol.code_page import Bytes

Mask = npt.NDArray[np.bool_]
_SHOWN = 32


@dataclass
class Column:
    """A field of some records.

    Attributes:
        cells: its text in each; null where it is blank.
        wrong: issue code to the records of which it is true.
    """

    cells: TextArray
    wrong: dict[str, Mask]


def text_array(data: Bytes | bytes, lengths: npt.NDArray[np.int64]) -> TextArray:
    """Texts that lie one after the other in UTF-8, of given lengths in bytes."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    array: TextArray = pa.StringArray.from_buffers(
        len(lengths), pa.py_buffer(offsets), pa.py_buffer(data)
    )
    return array


def with_bytes_shown(cells: TextArray, raw: Bytes, wrong: Mask) -> TextArray:
    """Cells, in place of those that cannot be read their bytes as COBOL writes them: ``X'00'``."""
    if not wrong.any():
        return cells
    shown = [
        f"X'{bytes(one[:_SHOWN]).hex().upper()}'{'...' if len(one) > _SHOWN else ''}"
        for one in raw[wrong]
    ]
    found: TextArray = compute.replace_with_mask(
        cells, pa.array(wrong), pa.array(shown, pa.string())
    )
    return found


def with_nulls(cells: TextArray, blank: Mask) -> TextArray:
    """Cells, null where they are blank."""
    if not blank.any():
        return cells
    found: TextArray = compute.if_else(pa.array(blank), pa.scalar(None, pa.string()), cells)
    return found


def only(raw: Bytes, byte: int) -> Mask:
    """Fields of nothing but one byte. Few begin with it, so that few are looked at whole."""
    found: Mask = raw[:, 0] == byte
    if found.any():
        found[found] = (raw[found] == byte).all(axis=1)
    return found


def any_of(wrong: Mask) -> Mask:
    """In which rows anything is wrong; quick where nothing is."""
    return np.array(wrong.any(axis=1), bool) if wrong.any() else np.zeros(len(wrong), bool)


def unfilled(raw: Bytes) -> Mask:
    """Fields of nothing but low-values (X'00') or nothing but high-values (X'FF')."""
    found: Mask = np.asarray(only(raw, 0) | only(raw, 0xFF))
    return found
