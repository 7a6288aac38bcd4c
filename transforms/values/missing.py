"""Missing values keep their reason.

A supplier writes ``Refused`` or ``N/K`` where a date or a number should stand. What the kind of a
column cannot read and the register of missing values lists is taken as missing for that reason,
with a note; what a feed declares (``-9`` for not asked) is taken so before it is read. Names and
texts read anything, and a person may be called Null: of them only what is declared is missing, or
what is listed where the column keeps its reasons (``reasons=True``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts import kinds
from contracts.claims import normalised
from contracts.column import MISSING, ColumnFacts
from contracts.missing import ISSUE, missing_writings
from transforms.values import characters, codes
from transforms.values.parsed import Parsed, Texts, masked, nulls_of

# Kinds of which any text is a value, or nearly.
_TEXTS = (
    kinds.Text,
    kinds.Reference,
    kinds.OrganisationName,
    kinds.Forenames,
    kinds.Surname,
    kinds.Address,
)
_NUMBERS = (kinds.Money, kinds.WholeNumber, kinds.DecimalNumber)
# In a table of figures these are nought as often as nothing.
_MAY_BE_NOUGHT = frozenset(["-", "--", "---", ".", "none", "nil return"])
_ISSUES_TOO = {"date-placeholder": "placeholder"}


@dataclass(frozen=True)
class Missing:
    """How missing values of a column are told.

    Attributes:
        before: writings, as codes are compared, that stand for a missing value whatever the kind
            makes of them, to the reason.
        after: writings that do where the kind cannot read them.
        codes: canonical codes that say themselves that a value is missing; they stay.
        companion: whether the reason lands.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    codes: Mapping[str, str]
    companion: bool


def missing_of(
    facts: ColumnFacts,
    declared: Mapping[str, list[str]],
    codes_of: Mapping[str, str] | None = None,
) -> Missing:
    """How missing values of a column are told.

    Args:
        declared: reason to the writings a feed declares for it.
        codes_of: of a code list, its codes that have a reason.
    """
    before = {normalised(text): reason for reason, texts in declared.items() for text in texts}
    listed = missing_writings()
    if issubclass(facts.kind, _TEXTS) and "scheme" not in facts.options:
        return Missing({**(listed if facts.reasons else {}), **before}, {}, {}, facts.reasons)
    if issubclass(facts.kind, _NUMBERS):
        listed = {text: reason for text, reason in listed.items() if text not in _MAY_BE_NOUGHT}
    return Missing(before, listed, dict(codes_of or {}), facts.reasons)


def read(parse: Callable[[Texts], Parsed], values: Texts, missing: Missing) -> Parsed:
    """What a parser reads, missing values told by their reason.

    Problems besides the parser's: ``missing-<reason>``. Companion ``missing``, if wanted.
    """
    told = _reasons(values, missing.before)
    standing = told.null_count < len(told)
    parsed = parse(masked(values, ~nulls_of(told)) if standing else values)
    problems = parsed.problems
    if standing:
        problems = pc.coalesce(_issues(told), problems)
    refused = ~nulls_of(parsed.problems) & nulls_of(parsed.values) & nulls_of(told)
    if missing.after and refused.any():
        problems = _after(values, problems, refused, missing.after)
    if not missing.companion:
        return Parsed(parsed.values, problems, parsed.companions)
    reasons = _companion(parsed, problems, missing.codes)
    return Parsed(parsed.values, problems, {**parsed.companions, MISSING: reasons})


def _reasons(values: Texts, writings: Mapping[str, str]) -> Texts:
    """The reason each value writes; null where it writes none."""
    if not writings or len(values) == 0:
        return pa.nulls(len(values), pa.string())
    folded = codes.folded(characters.without_blanks(values))
    place = pc.index_in(folded, pa.array(list(writings), pa.string()), skip_nulls=True)
    return pa.array(list(writings.values()), pa.string()).take(place)


def _issues(reasons: Texts) -> Texts:
    return pc.binary_join_element_wise(ISSUE, reasons, "")


def _after(
    values: Texts, problems: Texts, refused: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    writings: Mapping[str, str],
) -> Texts:  # fmt: skip
    """Values that were refused and say why they are missing."""
    chosen = pa.array(refused)
    told = _issues(_reasons(characters.plain(values).filter(chosen), writings))
    if told.null_count == len(told):
        return problems
    return pc.replace_with_mask(problems, chosen, pc.coalesce(told, problems.filter(chosen)))


def _companion(parsed: Parsed, problems: Texts, of_codes: Mapping[str, str]) -> Texts:
    encoded = problems.dictionary_encode()
    known = [
        _ISSUES_TOO.get(code, code.removeprefix(ISSUE) if code.startswith(ISSUE) else None)
        for code in encoded.dictionary.to_pylist()
    ]
    reasons = pa.array(known, pa.string()).take(encoded.indices)
    if not of_codes:
        return reasons
    place = pc.index_in(parsed.values, pa.array(list(of_codes), pa.string()), skip_nulls=True)
    return pc.coalesce(reasons, pa.array(list(of_codes.values()), pa.string()).take(place))
