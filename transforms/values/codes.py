"""Codes of a code list, through the scheme a supplier writes them in."""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, nulls_of, problems


def parse(values: Texts, options: Options) -> Parsed:
    """Read codes.

    Options: ``writings``, each accepted way of writing a code (case folded, white space tidied,
    as registers give them) to the code. Problems: ``cell-error``, ``code-unknown``.
    """
    tidy = characters.without_blanks(values)
    errors = characters.cell_errors(tidy)
    writings = options["writings"]
    folded = pc.utf8_lower(pc.utf8_normalize(tidy, "NFKC"))
    place = pc.index_in(folded, pa.array(list(writings), pa.string()))
    codes = pa.array(list(writings.values()), pa.string()).take(place)
    unknown = nulls_of(place) & ~nulls_of(tidy) & ~errors
    return Parsed(codes, problems(len(values), [(errors, "cell-error"), (unknown, "code-unknown")]))
