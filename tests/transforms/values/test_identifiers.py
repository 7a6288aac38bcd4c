"""Identifiers, against the library that knows their schemes."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.exceptions import InvalidChecksum
from stdnum.gb import nhs, upn, utr, vat

from contracts import kinds
from transforms.values import identifiers, parser_for


def nhs_number(written: str) -> tuple[str | None, str | None]:
    parsed = identifiers.parse_nhs_number(pa.array([written]), {})
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


def unique_pupil_number(written: str) -> tuple[str | None, str | None]:
    parsed = identifiers.parse_upn(pa.array([written]), {})
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_nhs_numbers_as_the_library_judges(digits: str) -> None:
    value, problem = nhs_number(digits)
    if len(set(digits)) == 1:  # passes the check, and is nobody's
        assert (value, problem) == (None, "missing-placeholder")
        return
    assert (value == digits) is nhs.is_valid(digits)
    assert problem == (None if nhs.is_valid(digits) else "check-digit-wrong")


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[A-HJ-NP-RT-Z]80[12][0-9]{8}[0-9A-HJ-NP-RT-Z]", fullmatch=True))
def test_upns_as_the_library_judges(number: str) -> None:
    try:
        upn.validate(number)
        right = True
    except InvalidChecksum:
        right = False
    value, problem = unique_pupil_number(number)
    assert (value == number) is right
    assert problem == (None if right else "check-digit-wrong")


def test_every_right_check_letter_is_found() -> None:
    for serial in range(60):
        body = f"8012000050{serial:02d}"
        number = upn.calc_check_digit("A" + body) + body
        assert unique_pupil_number(number) == (number, None)


@pytest.mark.parametrize("written", ["943 476 5919", "943-476-5919", " 9434765919 "])
def test_spaces_and_dashes_do_not_matter(written: str) -> None:
    assert nhs_number(written) == ("9434765919", None)


@pytest.mark.parametrize(
    "written", ["943476591", "94347659190", "943476591X", "A" * 10, "9434765919/1"]
)
def test_malformed_is_told_from_mistyped(written: str) -> None:
    assert nhs_number(written) == (None, "identifier-malformed")


def test_school_numbers_are_six_digits() -> None:
    parsed = identifiers.parse_urn(pa.array(["123456", "12345", "12345a", "", "#N/A"]), {})
    assert parsed.values.to_pylist() == ["123456", None, None, None, None]
    codes = [None, "identifier-malformed", "identifier-malformed", None, "cell-error"]
    assert parsed.problems.to_pylist() == codes


def read(
    kind: type[kinds.Kind], written: str | None, **options: str
) -> tuple[str | None, str | None]:
    parsed = parser_for(kind)(pa.array([written], pa.string()), options)
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_taxpayer_references_as_the_library_judges(digits: str) -> None:
    value, problem = read(kinds.UniqueTaxpayerReference, digits)
    if len(set(digits)) > 1:
        assert (value == digits) is utr.is_valid(digits)
        assert problem == (None if utr.is_valid(digits) else "check-digit-wrong")


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"(GB|XI)?([0-9]{9}|[0-9]{12}|(GD|HA)[0-9]{3})", fullmatch=True))
def test_vat_numbers_as_the_library_judges(written: str) -> None:
    value, problem = read(kinds.VatNumber, written)
    if problem != "missing-placeholder":
        assert (value is not None) is vat.is_valid(written)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (kinds.NhsNumber, "9434765919.0", "9434765919"),
        (kinds.NhsNumber, "９４３ ４７６ ５９１９", "9434765919"),
        (kinds.NationalInsuranceNumber, "aa 12 34 56 a", "AA123456A"),
        (kinds.UniqueTaxpayerReference, "1955839661K", "1955839661"),
        (kinds.UniqueTaxpayerReference, "19558 39661", "1955839661"),
        (kinds.UniqueLearnerNumber, "1000000043", "1000000043"),
        (kinds.UniquePropertyReference, "000012345678", "12345678"),
        (kinds.UniquePropertyReference, "100012345678.0", "100012345678"),
        (kinds.CompanyNumber, "04041234", "04041234"),
        (kinds.CompanyNumber, "sc 123456", "SC123456"),
        (kinds.CompanyNumber, "R0000123", "R0000123"),
        (kinds.CompanyNumber, "IP12345R", "IP12345R"),
        (kinds.CompanyNumber, "OE000001", "OE000001"),
        (kinds.CharityNumber, "1012345", "1012345"),
        (kinds.CharityNumber, "234567 - 2", "234567-2"),
        (kinds.CharityNumber, "sc 012345", "SC012345"),
        (kinds.CharityNumber, "NI 100123", "NIC100123"),
        (kinds.VatNumber, "980 7806 84", "GB980780684"),
        (kinds.VatNumber, "XI980780684", "XI980780684"),
        (kinds.EstablishmentNumber, "2013614", "201/3614"),
        (kinds.EstablishmentNumber, "201/3614", "201/3614"),
        (kinds.EstablishmentNumber, "2013614.0", "201/3614"),
        (kinds.GssCode, "e06000001", "E06000001"),
        (kinds.GssCode, "K02000001", "K02000001"),
    ],
)
def test_takes(kind: type[kinds.Kind], written: str, value: str) -> None:
    assert read(kind, written) == (value, None)


@pytest.mark.parametrize(
    ("kind", "written", "problem"),
    [
        (kinds.NhsNumber, "9.43E+09", "digits-lost"),
        (kinds.NhsNumber, "0000000000", "missing-placeholder"),
        (kinds.NationalInsuranceNumber, "QQ123456A", "identifier-malformed"),
        (kinds.NationalInsuranceNumber, "AO123456A", "identifier-malformed"),
        (kinds.NationalInsuranceNumber, "AA123456E", "identifier-malformed"),
        (kinds.NationalInsuranceNumber, "BG123456A", "identifier-not-allocated"),
        (kinds.NationalInsuranceNumber, "TN010180F", "identifier-not-allocated"),
        (kinds.NationalInsuranceNumber, "11A11111", "identifier-not-allocated"),
        (kinds.UniqueTaxpayerReference, "2955839661", "check-digit-wrong"),
        (kinds.UniqueTaxpayerReference, "195583966", "identifier-malformed"),
        (kinds.UniqueLearnerNumber, "9999999999", "missing-placeholder"),
        (kinds.UniqueLearnerNumber, "1000000044", "check-digit-wrong"),
        (kinds.UniquePropertyReference, "1234567890123", "identifier-malformed"),
        (kinds.UniquePropertyReference, "1.00012E+11", "digits-lost"),
        (kinds.UniquePropertyReference, "0", "missing-placeholder"),
        (kinds.CompanyNumber, "4041234", "leading-zero-lost"),
        (kinds.CompanyNumber, "QQ123456", "identifier-malformed"),
        (kinds.CharityNumber, "123456", "identifier-malformed"),
        (kinds.CharityNumber, "SC12345", "identifier-malformed"),
        (kinds.VatNumber, "802311781", "check-digit-wrong"),
        (kinds.EstablishmentNumber, "201 361", "identifier-malformed"),
        (kinds.EstablishmentNumber, "0013614", "identifier-malformed"),
        (kinds.GssCode, "00AA", "identifier-historic"),
        (kinds.GssCode, "X06000001", "identifier-malformed"),
        (kinds.GssCode, "E0600001", "identifier-malformed"),
    ],
)
def test_refuses(kind: type[kinds.Kind], written: str, problem: str) -> None:
    assert read(kind, written) == (None, problem)


def test_a_scottish_number_gets_its_zero_back_where_the_check_digit_proves_it() -> None:
    whole = next(n for n in (f"01018012{end:02d}" for end in range(100)) if nhs.is_valid(n))
    assert nhs_number(whole[1:]) == (whole, None)
    no_date = next(n for n in (f"09930012{end:02d}" for end in range(100)) if nhs.is_valid(n))
    assert nhs_number(no_date[1:]) == (None, "identifier-malformed")


def test_a_companys_zero_is_put_back_only_where_the_feed_says_so() -> None:
    assert read(kinds.CompanyNumber, "4041234", leading_zeros="restored") == ("04041234", None)
    assert read(kinds.CompanyNumber, "SC12345", leading_zeros="restored") == (
        None,
        "identifier-malformed",
    )
