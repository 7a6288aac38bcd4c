"""Names of organisations.

The display form is what the body wrote, but for white space: two suppliers written differently are
two in every count. The match form is for finding one organisation written in several ways. It drops
what a ledger stuck to the name, and what the name says besides the legal name: a trading name after
``t/a``, a former name.
"""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters, latin, legal_forms
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

# A ledger's own number at a name: "KINGS COLLEGE LONDON:03529700", "Serco Ltd~114639650", "THE
# PAROLE BOARD#KY14820002", "(id:42465) Surgery".
_LEDGER_NUMBERS = (
    r"\s*[:~#]\s*[A-Za-z]{0,3}\d{5,}$",
    r"\s*\((?i:id|ref|no|vendor|supplier|account|acc)?[ .:#-]*\d{5,}\)$",
    r"^\(?(?i:id|ref|vendor|supplier)[ .:#-]*\d{4,}\)?[ :-]*",
    r"^\d{5,}\s*[:~#]\s*",
)
# What follows is a trading name or a former one.
_BESIDES = (
    r"(?i)[\s,(-]*(?:\bt\s*/\s*as?\b|\btrading\s+(?:as|under)\b|\bd\s*/\s*b\s*/\s*a\b|\bd\.b\.a\b|"
    r"\sdba\s|\bf\s*/\s*k\s*/\s*a\b|\b(?:formerly|previously)\b|\(was\s)"
)
_BESIDES_HINT = r"(?i)/|trading|d\.b\.a|\sdba\s|formerly|previously|\(was\s|\sta\s"
_TA_AFTER_FORM = r"(?i)\b(ltd|limited|plc|llp)\.?\s+ta\s.*$"
_WORDS = characters.table_of(
    upper="abcdefghijklmnopqrstuvwxyz",
    same="0123456789 ",
    space='.,;:/\\-_()[]{}*"!?|~@#%+=<>',
)
_WITHHELD_MORE = (
    "PERSONAL|COMMERCIAL|COMMERCIALLY|SENSITIVE|DATA|INFORMATION|INFO|CONFIDENTIAL|CONFIDENTIALITY|"
    "CONFIDENCE|NAME|NAMES|SUPPLIER|PAYEE|INDIVIDUAL|INDIVIDUALS|PERSON|DETAILS|IN|FOR|FOI|FOIA|"
    "SECTION|UNDER|EXEMPT|EXEMPTION|REASONS|PRIVACY|GDPR|DPA|S40|S43|40|43|2|1998|2000|2018|ACT"
)
_WITHHELD = (
    rf"^(?:(?:{_WITHHELD_MORE}) )*(?:REDACTED|REDACT|REDACTION|WITHHELD|ANONYMISED)"
    rf"(?: (?:{_WITHHELD_MORE}))*$|^COMMERCIAL IN CONFIDENCE$|^PRIVATE INDIVIDUALS?$"
)
_WITHHELD_HINT = r"(?i)redact|withh|anonym|confid|individual"


def parse(values: Texts, options: Options) -> Parsed:
    """Read names of organisations, kept as the body writes them but for white space.

    Companion: ``match``, null where no letter or digit is left and where the name is withheld.
    Problems: ``cell-error``, ``control-character``, ``name-withheld`` (the words that say so stay).
    """
    tidy = characters.without_blanks(values)
    errors, barred = characters.cell_errors(tidy), characters.forbidden(tidy)
    withheld = withheld_names(tidy)
    wrong = errors | barred
    return Parsed(
        masked(tidy, wrong),
        problems(
            len(values),
            [(errors, "cell-error"), (barred, "control-character"), (withheld, "name-withheld")],
        ),
        {"match": masked(match_form(tidy), wrong | withheld)},
    )


def withheld_names(names: Texts) -> Flags:
    """Where words say that the name is not given: ``REDACTED PERSONAL DATA``, ``Name withheld``."""
    hints = true_where(
        pc.match_substring_regex(names, r"(?i)redact|withh|anonym|confid|individual")
    )
    if hints.any():
        words = _words(characters.plain(names.filter(pa.array(hints))))
        hints[np.flatnonzero(hints)] = true_where(pc.match_substring_regex(words, _WITHHELD))
    return hints


def match_form(names: Texts) -> Texts:
    """Upper case, no punctuation, usual words abbreviated, no leading or trailing THE; ledgers'
    numbers, trading and former names dropped.

    Null where no letter or digit is left.
    """
    names = characters.plain(names)
    words = _words(_bare(names))
    gone = nulls_of(words) & ~nulls_of(names)
    if gone.any():
        # The number or trading name is all there is.
        words = pc.coalesce(words, _words(names))
    words = _where(words, "THE", r"^THE | THE$", "")
    words = _changed(words, legal_forms.ANY_FORM, _in_short)
    for form in legal_forms.COMMON_FORMS:
        words = _where(words, *form)
    return characters.plain(words)


def _in_short(words: Texts) -> Texts:
    for form in legal_forms.FORMS:
        words = _where(words, *form)
    return words


def _bare(names: Texts) -> Texts:
    """Names without ledgers' numbers, trading names and former names."""
    names = _changed(names, r"\d{4}", _without_numbers)
    return _changed(names, _BESIDES_HINT, _without_besides)


def _without_numbers(names: Texts) -> Texts:
    for expression in _LEDGER_NUMBERS:
        names = _replaced(names, expression, "")
    return names


def _without_besides(names: Texts) -> Texts:
    names = _replaced(names, rf"^{_BESIDES}\s*", "")
    names = _replaced(names, rf"{_BESIDES}.*$", "")
    return _replaced(names, _TA_AFTER_FORM, r"\1")


def _words(names: Texts) -> Texts:
    """Letters and digits in upper case, a space between words, AND for its signs, initials in one
    word; null where nothing is left."""
    names = _where(names, "&", r"\s*&\s*", " and ")
    names = _where(names, "+", r"\s\+\s", " and ")
    if characters.is_ascii(names):
        words = characters.translate(characters.plain(names), _WORDS)
    else:
        other = pc.match_substring_regex(names, r"[^\x00-\x7f]")
        words = characters.translate(pc.if_else(other, "", names), _WORDS)
        words = pc.if_else(other, _of_any_script(names), words)
    words = characters.without_blanks(words)
    letters = true_where(pc.match_substring_regex(words, r"\b[A-Z] [A-Z]\b"))
    if not letters.any():
        return words
    mask = pa.array(letters)
    mended = [
        re.sub(r"\b[A-Z](?: [A-Z])+\b", lambda found: found[0].replace(" ", ""), text)
        for text in words.filter(mask).to_pylist()
    ]
    return pc.replace_with_mask(words, mask, pa.array(mended, pa.string()))


def _of_any_script(names: Texts) -> Texts:
    bare = pc.replace_substring_regex(latin.folded(names), r"['`’‘ʼ´′$^]|\p{Lm}", "")
    return pc.utf8_upper(pc.replace_substring_regex(bare, r"[^\p{L}\p{M}\p{N}]+", " "))


def _replaced(texts: Texts, expression: str, instead: str) -> Texts:
    def replace(chosen: Texts) -> Texts:
        return pc.replace_substring_regex(chosen, expression, instead)

    return _changed(texts, expression, replace)


def _where(texts: Texts, said: str, expression: str, instead: str) -> Texts:
    """Replace an expression in the texts that hold a plain word of it: most do not."""
    found = pc.match_substring(texts, said).fill_null(False)
    if not pc.any(found).as_py():
        return texts
    replaced = pc.replace_substring_regex(texts.filter(found), expression, instead)
    return pc.replace_with_mask(texts, found, replaced)


def _changed(texts: Texts, expression: str, change: Callable[[Texts], Texts]) -> Texts:
    """Texts changed where an expression is found in them."""
    found = pc.match_substring_regex(texts, expression).fill_null(False)
    if not pc.any(found).as_py():
        return texts
    return characters.plain(pc.replace_with_mask(texts, found, change(texts.filter(found))))
