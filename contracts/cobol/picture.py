"""Reads the picture of a field: ``S9(5)V99`` is a number of seven digits, two of them decimals."""

import re
from dataclasses import dataclass
from typing import Literal

from contracts.cobol.source import Word

LARGEST = 1 << 24
"""Characters a field may have."""
MOST_DIGITS = 38
_SYMBOL = re.compile(r"(CR|DB|[A-Z0-9/,.+*$£-])(?:\((\d+)\))?")
_NUMERIC = re.compile(r"S?P*V?P*9*V?9*P*V?")
_EDITING = frozenset("9Z*+-$£VPB0/,.") | {"CR", "DB"}
Category = Literal["text", "national", "number", "edited"]


@dataclass(frozen=True)
class Picture:
    """What a picture says.

    Attributes:
        category: text (``X``, ``A``), national text (``N``), a number, or a number edited for
            print, which is text.
        size: characters in storage, where it is not binary or packed; the sign of a number not
            counted.
        digits: digits in storage.
        scale: decimals; less than none where zeros are left out on the right (``9PPP``).
        signed: whether it may be negative.
    """

    category: Category
    size: int
    digits: int = 0
    scale: int = 0
    signed: bool = False


def read_picture(word: Word) -> Picture:
    """What a picture says.

    Raises:
        contracts.cobol.source.BadCopybook: it is none, or of a kind that is not read.
    """
    runs: list[tuple[str, int]] = []
    at, text = 0, word.text
    while at < len(text):
        found = _SYMBOL.match(text, at)
        number = int(found[2]) if found and found[2] and len(found[2]) < 9 else 1
        if found is None or not 0 < number <= LARGEST or len(found[2] or "") > 8:
            raise word.wrong(f"{text} is no picture")
        runs.append((found[1], number))
        at = found.end()
    symbols = {symbol for symbol, _ in runs}
    size = sum(number * len(symbol) for symbol, number in runs)
    if not symbols or size > LARGEST:
        raise word.wrong(f"{text or 'nothing'} is no picture")
    if "G" in symbols or "E" in symbols or "U" in symbols:
        raise word.wrong(f"{text}: a picture with G, E or U is not read; describe it as X")
    if symbols & {"X", "A"}:
        if symbols - {"X", "A", "9", "B", "0", "/"}:
            raise word.wrong(f"{text} is no picture")
        return Picture("text", size)
    if "N" in symbols:
        if symbols - {"N", "B", "0", "/"}:
            raise word.wrong(f"{text} is no picture")
        return Picture("national", 2 * size)
    if symbols <= {"S", "9", "V", "P"}:
        return _number(word, runs)
    if symbols - _EDITING or not symbols & {"9", "Z", "*", "+", "-", "$", "£"}:
        raise word.wrong(f"{text} is no picture")
    return Picture("edited", size - sum(n for symbol, n in runs if symbol in "VPS"))


def _number(word: Word, runs: list[tuple[str, int]]) -> Picture:
    plain = "".join(symbol * min(number, 40) for symbol, number in runs)
    digits = sum(number for symbol, number in runs if symbol == "9")
    zeros = sum(number for symbol, number in runs if symbol == "P")
    if not _NUMERIC.fullmatch(plain) or plain.count("V") > 1 or not digits:
        raise word.wrong(f"{word.text} is no picture")
    if digits + zeros > MOST_DIGITS:
        raise word.wrong(f"{word.text}: a number has {MOST_DIGITS} digits at most")
    signed = plain.startswith("S")
    rest = plain.removeprefix("S")
    if zeros:
        # The point stands left of leading Ps and right of trailing ones.
        leading = rest.removeprefix("V").startswith("P")
        scale = digits + zeros if leading else -zeros
    else:
        at, scale = False, 0
        for symbol, number in runs:
            at |= symbol == "V"
            scale += number if at and symbol == "9" else 0
    return Picture("number", digits, digits, scale, signed)
