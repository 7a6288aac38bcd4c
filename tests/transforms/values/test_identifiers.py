"""Identifiers, against the library that knows their schemes."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.exceptions import InvalidChecksum
from stdnum.gb import nhs, upn

from transforms.values import identifiers


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
