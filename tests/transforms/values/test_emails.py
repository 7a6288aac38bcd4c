"""E-mail addresses, against the library that knows their syntax."""

import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import emails


def read(written: str | None) -> tuple[str | None, str | None]:
    parsed = emails.parse(pa.array([written], pa.string()), {})
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ann.Other@Example.GOV.UK", "Ann.Other@example.gov.uk"),
        (" <ann@example.org> ", "ann@example.org"), ("mailto:ann@example.org", "ann@example.org"),
        ("ann@example.org;", "ann@example.org"), ("o'neil+x@example.com", "o'neil+x@example.com"),
        ("a@EXÄMPLE.de", "a@exämple.de"),
        ("WWW@example.org", "www@example.org"), ("Abuse@example.co.uk", "abuse@example.co.uk"),
    ],
)  # fmt: skip
def test_reads(written: str, address: str) -> None:
    assert read(written) == (address, None)


@pytest.mark.parametrize(
    "written",
    ["ann", "ann@example", "ann@@example.org", "a b@example.org", "a@example.org; b@example.org",
     ".ann@example.org", "ann..b@example.org", "ann@-example.org", "ann@ex--ample.test", "@b.org",
     "ann@example.invalid", "Ann Other"],
)  # fmt: skip
def test_refuses_what_is_not_one_address(written: str) -> None:
    assert read(written) == (None, "email-unreadable")


_LABEL = r"[A-Za-z0-9-]{1,8}"


@settings(max_examples=300, deadline=None)
@given(st.from_regex(rf"[a-zA-Z0-9._+'&-]{{1,12}}@{_LABEL}(\.{_LABEL})?\.(uk|com|test|zz)",
                     fullmatch=True))  # fmt: skip
def test_takes_what_the_library_takes(written: str) -> None:
    try:
        right: str | None = validate_email(written, check_deliverability=False).normalized
    except EmailNotValidError:
        right = None
    assert read(written)[0] == right
