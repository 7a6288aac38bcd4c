"""Yes or no."""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, nulls_of, problems

YES = ("y", "yes", "true", "t", "1", "1.0")
NO = ("n", "no", "false", "f", "0", "0.0")


def parse(values: Texts, options: Options) -> Parsed:
    """Read yes or no, however it is written. Problems: ``cell-error``, ``yes-no-unreadable``."""
    tidy = characters.without_blanks(values)
    errors = characters.cell_errors(tidy)
    place = pc.index_in(pc.utf8_lower(tidy), pa.array(YES + NO))
    truths = pc.less(place, len(YES))
    unreadable = nulls_of(truths) & ~nulls_of(tidy) & ~errors
    return Parsed(
        truths,
        problems(len(values), [(errors, "cell-error"), (unreadable, "yes-no-unreadable")]),
    )
