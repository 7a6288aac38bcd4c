"""Names of organisations."""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, masked, problems

# A ledger's own number behind a name: "KINGS COLLEGE LONDON:03529700", "Serco Ltd~114639650".
_LEDGER_NUMBER = r"\s*[:~]\s*\d{6,}$"
# Words of a match form and what stands for them. The order matters: longest writings first.
_LEGAL_FORMS = (
    (r"PUBLIC LIMITED COMPANY", "PLC"),
    (r"P L C", "PLC"),
    (r"LIMITED LIABILITY PARTNERSHIP", "LLP"),
    (r"L L P", "LLP"),
    (r"COMMUNITY INTEREST COMPANY", "CIC"),
    (r"C I C", "CIC"),
    (r"LIMITED|LTD\d?", "LTD"),
    (r"COMPANY", "CO"),
    (r"CORPORATION", "CORP"),
    (r"INCORPORATED", "INC"),
    (r"BROTHERS", "BROS"),
    (r"FOUNDATION TRUST", "FT"),
    (r"UNITED KINGDOM|U K", "UK"),
    (r"N H S", "NHS"),
    (r"SAINT", "ST"),
    (r"BOROUGH COUNCIL", "BC"),
    (r"COUNTY COUNCIL", "CC"),
    (r"DISTRICT COUNCIL", "DC"),
)
_WORDS = characters.table_of(
    upper="abcdefghijklmnopqrstuvwxyz", same="0123456789 ", space=".,;:/\\-_()[]{}*\"!?|~@#%+=<>"
)


def parse(values: Texts, options: Options) -> Parsed:
    """Read names of organisations, kept as the body writes them.

    White space is tidied and a ledger's number behind a colon or tilde is taken off.
    Companion: ``match``. Problems: ``cell-error``, ``control-character``.
    """
    tidy = characters.without_blanks(values)
    errors, barred = characters.cell_errors(tidy), characters.forbidden(tidy)
    tidy = characters.without_blanks(pc.replace_substring_regex(tidy, _LEDGER_NUMBER, ""))
    wrong = errors | barred
    return Parsed(
        masked(tidy, wrong),
        problems(len(values), [(errors, "cell-error"), (barred, "control-character")]),
        {"match": masked(match_form(tidy), wrong)},
    )


def match_form(names: Texts) -> Texts:
    """Upper case, no punctuation, legal forms abbreviated, no leading or trailing THE.

    Null where no letter or digit is left.
    """
    names = pc.replace_substring_regex(names, r"(?i)\(\s*the\s*\)|,\s*the$|^\s*the\s+", " ")
    names = pc.replace_substring_regex(names, r"\s*&\s*", " and ")
    names = pc.replace_substring_regex(names, r"(?i)\bt\s*/\s*as?\b", " trading as ")
    if not characters.is_ascii(names):
        names = pc.replace_substring_regex(pc.utf8_normalize(names, "NFKD"), r"\p{M}", "")
        names = pc.replace_substring_regex(names, r"[–—]", " ")
    words = characters.without_blanks(characters.translate(characters.plain(names), _WORDS))
    for written, short in _LEGAL_FORMS:
        words = pc.replace_substring_regex(words, rf"\b(?:{written})\b", short)
    return characters.plain(pc.if_else(pc.is_valid(words), words, pa.scalar(None, pa.string())))
