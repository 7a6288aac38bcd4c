"""Letters of the Latin script without their marks, for comparing; other scripts left alone."""

import re
import unicodedata
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Flags, Texts, true_where

# Letters that are no letter and mark to Unicode, as passports write them (ICAO Doc 9303 part 3,
# section 6). Where a letter has a mark, the mark goes and is not spelled out: Ä is A and not AE, as
# most who cannot write a mark leave it out.
_SPELLED = {
    "ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ð": "D", "ð": "d",
    "Þ": "Th", "þ": "th", "ı": "i", "Ŋ": "N", "ŋ": "n", "ĸ": "q", "Ə": "E", "ə": "e",
}  # fmt: skip
_LETTER_WITH = re.compile(r"LATIN (SMALL|CAPITAL) LETTER (?:DOTLESS )?([A-Z]) WITH \w.*")


def _struck() -> Iterator[tuple[str, str]]:
    """Letters with a stroke or hook, which Unicode names as such but does not take apart."""
    for letter in map(chr, (*range(0xC0, 0x2B0), *range(0x1E00, 0x1F00))):
        named = _LETTER_WITH.fullmatch(unicodedata.name(letter, ""))
        if named and not unicodedata.decomposition(letter):
            yield letter, named[2] if named[1] == "CAPITAL" else named[2].lower()


_FOLDED = {**_SPELLED, **dict(_struck())}
_TO_FOLD = f"[{''.join(_FOLDED)}]"
_FOLDING = str.maketrans(_FOLDED)
# A letter of another script than Latin; letters that stand for an apostrophe belong to none.
_OTHER_SCRIPT = r"[^\p{Latin}\P{L}\p{Lm}]"
# Greek capitals are written without accents.
_MARKED = r"([\p{Latin}\p{Greek}])\p{M}+"


def other_script(texts: Texts) -> Flags:
    """Where a text has a letter that is not Latin."""
    return true_where(pc.match_substring_regex(texts, _OTHER_SCRIPT))


def composed(texts: Texts) -> Texts:
    """Latin letters and their marks as one character where Unicode has one (NFC): the same text.

    Texts with letters of another script stay byte for byte.
    """
    if characters.is_ascii(texts):
        return texts
    chosen = true_where(pc.match_substring_regex(texts, r"\p{Latin}\p{M}"))
    if chosen.any():
        chosen &= ~other_script(texts)
    if not chosen.any():
        return texts
    mask = pa.array(chosen)
    return pc.replace_with_mask(texts, mask, pc.utf8_normalize(texts.filter(mask), "NFC"))


def folded(texts: Texts) -> Texts:
    """Latin letters without marks: ``José`` as Jose, ``Øystein`` as Oystein, ``Müller`` as Muller.

    Greek letters lose their accents too; of other scripts marks are kept, which may be vowels.
    """
    if characters.is_ascii(texts):
        return texts
    apart = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFKD"), _MARKED, r"\1")
    chosen = pc.match_substring_regex(apart, _TO_FOLD).fill_null(False)
    if pc.any(chosen).as_py():
        plain = [text.translate(_FOLDING) for text in apart.filter(chosen).to_pylist()]
        apart = pc.replace_with_mask(apart, chosen, pa.array(plain, pa.string()))
    return pc.utf8_normalize(apart, "NFC")
