"""Guesses the kind of a column from its header and its values, and says what the guess rests on."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from contracts import kinds
from contracts.column import ColumnFacts
from contracts.kinds import Kind, Personal
from pipeline.discovery.personal import Hint, hint
from pipeline.draft.profile import ColumnProfile
from transforms.headers import words
from transforms.steps.prove_kind import prove_kind
from transforms.values.parsed import Texts

MOST_CODES = 40
_ROWS_A_CODE = 8
LONGEST_CODE = 60
"""Characters: a longer text is no code."""
_SAMPLE = 20_000

_BY_VALUES: tuple[type[Kind], ...] = (
    kinds.NhsNumber,
    kinds.NationalInsuranceNumber,
    kinds.UniquePupilNumber,
    kinds.Email,
    kinds.GssCode,
    kinds.Postcode,
    kinds.Date,
)
"""Kinds whose form nothing else has."""

_BY_BOTH: tuple[tuple[type[Kind], str], ...] = (
    (kinds.SchoolUrn, r"urn"),
    (kinds.UniqueLearnerNumber, r"uln|learner"),
    (kinds.UniqueTaxpayerReference, r"utr|taxpayer"),
    (kinds.UniquePropertyReference, r"uprn|property reference"),
    (kinds.CompanyNumber, r"company (number|no|registration|reg).*|crn"),
    (kinds.CharityNumber, r"charity.*"),
    (kinds.VatNumber, r"vat (registration|number|no|reg).*"),
    (kinds.EstablishmentNumber, r"laestab|estab.*|dfe (number|no)"),
    (kinds.Telephone, r"telephone|phone|tel|mobile|fax|landline"),
    (kinds.Percentage, r"percent\w*|per cent|pct|rate"),
)
"""Kinds of a form that others have too: the header must speak for them as well."""

_SUMS = r"amount|cost|price|value|paid|net|gross|fee|balance|spend|sum|payment|charge|budget|gbp"
_SUM = re.compile(r"[£$€]|[.,]\d\d\)?\s*(-|CR|DR)?$")
_JOINED = re.compile(r"(?<=\b[A-Za-z])\.(?=[A-Za-z]\b)")
"""The dots of an abbreviation: D.O.B. is read as DOB."""
_NOTES = r"notes?|comments?|remarks?|description|details|narrative"
_BIRTH = r"birth\w*|dob|born|dateofbirth"
_BY_HEADER: tuple[tuple[type[Kind], str], ...] = (
    (kinds.Forenames, r"(\w+ )?(fore|first|given|christian) ?names?"),
    (kinds.Surname, r"(\w+ )?(sur ?name|(last|family) name)"),
    (kinds.Address, r"address|full address|postal address"),
    (
        kinds.OrganisationName,
        r"(supplier|vendor|payee|organisation|organization|company|provider|employer|body|trust"
        r"|council|authority|beneficiary|school)( name)?",
    ),
)
"""Kinds that any text is of: the whole header must be their name."""


@dataclass(frozen=True)
class Guess:
    """What a column may be.

    Attributes:
        why: what the guess rests on, in plain words.
        personal: its class, where that is not the kind's own.
        codes: the codes of a list, in order.
        hint: what personal data it may hold.
    """

    kind: type[Kind]
    why: str
    personal: Personal | None = None
    codes: tuple[str, ...] = ()
    hint: Hint | None = None
    options: dict[str, Any] = field(default_factory=dict)


def guess(column: ColumnProfile, rows: int) -> Guess:
    """What a column may be.

    Args:
        rows: of the table.
    """
    name = " ".join(words(_JOINED.sub("", column.header)))
    values = sample(column.values)
    found = hint(column.position, column.header, values)
    if not column.filled:
        return Guess(kinds.Text, "no row has a value", hint=found)
    made = _by_form(name, values) or _by_name(name, values) or _by_number(name, column, values)
    if made is None:
        made = _codes(column, found) or _text(column, rows)
    return _classed(made, found)


def _by_form(name: str, values: Texts) -> Guess | None:
    for kind in _BY_VALUES:
        told = _proof(kind, values)
        if told is None:
            continue
        if kind is kinds.Date and re.search(rf"\b({_BIRTH})\b", name):
            return Guess(kinds.BirthDate, f"{told}, and the header speaks of a birth")
        return Guess(kind, told)
    for kind, pattern in _BY_BOTH:
        if re.search(rf"\b({pattern})\b", name) and (told := _proof(kind, values)):
            return Guess(kind, f"{told}, and the header says so")
    return None


def _by_name(name: str, values: Texts) -> Guess | None:
    for kind, pattern in _BY_HEADER:
        if re.fullmatch(rf"({pattern})", name) and not _are_numbers(values):
            return Guess(kind, "the header says so")
    return None


def _by_number(name: str, column: ColumnProfile, values: Texts) -> Guess | None:
    if column.distinct == 2 and (told := _proof(kinds.YesNo, values)):
        return Guess(kinds.YesNo, told)
    if _padded(column):
        return None
    whole = _proof(kinds.WholeNumber, values)
    sums = _proof(kinds.Money, values)
    if sums and (_are_sums(values) or re.search(rf"\b({_SUMS})\b", name)):
        return Guess(kinds.Money, sums)
    if whole and re.search(rf"\b({_SUMS})\b", name):
        return Guess(kinds.Money, f"{whole}, and the header speaks of a sum")
    if whole and re.search(r"\b(number|no|id|ref|reference|code|account|key)\b", name):
        return Guess(kinds.Reference, "whole numbers under a header that speaks of a number's use")
    if whole:
        return Guess(kinds.WholeNumber, whole)
    if told := _proof(kinds.DecimalNumber, values):
        return Guess(kinds.DecimalNumber, told)
    return None


def _padded(column: ColumnProfile) -> bool:
    """Whether numbers have leading zeros: an identifier or a code, that as a number loses them."""
    return any(re.fullmatch(r"0\d+", text.strip()) for text in column.values.to_pylist())


def _are_sums(values: Texts) -> bool:
    """Whether nearly all have pence or a currency's sign, which a score or a rate has not."""
    texts = values.to_pylist()
    sums = sum(1 for text in texts if _SUM.search(text.strip()))
    return sums >= 0.9 * len(texts)


def _codes(column: ColumnProfile, found: Hint | None) -> Guess | None:
    """A list of codes: few different short values that come again and again."""
    if found is not None and found.what not in ("sex or gender", "ethnic group"):
        return None
    texts = column.values.to_pylist()
    if is_of_notes(column.header):
        return None
    few = 2 <= len(texts) <= MOST_CODES and column.filled >= _ROWS_A_CODE * len(texts)
    if not few or max(map(len, texts)) > LONGEST_CODE:
        return None
    told = f"{len(texts)} different values in {column.filled:,} rows"
    return Guess(kinds.Code, told, codes=tuple(sorted(texts)))


def is_of_notes(header: str) -> bool:
    """Whether a header speaks of free text."""
    return re.search(rf"\b({_NOTES})\b", " ".join(words(header))) is not None


def _text(column: ColumnProfile, rows: int) -> Guess:
    texts = column.values.slice(0, _SAMPLE).to_pylist()
    spaced = sum(" " in text for text in texts)
    digits = sum(any(c.isdigit() for c in text) for text in texts)
    if _padded(column) and digits == len(texts) and not spaced:
        return Guess(kinds.Reference, "numbers with leading zeros, which a number would lose")
    if column.distinct >= 0.9 * column.filled and not spaced and digits >= 0.9 * len(texts):
        told = "nearly every row has one of its own" if rows > 1 else "its one value has digits"
        return Guess(kinds.Reference, told)
    return Guess(kinds.Text, "nothing else fits all values")


def _classed(made: Guess, found: Hint | None) -> Guess:
    """A guess with the personal-data class a hint asks for."""
    if found is None or found.confidence == "low":
        return made
    kind: type[Kind] = made.kind
    if found.personal == "special" and kind is kinds.Code:
        kind = kinds.SpecialCode
    elif kind.personal == "none":
        personal = {
            kinds.Code: kinds.PersonalCode,
            kinds.Text: kinds.PersonalText,
            kinds.Reference: kinds.PersonalReference,
        }
        kind = personal.get(kind, kind)
    more = found.personal if found.personal != kind.personal else None
    return Guess(kind, made.why, more, made.codes, found)


def _are_numbers(values: Texts) -> bool:
    texts = values.to_pylist()
    numbers = sum(1 for text in texts if text.replace(" ", "").isdigit())
    return numbers > len(texts) // 2


def _proof(kind: type[Kind], values: Texts) -> str | None:
    told = prove_kind(ColumnFacts("guessed", kind, ""), values, {}, {})
    if told is None or not _nearly_all(told):
        return None
    return told.replace(" values", " different values")


def _nearly_all(told: str) -> bool:
    """Whether what is not read could be placeholders only; those come once each here."""
    found = re.match(r"([\d,]+) of ([\d,]+)", told)
    if not found:
        return True
    good, of = int(found[1].replace(",", "")), int(found[2].replace(",", ""))
    return of - good <= max(3, of // 50)


def sample(values: Texts) -> Texts:
    """At most so many values as a kind is proved by, evenly apart."""
    if len(values) <= _SAMPLE:
        return values
    return values.take(pa.array(np.linspace(0, len(values) - 1, _SAMPLE).astype(np.int64)))
