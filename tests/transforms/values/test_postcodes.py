"""UK postcodes."""

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import postcodes

# The form as GOV.UK publishes it for bulk data transfer, with P at the end of an area's district.
_OFFICIAL = re.compile(
    r"(?:[A-PR-UWYZ][0-9]{1,2}|[A-PR-UWYZ][A-HK-Y][0-9]{1,2}|[A-PR-UWYZ][0-9][A-HJKPSTUW]"
    r"|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRV-Y]) [0-9][ABD-HJLNP-UW-Z]{2}"
)


def read(written: str) -> tuple[str | None, str | None]:
    parsed = postcodes.parse(pa.array([written]), {})
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@settings(max_examples=400, deadline=None)
@given(st.from_regex(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}", fullmatch=True))
def test_current_forms_as_published(written: str) -> None:
    value, problem = read(written)
    if problem != "postcode-historic" and not written.startswith("ZZ99"):
        assert (value == written) is (_OFFICIAL.fullmatch(written) is not None)


@pytest.mark.parametrize("written", ["NOR 07A", "NPT 1AA", "W1V 1AA", "W1X 9ZZ"])
def test_former_ones_are_kept_with_a_note(written: str) -> None:
    assert read(written) == (written, "postcode-historic")


@pytest.mark.parametrize("written", ["CRO 1AA", "W1L 1AA", "SWIA 1AA", "M1 1A", "FIQQ 1ZA"])
def test_slips_are_refused(written: str) -> None:
    assert read(written) == (None, "postcode-invalid")


@pytest.mark.parametrize(
    ("written", "postcode"),
    [("sw1a2aa", "SW1A 2AA"), ("ＳＷ１Ａ　２ＡＡ", "SW1A 2AA"), ("fiqq1zz", "FIQQ 1ZZ"),
     ("gir0aa", "GIR 0AA"), ("ZZ99 3WZ", "ZZ99 3WZ")],
)  # fmt: skip
def test_reads(written: str, postcode: str) -> None:
    assert read(written) == (postcode, None)
