"""Crosswalks: codes of one list turned into another's where that is sure, and told where not."""

from datetime import date
from pathlib import Path

import pytest

from contracts.claims import Resolved
from contracts.crosswalk import BadCrosswalk, load_crosswalk

HEAD = "from_code,to_code,start,end,relation,source,licence\n"
LISTS = {"old": {"A": 1, "B": 1, "C": 1, "D": 1}, "new": {"1": 1, "2": 1, "3": 1}}
DAY = date(2020, 1, 1)


def written(folder: Path, lines: str, name: str = "old--new.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + lines, encoding="utf-8")
    return path


def test_only_what_is_sure_is_turned(tmp_path: Path) -> None:
    lines = "A,1,,,exact,x,y\nB,2,,,narrower,x,y\nC,1,,,broader,x,y\nC,2,,,broader,x,y\n"
    walk = load_crosswalk(written(tmp_path, lines + "D,3,,,part,x,y\n"), LISTS)
    assert (walk.start, walk.end) == ("old", "new")
    assert [walk.one(code, DAY) for code in "ABCDZ"] == ["1", "2", None, None, None]
    assert [step.to_code for step in walk.of("C", DAY)] == ["1", "2"]
    turned = walk.turned(Resolved({"a": "A", "c": "C"}, frozenset({"a"})), DAY)
    assert turned == Resolved({"a": "1", "c": None}, frozenset({"a"}))


def test_a_line_holds_between_its_dates(tmp_path: Path) -> None:
    lines = "A,1,,2009-12-31,exact,x,y\nA,2,2010-01-01,,exact,x,y\n"
    walk = load_crosswalk(written(tmp_path, lines), LISTS)
    days = [date(2009, 12, 31), date(2010, 1, 1)]
    assert [walk.one("A", day) for day in days] == ["1", "2"]


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        ("", [(1, "the crosswalk has no lines")]),
        ("Z,1,,,exact,x,y\n", [(2, "code 'Z' is not in old.csv; add it there first")]),
        ("A,9,,,exact,x,y\n", [(2, "code '9' is not in new.csv; add it there first")]),
        ("A,1,,,same,x,y\n", [(2, "relation must be one of exact, narrower, broader, part")]),
        ("A,1,,,exact,,\n", [(2, "source is empty"), (2, "licence is empty")]),
        ("A,1,2001-02-30,,exact,x,y\n", [(2, "start is not a date (YYYY-MM-DD)")]),
        ("A,1,2002-01-01,2001-01-01,exact,x,y\n", [(2, "end lies before start")]),
        ("A,1\n", [(2, "the line does not have 7 values")]),
        ("A,1,,,exact,x,y\nA,1,,,part,x,y\n",
         [(3, "the same two codes stand on line 2 too")]),
        ("A,1,,,exact,x,y\nA,2,,,part,x,y\n",
         [(3, "'A' cannot be exactly one code and have another counterpart (line 2) on one day; "
              "correct the relation")]),
    ],
)  # fmt: skip
def test_a_bad_crosswalk_says_its_lines(
    tmp_path: Path, lines: str, problems: list[tuple[int, str]]
) -> None:
    with pytest.raises(BadCrosswalk) as told:
        load_crosswalk(written(tmp_path, lines), LISTS)
    assert list(told.value.problems) == problems


def test_its_name_tells_two_lists_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(BadCrosswalk, match="there is no code list 'newer'"):
        load_crosswalk(written(tmp_path, "A,1,,,exact,x,y\n", "old--newer.csv"), LISTS)
    with pytest.raises(BadCrosswalk, match="is named <from>--<to>"):
        load_crosswalk(written(tmp_path, "A,1,,,exact,x,y\n", "old-new.csv"), LISTS)
