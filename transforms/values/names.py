"""Names of persons."""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.casing import cased
from transforms.values.parsed import Flags, Options, Parsed, Texts, masked, nulls_of, problems

_LETTERS = characters.table_of(upper="abcdefghijklmnopqrstuvwxyz")
# Letters that Unicode does not take apart into a Latin letter and a mark.
_FOLDED = {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Œ": "OE",
           "œ": "oe", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "ı": "i"}  # fmt: skip
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
        tidy = pc.struct_field(pc.extract_regex(tidy, _COMBINED), part)
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


def match_form(names: Texts) -> Texts:
    """Latin letters only, upper case, accents folded; null where no letter is left."""
    if not characters.is_ascii(names):
        for letter, plain in _FOLDED.items():
            names = pc.replace_substring(names, letter, plain)
        names = pc.utf8_normalize(names, "NFKD")
    letters = characters.translate(characters.plain(names), _LETTERS)
    empty = pc.equal(pc.binary_length(letters), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), letters)
