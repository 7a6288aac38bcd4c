"""The registers that come with the project: right against other lists, and clear at each date."""

from datetime import date
from pathlib import Path

import pycountry
import pytest

from contracts.declarations import load
from contracts.register import Register

DECLARED = load()
DAYS = [date(1985, 1, 1), date(2000, 1, 1), date(2008, 6, 1), date(2019, 3, 31), date(2019, 4, 1),
        date(2023, 3, 31), date(2023, 4, 1), date(2027, 4, 1)]  # fmt: skip
REAL = Path(__file__).parents[2].parent / "shared" / "real" / "reference"


def codes(scheme: str, day: date) -> dict[str, str | None]:
    return dict(DECLARED.code_schemes[scheme].on(day).codes)


@pytest.mark.parametrize("name", sorted(DECLARED.code_schemes))
def test_every_entry_can_be_found_and_every_successor_is_there(name: str) -> None:
    register: Register = DECLARED.code_schemes[name]
    assert all(entry.source and entry.licence for entry in register.lines)
    if register.of is None:
        for entry in register.values():
            day = entry.end or entry.start or date(2020, 1, 1)
            assert register.on(day).codes[entry.code.casefold()] == entry.code
            for code in entry.successors:
                after = register[code]
                assert after.end is None or (entry.end and after.end > entry.end), entry.code


@pytest.mark.parametrize("name", sorted(DECLARED.code_schemes))
def test_a_writing_that_is_in_force_is_one_code_s_on_each_day(name: str) -> None:
    register: Register = DECLARED.code_schemes[name]
    for day in DAYS:
        resolved = register.on(day)
        for claim in register.claims:
            if claim.holds_on(day):
                assert resolved.codes[claim.writing] == claim.code


def test_countries_are_those_of_iso_3166() -> None:
    now = codes("country", date(2026, 1, 1))
    for one in pycountry.countries:
        for text in (one.alpha_2, one.alpha_3, one.numeric, one.name):
            assert now[text.casefold()] == one.alpha_2, text
        assert codes("country-alpha-3", date(2026, 1, 1))[one.alpha_3.casefold()] == one.alpha_2
    gone = {one.alpha_4 for one in pycountry.historic_countries}
    register = DECLARED.code_schemes["country"]
    assert {code for code, entry in register.items() if entry.end} == gone
    assert all(register[code].successors for code in gone)


def test_a_country_s_code_means_what_it_meant_then() -> None:
    found = [codes("country", day).get("cs") for day in (DAYS[0], DAYS[1], date(2005, 1, 1))]
    assert found == ["CSHH", None, "CSXX"]
    assert [codes("country-alpha-2", date(year, 1, 1))["ai"] for year in (1970, 2000)] == [
        "AIDJ", "AI",
    ]  # fmt: skip
    assert DECLARED.code_schemes["country"]["SUHH"].holds_on(date(1990, 1, 1))


def test_letters_that_belong_to_nobody_are_no_country() -> None:
    """XK is Kosovo to some and the United Kingdom to HESA."""
    assert "xk" not in codes("country", date(2026, 1, 1))
    assert codes("country", date(2026, 1, 1))["kosovo"] == "XKX"
    assert codes("country-hesa", date(2026, 1, 1))["xk"] == "GB"


def test_currencies_are_those_of_iso_4217() -> None:
    register = DECLARED.code_schemes["currency"]
    now = {code for code, entry in register.items() if entry.holds_on(date(2026, 6, 1))}
    other = {one.alpha_3 for one in pycountry.currencies}
    assert now <= other
    # Lists of other years differ by the currencies that have gone since.
    assert all(register[code].end for code in other - now)
    assert register["DEM"].successors == ("EUR",) and not register["DEM"].holds_on(DAYS[2])


def test_councils_that_merged_lead_to_those_that_followed() -> None:
    register = DECLARED.code_schemes["local-authority"]
    assert set(register["CMA"].successors) == {"CBD", "WAF"}
    assert register["POL"].end == date(2019, 3, 31) and register["POL"].successors == ("BPC",)
    assert register["NIR-O"].successors == ("ABC",) and register["ONS-13"].successors == (
        "CHE", "CHW",
    )  # fmt: skip
    planned = [e for e in register.values() if e.start and e.start > date(2026, 12, 31)]
    assert {one.name for one in planned} == {"East Surrey Council", "West Surrey Council"}


def test_codes_of_ours_are_marked_as_ours() -> None:
    """Nobody has published a code yet."""
    register = DECLARED.code_schemes["local-authority"]
    ours = {code for code, entry in register.items() if "Watersmeet's own" in entry.source}
    assert ours == {code for code in register if code.startswith("X-")}
    assert ours == {"X-EAST-SURREY", "X-WEST-SURREY"}


@pytest.mark.parametrize(
    ("scheme", "written", "before", "after"),
    [
        ("local-authority", "north yorkshire", "NYK", "NYE"),
        ("local-authority", "somerset", "SOM", "SMT"),
        ("local-authority-numbers", "815", "NYK", "NYE"),
        ("local-authority-numbers", "933", "SOM", "SMT"),
    ],
)
def test_one_writing_two_councils(scheme: str, written: str, before: str, after: str) -> None:
    assert [codes(scheme, day)[written] for day in DAYS[5:7]] == [before, after]


def test_old_and_new_codes_of_one_council() -> None:
    gss = codes("local-authority-gss", DAYS[-1])
    assert gss["e08000020"] == gss["e08000037"] == "GAT"
    assert codes("local-authority-ons", DAYS[-1])["30ue"] == "CHO"
    assert codes("local-authority-numbers", DAYS[-1])["383"] == "LDS"


def test_the_example_s_councils_stand_apart() -> None:
    register = DECLARED.code_schemes["local-authority"]
    invented = {e.code for e in register.values() if "invented" in e.source}
    assert invented == {"northmoor", "eastvale"}
    assert {register[code].path.name for code in invented} == {"local-authority.example.csv"}


def test_ethnic_groups_walk_from_census_to_census() -> None:
    walks = DECLARED.crosswalks
    day = date(2026, 1, 1)
    one = walks["ethnic-group-2001--ethnic-group-2011"]
    assert (one.one("R", day), one.one("S", day)) == ("12", None)
    back = walks["ethnic-group-2021--ethnic-group-2011"]
    assert (back.one("16", day), back.one("2", day)) == ("4", "12")
    for way in walks.values():
        register = DECLARED.code_schemes[way.start]
        values = {code for code, entry in register.items() if not entry.reason}
        if way.start.startswith("ethnic-group"):
            assert {step.from_code for step in way.steps} == values


def test_there_and_back_is_the_same_where_it_is_exact() -> None:
    there = DECLARED.crosswalks["ethnic-group-2011--ethnic-group-2021"]
    back = DECLARED.crosswalks["ethnic-group-2021--ethnic-group-2011"]
    for step in there.steps:
        if step.relation == "exact":
            assert back.one(step.to_code, date(2026, 1, 1)) == step.from_code


@pytest.mark.parametrize(
    "name", ["sex", "gender-stated", "sex-phenotypic", "gender-identity", "school-phase",
             "school-type", "unit", "government-organisation"],
)  # fmt: skip
def test_the_other_lists_are_there(name: str) -> None:
    assert len(DECLARED.code_schemes[name]) >= 3


def test_a_published_log_of_government_bodies_is_restated_whole() -> None:
    if not REAL.is_dir():
        pytest.skip("the published lists are not at ../shared/real/reference")
    from contracts.registers.sources.writing import read_log

    log = read_log(REAL / "gds_registers" / "government-organisation.rsf")
    register = DECLARED.code_schemes["government-organisation"]
    assert {code: one[-1]["name"] for code, one in log.items()} == {
        code: entry.name for code, entry in register.items()
    }
