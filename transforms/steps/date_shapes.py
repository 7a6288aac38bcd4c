"""What the written dates of a column look like, told once for all that differ in digits only."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters, dates
from transforms.values.characters import Ints
from transforms.values.looks import looks
from transforms.values.parsed import Texts

Order = Literal["dmy", "mdy"]
Kind = Literal["last", "stamp", "certain", "compact", "number"]

_TAIL = r"(?:[T\s]\s*\d{1,2}:\d{2}.*)?"
_TRIPLE = re.compile(rf"(\d{{1,4}})([/.\-\s])(\d{{1,2}})\2(\d{{4}}|\d{{1,2}}){_TAIL}", re.ASCII)
_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?([\s/.\-]?)([A-Za-z]{3,9}\.?)([\s/.\-,]*)(\d{4}|\d{2})" + _TAIL,
    re.ASCII,
)
_NAME_FIRST = re.compile(
    r"([A-Za-z]{3,9}\.?)\s+(\d{1,2})(?:st|nd|rd|th)?(,?\s+)(\d{4}|\d{2})" + _TAIL,
    re.ASCII,
)
_NAMED_MONTH = re.compile(r"([A-Za-z]{3,9}\.?)([\s/.\-']*)(\d{4}|\d{2})", re.ASCII)
_MONTH_YEAR = re.compile(r"(\d{1,2})([/.\-])(\d{4})", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})([/.\-])(\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_NUMBER = re.compile(r"\d{1,7}(\.\d+)?", re.ASCII)

_TIDY = r"^[!-~]+( [!-~]+)*$"
_TIME = r"[T ]\s*\d{1,2}:\d{2}.*$"


@dataclass
class DateColumn:
    """The distinct values of a date column, gathered over all batches.

    Attributes:
        counts: value to number of rows.
        rows: value to its first row.
        words: rows in which a word without digit stands instead of a date, some of them.
    """

    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    words: set[int] = field(default_factory=set)

    @property
    def dated(self) -> bool:
        """Whether some value has a digit, as every date has."""
        return any(any(c.isdigit() for c in value) for value in self.counts)

    def add(self, value: str, count: int, row: int) -> None:
        """Count a written value; a time of day is left off, so that few distinct ones remain."""
        if text := tidy(value):
            self.counts[text] = self.counts.get(text, 0) + count
            self.rows.setdefault(text, row)


def tidy(value: str) -> str:
    """A written date with single spaces and without its time of day."""
    text = " ".join(value.split())
    return re.sub(_TIME, "T00:00", text) if ":" in text else text


def tidied(values: Texts) -> Texts:
    """:func:`tidy` of a plain array of texts without nulls."""
    well = pc.match_substring_regex(values, _TIDY)
    odd = values.filter(pc.invert(well))
    if len(odd):
        mended = pa.array([tidy(text) for text in odd.to_pylist()], pa.string())
        values = pc.replace_with_mask(values, pc.invert(well), mended)
    timed = pc.match_substring(values, ":")
    if pc.any(timed).as_py():
        bare = pc.replace_substring_regex(values.filter(timed), _TIME, "T00:00")
        values = pc.replace_with_mask(values, timed, bare)
    return characters.plain(values)


@lru_cache(maxsize=10_000)
def shape_of(look: str) -> tuple[Kind, str] | None:
    """What a value of some look is, and its format; None where it is no date.

    Of a value with day and month as numbers, the year last, it is the format day first.
    """
    if match := _TRIPLE.fullmatch(look):
        first, mark, _, third = match.groups()
        if len(first) == 4:
            return "stamp", f"%Y{mark}%m{mark}%d"
        if len(first) <= 2 and len(third) in (2, 4):
            return "last", f"%d{mark}%m{mark}{_year(third)}"
        return None
    if (match := _NAMED.fullmatch(look)) and _is_month(match[3]):
        return "certain", f"%d{match[2]}%b{match[4]}{_year(match[5])}"
    if (match := _NAME_FIRST.fullmatch(look)) and _is_month(match[1]):
        return "certain", f"%b %d{match[3]}{_year(match[4])}"
    if (match := _NAMED_MONTH.fullmatch(look)) and _is_month(match[1]):
        return "certain", f"%b{match[2]}{_year(match[3])}"
    if match := _MONTH_YEAR.fullmatch(look):
        return "certain", f"%m{match[2]}%Y"
    if match := _YEAR_MONTH.fullmatch(look):
        return "certain", f"%Y{match[2]}%m"
    if _COMPACT.fullmatch(look):
        return "compact", ""
    return ("number", "") if _NUMBER.fullmatch(look) else None


def in_order(written: str, order: Order) -> str:
    """A format day first, in an order of day and month."""
    return written if order == "dmy" else re.sub(r"%d(.)%m", r"%m\1%d", written, flags=re.DOTALL)


def year_ahead(written: str) -> str:
    """A format day first with a year of two digits, as one year first."""
    return re.sub(r"%d(.)%m(.)%y", r"%y\1%m\2%d", written, flags=re.DOTALL)


def _is_month(word: str) -> bool:
    return word.rstrip(".").casefold() in dates.MONTHS


def _year(text: str) -> str:
    return "%Y" if len(text) == 4 else "%y"


@dataclass(frozen=True)
class Last:
    """Values of day and month as numbers with the year last, side by side.

    Attributes:
        values, counts, rows: the values, how often each stands, and where first.
        first, second: their first two parts.
        third: their last part; ``short`` where it has two digits.
    """

    values: Texts
    counts: Ints
    rows: Ints
    first: Ints
    second: Ints
    third: Ints
    short: Any

    def __len__(self) -> int:
        return len(self.values)


@dataclass
class Shapes:
    """What the values of a column look like.

    Attributes:
        last: day, month, year as numbers, or month, day, year.
        last_formats: their formats, day first.
        certain: formats that leave no doubt; ``certain_stamps`` those of stamps among them.
        certain_values, stamps, compact, numbers: the values of those shapes; a stamp has its year
            first: a real date cell, as text.
    """

    last: Last
    last_formats: list[str]
    certain: list[str]
    certain_values: list[str]
    stamps: list[str]
    compact: list[str]
    numbers: list[str]
    certain_stamps: list[str] = field(default_factory=list)


def shapes(column: DateColumn) -> Shapes:
    """What the values of a column look like; formats in the order of their first values."""
    values = pa.array(list(column.counts), pa.string())
    encoded = looks(values).dictionary_encode()
    known = [shape_of(look) for look in encoded.dictionary.to_pylist()]
    codes = np.asarray(encoded.indices)
    kinds = np.array([one[0] if one else "" for one in known], dtype=object)[codes]

    def formats(*wanted: str) -> list[str]:
        # Looks are in the order of their first values.
        return list(dict.fromkeys(one[1] for one in known if one and one[0] in wanted))

    def of(*wanted: str) -> list[str]:
        return list(values.filter(pa.array(np.isin(kinds, wanted))).to_pylist())

    return Shapes(
        last=_last(column, values, kinds == "last"),
        last_formats=formats("last"),
        certain=formats("certain", "stamp"),
        certain_values=of("certain"),
        stamps=of("stamp"),
        compact=of("compact"),
        numbers=of("number"),
        certain_stamps=formats("stamp"),
    )


def _last(column: DateColumn, values: Texts, chosen: Any) -> Last:
    texts = values.filter(pa.array(np.asarray(chosen, np.bool_)))
    parts = pc.extract_regex(texts, r"^(?P<a>[0-9]+)[^0-9]+(?P<b>[0-9]+)[^0-9]+(?P<c>[0-9]+)")
    first, second, third = (
        np.asarray(pc.struct_field(parts, part).cast(pa.int64())) for part in "abc"
    )
    places = np.flatnonzero(chosen)
    return Last(
        values=texts,
        counts=np.fromiter(column.counts.values(), np.int64, len(column.counts))[places],
        rows=np.fromiter((column.rows[v] for v in texts.to_pylist()), np.int64, len(texts)),
        first=first,
        second=second,
        third=third,
        short=np.asarray(pc.equal(pc.binary_length(pc.struct_field(parts, "c")), 2)),
    )
