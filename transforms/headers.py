"""Header names, compared as people compare them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from contracts.column import ColumnFacts

_CURRENCY = re.compile(r"\b(in )?(gbp|pounds?|sterling)\b|&pound;?")
_NUMBERING = re.compile(r"^(\d{1,2}|[a-z])[.):\s]\s*(?=[a-z])|^\d{1,2}(?=[a-z])")


@cache
def normalised(header: str) -> str:
    """A header without case, punctuation, white space, currency and leading numbering.

    ``"8 Amount (£)"``, ``"* amount"`` and ``"AMOUNT"`` are alike, as are ``"PaymentDate"`` and
    ``"payment_date"``.
    """
    text = unicodedata.normalize("NFKC", header).casefold().strip()
    text = re.sub(r"^[^a-z0-9]+", "", text)
    text = _NUMBERING.sub("", text)
    text = text.replace("&", " and ") if "&pound" not in text else text
    bare = re.sub(r"[^a-z0-9]+", " ", _CURRENCY.sub(" ", text))
    words = bare.split() or re.sub(r"[^a-z0-9]+", " ", text).split()
    return "".join(words)


def names_of(columns: Mapping[str, ColumnFacts]) -> dict[str, list[str]]:
    """The normalised header names of each contract column, best first."""
    return {
        name: [normalised(header) for header in (*facts.headers, name)]
        for name, facts in columns.items()
    }


def matches(cells: Sequence[str | None], names: Mapping[str, Sequence[str]]) -> set[str]:
    """The contract columns some cell is a header of."""
    written = {normalised(cell) for cell in cells if cell}
    return {column for column, known in names.items() if written.intersection(known)}
