"""What holds for every parser: nothing makes it raise, and a value is read by itself."""

import re
import unicodedata
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import kinds
from transforms.values import parser_for

FORMATS = ("%d/%m/%Y", "%d-%b-%y", "%Y-%m-%d", "%b-%y", "excel-serial")
OPTIONS: dict[type[kinds.Kind], dict[str, Any]] = {
    kinds.Text: {},
    kinds.Reference: {},
    kinds.Code: {"writings": {"m": "male", "f": "female", "1": "male"}},
    kinds.Date: {"formats": FORMATS, "plausible": ["2010-01-01", "2030-01-01"]},
    kinds.BirthDate: {"formats": FORMATS, "birth": True, "today": "2026-01-01"},
    kinds.Money: {},
    kinds.WholeNumber: {},
    kinds.YesNo: {},
    kinds.OrganisationName: {},
    kinds.Forenames: {},
    kinds.Surname: {"part": "surname"},
    kinds.Postcode: {},
    kinds.NhsNumber: {},
    kinds.UniquePupilNumber: {},
    kinds.SchoolUrn: {},
    kinds.DecimalNumber: {},
    kinds.Percentage: {},
    kinds.Telephone: {},
    kinds.Email: {},
    kinds.Address: {},
    kinds.NationalInsuranceNumber: {},
    kinds.UniqueTaxpayerReference: {},
    kinds.UniqueLearnerNumber: {},
    kinds.UniquePropertyReference: {},
    kinds.CompanyNumber: {"leading_zeros": "restored"},
    kinds.CharityNumber: {},
    kinds.VatNumber: {},
    kinds.EstablishmentNumber: {},
    kinds.GssCode: {},
}
IDENTIFIERS = [
    kinds.NhsNumber,
    kinds.UniquePupilNumber,
    kinds.SchoolUrn,
    kinds.NationalInsuranceNumber,
    kinds.UniqueTaxpayerReference,
    kinds.UniqueLearnerNumber,
    kinds.UniquePropertyReference,
    kinds.CharityNumber,
    kinds.VatNumber,
    kinds.EstablishmentNumber,
    kinds.GssCode,
]
STABLE = [
    *IDENTIFIERS,
    kinds.Text,
    kinds.Reference,
    kinds.OrganisationName,
    kinds.Postcode,
    kinds.Money,
    kinds.WholeNumber,
    kinds.DecimalNumber,
    kinds.Percentage,
    kinds.Forenames,
    kinds.CompanyNumber,
    kinds.Telephone,
    kinds.Email,
    kinds.Address,
]
SHAPED = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[-(]?£?\d{1,6}(,\d{3})*(\.\d{0,4})?[)-]?( ?(CR|DR))?", fullmatch=True),
    st.from_regex(r"\d{1,2}[/.\- ](\d{1,2}|[A-Z][a-z]{2})[/.\- ]\d{2,4}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,8}[' -][A-Z]{1,8}, [A-Za-z ]{1,8}", fullmatch=True),
    st.from_regex(r"[ABCDEFGH]?\d{6,13}[A-Z]?", fullmatch=True),
    st.from_regex(r"(SC|NI|NIC|OC|GB|E0|TN|JG)?[ -]?[0-9]{5,9}[A-D]?(\.0)?", fullmatch=True),
    st.from_regex(r"(\+44 ?|0044|0)[1278][0-9 ]{8,11}( ext\.? ?[0-9]{2})?", fullmatch=True),
    st.from_regex(r"[a-z.]{1,8}@[A-Za-z.-]{1,12}\.(uk|com|test)", fullmatch=True),
    st.from_regex(
        r"[0-9]{1,3}[a-z]? [A-Z ]{2,12}(ROAD|ST|Lane), [A-Za-z]{2,9},? M1 [0-9][AB]{2}",
        fullmatch=True,
    ),
    st.from_regex(r"[0-9]{1,3}(['., ][0-9]{3}){1,2}([.,][0-9]{2})? ?%?", fullmatch=True),
    st.sampled_from(["", " ", "\xa0", "#REF!", "#N/A", "\0", "\u202e", "Y", "no", "31/02/2020"]),
)
COLUMNS = st.lists(st.one_of(st.none(), SHAPED), max_size=12)


def read(kind: type[kinds.Kind], values: list[str | None]) -> list[tuple[Any, ...]]:
    parsed = parser_for(kind)(pa.array(values, pa.string()), OPTIONS[kind])
    assert parsed.values.type == kind.arrow
    assert set(parsed.companions) == set(kind.companions)
    columns = [parsed.values, parsed.problems, *parsed.companions.values()]
    assert all(len(column) == len(values) for column in columns)
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.name)
@settings(max_examples=25, deadline=None)
@given(values=COLUMNS)
def test_a_value_is_read_by_itself(kind: type[kinds.Kind], values: list[str | None]) -> None:
    together = read(kind, values)
    assert together == [one for value in values for one in read(kind, [value])]
    assert together[::-1] == read(kind, values[::-1])


@pytest.mark.parametrize(
    "kind",
    STABLE,
    ids=lambda kind: kind.name,
)
@settings(max_examples=25, deadline=None)
@given(values=COLUMNS)
def test_reading_what_was_read_changes_nothing(
    kind: type[kinds.Kind], values: list[str | None]
) -> None:
    once = [row[0] for row in read(kind, values)]
    again = [row[0] for row in read(kind, [None if v is None else str(v) for v in once])]
    assert again == once


@pytest.mark.parametrize("kind", IDENTIFIERS, ids=lambda kind: kind.name)
@settings(max_examples=50, deadline=None)
@given(values=COLUMNS)
def test_an_identifier_keeps_its_letters_and_digits(
    kind: type[kinds.Kind], values: list[str | None]
) -> None:
    for value, row in zip(values, read(kind, values), strict=True):
        if row[0] is not None:
            assert _significant(str(row[0])) in _told_apart(value or "")


def _told_apart(written: str) -> set[str]:
    """What of a value may stand in its canonical form: all of it but what a spreadsheet added, a
    scheme's own mark, and zeros that are no part of it."""
    plain = unicodedata.normalize("NFKC", written).upper().strip()
    whole = re.sub(r"\.0+$", "", plain)
    forms = {_significant(one) for one in (plain, whole, whole.strip("K").strip())}
    forms |= {f"GB{one}" for one in forms} | {re.sub(r"^NI(\d)", r"NIC\1", one) for one in forms}
    return forms | {re.sub(r"^(GB|XI)?0+", r"\1", one) for one in forms}


def _significant(text: str) -> str:
    """Letters and digits, leading zeros left out."""
    bare = re.sub(r"[^A-Z0-9]", "", text.upper())
    return re.sub(r"^(GB|XI)?0+", r"\1", bare)


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.name)
def test_a_sliced_or_chunked_column_is_read_alike(kind: type[kinds.Kind]) -> None:
    values = ["Y", "£1,234.50", "01/02/2020", "M1 1AE", "O'BRIEN, ANN", "9434765919", None, "m"]
    whole = pa.array([*values, *values], pa.string())
    parsed = parser_for(kind)(whole.slice(len(values)), OPTIONS[kind])
    assert parsed.values.to_pylist() == [row[0] for row in read(kind, list(values))]


def test_a_kind_nobody_writes_has_no_parser() -> None:
    with pytest.raises(TypeError, match="Identifier"):
        parser_for(kinds.Identifier)
