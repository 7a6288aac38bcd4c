"""Codes: names and codes of published lists, read through the registers as at a date.

The answers are the lists' own codes. A name that is refused is on no register's list of writings; a
wrong one would be another's.
"""

import csv
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pyarrow as pa

from benchmarks.accuracy.table import Table
from contracts.declarations import load
from contracts.modules import OWN
from contracts.register import Register
from transforms.values import codes

REAL = Path(__file__).parents[2].parent / "shared" / "real" / "reference"
TODAY = date(2026, 5, 1)
# A code of HESA that is a part of a country, or several, has no answer in a list of countries.
NO_COUNTRY = re.compile(r"not otherwise specified|^(England|Wales|Scotland|Northern Ireland)$")
Answer = tuple[str, str, date]
"""What is written, the code it is, and the date it is read as at."""


def tables() -> list[Table]:
    """One table a list and way of writing."""
    if not REAL.is_dir():
        note = "the published lists are not at ../shared/real/reference"
        return [Table("codes", 0, 0, 0, 0, note)]
    registers = load(OWN).code_schemes
    return [
        _table("country codes (HESA)", registers["country-hesa"], _hesa_codes()),
        _table("country names (HESA)", registers["country"], _hesa_names()),
        _table("local authority names (mySociety)", registers["local-authority"], _names()),
        _table("GSS codes, former ones too", registers["local-authority-gss"], _gss()),
        _table("DfE authority numbers", registers["local-authority-numbers"], _numbers()),
        _table("ethnic groups (HESA) by label", registers["ethnic-group-hesa"], _labels()),
        _table(
            "ethnic groups (HESA) as Census 2021", registers["ethnic-group-hesa"], _census(),
            into="ethnic-group-2021",
        ),
    ]  # fmt: skip


def _table(
    title: str, register: Register, answers: Iterable[Answer], into: str | None = None
) -> Table:
    right = wrong = refused = 0
    by_day: dict[date, list[Answer]] = {}
    for answer in answers:
        by_day.setdefault(answer[2], []).append(answer)
    for day, some in by_day.items():
        resolved = register.on(day, into=into)
        options = {"writings": resolved.codes, "outside": resolved.outside}
        read = codes.parse(pa.array([one[0] for one in some]), options).values.to_pylist()
        for (_, code, _), found in zip(some, read, strict=True):
            right += found == code
            refused += found is None
            wrong += found is not None and found != code
    return Table(title, right, wrong, refused, right + wrong + refused, str(register.path.name))


def _lines(name: str) -> list[dict[str, str]]:
    with (REAL / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _hesa() -> Iterable[tuple[str, str]]:
    for name in ("degree_countries", "nationalities"):
        for line in _lines(f"dfe_hesa_codes/{name}.csv"):
            if re.fullmatch("[A-Z]{2}", line["Code"]) and not NO_COUNTRY.search(line["Label"]):
                yield line["Code"], line["Label"]


def _hesa_codes() -> Iterable[Answer]:
    own = {"QO": "XKX", "XA": "CY", "XB": "CY"}
    return [(code, own.get(code, code), TODAY) for code, _ in _hesa()]


def _hesa_names() -> Iterable[Answer]:
    """Without what HESA adds in brackets: other names of the same country."""
    own = {"QO": "XKX"}
    for code, label in _hesa():
        name = re.sub(r"\s*[\[{].*?[\]}]", "", label)
        if not name.startswith("Cyprus ("):
            yield name, own.get(code, code), TODAY


def _authorities() -> dict[str, dict[str, str]]:
    lines = _lines("mysociety_la/uk_local_authorities.csv")
    return {line["local-authority-code"]: line for line in lines}


def _day(line: dict[str, str]) -> date:
    """A day on which an authority was there: its last, else today."""
    if not line["end-date"]:
        return max(TODAY, date.fromisoformat(line["start-date"] or "1996-04-01"))
    return date.fromisoformat(line["end-date"]).replace(year=int(line["end-date"][:4]) - 1)


def _names() -> Iterable[Answer]:
    known = _authorities()
    for line in _lines("mysociety_la/lookup_name_to_registry.csv"):
        code, name = line["local-authority-code"], line["la-name"]
        if "ï¿½" not in name and "\ufffd" not in name:
            yield name, code, _day(known[code])


def _gss() -> Iterable[Answer]:
    known = _authorities()
    for line in _lines("mysociety_la/lookup_gss_to_registry.csv"):
        code = line["local-authority-code"]
        if line["gss-code"]:
            yield line["gss-code"], code, _day(known[code])


def _numbers() -> Iterable[Answer]:
    for code, line in _authorities().items():
        if line["old-ons-la-code"].isdigit():
            yield line["old-ons-la-code"], code, _day(line)


def _labels() -> Iterable[Answer]:
    for line in _lines("dfe_hesa_codes/ethnicities.csv"):
        yield line["Label"], line["Code"], TODAY


def _census() -> Iterable[Answer]:
    """By the names of the Census's categories, not by the crosswalk's lines."""
    names = {
        "Bangladeshi": "1", "Chinese": "2", "Indian": "3", "Pakistani": "4",
        "Any other Asian": "5", "African or": "6", "Caribbean or": "7", "Any other Black": "8",
        "and Asian or": "9", "Black African": "10", "Black Caribbean": "11",
        "Any other Mixed": "12", "English, Scottish": "13", "White - Irish": "14",
        "Gypsy or": "15", "White - Roma": "16", "Any other White": "17", "Arab": "18",
        "Any other ethnic": "19",
    }  # fmt: skip
    for line in _lines("dfe_hesa_codes/ethnicities.csv"):
        label = line["Label"]
        group = label.startswith("Mixed")
        found = [
            code for text, code in names.items()
            if text in label and (group == (code in ("9", "10", "11")))
        ]  # fmt: skip
        if found:
            yield line["Code"], found[0], TODAY
