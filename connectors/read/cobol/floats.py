"""Decodes floating-point fields: IBM's hexadecimal ones, or IEEE's.

A hexadecimal number is a sign, seven bits of exponent to the base 16 with 64 added, and a fraction
of 24 or 56 bits (z/Architecture Principles of Operation, hexadecimal-floating-point data). What is
written is the shortest decimal that leads back to the number: ``1.5``, ``0.1``, ``1e+20``.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.read.cobol.code_page import Bytes
from connectors.read.cobol.column import Column, with_bytes_shown
from connectors.read.cobol.numbers import INVALID

_SINGLE = 4


def decode_float(raw: Bytes, kind: str, order: str) -> Column:
    """A field of COMP-1 or COMP-2 in some records; what is no number (NaN) is wrong."""
    values = _hexadecimal(raw, order) if kind == "ibm" else _ieee(raw, order)
    wrong = ~np.isfinite(values)
    values = np.where(wrong, 0.0, values)
    single = raw.shape[1] == _SINGLE
    written = {value: _written(value, single, kind) for value in set(values.tolist())}
    cells = pa.array([written[value] for value in values.tolist()], pa.string())
    cells = with_bytes_shown(cells, raw, wrong)
    return Column(cells, {INVALID: wrong} if wrong.any() else {})


def _ieee(raw: Bytes, order: str) -> npt.NDArray[np.float64]:
    mark = ">" if order == "big" else "<"
    values: npt.NDArray[np.float64] = (
        np.ascontiguousarray(raw).view(f"{mark}f{raw.shape[1]}")[:, 0].astype(np.float64)
    )
    return values


def _hexadecimal(raw: Bytes, order: str) -> npt.NDArray[np.float64]:
    if order == "little":
        raw = raw[:, ::-1]
    fraction = np.zeros(len(raw), np.uint64)
    for place in range(1, raw.shape[1]):
        fraction = (fraction << np.uint64(8)) | raw[:, place]
    power = 4 * ((raw[:, 0] & 0x7F).astype(np.int32) - 64) - 8 * (raw.shape[1] - 1)
    values: npt.NDArray[np.float64] = np.ldexp(fraction.astype(np.float64), power)
    return np.where(raw[:, 0] & 0x80, -values, values)


def _written(value: float, single: bool, kind: str) -> str:
    """The shortest decimal nearer to a number than to its neighbours."""
    if value == 0:
        return "0"
    text = repr(value)
    if single:
        half = _spacing(value, kind) / 2
        tries = (f"{value:.{digits}g}" for digits in range(1, 10))
        text = next((one for one in tries if abs(float(one) - value) <= half), text)
    exact = np.float64(text)
    if 1e-7 <= abs(value) < 1e16:
        return str(np.format_float_positional(exact, trim="-"))
    return str(np.format_float_scientific(exact, trim="-"))


def _spacing(value: float, kind: str) -> float:
    """How far apart numbers of four bytes are where a number is."""
    if kind == "ieee":
        return float(np.spacing(np.float32(abs(value))))
    _, power = np.frexp(value)
    return float(np.ldexp(1.0, 4 * (-(-int(power) // 4) - 6)))
