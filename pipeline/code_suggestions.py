"""What a value no register knows may stand for: a help to a person, never an answer."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz import fuzz, process

from contracts.claims import normalised
from contracts.register import Register

MOST = 5
LIKE_ENOUGH = 60.0
"""Least likeness, out of 100, of what is suggested."""
SHORT = 3
"""Characters up to which a writing is a code rather than words: no part of it counts alone."""


@dataclass(frozen=True)
class Suggestion:
    """A code a written value may stand for.

    Attributes:
        code, name: of the code list.
        like: the known writing it is like.
        score: how like, out of 100.
        in_force: whether the code is in force at the date of the records.
    """

    code: str
    name: str
    like: str
    score: float
    in_force: bool


def suggestions(
    register: Register, written: str, day: date, feed: str | None = None
) -> tuple[Suggestion, ...]:
    """The codes whose known writings are most like a written value, best first, those in force
    before the others.

    Args:
        register: the code list or scheme it was read by; the list's own writings count too.
        day: as at which the records are read.
        feed: whose writings count besides those of every feed.
    """
    best: dict[str, Suggestion] = {}
    for writing, code, score in _known(register, register.period(day), feed).like(written):
        if code not in best or score > best[code].score:
            entry = register.listed[code]
            best[code] = Suggestion(code, entry.name, writing, round(score, 1), entry.holds_on(day))
    ranked = sorted(best.values(), key=lambda one: (not one.in_force, -one.score, one.code))
    return tuple(ranked[:MOST])


class _Known:
    """The writings of a register, compared by what tells one from another: in a list of councils,
    ``city council`` tells nothing."""

    COMMON = 0.02
    """Share of writings above which a word they hold is common."""
    NEARLY = 80.0
    """Likeness of whole writings above which they count whatever their words."""
    LOOKED_AT = 40
    """Writings looked at closely."""

    def __init__(self, writings: Iterable[tuple[str, str]]) -> None:
        """
        Args:
            writings: each with its code.
        """
        pairs = list(dict(writings).items())
        self._listed, self._codes = [one for one, _ in pairs], [code for _, code in pairs]
        # A short code is like no words.
        self._words = ["" if len(one) <= SHORT else _words(one) for one in self._listed]
        held = Counter(word for one in self._words for word in set(one.split()))
        least = max(3, self.COMMON * len(pairs))
        self._common = {word for word, times in held.items() if times >= least}
        self._telling = [self._telling_of(one) for one in self._words]

    def like(self, written: str) -> Iterator[tuple[str, str, float]]:
        """(writing, code, likeness out of 100) of the writings that are like enough."""
        text = normalised(written)
        if len(text) <= SHORT:
            for writing, code in zip(self._listed, self._codes, strict=True):
                score = fuzz.ratio(text, writing)
                if score >= LIKE_ENOUGH:
                    yield writing, code, score
            return
        text = _words(text)
        telling = self._telling_of(text)
        near = {at for _, _, at in self._nearest(telling, self._telling)}
        near |= {at for _, _, at in self._nearest(text, self._words)}
        for at in sorted(near):
            score = self._likeness(text, telling, at)
            if score >= LIKE_ENOUGH:
                yield self._listed[at], self._codes[at], score

    def _nearest(self, text: str, among: list[str]) -> list[tuple[str, float, int]]:
        return process.extract(
            text, among, scorer=fuzz.token_sort_ratio, processor=None, limit=self.LOOKED_AT,
            score_cutoff=LIKE_ENOUGH,
        )  # fmt: skip

    def _likeness(self, text: str, telling: str, at: int) -> float:
        whole = fuzz.token_sort_ratio(text, self._words[at])
        told = fuzz.token_sort_ratio(telling, self._telling[at])
        held = max(whole, 0.9 * fuzz.token_set_ratio(text, self._words[at]))
        score = 0.8 * told + 0.2 * held if told >= LIKE_ENOUGH else 0.0
        return max(score, 0.95 * whole if whole >= self.NEARLY else 0.0)

    def _telling_of(self, words: str) -> str:
        return " ".join(word for word in words.split() if word not in self._common) or words


@lru_cache(maxsize=64)
def _known(register: Register, period: int, feed: str | None) -> _Known:
    """Made once for all the values of a worklist."""
    writings: list[tuple[str, str]] = []
    for one in (register.whole, register):
        if one is not None:
            # A scheme and its list have the same days, but not the same periods.
            resolved = one.on(register.day_in(period), feed)
            writings += [
                (writing, code)
                for writing, code in resolved.codes.items()
                if code is not None and code in register.listed
            ]
    return _Known(writings)


def _words(text: str) -> str:
    """The words of a writing, without what stands between them."""
    return re.sub(r"[^\w]+", " ", text).strip()
