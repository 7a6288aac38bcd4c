"""Sensible capitals for names written in capitals or small letters throughout."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values.parsed import Texts, true_where

# Parts of surnames that stay small inside a name of several words.
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "da",
        "di",
        "du",
        "del",
        "dos",
        "das",
        "la",
        "le",
        "bin",
        "ibn",
        "ap",
        "ab",
        "y",
        "e",
        "zu",
        "ter",
        "ten",
    ]
)
_SPECIAL = r"(\bMc[a-z]|['’]S\b|[ ])"


def cased(values: Texts) -> Texts:
    """Names written all in capitals or all small in title case; others as they are.

    ``O'BRIEN`` becomes O'Brien, ``MCDONALD`` McDonald, ``SMITH-JONES`` Smith-Jones, ``VAN DER
    BERG`` van der Berg. What capitals a name in small letters had cannot be known: Macdonald and
    MacDonald are written alike.
    """
    plainly = pc.or_(pc.utf8_is_upper(values), pc.utf8_is_lower(values))
    chosen = true_where(plainly)
    if not chosen.any():
        return values
    titled = pc.utf8_title(values.filter(pa.array(chosen)))
    special = true_where(pc.match_substring_regex(titled, _SPECIAL))
    if special.any():
        mask = pa.array(special)
        fixed = [_by_word(name) for name in titled.filter(mask).to_pylist()]
        titled = pc.replace_with_mask(titled, mask, pa.array(fixed, pa.string()))
    return pc.replace_with_mask(values, pa.array(np.asarray(chosen)), titled)


def _by_word(name: str) -> str:
    name = re.sub(r"\bMc([a-z])", lambda found: "Mc" + found[1].upper(), name)
    name = re.sub(r"(\w['’])S\b", lambda found: found[1] + "s", name)
    words = name.split(" ")
    last = len(words) - 1
    return " ".join(
        word.lower() if place < last and word.lower() in _PARTICLES else word
        for place, word in enumerate(words)
    )
