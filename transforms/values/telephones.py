"""Telephone numbers.

What is a number, and of which country, is the phonenumbers library's to say (Google's
libphonenumber, kept up with the national numbering plans; of the United Kingdom the National
Telephone Numbering Plan of Ofcom). Its patterns for +44 are held against a whole column at once;
numbers of other countries are given to it one by one. Beside them: the numbers Ofcom keeps for
drama ("Telephone numbers for use in TV shows and radio programmes"), and area codes that were given
up when London was split (1990), on PhONEday (1995) and in the Big Number Change (2000).
"""

from functools import cache

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

from transforms.values import characters
from transforms.values.parsed import (
    Flags,
    Options,
    Parsed,
    Texts,
    masked,
    nulls_of,
    problems,
    true_where,
)

# The regions that share the country code 44, and the library's types of number.
_REGIONS = ("GB", "GG", "JE", "IM")
_TYPES = (
    "fixed_line", "mobile", "pager", "toll_free", "premium_rate", "shared_cost",
    "personal_number", "voip", "uan", "voicemail",
)  # fmt: skip
# Kept for drama; some lie where the plan has no area and the library no range.
_DRAMA = (
    r"(?:1632960|7700900|(?:11[3-8]|121|131|141|151|161)4960|1914980|2079460|2896496|2920180"
    r"|8081570|9098790|3069990)\d{3}"
)
# As written without brackets and dashes: what can be nothing else, whatever the spacing (0171 and
# 0181; codes that begin with 04 or 06; those of Bristol, Leeds and Leicester), and what the spacing
# tells (01, 071 and 081 of London; 0742 of Sheffield).
_HISTORIC = (
    r"^(?:0 *1 *[78] *1(?: *\d){7}|0 *[46](?: *\d){8}|0 *(?:2 *7 *2|5 *3 *[23])(?: *\d){6}"
    r"|0(?:1|71|81) +\d{3} *\d{4}|0742 +\d{6})$"
)
_EXTENSION = r"(?i)^(.*\d[\s)]*)[\s,;:(]*(?:extension|extn|ext|x|;ext=)[\s.:=]*(\d{1,7})\s*\)?\s*$"
_NUMBER = r"^[\s(]*(?:\+|00)?[\d\s().\-/]+$"
_OUTSIDE = r"^\+(?:[1-35-9]|4[0-35-9])\d{5,14}$"
_NOTHING = r"^\+?(?:0+|1+|9+)$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read telephone numbers into E.164, an extension after ``;ext=`` (RFC 3966).

    A number without a country is the United Kingdom's. Without its leading 0 it is not taken: it
    may lack a digit anywhere.

    Options: ``leading_zeros``. Problems: ``cell-error``, ``digits-lost``, ``missing-placeholder``,
    ``telephone-historic`` (noted; not taken), ``leading-zero-lost``, ``telephone-unreadable``,
    ``telephone-reserved`` (noted; taken).
    """
    plain = characters.ascii_forms(characters.plain(values))
    tidy = characters.without_blanks(plain)
    exponents = _matches(tidy, r"^\d(\.\d+)?[eE]\+?\d{1,3}$")
    number, extension = _parted(pc.replace_substring_regex(tidy, r"^(\d+)\.0+$", r"\1"))
    bare = pc.replace_substring_regex(number, r"\(0\)|[\s().\-/]", "")
    bare = pc.replace_substring_regex(bare, r"^00", "+")
    bare = pc.replace_substring_regex(bare, r"^44(\d{10})$", r"+44\1")
    bare = pc.if_else(pa.array(_matches(number, _NUMBER)), bare, pa.scalar(None, pa.string()))
    nothing = _matches(bare, _NOTHING) & (_length(bare) >= 5)
    significant = pc.replace_substring_regex(bare, r"^(\+440?|0)", "")
    home = _matches(bare, r"^(\+44|0)")
    if options.get("leading_zeros") == "restored":
        home |= _matches(bare, r"^[1-9]\d{6,9}$")
    known = _is_national(significant)
    taken = home & known
    made = pc.if_else(
        pa.array(taken), pc.binary_join_element_wise("+44", significant, ""), _abroad(bare)
    )
    made = masked(made, nothing)
    made = pc.binary_join_element_wise(made, extension, "")
    historic = ~taken & _matches(pc.replace_substring_regex(number, r"[\s().\-/]+", " "), _HISTORIC)
    zeroless = ~home & _matches(bare, r"^[1-9]\d{8,9}$") & known
    errors = characters.cell_errors(tidy)
    unread = nulls_of(made) & ~nulls_of(tidy) & ~errors
    return Parsed(
        made.cast(pa.string()),
        problems(
            len(values),
            [
                (errors, "cell-error"),
                (exponents, "digits-lost"),
                (nothing, "missing-placeholder"),
                (historic, "telephone-historic"),
                (zeroless, "leading-zero-lost"),
                (unread, "telephone-unreadable"),
                (_matches(made, rf"^\+44{_DRAMA}(;|$)"), "telephone-reserved"),
            ],
        ),
    )


def _matches(values: Texts, expression: str) -> Flags:
    return true_where(pc.match_substring_regex(values, expression))


def _length(values: Texts) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    found = pc.binary_length(values).fill_null(0).to_numpy(zero_copy_only=False)
    return np.asarray(found, np.int64)


def _parted(tidy: Texts) -> tuple[Texts, Texts]:
    """The numbers, and their extensions as RFC 3966 writes them."""
    has = _matches(tidy, _EXTENSION)
    nothing = pc.if_else(tidy.is_valid(), pa.scalar(""), pa.scalar(None, pa.string()))
    if not has.any():
        return tidy, nothing
    chosen = pa.array(has)
    number = pc.if_else(chosen, pc.replace_substring_regex(tidy, _EXTENSION, r"\1"), tidy)
    told = pc.replace_substring_regex(tidy, _EXTENSION, r";ext=\2")
    return number, pc.if_else(chosen, told, nothing)


def _is_national(significant: Texts) -> Flags:
    """Where a number without country and trunk 0 is one of the national plan."""
    return _matches(significant, _national_plan()) | _matches(significant, f"^{_DRAMA}$")


@cache
def _national_plan() -> str:
    """One expression of all numbers the library holds valid under +44."""
    found: list[str] = []
    for region in _REGIONS:
        metadata = PhoneMetadata.metadata_for_region(region)
        if metadata is None:
            raise LookupError(f"phonenumbers knows no region {region}")
        kinds = (getattr(metadata, kind) for kind in _TYPES)
        found += [kind.national_number_pattern for kind in kinds
                  if kind is not None and kind.national_number_pattern]  # fmt: skip
    return rf"^(?:{'|'.join(dict.fromkeys(found))})$"


def _abroad(bare: Texts) -> Texts:
    """Numbers of other countries in E.164; null where there is none."""
    chosen = _matches(bare, _OUTSIDE)
    if not chosen.any():
        return pa.nulls(len(bare), pa.string())
    mask = pa.array(chosen)
    encoded = bare.filter(mask).dictionary_encode()
    judged = pa.array([_valid(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(
        pa.nulls(len(bare), pa.string()), mask, judged.take(encoded.indices)
    )


def _valid(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
