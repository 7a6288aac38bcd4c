"""Which columns of a table may hold personal data: hints for a person to judge, never values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from contracts.kinds import Personal
from pipeline.discovery.personal_signs import BARE_NAME, EMBEDDED, NO_PERSON, SIGNS, Sign, as_texts
from transforms.headers import words
from transforms.values.parsed import Texts

Confidence = Literal["high", "medium", "low"]

_FEW = 3
"""Different values it takes at least, where values alone are to tell."""
_ALL = 0.8
_FIRST = 30
_TEXT = 25
"""Characters a text has on average, from which on it is looked through for what stands within."""


@dataclass(frozen=True)
class Hint:
    """A column that may hold personal data.

    Attributes:
        position: 0-based column.
        what: which personal data.
        personal: its class.
        basis: what it is told by.
        values: how many of the values looked at are of that form.
        of: how many were looked at.
    """

    position: int
    what: str
    personal: Personal
    confidence: Confidence
    basis: Literal["header and values", "values", "header", "within texts"]
    values: int
    of: int


def hint(position: int, header: str, values: Texts) -> Hint | None:
    """What personal data a column may hold; None where nothing speaks for any.

    Args:
        header: as written; empty where there is none.
        values: some values of the column.
    """
    name = " ".join(words(header)) if header else ""
    filled = as_texts(values)
    distinct = len(filled.unique()) if len(filled) else 0
    first = filled.slice(0, _FIRST)
    best: Hint | None = None
    for sign in SIGNS:
        named = bool(name and sign.header.search(name))
        if not named and (sign.alone == "none" or distinct < _least(sign)):
            continue
        if not named and not _worth_a_look(sign, first):
            continue
        one = _judged(position, sign, filled, named=named)
        if one is not None and (best is None or _rank(one) > _rank(best)):
            best = one
        if best is not None and best.confidence == "high":
            break
    return best or _within(position, filled)


def hints(headers: Sequence[str], columns: Sequence[Texts]) -> list[Hint]:
    """The hints of a table's columns, in order."""
    found = (
        hint(position, header, values)
        for position, (header, values) in enumerate(zip(headers, columns, strict=True))
    )
    return [one for one in found if one is not None]


def _worth_a_look(sign: Sign, first: Texts) -> bool:
    """Whether enough of the first values are of a sign's form to look at all of them."""
    if sign.rough is not None:
        good = sum(bool(sign.rough.search(text)) for text in first.to_pylist())
    else:
        good = int(sign.test(first).sum()) if sign.test is not None else 0
    return 2 * good >= sign.least * len(first)


def _least(sign: Sign) -> int:
    """Codes have few different values; identifiers of persons many."""
    return 2 if sign.what == "sex or gender" else _FEW


def _judged(position: int, sign: Sign, filled: Texts, *, named: bool) -> Hint | None:
    size = len(filled)
    good = 0
    if sign.test is not None and size:
        found = sign.test(filled)
        if sign.what == "person's name" and not named:
            found &= ~np.array([bool(NO_PERSON.search(t)) for t in filled.to_pylist()], np.bool_)
        good = int(found.sum())
    share = good / size if size else 0.0
    if named:
        if sign.test is None:
            confidence: Confidence = "medium" if size else "low"
            return Hint(position, sign.what, sign.personal, confidence, "header", 0, size)
        if share >= _ALL:
            return Hint(position, sign.what, sign.personal, "high", "header and values", good, size)
        confidence = "medium" if good or sign.personal == "special" else "low"
        basis: Literal["header and values", "header"] = "header and values" if good else "header"
        if sign.header.pattern == BARE_NAME and not good:
            return None
        return Hint(position, sign.what, sign.personal, confidence, basis, good, size)
    if good < _FEW or share < sign.least:
        return None
    confidence = "high" if sign.alone == "proof" else "medium"
    return Hint(position, sign.what, sign.personal, confidence, "values", good, size)


def _within(position: int, filled: Texts) -> Hint | None:
    """Identifiers and addresses of persons within longer texts."""
    texts = filled.to_pylist()
    if not texts or sum(map(len, texts)) < _TEXT * len(texts):
        return None
    good = int(EMBEDDED(filled).sum())
    if not good:
        return None
    what = "contact details or identifiers in free text"
    return Hint(position, what, "personal", "medium", "within texts", good, len(texts))


def _rank(one: Hint) -> tuple[int, int]:
    order = {"low": 0, "medium": 1, "high": 2}
    return order[one.confidence], one.basis != "header"
