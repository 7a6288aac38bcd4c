"""Header names, compared as people compare them."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from contracts.column import ColumnFacts

_CURRENCY = re.compile(
    r"\b(in )?(gbp|pounds?|sterling)\b|&pound;?|\bin\s*[^\x00-\x7f]{1,2}(?=\W*$)"
)
_NUMBERING = re.compile(r"^(\d{1,2}|[a-z])[.):\s]\s*(?=[a-z])|^\d{1,2}(?=[a-z])")
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")
_FILLING = {"of", "the", "a", "an", "in", "is", "was"}
"""Words a header means the same without."""

_SHORT = {
    "acc": "account", "acct": "account", "addr": "address", "amt": "amount",
    "appt": "appointment", "bal": "balance", "cat": "category", "chq": "cheque", "cr": "credit",
    "ctr": "centre", "dept": "department", "desc": "description", "descr": "description",
    "dob": "date birth", "dt": "date", "dte": "date", "emp": "employee", "ex": "excluding",
    "exc": "excluding", "excl": "excluding", "exp": "expense", "hrs": "hours", "inc": "including",
    "incl": "including", "ind": "indicator", "inv": "invoice", "mgr": "manager", "mth": "month",
    "nbr": "number", "nett": "net", "no": "number", "nos": "number", "num": "number",
    "org": "organisation", "organization": "organisation", "pcode": "postcode", "pmt": "payment",
    "paymt": "payment", "pymt": "payment", "pct": "percent", "prop": "property",
    "qty": "quantity", "rcvd": "received", "recd": "received", "ref": "reference",
    "supp": "supplier",
    "tel": "telephone", "tot": "total", "tran": "transaction", "trans": "transaction",
    "txn": "transaction", "val": "value", "yr": "year", "center": "centre",
}  # fmt: skip
"""Abbreviations and spellings in everyday use, and the word each stands for."""
_LONG_ENOUGH = 5
_LONGEST = 200
"""Characters of a header, at most: longer texts are none."""


@lru_cache(maxsize=100_000)
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


def cell_at(position: int, row: int) -> str:
    """The cell of a 0-based column and a 1-based row, as ``H12``."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def position_of(letters: str) -> int:
    """The 0-based position of a column given as ``H``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def names_of(columns: Mapping[str, ColumnFacts]) -> dict[str, list[str]]:
    """The normalised header names of each contract column, best first."""
    return {
        name: [normalised(header) for header in (*facts.headers, name)]
        for name, facts in columns.items()
    }


def matches(cells: Sequence[str | None], names: Mapping[str, Sequence[str]]) -> set[str]:
    """The contract columns some cell is a header of."""
    written = {normalised(cell) for cell in cells if cell and len(cell) <= _LONGEST}
    if not written:
        return set()
    return {column for column, known in names.items() if not written.isdisjoint(known)}


@lru_cache(maxsize=100_000)
def words(header: str) -> tuple[str, ...]:
    """The words of a header that carry its meaning, abbreviations written out.

    Currency and leading numbering are no part of it, as in :func:`normalised`; digits stay words
    of their own.
    """
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", header).strip()).casefold()
    text = _NUMBERING.sub("", re.sub(r"^[^a-z0-9]+", "", text))
    bare = _CURRENCY.sub(" ", text)
    found = re.findall(r"[a-z]+|[0-9]+", bare) or re.findall(r"[a-z]+|[0-9]+", text)
    long = [part for word in found for part in _SHORT.get(word, word).split()]
    return tuple(word for word in long if word not in _FILLING)


def vocabulary_of(columns: Mapping[str, ColumnFacts]) -> frozenset[str]:
    """Every word in the header names of a contract."""
    return frozenset(
        word
        for name, facts in columns.items()
        for header in (*facts.headers, name)
        for word in words(header)
    )


def nearest(
    header: str, names: Sequence[str], known: Collection[str], *, implied: str | None = None
) -> tuple[float, str] | None:
    """The score (0 to 100) and the name a header is a near match of; None where it is of none.

    Near are names that differ in spelling and not in meaning: word by word the same word,
    abbreviated, inflected or with one letter amiss; two words may change places. Several names of
    the same column in a row, as in ``consumption (kWh)``, are near too. A word more or less, or
    another known word, is another name: ``VAT amount`` is not near ``net amount``.

    Args:
        names: header names of one column, as people write them.
        known: words of the contract, which are never a misspelling of another word.
        implied: a word that may be left out, since the values say it: ``date`` of dates.
    """
    written = words(header)
    if not written:
        return None
    spelt = frozenset(known)
    near = [
        (likeness(header, name), name)
        for name in names
        if any(_alike(written, form, spelt) for form in _forms(words(name), implied))
    ]
    if not near and _is_row_of(written, frozenset(words(name) for name in names)):
        near = [(likeness(header, name), name) for name in names]
    return max(near, key=lambda one: one[0], default=None)


def _forms(name: tuple[str, ...], implied: str | None) -> list[tuple[str, ...]]:
    """A name in full, and without the word the values imply."""
    short = tuple(word for word in name if word != implied)
    return [name] if short in ((), name) else [name, short]


def may_be_near(header: str, known: frozenset[str]) -> bool:
    """Whether each word of a text is like some word of the contract: asked of many texts before
    :func:`nearest`, which looks at names."""
    return all(_is_spelt(word, known) for word in words(header))


@lru_cache(maxsize=100_000)
def _is_spelt(word: str, known: frozenset[str]) -> bool:
    if word in known:
        return True
    # Words that differ in their first letter are never the same.
    return any(_same_word(word, name, known) for name in _by_letter(known).get(word[:1], ()))


@lru_cache(maxsize=100)
def _by_letter(known: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in sorted(known):
        found.setdefault(word[:1], []).append(word)
    return found


@lru_cache(maxsize=100_000)
def _is_row_of(written: tuple[str, ...], names: frozenset[tuple[str, ...]]) -> bool:
    """Whether words are whole names, one after the other."""
    return not written or any(
        written[:size] in names and _is_row_of(written[size:], names)
        for size in range(1, len(written) + 1)
    )


def likeness(header: str, name: str) -> float:
    """How like two names are as texts, 0 to 100 (rapidfuzz, words in any order)."""
    told = fuzz.ratio(normalised(header), normalised(name))
    spaced = [re.sub(r"[^a-z0-9]+", " ", text.casefold()) for text in (header, name)]
    return round(max(told, fuzz.token_sort_ratio(*spaced)), 1)


@lru_cache(maxsize=100_000)
def _alike(one: tuple[str, ...], other: tuple[str, ...], known: frozenset[str]) -> bool:
    if len(one) != len(other):
        # Written in one word, or a word cut in two.
        joined = "".join(one), "".join(other)
        return 1 in (len(one), len(other)) and joined[0] == joined[1]
    pairs = zip(one, other, strict=True)
    if all(_same_word(a, b, known) for a, b in pairs):
        return True
    if len(one) != 2:
        return False
    return _same_word(one[0], other[1], known) and _same_word(one[1], other[0], known)


@lru_cache(maxsize=100_000)
def _same_word(word: str, name: str, known: frozenset[str]) -> bool:
    if word == name or _stem(word) == _stem(name):
        return True
    if word in known or not (word.isalpha() and name.isalpha()):
        return False
    if len(word) >= _LONG_ENOUGH and name.startswith(word):
        return True
    bones = _skeleton(word)
    if bones == _skeleton(name) and len(word) < len(name) and (len(bones) > 3 or bones == word):
        return len(bones) >= 3
    long = min(len(word), len(name)) >= _LONG_ENOUGH
    return long and word[0] == name[0] and OSA.distance(word, name, score_cutoff=1) <= 1


def _skeleton(word: str) -> str:
    """The first letter and the consonants after it, as abbreviations keep them."""
    bones = word[:1] + re.sub(r"[aeiou]", "", word[1:])
    return re.sub(r"(.)\1", r"\1", bones)


def _stem(word: str) -> str:
    """A word without the ending of a plural or a verb."""
    for ending in ("ing", "ed", "es", "s", "d", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word
