"""Names of persons: generated whole names whose parts are known, letters as Unicode names them, and
the names of the linkage files at ``../shared/real`` in other writings of themselves.

No name here is a real person's: the parts are put together at random, and the files hold made-up
persons (febrl, Splink).
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import pyarrow as pa

from benchmarks.accuracy.table import Table
from transforms.values import casing, names
from transforms.values.parsed import Texts

LINKAGE = Path(__file__).parents[3] / "shared" / "real" / "linkage"
TITLES = ("", "Mr", "Mrs", "Ms", "Dr.", "Cllr", "Rev", "Prof", "Sir", "The Rt Hon", "Cllr Mrs")
FORENAMES = (
    "Ann",
    "Zoë",
    "Jean-Luc",
    "Seán",
    "Ann Marie",
    "J. R.",
    "Łukasz",
    "D'Arcy",
    "Ngọc",
    "MJ",
)
SURNAMES = (
    "Vale", "O'Dell", "O’Shea", "van der Moor", "de la Vale", "Northmoor-Eastvale", "McVale",
    "MacMoor", "Østmoor", "bin Vale", "ap Moor", "Ng", "St John", "al-Vale", "von Moor", "Fitzvale",
)  # fmt: skip
HONOURS = ("", "OBE", "Jr", "III", "MBE, FRCP")
KNOWN_AS = ("", "(Nan)", '"Nan"', "‘Nan’")
_WITH = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH (?!SMALL).*")

Parts = tuple[str | None, str | None, str | None, str | None]
"""Forenames, surname, known-as and titles."""


def tables() -> list[Table]:
    """Generated names in both orders, capitals, letters with marks, other writings."""
    found = [_whole(order) for order in ("surname-first", "forenames-first")]
    return [*found, _without_order(), _letters(), *_real()]


def _whole(order: str) -> Table:
    written: list[str] = []
    answers: list[Parts] = []
    for title, forenames, surname, honour, known in product(
        TITLES, FORENAMES, SURNAMES, HONOURS, KNOWN_AS
    ):
        first, last = f"{title} {forenames} {known}", surname
        if order == "surname-first":
            whole = f"{last}, {first} {honour}"
        else:
            whole = f"{first} {last} {honour}"
        written.append(" ".join(whole.split()))
        titles = f"{title} {honour}".strip() or None
        answers.append((forenames, surname, "Nan" if known else None, titles))
    found = _parts(written, order)
    return _judged(f"whole names, {order}", found, answers, "generated from their parts")


def _parts(written: Sequence[str], order: str) -> list[Parts]:
    column = pa.array(written, pa.string())
    one = names.parse_forenames(column, {"part": "forenames", "name_order": order})
    other = names.parse_surname(column, {"part": "surname", "name_order": order})
    return list(
        zip(
            one.values.to_pylist(),
            other.values.to_pylist(),
            one.companions["known_as"].to_pylist(),
            one.companions["titles"].to_pylist(),
            strict=True,
        )
    )


def _without_order() -> Table:
    """Names that lack what their declared order needs must be refused."""
    written = [f"{title} {surname}".strip() for title in TITLES for surname in ("Vale", "Moor")]
    refused = [(None, None, None, None)] * len(written)
    found = [
        *_parts(written, "surname-first"),
        *_parts(written, "forenames-first"),
        *_parts([f"{name}, Ann, Marie" for name in written], "surname-first"),
        *_parts([f"{name}, Ann" for name in written], "forenames-first"),
    ]
    return _judged("names without their order", found, refused * 4, "must be refused")


def _judged(title: str, found: Sequence[Parts], answers: Sequence[Parts], note: str) -> Table:
    pairs = list(zip(found, answers, strict=True))
    right = sum(a == b for a, b in pairs)
    refused = sum(a != b and a[0] is None and a[1] is None for a, b in pairs)
    return Table(title, right, len(pairs) - right - refused, refused, len(pairs), note)


def _letters() -> Table:
    """Each Latin letter that Unicode calls another letter with a mark matches that letter."""
    pairs = []
    for letter in map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))):
        named = _WITH.fullmatch(unicodedata.name(letter, ""))
        if named:
            pairs.append((letter, named[2]))
    found = names.match_form(pa.array([letter for letter, _ in pairs])).to_pylist()
    right = sum(a == b for a, (_, b) in zip(found, pairs, strict=True))
    wrong = len(pairs) - right
    return Table("letters with marks", right, wrong, 0, len(pairs), "Unicode names of letters")


def _real() -> list[Table]:
    files = [
        (LINKAGE / "febrl" / "dataset1.csv", ("given_name", "surname")),
        (LINKAGE / "splink" / "fake_1000.csv", ("first_name", "surname")),
    ]
    return [table for path, columns in files for table in _file(path, columns)]


def _file(path: Path, columns: tuple[str, str]) -> list[Table]:
    titles = f"names matched, {path.name}", f"names' capitals, {path.name}"
    if not path.is_file():
        note = "not tried: no files at ../shared/real/linkage"
        return [Table(title, 0, 0, 0, 0, note) for title in titles]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    held = [{row[column].strip() for row in rows} - {""} for column in columns]
    found = [_matched(titles[0], sorted(held[0] | held[1]))]
    mixed = [sorted(name for name in one if name != name.lower()) for one in held]
    if any(mixed):
        found.append(_capitals(titles[1], *mixed))
    return found


def _matched(title: str, written: Sequence[str]) -> Table:
    """Other writings of a name have its match form, and other names do not."""
    forms = names.match_form(pa.array(written)).to_pylist()
    others = [
        [name.upper() for name in written],
        [unicodedata.normalize("NFD", name) for name in written],
        [name.replace("'", "’").replace("-", " ") for name in written],
    ]
    same = [forms == names.match_form(pa.array(one)).to_pylist() for one in others]
    letters = ["".join(c for c in name.upper() if c.isalpha()) for name in written]
    right = sum(a == b for a, b in zip(forms, letters, strict=True)) if all(same) else 0
    note = "upper case, taken apart, other signs: one form; names that differ in letters: two"
    return Table(title, right, len(written) - right, 0, len(written), note)


def _capitals(title: str, forenames: Sequence[str], surnames: Sequence[str]) -> Table:
    """Names put in capitals get back those they had; what capitals hide cannot be known."""
    pairs = [
        *zip(forenames, _back(forenames, casing.cased_forenames), strict=True),
        *zip(surnames, _back(surnames, casing.cased_surnames), strict=True),
    ]
    right = sum(a == b for a, b in pairs)
    note = "from capitals back; the file's own slips (AAmelia) cannot come back"
    return Table(title, right, len(pairs) - right, 0, len(pairs), note, exact=False)


def _back(written: Sequence[str], cased: Callable[[Texts], Texts]) -> list[str]:
    return list(cased(pa.array([name.upper() for name in written], pa.string())).to_pylist())
