"""Suggestions: what a person would think of first, never more than five, each code once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.declarations import load
from pipeline.code_suggestions import LIKE_ENOUGH, MOST, suggestions

SCHEMES = load().code_schemes
DAY = date(2022, 1, 1)


@pytest.mark.parametrize(
    ("scheme", "written", "code"),
    [
        ("local-authority", "Leads City", "LDS"),
        ("local-authority", "Brissle City Council", "BST"),
        ("local-authority", "L.B. Camden", "CMD"),
        ("local-authority", "Dorset (Unitary)", "DST"),
        ("country", "Untied Kingdom", "GB"),
        ("country", "Republic of Korea (South)", "KR"),
        ("ethnic-group", "White Britsh", "WBRI"),
        ("government-organisation", "Dept for Education", "D6"),
        ("sex-words", "Femal", "F"),
    ],
)
def test_the_first_is_the_one_meant(scheme: str, written: str, code: str) -> None:
    assert suggestions(SCHEMES[scheme], written, DAY)[0].code == code


def test_what_is_in_force_comes_first() -> None:
    before = suggestions(SCHEMES["local-authority"], "Nth Yorkshire", date(2023, 3, 31))
    after = suggestions(SCHEMES["local-authority"], "Nth Yorkshire", date(2023, 4, 1))
    assert (before[0].code, after[0].code) == ("NYK", "NYE")
    in_force = [one.in_force for one in after]
    assert in_force == sorted(in_force, reverse=True)


@given(st.text(max_size=30), st.sampled_from(["local-authority", "sex-1-2", "unit"]))
def test_any_text_has_few_suggestions_and_each_code_once(text: str, scheme: str) -> None:
    found = suggestions(SCHEMES[scheme], text, DAY)
    assert len(found) == len({one.code for one in found}) <= MOST
    assert all(LIKE_ENOUGH <= one.score <= 100 for one in found)
    assert all(one.code in SCHEMES[scheme].listed for one in found)
    assert found == suggestions(SCHEMES[scheme], text, DAY)
