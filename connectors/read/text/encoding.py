"""Proves how a text file is encoded from its bytes, or refuses: an encoding is never guessed.

A byte-order mark proves it; so does being valid UTF-8 throughout. What remains is one byte a
character. Which code page, is decided by what each byte would mean where it stands: a pound sign
before a figure, a letter inside a word, an apostrophe after a letter, against a letter standing
alone, a capital in a small-letter word, a box-drawing character or a byte the code page lacks.
The evidence of the whole file must be for one of them. Where it is for none, the code pages
differ in a few bytes only, and the rows that hold one of those in a column that is read are
reported and kept out: the others read the same under all of them.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from connectors.errors import Unreadable
from connectors.read.text.plausible import Fit, fits
from contracts.file_forms.encodings import is_encoding

_BLOCK = 4 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = ("cp1252", "cp850", "cp437")
_LAST_RESORT = ("mac_roman",)
# Code pages that leave ASCII bytes, and so delimiters, quotes and line ends, as they are.
_TRANSPARENT = re.compile(
    r"ascii|utf-?8(-sig)?|latin-?1|iso-?8859-?\d+|cp125\d|windows-125\d|cp(437|850|852|858|865)"
    r"|mac-?roman",
)


@dataclass(frozen=True)
class Encoding:
    """How a file's text is encoded.

    Attributes:
        name: Python's name of the encoding; what is shown to people.
        mark: bytes of the byte-order mark to step over.
        transparent: whether delimiters and line ends are the same bytes as in ASCII.
        proved: whether the bytes have been checked against it, to the end.
        undecided: characters whose bytes may as well be others.
        doubt: what is undecided, in plain words; empty where nothing is.
    """

    name: str
    mark: int = 0
    transparent: bool = True
    proved: bool = False
    undecided: str = ""
    doubt: str = ""


def declared_encoding(path: Path, name: str, file: str) -> Encoding:
    """The encoding a declaration names, after a look at the file's byte-order mark."""
    if not is_encoding(name):
        raise Unreadable(
            "encoding-unknown", f"{file}: there is no encoding called {name!r}; correct the feed."
        )
    plain = codecs.lookup(name).name.replace("_", "-")
    with path.open("rb") as lines:
        start = lines.read(4)
    for mark, marked in _MARKS:
        if start.startswith(mark):
            if not plain.startswith(marked.removesuffix("-sig")):
                raise Unreadable(
                    "encoding-wrong",
                    f"{file} is declared as {name} but begins with the mark of {marked}; "
                    "correct the encoding in the feed, or leave it out.",
                )
            if marked == "utf-8-sig":
                return Encoding("utf-8-sig", mark=len(mark))
            return Encoding(plain, transparent=False)
    if plain == "utf-8-sig":
        plain = "utf-8"
    return Encoding(plain, transparent=bool(_TRANSPARENT.fullmatch(plain)))


def prove_encoding(path: Path, file: str) -> Encoding:
    """The encoding that the bytes prove.

    Raises:
        Unreadable: ``encoding-undecided`` where no code page has all the bytes, or
            ``encoding-mixed``; naming byte, line and remedy.
    """
    with path.open("rb") as lines:
        start = lines.read(4096)
    for mark, name in _MARKS:
        if start.startswith(mark):
            if name == "utf-8-sig":
                _demand_utf8(path, file)
                return Encoding(name, mark=len(mark), proved=True)
            return Encoding(name, transparent=False)
    if unmarked := _unmarked_utf16(start):
        return Encoding(unmarked, transparent=False)
    high, wrong = _utf8_state(path)
    if wrong is None:
        return Encoding("utf-8" if high else "ascii", proved=True)
    return _single_byte(path, file)


def line_of(path: Path, offset: int) -> int:
    """1-based number of the line that holds a byte."""
    with path.open("rb") as lines:
        return len((lines.read(offset) + b"x").splitlines())


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        while block := lines.read(_BLOCK):
            yield block


def _utf8_state(path: Path) -> tuple[bool, int | None]:
    """Whether any byte is beyond ASCII, and the offset of the first that is not UTF-8.

    Lone surrogates pass here: the file is UTF-8 then and the row is reported.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
    high = False
    offset = 0
    for block in _blocks(path):
        pending = len(decoder.getstate()[0])
        if not (block.isascii() and pending == 0):
            high = True
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return True, offset - pending + error.start
        offset += len(block)
    pending = len(decoder.getstate()[0])
    return high, offset - pending if pending else None


def _demand_utf8(path: Path, file: str) -> None:
    _, wrong = _utf8_state(path)
    if wrong is not None:
        raise Unreadable(
            "encoding-wrong",
            f"{file} begins with the mark of UTF-8, but line {line_of(path, wrong)} holds bytes "
            "that are not UTF-8; ask the supplier for the file in one encoding.",
        )


def _unmarked_utf16(start: bytes) -> str | None:
    """UTF-16 without its mark shows as a NUL in every other byte of Latin text."""
    if len(start) < 8 or b"\0" not in start:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > 0.6 * half and even == 0:
        return "utf-16-le"
    if even > 0.6 * half and odd == 0:
        return "utf-16-be"
    return None


@dataclass
class _Evidence:
    """Every byte beyond ASCII with its two neighbours: distinct trios and where each was first.

    Beside them how many everyday UTF-8 sequences there are, how many bytes beyond ASCII stand
    outside of them (``strays``) and where the first of those is.
    """

    trios: dict[tuple[int, int, int], int]
    pairs: int = 0
    strays: int = 0
    stray_at: int = -1
    covered: int = 0
    bare_returns: bool = False


def _gather(path: Path) -> _Evidence:
    found = _Evidence({})
    returns = feeds = 0
    # Each window repeats the last four bytes of the one before: one as left neighbour, three
    # because what they are shows only with the bytes after them.
    window, offset = b"\n", -1
    for block in _blocks(path):
        returns += block.count(b"\r")
        feeds += block.count(b"\n")
        window += block
        if not window.isascii():
            _gather_window(window, offset, found)
        offset += len(window) - 4
        window = window[-4:]
    _gather_window(window + b"\n\n\n", offset, found)
    found.bare_returns = returns > 2 * feeds
    return found


def _gather_window(window: bytes, offset: int, found: _Evidence) -> None:
    """Adds the evidence of a window's bytes, but for its first and its last three."""
    data = np.frombuffer(window, dtype=np.uint8)
    at = np.flatnonzero(data[1:-3] >= 0x80) + 1
    if not len(at):
        return
    left, byte, right, second = (data[at + step].astype(np.int64) for step in (-1, 0, 1, 2))
    packed = (left << 16) | (byte << 8) | right
    distinct, firsts = np.unique(packed, return_index=True)
    for trio, first in zip(distinct.tolist(), firsts.tolist(), strict=True):
        key = (trio >> 16, trio >> 8 & 255, trio & 255)
        found.trios.setdefault(key, offset + int(at[first]))
    # Sequences that are everyday text in UTF-8 and nonsense in any single-byte code page: the
    # upper half of Latin-1, and punctuation with the currency signs.
    two = ((byte == 0xC2) | (byte == 0xC3)) & (right >= 0x80) & (right < 0xC0)
    three = (byte == 0xE2) & (right >= 0x80) & (right < 0x85) & (second >= 0x80) & (second < 0xC0)
    covered = np.concatenate([at[two], at[two] + 1, at[three], at[three] + 1, at[three] + 2])
    strays = at[~np.isin(at, covered) & (offset + at >= found.covered)]
    found.pairs += int(two.sum() + three.sum())
    found.covered = max(found.covered, offset + int(covered.max(initial=-1)) + 1)
    found.strays += len(strays)
    if len(strays) and found.stray_at < 0:
        found.stray_at = offset + int(strays[0])


def _single_byte(path: Path, file: str) -> Encoding:
    """The single-byte code page that the evidence of the whole file is for; where it is for none,
    the likeliest with what is undecided."""
    found = _gather(path)
    if found.pairs and found.strays:
        raise Unreadable(
            "encoding-mixed",
            f"{file} is partly UTF-8 and partly not: line {line_of(path, found.stray_at)} holds a "
            "byte that is not UTF-8. Ask the supplier for the file in one encoding.",
        )
    possible = _fits(found, _CODE_PAGES)
    # An old Macintosh's code page fits nearly anything: asked where line ends speak for it, or
    # where the text reads well under none of the others.
    if found.bare_returns or not any(one.stands() for one in possible.values()):
        possible |= _fits(found, _LAST_RESORT)
    for name, own in possible.items():
        rivals = [other for other in possible.values() if other.text != own.text]
        if own.stands() and all(own.beats(other) for other in rivals):
            return Encoding(name, proved=True)
    if not possible:
        raise _unreadable(path, file, found)
    return _likeliest(path, found, possible)


def _fits(found: _Evidence, names: tuple[str, ...]) -> dict[str, Fit]:
    fit = {name: fits(found.trios, name) for name in names}
    return {name: one for name, one in fit.items() if one is not None}


def _likeliest(path: Path, found: _Evidence, possible: Mapping[str, Fit]) -> Encoding:
    name = max(possible, key=lambda one: sum(possible[one].marks))
    others = [other for other in possible if possible[other].text != possible[name].text]
    differing = {
        byte
        for byte in {byte for _, byte, _ in found.trios}
        if len({bytes([byte]).decode(one) for one in possible}) > 1
    }
    (_, byte, _), at = min(
        ((trio, at) for trio, at in found.trios.items() if trio[1] in differing),
        key=lambda item: item[1],
    )
    return Encoding(
        name,
        proved=True,
        undecided=bytes(sorted(differing)).decode(name),
        doubt=f"byte 0x{byte:02X} in line {line_of(path, at)} could be {name} or "
        f"{' or '.join(others)}, and nothing in the file decides; rows with such a byte in a "
        "column that is read are kept out. Declare the encoding in the feed's file section "
        f"(encoding: {name}, for instance)",
    )


def _unreadable(path: Path, file: str, found: _Evidence) -> Unreadable:
    trio, at = min(found.trios.items(), key=lambda item: item[1])
    return Unreadable(
        "encoding-undecided",
        f"{file}: byte 0x{trio[1]:02X} in line {line_of(path, at)} is in none of the code pages "
        f"tried ({', '.join(_CODE_PAGES)}). Declare the encoding in the feed's file section "
        "(encoding: cp1250, for instance).",
    )
