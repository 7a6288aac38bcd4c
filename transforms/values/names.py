"""Names of persons, in columns of forenames, of surnames, or of both in a declared order.

The display form is the name as written, without its titles and other names, which stand in columns
of their own, and with capitals where names have them if it was written all in capitals or all
small. The match form is for comparing: no case, marks, punctuation or spaces.
"""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import casing, characters, latin, name_asides, name_order
from transforms.values.name_asides import Asides
from transforms.values.parsed import Flags, Options, Parsed, Texts, masked, nulls_of, problems

_LETTERS = characters.table_of(upper="abcdefghijklmnopqrstuvwxyz")


def parse_forenames(values: Texts, options: Options) -> Parsed:
    """Read forenames.

    Options: ``part`` (``forenames``) where the column holds whole names, in ``name_order``
    (``surname-first``, as ``SURNAME, Forename(s)``, where nothing is said; ``forenames-first``).
    Companions: ``match``; ``known_as``, what stood in brackets or quotes; ``titles``, what stood
    before or behind the name. Problems: ``cell-error``, ``control-character``,
    ``name-unreadable`` (a whole name that has not the declared order; no letter at all).
    """
    return _parse(values, "forenames", options)


def parse_surname(values: Texts, options: Options) -> Parsed:
    """Read surnames; everything else as :func:`parse_forenames`, with ``part`` ``surname``.

    Of whole names with the forenames first, titles and other names go with the forenames.
    """
    return _parse(values, "surname", options)


def _parse(values: Texts, column: str, options: Options) -> Parsed:
    tidy = latin.composed(characters.without_blanks(values))
    blank = nulls_of(tidy)
    errors, barred = characters.cell_errors(tidy), characters.forbidden(tidy)
    found = _apart(tidy, options)
    cased = casing.cased_surnames if column == "surname" else casing.cased_forenames
    matched = match_form(found.names)
    unreadable = nulls_of(matched) & ~blank & ~errors & ~barred
    wrong: Flags = errors | barred | unreadable
    return Parsed(
        masked(cased(found.names), wrong),
        problems(
            len(values),
            [
                (errors, "cell-error"),
                (barred, "control-character"),
                (unreadable, "name-unreadable"),
            ],
        ),
        {
            "match": masked(matched, wrong),
            "known_as": masked(casing.cased_forenames(found.known_as), wrong),
            "titles": masked(found.titles, wrong),
        },
    )


def _apart(names: Texts, options: Options) -> Asides:
    part = options.get("part")
    order = options.get("name_order", name_order.SURNAME_FIRST)
    if not part:
        return name_asides.set_apart(names)
    if order == name_order.SURNAME_FIRST:
        # A title stands on its own side of the comma.
        return name_asides.set_apart(part_of(names, part, order))
    whole = name_asides.set_apart(names)
    divided = name_order.divided(whole.names, part, order)
    if part == "surname":
        nothing = pa.nulls(len(names), pa.string())
        return Asides(divided, nothing, nothing)
    return Asides(divided, whole.known_as, whole.titles)


def part_of(names: Texts, part: str, order: str = name_order.SURNAME_FIRST) -> Texts:
    """The ``surname`` or ``forenames`` of whole names in an order; null where they have another.

    Titles and other names stand in the part they are written in, or, where the forenames come
    first, in none.
    """
    if order == name_order.SURNAME_FIRST:
        return name_order.divided(names, part, order)
    return name_order.divided(name_asides.set_apart(names).names, part, order)


def match_form(names: Texts) -> Texts:
    """Letters only, upper case, Latin ones without marks; null where no letter is left.

    Letters of other scripts are kept and not transliterated: a name in Greek letters does not match
    its Latin spelling.
    """
    names = characters.plain(names)
    if not characters.is_ascii(names):
        return _blank_to_null(_of_any_script(names))
    return _blank_to_null(characters.translate(names, _LETTERS))


def _of_any_script(names: Texts) -> Texts:
    # Marks are parts of letters in other scripts; modifier letters are apostrophes in Latin.
    letters = pc.replace_substring_regex(latin.folded(names), r"[^\p{L}\p{M}]|\p{Lm}", "")
    letters = pc.replace_substring_regex(letters, r"^\p{M}+", "")
    return characters.plain(pc.utf8_normalize(pc.utf8_upper(letters), "NFC"))


def _blank_to_null(texts: Texts) -> Texts:
    return pc.if_else(pc.equal(pc.binary_length(texts), 0), pa.scalar(None, pa.string()), texts)
