"""How well text fits together under a code page: the evidence that decides between code pages.

The judgement is of British administrative text: English, with the letters of European names,
sums in pounds, and the quotes and dashes that word processors put in.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Letters that names and words in British text carry; others (thorn, ligatures, Greek ...) are
# possible but speak for nothing.
_LETTERS = frozenset("àáâäçèéêëìíîïñòóôöøùúûüåÿŵŷšžÀÁÂÄÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜÅŴŶŠŽ")
# Small letters that no everyday word begins, or ends, with: where one stands there, the byte is
# rather one of the quotes or dashes that share its number in another code page.
_NOT_FIRST = frozenset("ôòûùö")
_NOT_LAST = frozenset("ôö")
_EDGE = frozenset(" \t\r\n,;|\"'()[]/:-.&+")

Trios = Mapping[tuple[int, int, int], int]


@dataclass(frozen=True)
class Fit:
    """How the bytes of a file read under one code page.

    Attributes:
        text: what each byte beyond ASCII means, to tell code pages that do not differ here.
        marks: for every distinct place of such a byte 1 (reads well), 0 or -1 (does not).
    """

    text: str
    marks: tuple[int, ...]

    def stands(self) -> bool:
        """Whether the text reads well on its own: something does, and at most a fifth does not."""
        return 1 in self.marks and self.marks.count(-1) <= 0.2 * len(self.marks)

    def beats(self, other: "Fit") -> bool:
        """Whether the evidence is for this one: at least nine in ten of the places that differ."""
        wins = sum(a > b for a, b in zip(self.marks, other.marks, strict=True))
        losses = sum(a < b for a, b in zip(self.marks, other.marks, strict=True))
        return wins > 9 * losses


def fits(trios: Trios, encoding: str) -> Fit | None:
    """How a file's bytes read under a code page; None where it lacks one of them."""
    meaning: dict[int, str] = {}
    for byte in {byte for trio in trios for byte in trio}:
        try:
            meaning[byte] = bytes([byte]).decode(encoding)
        except UnicodeDecodeError:
            return None
    order = sorted(trios)
    marks = tuple(_mark(meaning[b], meaning[a], meaning[c]) for a, b, c in order)
    return Fit("".join(meaning[b] for _, b, _ in order), marks)


def _mark(char: str, left: str, right: str) -> int:
    """1 if a character reads well between its neighbours, -1 if it does not, 0 if it may."""
    if judge := _SIGNS.get(char):
        return judge(left, right)
    if unicodedata.category(char) in ("Lu", "Ll"):
        return _letter(char, left, right)
    if 0x2500 <= ord(char) <= 0x25FF or unicodedata.category(char)[0] == "C":
        return -1
    return -1 if left.isalpha() and right.isalpha() else 0


def _letter(char: str, left: str, right: str) -> int:
    if left.isdigit() or right.isdigit() or not (left.isalpha() or right.isalpha()):
        return -1
    if char.isupper() and left.islower():
        return -1
    if char.isupper() and left.isupper() and right.islower():
        return -1  # a capital inside a word that goes on in small letters
    if char in (left, right):
        return -1  # no word doubles a letter with an accent
    if char.islower() and right.isupper() and left.isalpha():
        return -1
    if char.islower() and left.isupper() and not right.isalpha():
        return 0
    if char in _NOT_FIRST and not left.isalpha():
        return 0
    if char in _NOT_LAST and not right.isalpha():
        return 0
    return 1 if char in _LETTERS else 0


def _pound(left: str, right: str) -> int:
    if left.isalpha() and right.isalpha():
        return -1
    if right.isdigit():
        return 1
    return 1 if left in _EDGE and (right in _EDGE or right in "kKmMbB") else 0


def _dash(left: str, right: str) -> int:
    between = (left.isalnum() and right.isalnum()) and left.isdigit() == right.isdigit()
    return 1 if between or left.isspace() or right.isspace() else 0


def _apostrophe(left: str, right: str) -> int:
    return 1 if left.isalpha() or (right.isalpha() and left in _EDGE) else 0


def _opening(left: str, right: str) -> int:
    if left.isalpha():
        return -1 if right.islower() else 0
    return 1 if right.isalnum() else 0


def _closing(left: str, right: str) -> int:
    if right.isalpha():
        return -1
    return 1 if left.isalnum() or left in ".,!?)" else 0


def _never_inside(left: str, right: str) -> int:
    return -1 if left.isalpha() and right.isalpha() else 1


def _after_figure(left: str, right: str) -> int:
    if left.isalpha() and right.isalpha():
        return -1
    return 1 if left.isdigit() or (left.isspace() and not right.isalpha()) else 0


def _after_word(left: str, right: str) -> int:
    return 1 if left.isalnum() and not right.isalpha() else 0


def _before_word(left: str, right: str) -> int:
    return 1 if not left.isalnum() and (right.isalnum() or right.isspace()) else 0


def _power(left: str, right: str) -> int:
    return 1 if left in "mM0123456789" and not right.isalpha() else -1 if right.isalpha() else 0


def _nowhere(left: str, right: str) -> int:
    return -1


_SIGNS: Mapping[str, Callable[[str, str], int]] = {
    "£": _pound,
    "€": _pound,
    "–": _dash,
    "—": _dash,
    "’": _apostrophe,
    "‘": _opening,
    "“": _opening,
    "”": _closing,
    "…": _closing,
    "•": _never_inside,
    "·": _never_inside,
    "\u00a0": lambda left, right: 1,
    "°": _after_figure,
    "½": _after_figure,
    "¼": _after_figure,
    "¾": _after_figure,
    "²": _power,
    "³": _power,
    "®": _after_word,
    "™": _after_word,
    "©": _before_word,
    "¨": _nowhere,
    "¯": _nowhere,
    "¸": _nowhere,
    "ˆ": _nowhere,
    "˜": _nowhere,
    "‚": _nowhere,
    "„": _nowhere,
    "\u00ad": _nowhere,
}
