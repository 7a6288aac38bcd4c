"""What reading a column of written values gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Options: TypeAlias = Mapping[str, Any]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
# pyarrow's stubs know a kernel only by the class of its argument, and most of ours take any array:
# to the type checker these are Any.
Texts: TypeAlias = Any
"""A string array."""
Values: TypeAlias = Any
"""An array of any type."""


@dataclass(frozen=True)
class Parsed:
    """Canonical values beside what was found wrong; all arrays have the length of the input.

    Attributes:
        values: canonical values of the kind's Arrow type; null where missing or unreadable.
        problems: the issue code, null where there is nothing to say.
        companions: further canonical columns of the kind, by suffix.
    """

    values: Values
    problems: Texts
    companions: dict[str, Values] = field(default_factory=dict)


def problems(length: int, found: Sequence[tuple[Flags, str]]) -> Texts:
    """Issue codes from masks; where several hold, the first in the list is kept."""
    present = [(mask, code) for mask, code in found if mask.any()]
    if not present:
        return pa.nulls(length, pa.string())
    codes = np.full(length, None, dtype=object)
    for mask, code in reversed(present):
        codes[mask] = code
    return pa.array(codes, pa.string())


def masked(values: Values, missing: Flags) -> Values:
    """The array with nulls where ``missing`` holds."""
    if not missing.any():
        return values
    return pc.if_else(pa.array(~missing), values, pa.scalar(None, values.type))


def true_where(mask: Any) -> Flags:
    """A numpy mask of an Arrow boolean array; null counts as false."""
    return np.asarray(mask.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def nulls_of(values: Values) -> Flags:
    """A numpy mask of the nulls."""
    if values.null_count == 0:
        return np.zeros(len(values), dtype=np.bool_)
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)
