"""Telephone numbers, against the library that knows the numbering plans."""

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import telephones


def read(written: str | None, **options: str) -> tuple[str | None, str | None]:
    parsed = telephones.parse(pa.array([written], pa.string()), options)
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("020 7219 3000", "+442072193000"), ("(020) 7219 3000", "+442072193000"),
        ("+44 (0)20 7219-3000", "+442072193000"), ("0044 20 7219 3000", "+442072193000"),
        ("442072193000", "+442072193000"), ("(+44) 20 7219 3000", "+442072193000"),
        ("020 7219 3000 ext. 12", "+442072193000;ext=12"),
        ("02072193000x12", "+442072193000;ext=12"),
        ("０２０ ７２１９ ３０００", "+442072193000"), ("0800 1111", "+448001111"),
        ("01481 720014", "+441481720014"), ("+1 202 555 0123", "+12025550123"),
        ("+353 1 234 5678", "+35312345678"), ("00 33 1 42 68 53 00", "+33142685300"),
    ],
)  # fmt: skip
def test_reads(written: str, number: str) -> None:
    assert read(written) == (number, None)


@pytest.mark.parametrize("written", ["01632 960001", "07700 900123", "020 7946 0123"])
def test_numbers_kept_for_drama_are_noted(written: str) -> None:
    value, problem = read(written)
    assert value is not None
    assert problem == "telephone-reserved"


@pytest.mark.parametrize(
    "written",
    ["01-222 1234", "071-222 1234", "081 222 1234", "0171 222 1234", "0181 222 1234",
     "0532 441234", "0272 291234", "0742 721234", "0483 505050"],
)  # fmt: skip
def test_codes_that_were_given_up_are_noted_and_not_taken(written: str) -> None:
    assert read(written) == (None, "telephone-historic")


@pytest.mark.parametrize(
    "written",
    ["999", "12345", "020 7219 300", "020 7219 3000 / 07912 345678", "020 7219 3000 (mum)",
     "0800 FLOWERS", "ask reception", "0207 219 300", "07912 34567", "+44 1", "+999 123456789"],
)  # fmt: skip
def test_refuses_what_is_not_one_number(written: str) -> None:
    assert read(written) == (None, "telephone-unreadable")


def test_a_lost_zero_is_put_back_only_where_the_feed_says_so() -> None:
    assert read("2072193000") == (None, "leading-zero-lost")
    assert read("2072193000.0") == (None, "leading-zero-lost")
    assert read("2072193000", leading_zeros="restored") == ("+442072193000", None)
    assert read("2.07E+09") == (None, "digits-lost")


def test_zeros_are_no_number() -> None:
    assert read("00000 000000") == (None, "missing-placeholder")


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"0[1-9][0-9]{6,9}", fullmatch=True))
def test_national_numbers_as_the_library_judges(written: str) -> None:
    number = phonenumbers.parse(written, "GB")
    value, problem = read(written)
    if problem == "telephone-reserved":
        return
    right = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert (value == right) is phonenumbers.is_valid_number(number)
    assert value in (right, None)
