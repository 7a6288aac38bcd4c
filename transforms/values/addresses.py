"""Postal addresses.

An address is brought to one line, its parts between commas: premises, street, locality and post
town stay as written and in their order, for no rule tells them apart without Royal Mail's file. The
postcode is taken out where it ends the address. Words written all in capitals or all small get the
capitals of names of places; the match form drops capitals, punctuation and the differences between
the usual abbreviations of Royal Mail's Programmers' Guide and of BS 7666 (ST for Street, RD for
Road). The written address stays where it was landed.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters, postcodes
from transforms.values.parsed import Options, Parsed, Texts, masked, nulls_of, problems, true_where

_BREAKS = re.compile(r"\s*(?:[\r\n\v\f\u2028\u2029;|,]|<br\s*/?>)[\s,;|]*", re.IGNORECASE)
_POSTCODE = re.compile(
    r"(?:^|[\s,.])(?:postcode[\s:]*)?([A-Z]{1,2}\d[A-Z\d]?\s{0,2}\d[A-Z]{2}|GIR\s?0AA)[\s.]*$",
    re.IGNORECASE,
)
# Words that stay small inside the name of a place or a street.
_SMALL = frozenset(
    [
        "and", "at", "by", "cum", "de", "en", "in", "juxta", "la", "le", "next", "nr", "of", "on",
        "over", "super", "the", "to", "under", "upon", "with", "y", "yr",
    ]
)  # fmt: skip
_CAPITAL = frozenset(["PO", "BFPO", "HMS", "RAF", "UK", "NHS", "HM", "HMP", "II", "III", "IV"])
_ABBREVIATED = {
    "ALLEY": "ALY", "APARTMENT": "FLAT", "APT": "FLAT", "AVENUE": "AVE", "AV": "AVE",
    "BOULEVARD": "BLVD", "BLDG": "BUILDING", "BLDGS": "BUILDINGS", "BUSINESS": "BUS",
    "CIRCUS": "CIRC", "CLOSE": "CL", "CORNER": "CNR", "COTTAGE": "COTT", "COTTAGES": "COTTS",
    "COURT": "CT", "CRESCENT": "CRES", "CR": "CRES", "CRESENT": "CRES", "DRIVE": "DR",
    "EAST": "E", "ESTATE": "EST", "FLOOR": "FLR", "GARDENS": "GDNS", "GDS": "GDNS",
    "GARDEN": "GDN", "GREEN": "GRN", "GROVE": "GR", "HEIGHTS": "HTS", "HOUSE": "HSE", "HO": "HSE",
    "INDUSTRIAL": "IND", "JUNCTION": "JN", "LANE": "LN", "LITTLE": "LT", "LOWER": "LR",
    "MANSIONS": "MANS", "MOUNT": "MT", "NORTH": "N", "PARADE": "PDE", "PARK": "PK",
    "PASSAGE": "PASS", "PLACE": "PL", "RISE": "RI", "ROAD": "RD", "SAINT": "ST", "SOUTH": "S",
    "SQUARE": "SQ", "STREET": "ST", "STR": "ST", "TERRACE": "TERR", "TER": "TERR", "TCE": "TERR",
    "TRADING": "TRDG", "UPPER": "UPR", "VILLAS": "VS", "WALK": "WK", "WEST": "W", "YARD": "YD",
}  # fmt: skip


def parse(values: Texts, options: Options) -> Parsed:
    """Read addresses: on one line, its match form, and the postcode that ends it.

    What holds neither a letter nor a digit is no address. Problems: ``cell-error``,
    ``control-character``, ``missing-placeholder``.
    """
    plain = characters.plain(values)
    tidy = characters.without_blanks(plain)
    errors = characters.cell_errors(tidy)
    barred = characters.forbidden(tidy)
    empty = ~true_where(pc.match_substring_regex(tidy, r"[\pL\pN]")) & ~nulls_of(tidy)
    taken = masked(masked(plain, errors | barred | empty), nulls_of(tidy))
    encoded = taken.dictionary_encode()
    lines, postcode = _without_postcodes([_one_line(t) for t in encoded.dictionary.to_pylist()])
    found = [
        (errors, "cell-error"),
        (barred, "control-character"),
        (empty, "missing-placeholder"),
    ]
    return Parsed(
        lines.take(encoded.indices),
        problems(len(values), found),
        {
            "match": match_forms(lines).take(encoded.indices),
            "postcode": postcode.take(encoded.indices),
        },
    )


def match_forms(lines: Texts) -> Texts:
    """The match forms of addresses on one line."""
    return pa.array([_match(line) for line in lines.to_pylist()], pa.string())


def _one_line(text: str) -> str:
    parts = [" ".join(part.split()).strip(" .") for part in _BREAKS.split(text)]
    return ", ".join(part for part in parts if part)


def _without_postcodes(lines: list[str]) -> tuple[Texts, Texts]:
    """The addresses, their capitals put right, without the postcodes that end them; and these."""
    cut = [_cut(line) for line in lines]
    codes = postcodes.parse(pa.array([code for _, code in cut], pa.string()), {}).values
    made = [
        _cased(shorter if is_code else line) or None
        for line, (shorter, _), is_code in zip(
            lines, cut, codes.is_valid().to_pylist(), strict=True
        )
    ]
    return pa.array(made, pa.string()), codes


def _cut(line: str) -> tuple[str, str | None]:
    """The address without what may be a postcode at its end, and that.

    One that stands twice is one. Of two that differ nobody can say which is meant: they stay.
    """
    ending = _POSTCODE.search(line)
    if ending is None:
        return line, None
    rest, code = line[: ending.start()].rstrip(" ,.;:"), ending[1]
    shorter, another = _cut(rest)
    if another is None and shorter == rest:
        return rest, code
    same = another is not None and _bare(another) == _bare(code)
    return (shorter, code) if same else (line, None)


def _bare(code: str) -> str:
    return "".join(code.split()).upper()


def _cased(line: str) -> str:
    """Parts all in capitals or all small with the capitals of names of places."""
    return ", ".join(_cased_part(part) for part in line.split(", "))


def _cased_part(part: str) -> str:
    letters = [c for c in part if c.isalpha()]
    if len(letters) < 2 or not (part.isupper() or part.islower()):
        return part
    made: list[str] = []
    for word in part.split(" "):
        # What follows a house number begins the name of the street.
        begins = all(any(c.isdigit() for c in before) for before in made)
        made.append(_cased_word(word, first=begins))
    return " ".join(made)


def _cased_word(word: str, *, first: bool) -> str:
    bare = word.strip(".()")
    if any(c.isdigit() for c in word) or bare.upper() in _CAPITAL:
        return word.upper()
    if "-" in word:
        pieces = word.split("-")
        return "-".join(
            _cased_word(piece, first=first and place == 0) for place, piece in enumerate(pieces)
        )
    if not first and bare.lower() in _SMALL:
        return word.lower()
    small = word.lower()
    start = next((place for place, c in enumerate(small) if c.isalpha()), 0)
    made = small[:start] + small[start : start + 1].title() + small[start + 1 :]
    return re.sub(r"\bO['’]([a-z])", lambda found: found[0][:-1] + found[1].upper(), made)


def _match(line: str | None) -> str | None:
    if line is None:
        return None
    upper = re.sub(r"['’.]", "", line.upper().replace("&", " AND "))
    words = re.sub(r"[\W_]+", " ", upper).split()
    return " ".join(_ABBREVIATED.get(word, word) for word in words) or None
