"""Registers: entries with dates and aliases; what is wrong is told by line."""

from datetime import date
from pathlib import Path

import pytest

from contracts.register import BadRegister, aliases, load_register, normalised

HEAD = "code,name,start,end,aliases,source,licence\n"


def written(folder: Path, name: str, lines: str) -> Path:
    path = folder / name
    path.write_text(HEAD + lines, encoding="utf-8")
    return path


def test_a_list_accepts_codes_names_and_aliases(tmp_path: Path) -> None:
    path = written(tmp_path, "sex.csv", "M,Male,,,Boy| Man ,x,y\nF,Female,,,,x,y\n")
    register = load_register(path)
    assert aliases(register) == {
        "m": "M", "male": "M", "boy": "M", "man": "M", "f": "F", "female": "F",
    }  # fmt: skip
    assert (register.lists, register["M"].aliases) == ("sex", ("Boy", "Man"))


def test_a_scheme_accepts_only_what_it_lists(tmp_path: Path) -> None:
    path = written(tmp_path, "sex-1-2.csv", "M,Male,,,1,x,y\nF,Female,,,2,x,y\n")
    register = load_register(path, "sex")
    assert aliases(register) == {"1": "M", "2": "F"}
    assert register.lists == "sex"


def test_writings_are_compared_without_case_and_stray_space() -> None:
    assert normalised("  Not   KNOWN\u00a0") == "not known"
    assert normalised("Ｆ") == "f"  # full-width, as some systems write


def test_entries_hold_between_their_dates(tmp_path: Path) -> None:
    entry = load_register(written(tmp_path, "a.csv", "A,a,2001-01-01,2002-12-31,,x,y\n"))["A"]
    days = [date(2000, 12, 31), date(2001, 1, 1), date(2002, 12, 31), date(2003, 1, 1)]
    assert [entry.holds_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        ("", [(1, "the register has no entries")]),
        ("A,a,,,,x,y\nA,b,,,,x,y\n", [(3, "code 'A' stands on line 2 too")]),
        ("A,a,2001-02-30,,,x,y\n", [(2, "start is not a date (YYYY-MM-DD)")]),
        ("A,a,2002-01-01,2001-01-01,,x,y\n", [(2, "end lies before start")]),
        ("A,,,,,x,y\n", [(2, "name is empty")]),
        ("A,a,,,,,\n", [(2, "source is empty"), (2, "licence is empty")]),
        ("A,a\n", [(2, "the line does not have 7 values")]),
        ("A,a,,,,x,y,z\n", [(2, "the line does not have 7 values")]),
        (
            "A,a,,,one,x,y\nB,b,,,One,x,y\n",
            [(3, "'One' stands for 'A' and for 'B'; keep it for one")],
        ),
    ],
)
def test_a_bad_register_says_its_lines(
    tmp_path: Path, lines: str, problems: list[tuple[int, str]]
) -> None:
    with pytest.raises(BadRegister) as told:
        load_register(written(tmp_path, "a.csv", lines))
    assert list(told.value.problems) == problems


def test_columns_must_be_the_registers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,name\nA,a\n")
    with pytest.raises(BadRegister, match="the columns must be code,name,start"):
        load_register(tmp_path / "a.csv")
