"""Whole numbers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, masked, nulls_of, problems, true_where

_FORM = r"^[-+]?(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.0*)?$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read whole numbers of at most fifteen digits; ``1,234`` and ``12.0`` are whole numbers too.

    Problems: ``cell-error``, ``number-unreadable``.
    """
    tidy = characters.without_blanks(values)
    errors = characters.cell_errors(tidy)
    well = true_where(pc.match_substring_regex(tidy, _FORM))
    bare = pc.replace_substring_regex(tidy, r",|\..*$|^\+", "")
    numbers = pc.if_else(pa.array(well), bare, pa.scalar(None, pa.string())).cast(pa.int64())
    unreadable = ~well & ~nulls_of(tidy) & ~errors
    return Parsed(
        masked(numbers, ~well),
        problems(
            len(values), [(np.asarray(errors), "cell-error"), (unreadable, "number-unreadable")]
        ),
    )
