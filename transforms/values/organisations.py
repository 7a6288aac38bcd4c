"""Names of organisations."""

import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Parsed, Texts, masked, problems

# A ledger's own number behind a name: "KINGS COLLEGE LONDON:03529700", "Serco Ltd~114639650".
_LEDGER_NUMBER = r"\s*[:~]\s*\d{6,}$"
# Words of a match form and what stands for them. The order matters: longest writings first.
_LEGAL_FORMS = (
    ("PUBLIC LIMITED COMPANY", "PLC"),
    ("P L C", "PLC"),
    ("LIMITED LIABILITY PARTNERSHIP", "LLP"),
    ("L L P", "LLP"),
    ("COMMUNITY INTEREST COMPANY", "CIC"),
    ("C I C", "CIC"),
    ("LIMITED", "LTD"),
    ("COMPANY", "CO"),
    ("CORPORATION", "CORP"),
    ("INCORPORATED", "INC"),
    ("BROTHERS", "BROS"),
    ("FOUNDATION TRUST", "FT"),
    ("UNITED KINGDOM", "UK"),
    ("U K", "UK"),
    ("N H S", "NHS"),
    ("SAINT", "ST"),
    ("BOROUGH COUNCIL", "BC"),
    ("COUNTY COUNCIL", "CC"),
    ("DISTRICT COUNCIL", "DC"),
)
_WORDS = characters.table_of(
    upper="abcdefghijklmnopqrstuvwxyz", same="0123456789 ", space='.,;:/\\-_()[]{}*"!?|~@#%+=<>'
)


def parse(values: Texts, options: Options) -> Parsed:
    """Read names of organisations, kept as the body writes them.

    White space is tidied and a ledger's number behind a colon or tilde is taken off.
    Companion: ``match``. Problems: ``cell-error``, ``control-character``.
    """
    tidy = characters.without_blanks(values)
    errors, barred = characters.cell_errors(tidy), characters.forbidden(tidy)
    for mark in ":~":
        tidy = _where(tidy, mark, _LEDGER_NUMBER, "")
    tidy = characters.without_blanks(tidy)
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
    names = characters.plain(names)
    if not characters.is_ascii(names):
        names = pc.replace_substring_regex(pc.utf8_normalize(names, "NFKD"), r"\p{M}", "")
        names = pc.replace_substring_regex(names, r"[–—]", " ")
    names = _where(names, "&", r"\s*&\s*", " and ")
    names = _where(names, "/", r"(?i)\bt\s*/\s*as?\b", " trading as ")
    words = characters.without_blanks(characters.translate(characters.plain(names), _WORDS))
    words = _where(words, "THE", r"^THE | THE$", "")
    for written, short in _LEGAL_FORMS:
        words = _where(words, written, rf"\b{written}\b", short)
    return characters.plain(words)


def _where(texts: Texts, said: str, expression: str, instead: str) -> Texts:
    """Replace an expression in the texts that hold a plain word of it: most do not."""
    found = pc.match_substring(texts, said).fill_null(False)
    if not pc.any(found).as_py():
        return texts
    replaced = pc.replace_substring_regex(texts.filter(found), expression, instead)
    return pc.replace_with_mask(texts, found, replaced)
