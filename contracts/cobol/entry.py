"""Reads the entries of a copybook: level, name and clauses of each field."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.cobol.picture import Picture, read_picture
from contracts.cobol.source import BadCopybook, Source, Word, sentences

Usage = Literal["display", "binary", "native", "packed", "float", "double", "national"]
MOST_TIMES = 10_000_000

_USAGES: dict[str, Usage] = {
    **dict.fromkeys(("DISPLAY",), "display"),
    **dict.fromkeys(("COMP", "COMPUTATIONAL", "BINARY"), "binary"),
    **dict.fromkeys(("COMP-4", "COMPUTATIONAL-4"), "binary"),
    **dict.fromkeys(("COMP-5", "COMPUTATIONAL-5"), "native"),
    **dict.fromkeys(("COMP-3", "COMPUTATIONAL-3", "PACKED-DECIMAL"), "packed"),
    **dict.fromkeys(("COMP-1", "COMPUTATIONAL-1"), "float"),
    **dict.fromkeys(("COMP-2", "COMPUTATIONAL-2"), "double"),
    **dict.fromkeys(("NATIONAL",), "national"),
}
_NOT_READ = re.compile(
    r"(COMP|COMPUTATIONAL)(-[0-9X]+)|DISPLAY-1|INDEX|POINTER.*|PROCEDURE-POINTER"
    r"|FUNCTION-POINTER|OBJECT|UTF-8"
)
_NAME = re.compile(r"(?=[0-9_-]*[A-Z])[A-Z0-9][A-Z0-9_-]*")


@dataclass(frozen=True)
class Occurs:
    """How often a field is there, and the field that says how often."""

    least: int
    most: int
    depending: Word | None = None


@dataclass
class Entry:
    """One entry of a copybook, as written.

    Attributes:
        word: the word it begins with, for messages.
        level: 1 to 49, or 77.
        name: None for a filler.
        sign: where the sign of a number stands, if it is said, and whether in a place of its own.
    """

    word: Word
    level: int
    name: str | None = None
    redefines: Word | None = None
    picture: Picture | None = None
    picture_word: Word | None = None
    usage: Usage | None = None
    sign: tuple[Literal["leading", "trailing"], bool] | None = None
    occurs: Occurs | None = None
    synchronized: bool = False
    justified: bool = False
    blank_when_zero: bool = False


def entries(text: str, source: Source | None = None) -> Iterator[Entry]:
    """The entries of a copybook; condition names (88) and renamings (66) are left out.

    Raises:
        BadCopybook: with the place of the first thing that is wrong.
    """
    for words in sentences(text, source):
        entry = _Reader(words).entry()
        if entry is not None:
            yield entry


class _Reader:
    """Reads the words of one entry."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.at = 0

    def peek(self, *texts: str) -> bool:
        """Whether the next word is one of some."""
        return self.at < len(self.words) and self.words[self.at].text in texts

    def skip(self, *texts: str) -> bool:
        """Step over the next word if it is one of some."""
        found = self.peek(*texts)
        self.at += found
        return found

    def next(self, wanted: str) -> Word:
        """The next word, which there must be."""
        if self.at >= len(self.words):
            raise self.words[-1].wrong(f"{wanted} is missing after {self.words[-1].text}")
        self.at += 1
        return self.words[self.at - 1]

    def number(self, wanted: str) -> int:
        """The next word as a number of times."""
        word = self.next(wanted)
        if not word.text.isdigit() or len(word.text) > 8 or int(word.text) > MOST_TIMES:
            raise word.wrong(f"{word.text} is no {wanted}")
        return int(word.text)

    def entry(self) -> Entry | None:
        """The entry; None where it describes no storage."""
        first = self.next("a level number")
        if first.text in ("COPY", "++INCLUDE", "-INC"):
            raise first.wrong("COPY is not followed; put the text it copies in its place")
        if not first.text.isdigit() or len(first.text) > 2:
            raise first.wrong(
                f"{first.text} is no level number; an entry begins with one (the entry before may "
                "lack its full stop, or the copybook be of the other source format)"
            )
        level = int(first.text)
        if level in (66, 88):
            return None
        if not 1 <= level <= 49 and level != 77:
            raise first.wrong(f"there is no level {first.text}")
        entry = Entry(first, level)
        if self.at < len(self.words) and not self._is_clause():
            word = self.next("a name")
            entry.name = None if word.text == "FILLER" else _name(word)
        while self.at < len(self.words):
            self._clause(entry)
        return entry

    def _is_clause(self) -> bool:
        text = self.words[self.at].text
        return text in _CLAUSES or text in _USAGES

    def _clause(self, entry: Entry) -> None:
        word = self.next("a clause")
        if word.text in _USAGES:
            entry.usage = _USAGES[word.text]
        elif word.text in _CLAUSES:
            _CLAUSES[word.text](self, entry)
        elif _NOT_READ.fullmatch(word.text):
            raise word.wrong(f"fields of usage {word.text} are not read; describe them as X")
        else:
            raise word.wrong(f"{word.text} is no clause that is known; a full stop may be missing")

    def redefines(self, entry: Entry) -> None:
        """REDEFINES name"""
        entry.redefines = self.next("a name")
        _name(entry.redefines)

    def picture(self, entry: Entry) -> None:
        """PICTURE IS string"""
        self.skip("IS")
        entry.picture_word = self.next("a picture")
        entry.picture = read_picture(entry.picture_word)

    def usage(self, entry: Entry) -> None:
        """USAGE IS usage"""
        self.skip("IS")
        word = self.next("a usage")
        if word.text not in _USAGES:
            raise word.wrong(f"fields of usage {word.text} are not read; describe them as X")
        entry.usage = _USAGES[word.text]

    def sign(self, entry: Entry) -> None:
        """SIGN IS LEADING|TRAILING SEPARATE CHARACTER"""
        self.skip("IS")
        word = self.next("LEADING or TRAILING")
        if word.text not in ("LEADING", "TRAILING"):
            raise word.wrong("SIGN is LEADING or TRAILING")
        self.side(entry)

    def side(self, entry: Entry) -> None:
        """LEADING|TRAILING SEPARATE CHARACTER, where SIGN itself is left out"""
        leading = self.words[self.at - 1].text == "LEADING"
        separate = self.skip("SEPARATE")
        self.skip("CHARACTER")
        entry.sign = ("leading" if leading else "trailing", separate)

    def occurs(self, entry: Entry) -> None:
        """OCCURS n TO m TIMES DEPENDING ON name, with keys and indexes that mean nothing here"""
        least = most = self.number("number of times")
        if self.skip("TO"):
            most = self.number("number of times")
        self.skip("TIMES")
        depending: Word | None = None
        if self.skip("DEPENDING"):
            self.skip("ON")
            depending = self.next("a name")
            _name(depending)
            while self.skip("OF", "IN"):
                self.next("a name")
        if most < 1 or least > most or (depending is None and least < most):
            raise self.words[self.at - 1].wrong("this OCCURS clause makes no sense")
        if depending is not None and least == most:
            least = 1  # OCCURS n DEPENDING ON leaves the least out
        entry.occurs = Occurs(least, most, depending)
        while self.peek("ASCENDING", "DESCENDING", "INDEXED"):
            self.at += 1
            while self.at < len(self.words) and not self._is_clause():
                if self.peek("ASCENDING", "DESCENDING", "INDEXED"):
                    break
                self.at += 1

    def synchronized(self, entry: Entry) -> None:
        """SYNCHRONIZED LEFT|RIGHT"""
        self.skip("LEFT", "RIGHT")
        entry.synchronized = True

    def justified(self, entry: Entry) -> None:
        """JUSTIFIED RIGHT"""
        self.skip("RIGHT")
        entry.justified = True

    def blank(self, entry: Entry) -> None:
        """BLANK WHEN ZERO"""
        self.skip("WHEN")
        if not self.skip("ZERO", "ZEROS", "ZEROES"):
            raise self.words[self.at - 1].wrong("BLANK must be followed by WHEN ZERO")
        entry.blank_when_zero = True

    def value(self, entry: Entry) -> None:
        """VALUE literal: what a program starts with, which says nothing of a file"""
        self.skip("IS", "ARE")
        while self.at < len(self.words) and not self._is_clause():
            self.at += 1

    def nothing(self, entry: Entry) -> None:
        """A word that means nothing for a file"""
        self.skip("IS")


def _name(word: Word) -> str:
    if word.literal or not _NAME.fullmatch(word.text):
        raise word.wrong(
            f"{word.text} is no name; where it is to be replaced (COPY ... REPLACING), put the "
            "name in its place"
        )
    return word.text


_CLAUSES: dict[str, Callable[[_Reader, Entry], None]] = {
    "REDEFINES": _Reader.redefines,
    **dict.fromkeys(("PIC", "PICTURE"), _Reader.picture),
    "USAGE": _Reader.usage,
    "SIGN": _Reader.sign,
    **dict.fromkeys(("LEADING", "TRAILING"), _Reader.side),
    "OCCURS": _Reader.occurs,
    **dict.fromkeys(("SYNC", "SYNCHRONIZED", "SYNCHRONISED"), _Reader.synchronized),
    **dict.fromkeys(("JUST", "JUSTIFIED"), _Reader.justified),
    "BLANK": _Reader.blank,
    **dict.fromkeys(("VALUE", "VALUES"), _Reader.value),
    **dict.fromkeys(("EXTERNAL", "GLOBAL"), _Reader.nothing),
}

__all__ = ["BadCopybook", "Entry", "Occurs", "Usage", "entries"]
