"""Names of persons."""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.casing import cased
from transforms.values.parsed import Flags, Options, Parsed, Texts, masked, nulls_of, problems

_LETTERS = characters.table_of(upper="abcdefghijklmnopqrstuvwxyz")
# Letters that Unicode does not take apart into a Latin letter and a mark.
_FOLDED = dict(
    zip(
        "ßÆæØøŁłŒœĐđÐðÞþı",
        ["ss", "AE", "ae", "O", "o", "L", "l", "OE", "oe", "D", "d", "D", "d", "Th", "th", "i"],
        strict=True,
    )
)
_COMBINED = r"^(?P<surname>[^,]*[^,\s])\s*,\s*(?P<forenames>[^,]+)$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read forenames or surnames.

    Options: ``part`` (``surname`` or ``forenames``) where the column holds both as ``SURNAME,
    Forename(s)``. Companion: ``match``. Problems: ``cell-error``, ``control-character``,
    ``name-unreadable`` (no comma, or several, in a combined name; or no letter at all).
    """
    tidy = characters.without_blanks(values)
    blank = nulls_of(tidy)
    errors, barred = characters.cell_errors(tidy), characters.forbidden(tidy)
    part = options.get("part")
    if part:
        tidy = combined(tidy, part)
    matched = match_form(tidy)
    unreadable = nulls_of(matched) & ~blank & ~errors & ~barred
    wrong: Flags = errors | barred | unreadable
    return Parsed(
        masked(cased(tidy), wrong),
        problems(
            len(values),
            [
                (errors, "cell-error"),
                (barred, "control-character"),
                (unreadable, "name-unreadable"),
            ],
        ),
        {"match": masked(matched, wrong)},
    )


def combined(names: Texts, part: str) -> Texts:
    """The ``surname`` or ``forenames`` of ``SURNAME, Forename(s)``; null where that is not the
    form."""
    return pc.struct_field(pc.extract_regex(names, _COMBINED), part)


def match_form(names: Texts) -> Texts:
    """Latin letters only, upper case, accents folded; null where no letter is left."""
    if not characters.is_ascii(names):
        for letter, plain in _FOLDED.items():
            names = pc.replace_substring(names, letter, plain)
        names = pc.utf8_normalize(names, "NFKD")
    letters = characters.translate(characters.plain(names), _LETTERS)
    empty = pc.equal(pc.binary_length(letters), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), letters)
