"""Patterns of names: wildcards, folders, and dates to the digit."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.places.name_pattern import NamePattern, NotAPattern


def told(pattern: str, path: str, **how: Any) -> date | str | None:
    """The date a path tells; ``yes`` where it matches without one, None where it does not."""
    found = NamePattern.of(pattern, **how).match(path)
    return None if found is None else found.date or "yes"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a.csv", "yes"),
        ("*", "sub/a.csv", None),
        ("*.csv", "a.csv.done", None),
        ("*.csv", ".csv", "yes"),
        ("a?.csv", "ab.csv", "yes"),
        ("a?.csv", "a.csv", None),
        ("a[bc].csv", "ac.csv", "yes"),
        ("a[!bc].csv", "ac.csv", None),
        ("a[!bc].csv", "a/.csv", None),
        ("a[+-9].csv", "a/.csv", None),
        ("a[]].csv", "a].csv", "yes"),
        ("a[[]1].csv", "a[1].csv", "yes"),
        ("a[{]1[}].csv", "a{1}.csv", "yes"),
        ("a.c+v", "a.c+v", "yes"),
        ("a.csv", "axcsv", None),
        ("**/*.csv", "a.csv", "yes"),
        ("**/*.csv", "x/y/a.csv", "yes"),
        ("in/**/a.csv", "in/a.csv", "yes"),
        ("in/**/a.csv", "out/a.csv", None),
        ("*/a.csv", "x/y/a.csv", None),
        ("caf\u00e9.csv", "cafe\u0301.csv", "yes"),
        ("s-{date:%Y-%m}.csv", "s-2026-01.csv", date(2026, 1, 1)),
        ("s-{date:%Y-%m}.csv", "s-2026-1.csv", None),
        ("s-{date:%Y-%m}.csv", "s-2026-13.csv", None),
        ("s-{date:%Y-%m}.csv", "s-2026-01-01.csv", None),
        ("s-{date:%d%m%Y}.csv", "s-30022026.csv", None),
        ("s-{date:%d%m%Y}.csv", "s-28022026.csv", date(2026, 2, 28)),
        ("s-{date:%d%m%y}.csv", "s-280226.csv", date(2026, 2, 28)),
        ("{date:%B %Y}.csv", "February 2026.csv", date(2026, 2, 1)),
        ("{date:%b%y}.csv", "FEB26.csv", date(2026, 2, 1)),
        ("{date:%Y}/{date:%m}/s-{date:%Y%m%d}.csv", "2026/02/s-20260228.csv", date(2026, 2, 28)),
        ("{date:%Y}/{date:%m}/s-{date:%Y%m%d}.csv", "2026/01/s-20260228.csv", None),
        ("{date:%B}/s-{date:%Y%m%d}.csv", "January/s-20260228.csv", None),
        ("w{date:%G-W%V}.csv", "w2026-W01.csv", date(2025, 12, 29)),
        ("w{date:%G-W%V}.csv", "w2025-W53.csv", None),
        ("{date:%Y%j}.csv", "2026366.csv", None),
        ("{date:%Y%m%d%H%M%S}.csv", "20260228235959.csv", date(2026, 2, 28)),
        ("{date:%Y%m%d}*.csv", "20260228 final.csv", date(2026, 2, 28)),
    ],
)
def test_what_a_path_tells(pattern: str, path: str, expected: date | str | None) -> None:
    assert told(pattern, path) == expected


def test_case_is_ignored_where_the_place_ignores_it() -> None:
    assert told("SPEND*.csv", "spend1.CSV") is None
    assert told("SPEND*.csv", "spend1.CSV", ignores_case=True) == "yes"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("/a.csv", "leads out"),
        ("../a.csv", "leads out"),
        ("a/../b", "leads out"),
        ("a//b", "one /"),
        ("a\\b", "one /"),
        ("", "one /"),
        ("a/", "one /"),
        ("**", "stands for folders"),
        ("a**/b", "stands for folders"),
        ("[a", "not closed"),
        ("[z-a]", "ranges"),
        ("{name}.csv", "braces"),
        ("{date:%Y-%m", "braces"),
        ("a}.csv", "braces"),
        ("{date:}", "no format"),
        ("{date:x}", "no format"),
        ("{date:%q}", "%q"),
        ("{date:%m-%d}", "year"),
    ],
)
def test_what_is_no_pattern_says_why(pattern: str, said: str) -> None:
    with pytest.raises(NotAPattern) as raised:
        NamePattern.of(pattern)
    assert said in str(raised.value)


@given(
    st.dates(date(1970, 1, 1), date(2068, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d%m%Y", "%y%m%d", "%Y%j", "%d %B %Y", "%d-%b-%y", "%G-W%V-%u"]),
    st.text(st.characters(exclude_characters="/\\[]{}*?\n", codec="utf-8"), max_size=5),
)
def test_a_date_written_is_the_date_told(day: date, written: str, beside: str) -> None:
    pattern = NamePattern.of(f"{beside}x-{{date:{written}}}-x.csv")
    name = f"{beside}x-{day.strftime(written)}-x.csv"
    found = pattern.match(name)
    assert found is not None and found.date == day
    assert pattern.on(day).endswith(f"x-{day.strftime(written)}-x.csv")


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_pattern_and_no_name_is_too_strange(pattern: str, path: str) -> None:
    try:
        made = NamePattern.of(pattern)
    except NotAPattern:
        return
    if made.match(path) and "**" not in pattern:
        assert path.count("/") == pattern.count("/")


@pytest.mark.parametrize(
    ("pattern", "folder", "entered"),
    [
        ("*.csv", "a", False),
        ("a/*.csv", "a", True),
        ("a/*.csv", "b", False),
        ("a/*.csv", "a/b", False),
        ("a/*/x.csv", "a/b", True),
        ("**/x.csv", "a/b/c", True),
        ("a/**/x.csv", "b", False),
        ("{date:%Y}/x.csv", "2026", True),
        ("{date:%Y}/x.csv", "twenty", False),
        ("{date:%Y}/{date:%Y%m}/x.csv", "2026/202601", True),
    ],
)
def test_only_folders_that_may_hold_matches_are_entered(
    pattern: str, folder: str, entered: bool
) -> None:
    assert NamePattern.of(pattern).enters(folder) is entered
