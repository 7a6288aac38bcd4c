"""Tells text of mainframes from its bytes, so that nobody takes it for another code page."""

import numpy as np

# Blank, letters and figures: at the same bytes in every Latin code page of EBCDIC.
_EVERYDAY = np.zeros(256, bool)
for _first, _last in (
    *((0x40, 0x40), (0xF0, 0xF9)),
    *((0xC1, 0xC9), (0xD1, 0xD9), (0xE2, 0xE9)),
    *((0x81, 0x89), (0x91, 0x99), (0xA2, 0xA9)),
):
    _EVERYDAY[_first : _last + 1] = True


def looks_like_ebcdic(start: bytes) -> bool:
    """Whether bytes read like everyday text in EBCDIC and in nothing else.

    At least half of them are blanks, letters and figures there, and hardly any are the blank and
    the line end of ASCII, which text in any other code page has.
    """
    data = np.frombuffer(start, np.uint8)
    if len(data) < 16:
        return False
    others = start.count(b"\x20") + start.count(b"\x0a")
    if others > 0.02 * len(data) or _EVERYDAY[data].mean() < 0.5:
        return False
    # UTF-8 of other scripts has such bytes too; the last character may be cut off.
    return not any(_is_utf8(start[: len(start) - cut]) for cut in range(4))


def _is_utf8(start: bytes) -> bool:
    try:
        start.decode()
    except UnicodeDecodeError:
        return False
    return True
