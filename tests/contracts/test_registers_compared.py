"""The registers against the lists they name, read by another way than they were written by."""

import csv
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pycountry
import pytest

from contracts.declarations import load

DECLARED = load()
TODAY = date(2026, 6, 1)
REAL = Path(__file__).parents[2].parent / "shared" / "real" / "reference"
real = pytest.mark.skipif(
    not REAL.is_dir(), reason="the published lists are not at ../shared/real/reference"
)


def read(scheme: str, written: str, day: date = TODAY) -> str | None:
    """The code a writing stands for on a day."""
    return DECLARED.code_schemes[scheme].on(day).codes.get(" ".join(written.split()).casefold())


def items(name: str) -> list[dict[str, str]]:
    """What a register's log holds: every version of every entry."""
    lines = (REAL / "gds_registers" / f"{name}.rsf").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line.split("\t", 1)[1]) for line in lines if line.startswith("add-item")]
    return [one for one in found if one.get(name) and one.get("name")]


def lines(name: str) -> list[dict[str, str]]:
    with (REAL / name).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_every_country_is_read_by_each_of_its_codes() -> None:
    for one in pycountry.countries:
        assert read("country-alpha-2", one.alpha_2) == one.alpha_2
        assert read("country-alpha-3", one.alpha_3) == one.alpha_2
        assert read("country-numeric", one.numeric) == one.alpha_2


def test_countries_that_are_gone_end_on_the_day_before_they_were_withdrawn() -> None:
    register = DECLARED.code_schemes["country"]
    for one in pycountry.historic_countries:
        end = register[one.alpha_4].end
        assert end is not None
        if len(one.withdrawal_date) == 4:
            assert end == date(int(one.withdrawal_date), 12, 31), one.name
        else:
            assert end + timedelta(1) == date.fromisoformat(one.withdrawal_date), one.name
        assert read("country-alpha-3", one.alpha_3, end) == one.alpha_4, one.name


def test_a_code_taken_over_does_not_begin_before_its_earlier_meaning_ended() -> None:
    register = DECLARED.code_schemes["country"]
    for one in pycountry.historic_countries:
        end, heir = register[one.alpha_4].end, register.get(one.alpha_2)
        if heir is not None and heir.name != register[one.alpha_4].name:
            assert heir.start is not None and end is not None and heir.start > end, one.alpha_2


def test_every_currency_of_list_one_is_read_by_code_and_name() -> None:
    register = DECLARED.code_schemes["currency"]
    for one in pycountry.currencies:
        if register[one.alpha_3].end is None:
            assert read("currency", one.alpha_3) == one.alpha_3
            assert read("currency", one.name) in (one.alpha_3, None), one.name
    named = [one.name for one in pycountry.currencies if register[one.alpha_3].end is None]
    shared = {one for one in named if named.count(one) > 1}
    assert {one for one in named if read("currency", one) is None} == shared
    assert register["BGN"].end == date(2026, 1, 31), "Bulgaria's, the last to give way to the euro"


def test_currencies_that_are_gone_hold_until_their_month_is_over() -> None:
    register = DECLARED.code_schemes["currency"]
    gone = {code: entry.end for code, entry in register.items() if entry.end}
    assert len(gone) > 100
    assert all((day + timedelta(1)).day == 1 for day in gone.values())
    for code, month in {
        "DEM": "2002-03",
        "SLL": "2023-12",
        "LTL": "2014-12",
        "HRK": "2023-01",
    }.items():
        assert gone[code].isoformat()[:7] == month
    assert read("currency", "Mexican Peso", date(1990, 1, 1)) == "MXN", (
        "the one in use has the name"
    )


# Section 1(2) of the Local Government (Boundaries) Act (Northern Ireland) 2008.
NORTHERN_IRELAND = """
ANN: Antrim; Newtownabbey
AND: Ards; North Down
ABC: Armagh City and District; Banbridge; Craigavon
MEA: Ballymena; Carrickfergus; Larne
CCG: Ballymoney; Coleraine; Limavady; Moyle
LBC: Castlereagh; Lisburn City
MUL: Cookstown; Dungannon and South Tyrone Borough; Magherafelt
DRS: Derry; Strabane
NMD: Down; Newry and Mourne
FMO: Fermanagh; Omagh
"""


def test_districts_of_northern_ireland_were_followed_as_the_act_says() -> None:
    register = DECLARED.code_schemes["local-authority"]
    told = 0
    for line in NORTHERN_IRELAND.split("\n"):
        successor, _, districts = line.partition(": ")
        for district in filter(None, districts.split("; ")):
            name = re.sub(r" (City and District|City|Borough)$", "", district)
            [code] = [
                code for code, one in register.items()
                if code.startswith("NIR-") and one.name.startswith(f"{name} ")
                and one.name.split(" ")[: len(name.split())] == name.split()
            ]  # fmt: skip
            assert register[code].successors == (successor,), district
            told += 1
    assert told == 25, "and Belfast, which stayed"


def test_what_is_in_order_in_the_registers_is_numbered_without_gaps() -> None:
    for name, most in (("ethnic-group-2011", 18), ("ethnic-group-2021", 19)):
        assert list(DECLARED.code_schemes[name]) == [str(n) for n in range(1, most + 1)]


@real
@pytest.mark.parametrize("name", ["local-authority-eng", "local-authority-sct",
                                  "principal-local-authority", "local-authority-nir"])  # fmt: skip
def test_councils_of_the_government_s_registers_have_their_codes(name: str) -> None:
    register = DECLARED.code_schemes["local-authority"]
    told = [one for one in items(name) if not (name.endswith("nir") and one.get("end-date"))]
    assert len(told) > 10
    for one in told:
        code = one[name]
        day = register[code].end or TODAY
        for field in ("name", "official-name"):
            if field in one:
                assert read("local-authority", one[field], day) == code, one


@real
def test_gss_codes_lead_to_the_council_the_lookup_names() -> None:
    register = DECLARED.code_schemes["local-authority"]
    told = [one for one in lines("mysociety_la/lookup_gss_to_registry.csv") if one["gss-code"]]
    assert len(told) > 400
    for one in told:
        code = one["local-authority-code"]
        day = register[code].end or max(TODAY, register[code].start or TODAY)
        assert read("local-authority-gss", one["gss-code"], day) == code


@real
def test_school_types_are_named_as_the_government_s_register_names_them() -> None:
    types = DECLARED.code_schemes["school-type"]
    told = {one["school-type-eng"]: one["name"] for one in items("school-type-eng")}
    assert len(told) == 26
    assert {code: types[code].name for code in told} == told


@real
def test_countries_bear_the_names_of_the_government_s_register() -> None:
    told = {one["country"]: one for one in items("country")}
    for code, one in told.items():
        ours = {"XK": "XKX", "CS": "CSHH", "DD": "DDDE", "SU": "SUHH", "YU": "YUCS"}.get(code, code)
        if ours == "XKX" or ours in DECLARED.code_schemes["country"]:
            entry = DECLARED.code_schemes["country"][ours]
            day = entry.end or TODAY
            assert read("country", one["name"], day) == ours, one


@real
@pytest.mark.parametrize(
    ("file", "scheme"), [("ethnicities", "ethnic-group-hesa"), ("sexes", "sex-hesa")]
)
def test_hesa_s_codes_are_whole(file: str, scheme: str) -> None:
    told = {one["Code"]: one["Label"] for one in lines(f"dfe_hesa_codes/{file}.csv")}
    assert {code: one.name for code, one in DECLARED.code_schemes[scheme].items()} == told
