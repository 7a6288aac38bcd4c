"""Sensible capitals for names written in capitals or small letters throughout.

A name that has both is never altered: what its writer meant by them is not ours to know. Of a name
in capitals the one thing that may be lost is a capital inside a word: MACDONALD becomes Macdonald,
although its bearer may write MacDonald. Only ``Mc`` is sure to be followed by a capital.
"""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters, latin
from transforms.values.parsed import Texts, true_where

# Small wherever they stand before the last word of a surname written in capitals.
_SMALL = frozenset(
    [
        "van", "von", "der", "den", "de", "da", "di", "du", "del", "della", "dos", "das", "do",
        "bin", "ibn", "bint", "binti", "ap", "ab", "ferch", "zu", "zum", "zur", "ter", "ten", "te",
    ]
)  # fmt: skip
# Small inside a surname (DE LA CRUZ), and as often capital as small where it begins with them.
_SMALL_INSIDE = frozenset(["la", "le", "los", "las", "el", "al", "y", "e", "i"])

_INITIALS = re.compile(r"[B-DF-HJ-NP-TV-XZ]{2,3}")
# Title case alone does for most names: these are worth a second look, written in title case.
_SURNAME = rf"(\bMc\p{{L}}|['’]S\b|(?i:(^| )({'|'.join(sorted(_SMALL | _SMALL_INSIDE))}) ))"
_FORENAME = r"(\bMc\p{L}|['’]S\b|(^| )[B-DF-HJ-NP-TV-XZ][b-df-hj-np-tv-xz]{1,2}( |$))"
_TURKISH = r"İ|[ĞŞ].*I|I.*[ĞŞ]"
_ByWord = Callable[[list[str], list[str]], list[str]]


def cased_surnames(values: Texts) -> Texts:
    """Surnames written all in capitals or all small in title case; others as they are.

    ``O'BRIEN`` becomes O'Brien, ``MCDONALD`` McDonald, ``SMITH-JONES`` Smith-Jones, ``VAN DER
    BERG`` van der Berg.
    """
    return _cased(values, _SURNAME, _surname)


def cased_forenames(values: Texts) -> Texts:
    """Forenames written all in capitals or all small in title case; others as they are.

    No word is taken for a particle (``DE ANDRE``, ``E JOHN``), and two or three consonants in
    capitals are initials that stay so (``JP``), but for ``ST``.
    """
    return _cased(values, _FORENAME, _forenames)


def _cased(values: Texts, worth: str, by_word: _ByWord) -> Texts:
    chosen = true_where(pc.or_(pc.utf8_is_upper(values), pc.utf8_is_lower(values)))
    if chosen.any() and not characters.is_ascii(values):
        # Title case would give a Greek name the wrong sigma at its end, and a Turkish I its dot.
        chosen &= ~latin.other_script(values)
        chosen &= ~true_where(pc.match_substring_regex(values, _TURKISH))
    if not chosen.any():
        return values
    written = values.filter(pa.array(chosen))
    titled = pc.utf8_title(written)
    special = true_where(pc.match_substring_regex(titled, worth))
    if special.any():
        mask = pa.array(special)
        pairs = zip(written.filter(mask).to_pylist(), titled.filter(mask).to_pylist(), strict=True)
        fixed = [" ".join(by_word(one.split(" "), other.split(" "))) for one, other in pairs]
        titled = pc.replace_with_mask(titled, mask, pa.array(fixed, pa.string()))
    return pc.replace_with_mask(values, pa.array(np.asarray(chosen)), titled)


def _surname(written: list[str], titled: list[str]) -> list[str]:
    words = [_mended(word) for word in titled]
    for place, word in enumerate(words[:-1]):
        small = word.lower()
        if small in _SMALL or (place and small in _SMALL_INSIDE):
            words[place] = small
    return words


def _forenames(written: list[str], titled: list[str]) -> list[str]:
    return [
        as_written if _INITIALS.fullmatch(as_written) and as_written != "ST" else _mended(word)
        for as_written, word in zip(written, titled, strict=True)
    ]


def _mended(word: str) -> str:
    word = re.sub(r"\bMc(\w)", lambda found: "Mc" + found[1].upper(), word)
    return re.sub(r"(\w['’])S\b", lambda found: found[1] + "s", word)
