"""What is written with a person's name and is no part of it: titles, honours, other names.

Titles and honours are recognised by short lists of abbreviations and words that are nobody's name:
forms of address used in the United Kingdom (Debrett's; NHS Data Dictionary, PERSON TITLE) and
honours and offices (GOV.UK, honours system; House of Commons Library). Words that are names of
persons too are left out: ``King Ali``, ``Prince Adu`` and ``Sheikh Rahman`` are persons,
of whom nameparser makes a title and a forename; that is why it is not used here.
"""

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values.parsed import Texts, true_where

_TITLE = (
    r"(?:mr|mrs|ms|miss|mx|mstr|master|dr|doctor|prof|professor|sir|dame|lord|lady|baroness|"
    r"viscount|viscountess|(?:the )?(?:rt\.?|right) hon(?:ourable)?|the hon(?:ourable)?|cllr|"
    r"councillor|(?:the )?(?:(?:rt|right|most|very) )?(?:rev|revd|reverend)|rabbi|father|capt|"
    r"captain|lt|lieutenant|sgt|sergeant|cpl|sqn ldr|wg cdr|flt lt|messrs|mme|mlle|herr|frau)"
)
_LEADING = (
    rf"(?i)^(?P<titles>{_TITLE}\b\.?(?:(?: ?(?:&|and|/) ?| ){_TITLE}\b\.?)*)[ .]+(?P<rest>.+)$"
)
_HONOUR = (
    r"(?:OBE|MBE|CBE|KBE|DBE|GBE|BEM|KC|QC|MP|MSP|MLA|JP|PhD|DPhil|MRCP|FRCP|FRCS|FRCGP|FRS|"
    r"FBA|RGN|RMN|II|III|IV|(?i:jr|jnr|sr|snr|esq))"
)
_DOTTED = r"(?:O\.B\.E|M\.B\.E|C\.B\.E|B\.E\.M|Q\.C|K\.C|M\.P|J\.P|Ph\.D)"
HONOURS = rf"(?:{_HONOUR}|{_DOTTED})\.?(?:,? (?:{_HONOUR}|{_DOTTED})\.?)*"
"""An expression for what follows a name."""
_TRAILING = rf"^(?P<rest>.*?[^ ,])(?:,| |, )(?P<honours>{HONOURS})$"
# What was taken may lay open more of the kind, as brackets in brackets do.
_ROUNDS = 20
# In brackets; in double, low or angled quotes; in single quotes that stand between spaces; after
# words that say so.
_KNOWN_AS = (
    r"\((?P<a>[^()]*)\)|[\"“”„](?P<b>[^\"“”„]*)[\"“”]|«(?P<c>[^«»]*)»|"
    r"(?:^|(?<=\s))(?:'(?P<d>[^']+)'|‘(?P<e>[^‘’]+)’)(?=\s|$)|"
    r"\b(?i:known as|a\.?k\.?a\.?|k/a)\s+(?P<f>.+)$"
)
_KNOWN_AS_WORDS = r"^(?i:(?:also )?known as|a\.?k\.?a\.?|k/a|called|prefers|preferred)[: ]\s*"
# The same as far as RE2 goes: it has no look behind.
_HINT = r"[(\"“”„«]|(^|\s)['‘][^'’]+['’](\s|$)|(?i:\b(known as|a\.?k\.?a\.?|k/a) )"

_KNOWN = re.compile(_KNOWN_AS)
_MARKER = re.compile(_KNOWN_AS_WORDS)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Asides:
    """Names without asides, and these.

    Attributes:
        names: what is left.
        known_as: what stood in brackets or quotes, several parted by ``; ``.
        titles: titles, then what follows the name, as written.
    """

    names: Texts
    known_as: Texts
    titles: Texts


def set_apart(names: Texts) -> Asides:
    """Take titles, honours and other names out of names.

    A name is left with at least one word: a title or bracket with nothing else stays where it is.
    Letters are lost nowhere, but for words that say ``known as``.
    """
    nothing = pa.nulls(len(names), pa.string())
    known_as, titles = nothing, nothing
    for _ in range(_ROUNDS):
        before = names
        names, known_as = _known_as(names, known_as)
        names, titles = _taken(names, _LEADING, "titles", titles)
        names, titles = _taken(names, _TRAILING, "honours", titles)
        if names is before:
            break
    return Asides(names, known_as, titles)


def _known_as(names: Texts, before: Texts) -> tuple[Texts, Texts]:
    chosen = true_where(pc.match_substring_regex(names, _HINT))
    if not chosen.any():
        return names, before
    mask = pa.array(chosen)
    parted = [_parted(name) for name in names.filter(mask).to_pylist()]
    if not any(others for _, others in parted):
        return names, before
    rest, others = (pa.array([one[place] for one in parted], pa.string()) for place in (0, 1))
    known_as = _behind(before.filter(mask), others, "; ")
    return pc.replace_with_mask(names, mask, rest), pc.replace_with_mask(before, mask, known_as)


def _parted(name: str) -> tuple[str, str | None]:
    others: list[str] = []

    def taken(found: re.Match[str]) -> str:
        said = next(group for group in found.groups() if group is not None).strip()
        if not _LETTER.search(said):
            return found[0]
        others.append(_MARKER.sub("", said))
        return " "

    rest = " ".join(_KNOWN.sub(taken, name).split()).replace(" ,", ",")
    return (rest, "; ".join(others)) if others and _LETTER.search(rest) else (name, None)


def _taken(names: Texts, expression: str, group: str, before: Texts) -> tuple[Texts, Texts]:
    """Names without a group of an expression, and the group behind what was taken before."""
    chosen = true_where(pc.match_substring_regex(names, expression))
    if not chosen.any():
        return names, before
    mask = pa.array(chosen)
    found = pc.extract_regex(names.filter(mask), expression)
    rest, said = pc.struct_field(found, "rest"), pc.struct_field(found, group)
    said = _behind(before.filter(mask), said, " ")
    return pc.replace_with_mask(names, mask, rest), pc.replace_with_mask(before, mask, said)


def _behind(first: Texts, second: Texts, between: str) -> Texts:
    """Two columns as one; null only where both are null."""
    return pc.coalesce(pc.binary_join_element_wise(first, second, between), first, second)
