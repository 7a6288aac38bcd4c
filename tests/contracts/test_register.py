"""Registers: entries with dates and aliases; what is wrong is told by line."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.register import aliases, normalised
from contracts.register_file import BadRegister, load_register

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


# Dated writings, successors, further files.


def dated(folder: Path) -> Path:
    lines = (
        "OLD,Dorset County,,2019-03-31,Dorset,NEW,,x,y\n"
        "NEW,Dorset,2019-04-01,,,,,x,y\n"
        "GONE,Rutland,,1974-03-31,,,refused,x,y\n"
    )
    path = folder / "council.csv"
    path.write_text(HEAD.strip().replace("source", "successors,reason,source") + "\n" + lines)
    return path


def test_one_writing_stands_for_different_codes_at_different_dates(tmp_path: Path) -> None:
    register = load_register(dated(tmp_path))
    days = [date(2019, 3, 31), date(2019, 4, 1)]
    assert [register.on(day).codes["dorset"] for day in days] == ["OLD", "NEW"]
    assert [sorted(register.on(day).outside) for day in days] == [
        ["gone", "new", "rutland"], ["dorset county", "gone", "old", "rutland"],
    ]  # fmt: skip
    assert register.boundaries == (date(1974, 4, 1), date(2019, 4, 1))
    assert [register.period(day) for day in (date(1974, 3, 31), *days)] == [0, 1, 2]
    assert register["OLD"].successors == ("NEW",) and register["GONE"].reason == "refused"
    assert register.writings["dorset"] == "NEW"


def test_what_stood_for_several_codes_at_other_times_is_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "c.csv", "A,x,,1990-12-31,CS,s,l\nB,y,2003-01-01,2006-12-31,CS,s,l\n")
    register = load_register(path)
    found = [register.on(date(year, 6, 1)).codes.get("cs") for year in (1985, 1995, 2004, 2020)]
    assert found == ["A", None, "B", None]


def test_a_scheme_writes_a_code_in_turn_and_only_while_it_is_in_force(tmp_path: Path) -> None:
    whole = load_register(dated(tmp_path))
    lines = "OLD,a,,,825,s,l\nNEW,b,,2020-12-31,825,s,l\nNEW,b,2021-01-01,,900,s,l\n"
    scheme = load_register(written(tmp_path, "n.csv", lines), whole=whole)
    days = [date(2019, 3, 31), date(2019, 4, 1)]
    assert [scheme.on(day).codes["825"] for day in days] == ["OLD", "NEW"]
    assert "900" in scheme.on(date(2020, 1, 1)).outside
    assert "900" not in scheme.on(date(2022, 1, 1)).outside
    assert (scheme.of, scheme.listed["NEW"].name) == ("council", "Dorset")


def test_accepted_aliases_hold_for_their_dates_and_feed(tmp_path: Path) -> None:
    path = dated(tmp_path)
    (tmp_path / "council.aliases.csv").write_text(
        "code,alias,start,end,feed,accepted_by,accepted_on,reason\n"
        "NEW,DC,2019-04-01,,,A,2026-01-01,why\n"
        "OLD,The county,,,north/spend,A,2026-01-01,why\n"
    )
    register = load_register(path)
    before, after = date(2019, 3, 31), date(2020, 1, 1)
    assert "dc" not in register.on(before).codes and register.on(after).codes["dc"] == "NEW"
    assert "the county" not in register.on(before).codes
    assert register.on(before, "north/spend").codes["the county"] == "OLD"
    assert "the county" in register.on(after, "north/spend").outside
    assert {one.name for one in register.files} == {"council.csv", "council.aliases.csv"}


def test_further_lines_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "A,one,,,,x,y\n")
    part = written(tmp_path, "a.ours.csv", "B,two,,,,x,y\n")
    register = load_register(path, parts=[part])
    assert list(register) == ["A", "B"] and register["B"].path == part
    part = written(tmp_path, "a.ours.csv", "A,two,,,,x,y\n")
    with pytest.raises(BadRegister) as told:
        load_register(path, parts=[part])
    assert told.value.found == ((part, 2, "code 'A' stands on line 2 of a.csv too"),)


@pytest.mark.parametrize(
    ("lines", "aliases_", "message"),
    [
        ("A,a,,,,B,,x,y\n", "", "successor 'B' is no other code of r; add it first"),
        ("A,a,,,,A,,x,y\n", "", "successor 'A' is no other code of r; add it first"),
        ("A,a,,1990-01-01,x,,,s,l\nB,b,1990-01-01,,x,,,s,l\n", "",
         "'x' stands for 'A' and for 'B' on one day; part their dates"),
        ("A,a,,,x,,,s,l\nB,b,,,,,,s,l\n", "B,X,,,,who,2026-01-01,why\n",
         "'X' stands for 'A' and for 'B'; keep it for one"),
        ("A,a,,,x,,,s,l\n", "C,y,,,,who,2026-01-01,why\n", "code 'C' is not in r.csv"),
        ("A,a,,,x,,,s,l\n", "A,y,,,,who,,why\n", "accepted_on is empty"),
    ],
)  # fmt: skip
def test_what_must_hold_between_lines(
    tmp_path: Path, lines: str, aliases_: str, message: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(HEAD.strip().replace("source", "successors,reason,source") + "\n" + lines)
    if aliases_:
        (tmp_path / "r.aliases.csv").write_text(
            "code,alias,start,end,feed,accepted_by,accepted_on,reason\n" + aliases_
        )
    with pytest.raises(BadRegister) as told:
        load_register(path)
    [(file, _, said)] = told.value.found
    assert said == message
    assert file.name == ("r.aliases.csv" if aliases_ else "r.csv")


def test_a_scheme_writes_only_codes_of_its_list(tmp_path: Path) -> None:
    whole = load_register(dated(tmp_path))
    with pytest.raises(BadRegister, match=r"code 'X' is not in council\.csv; add it there first"):
        load_register(written(tmp_path, "n.csv", "X,x,,,1,s,l\n"), whole=whole)
    with pytest.raises(BadRegister, match="'OLD' is not in force in council then"):
        load_register(written(tmp_path, "n.csv", "OLD,x,2020-01-01,,1,s,l\n"), whole=whole)


Line = tuple[str, int, int, str]
SPANS = st.tuples(
    st.sampled_from("ABC"), st.integers(0, 9), st.integers(0, 9), st.sampled_from(["p", "q", "r"])
)


@given(st.lists(SPANS, min_size=1, max_size=8))
def test_a_writing_resolves_to_one_code_at_each_date(lines: list[Line]) -> None:
    """However lines overlap: either the register is refused, or every writing stands, on every
    day, for one code at most, which is the one whose line holds then; in force or told not to be.
    """
    whole = {"A": (0, 9), "B": (2, 6), "C": (5, 9)}
    with TemporaryDirectory() as name:
        folder = Path(name)
        text = "".join(
            f"{code},{code} entry,200{start}-01-01,200{end}-12-31,,x,y\n"
            for code, (start, end) in whole.items()
        )
        listed = load_register(written(folder, "w.csv", text))
        spans = [(c, min(a, b), max(a, b), w) for c, a, b, w in lines]
        text = "".join(f"{c},n,200{a}-01-01,200{b}-12-31,{w},x,y\n" for c, a, b, w in spans)
        path = written(folder, "s.csv", text)
        cut = [(c, max(a, whole[c][0]), min(b, whole[c][1]), w) for c, a, b, w in spans]
        clash = any(a > b for _, a, b, _ in cut) or any(
            w == v and c != d and a <= f and e <= b
            for c, a, b, w in cut for d, e, f, v in cut
        )  # fmt: skip
        if clash:
            with pytest.raises(BadRegister):
                load_register(path, whole=listed)
            return
        scheme = load_register(path, whole=listed)
    for year in range(10):
        resolved = scheme.on(date(2000 + year, 6, 1))
        for writing in {w for *_, w in cut}:
            meant = {c for c, a, b, w in cut if w == writing and a <= year <= b}
            ever = {c for c, _, _, w in cut if w == writing}
            expected = meant or (ever if len(ever) == 1 else {None})
            assert {resolved.codes.get(writing)} == expected
            assert (writing in resolved.outside) == (not meant and len(ever) == 1)


def test_an_organisation_may_tell_its_locale(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    head = HEAD.strip().replace("source", "locale,source") + "\n"
    path.write_text(head + "a,A,,,,en-US,x,y\nb,B,,,,,x,y\n")
    register = load_register(path)
    assert [register[code].locale for code in "ab"] == ["en-US", None]
    path.write_text(head + "a,A,,,,en_US,x,y\n")
    with pytest.raises(BadRegister, match="line 2: locale 'en_US' is none of"):
        load_register(path)
