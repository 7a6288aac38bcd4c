"""Codes of a code list, through the scheme a supplier writes them in."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.claims import normalised
from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, nulls_of, problems


def parse(values: Texts, options: Options) -> Parsed:
    """Read codes.

    Options: ``writings``, each accepted way of writing a code (case folded, white space tidied,
    as registers give them) to the code, or to None where it has no one counterpart in the list it
    is to be turned into; ``outside``, the writings whose code is not in force at the date they are
    read as at. Problems: ``cell-error``, ``code-unknown``, ``code-without-counterpart`` and, of
    values that are kept, ``code-not-in-force``.
    """
    tidy = characters.without_blanks(values)
    errors = characters.cell_errors(tidy)
    writings = options["writings"]
    known = list(writings)
    place = pc.index_in(folded(tidy), pa.array(known, pa.string()))
    codes = pa.array(list(writings.values()), pa.string()).take(place)
    absent = nulls_of(place)
    unknown = absent & ~nulls_of(tidy) & ~errors
    found = [
        (errors, "cell-error"),
        (unknown, "code-unknown"),
        (nulls_of(codes) & ~absent, "code-without-counterpart"),
    ]
    outside = options.get("outside")
    if outside:
        late = np.fromiter((one in outside for one in known), np.bool_, len(known))
        marked = np.zeros(len(values), np.bool_)
        marked[~absent] = late[np.asarray(place.drop_null())]
        found.append((marked, "code-not-in-force"))
    return Parsed(codes, problems(len(values), found))


def folded(tidy: Texts) -> Texts:
    """The form in which writings are compared (:func:`contracts.claims.normalised`), of texts
    without stray white space."""
    data, _ = characters.run(tidy)
    # The separators of ASCII, 28 to 31, are white space to registers and may stand in a text.
    if not ((data >= 128) | ((data > 27) & (data < 32))).any():
        return pc.ascii_lower(tidy)
    return pa.array([None if one is None else normalised(one) for one in tidy.to_pylist()])
