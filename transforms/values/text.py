"""Free text and references."""

import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, masked, problems


def parse(values: Texts, options: Options) -> Parsed:
    """White space at the ends and doubled inside is removed; a text of nothing else is missing.

    Problems: ``cell-error``, ``control-character``.
    """
    tidy = characters.without_blanks(values)
    wrong = characters.cell_errors(tidy)
    barred = characters.forbidden(tidy)
    return Parsed(
        masked(tidy, wrong | barred),
        problems(len(values), [(wrong, "cell-error"), (barred, "control-character")]),
    )


def parse_reference(values: Texts, options: Options) -> Parsed:
    """Kept exactly, but for white space at the ends. Problems as for :func:`parse`."""
    trimmed = pc.utf8_trim_whitespace(characters.plain(values))
    trimmed = masked(trimmed, (pc.binary_length(trimmed).fill_null(0).to_numpy() == 0))
    wrong = characters.cell_errors(trimmed)
    barred = characters.forbidden(trimmed)
    return Parsed(
        masked(trimmed, wrong | barred),
        problems(len(values), [(wrong, "cell-error"), (barred, "control-character")]),
    )
