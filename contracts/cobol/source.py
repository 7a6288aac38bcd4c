"""Takes the text of a copybook apart into words, each with its line and column.

Fixed format has a sequence number in columns 1 to 6, an indicator in column 7 (``*`` and ``/`` are
comments, ``-`` continues the line before, ``D`` is a debugging line) and code in columns 8 to 72;
free format is code throughout. ``*>`` begins a comment in both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 1 << 20
"""Characters a copybook may have."""
Source = Literal["fixed", "free"]
_COMMENT, _CONTINUED = "*/$", "-"
_WORD = re.compile(
    r"""\s+ | \*>.* | [,;](?=\s|$)
    | (?P<literal>[A-Za-z]{0,2}(?:"(?:[^"]|"")*"|'(?:[^']|'')*'))
    | (?P<word>[^\s"']+)
    | (?P<stray>["'])""",
    re.VERBOSE,
)


class BadCopybook(Exception):
    """A copybook that cannot be used.

    Attributes:
        line, column: the place in it, from 1.
        message: what is wrong and what to do.
    """

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line, self.column, self.message = line, column, message


@dataclass(frozen=True)
class Word:
    """One word of a copybook, in capitals unless it is a literal."""

    text: str
    line: int
    column: int
    literal: bool = False

    def wrong(self, message: str) -> BadCopybook:
        """What is wrong with it, at its place."""
        return BadCopybook(self.line, self.column, message)


def sentences(text: str, source: Source | None = None) -> Iterator[list[Word]]:
    """The sentences of a copybook: their words without the full stop.

    Args:
        source: fixed or free format; told from the lines where None.

    Raises:
        BadCopybook: it is too long, a literal does not end, or the last sentence lacks its stop.
    """
    if len(text) > LONGEST:
        raise BadCopybook(1, 1, f"a copybook of more than {LONGEST >> 20} MB is not read")
    lines = [line.expandtabs(8) for line in text.splitlines()]
    sentence: list[Word] = []
    for number, column, code in _code(lines, source or _format_of(lines)):
        for word, ends in _words(number, column, code):
            if word.text:
                sentence.append(word)
            if ends and sentence:
                yield sentence
                sentence = []
    if sentence:
        raise sentence[-1].wrong("no full stop ends this entry; add it")


def _format_of(lines: list[str]) -> Source:
    """Fixed where every line has a blank, numbered or marked front and an indicator; else free."""
    for line in lines:
        if ">>" in line[:12] and "FREE" in line.upper():
            return "free"
        front, indicator = line[:6], line[6:7]
        if not line.strip() or front[:1] == "*" or line.lstrip().startswith("*>"):
            continue
        blank = not front.strip() or front.strip().isdigit()
        if not blank or (indicator and indicator not in " *-/dD$"):
            return "free"
        if front.strip() and not front.isdigit() and len(line.rstrip()) > 6:
            return "free"
    return "fixed"


def _code(lines: list[str], source: Source) -> Iterator[tuple[int, int, str]]:
    """The code of each line, continued lines put together: line, first column, text."""
    held: tuple[int, int, str] | None = None
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith(">>"):
            continue
        if source == "free":
            yield number, 1, line
            continue
        indicator, code = line[6:7], line[7:72]
        if line[:1] == "*" or (indicator and indicator in _COMMENT):
            continue
        if indicator == _CONTINUED and held is not None:
            held = (held[0], held[1], _joined(held[2], code))
            continue
        if held is not None:
            yield held
        held = (number, 8, code)
    if held is not None:
        yield held


def _joined(before: str, code: str) -> str:
    """A line and its continuation. A literal goes on after the quotation mark that opens it again,
    a word with the first letter."""
    more = code.lstrip()
    for mark in "\"'":
        if more.startswith(mark) and before.count(mark) % 2:
            return before.ljust(65) + more[1:]
    return before.rstrip() + more


def _words(line: int, column: int, code: str) -> Iterator[tuple[Word, bool]]:
    """Words with whether a full stop follows."""
    at = 0
    while at < len(code):
        found = _WORD.match(code, at)
        assert found is not None
        place = (line, column + at)
        at = found.end()
        if found["stray"]:
            raise BadCopybook(*place, "no quotation mark ends this literal in its line")
        if found["literal"]:
            yield Word(found["literal"], *place, literal=True), False
        elif text := found["word"]:
            ends = text.endswith(".")
            yield Word(text.rstrip(".,;").upper(), *place), ends
