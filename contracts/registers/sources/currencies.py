"""Currencies (ISO 4217), with those that are gone."""

import calendar
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from contracts.registers.sources.writing import FACTS, Line, aliases, read_lines, write_list

ISO = {"source": "ISO 4217, list one (pycountry)", "licence": FACTS}
GONE = {
    "source": "ISO 4217, list three (as datahub.io restates it, February 2026): last day of the "
    "month in which it was withdrawn",
    "licence": FACTS,
}
EURO = {"ATS", "BEF", "BGN", "CYP", "DEM", "EEK", "ESP", "FIM", "FRF", "GRD", "HRK", "IEP", "ITL",
        "LTL", "LUF", "LVL", "MTL", "NLG", "PTE", "SIT", "SKK"}  # fmt: skip
"""Currencies that the euro followed."""
FOLLOWED = {
    "AFA": "AFN", "AZM": "AZN", "BGL": "BGN", "BYB": "BYR", "BYR": "BYN", "GHC": "GHS",
    "MRO": "MRU", "MZM": "MZN", "ROL": "RON", "RUR": "RUB", "SDD": "SDG", "SLL": "SLE",
    "SRG": "SRD", "STD": "STN", "TMM": "TMT", "TRL": "TRY", "VEB": "VEF", "VEF": "VES",
    "ZMK": "ZMW",
}  # fmt: skip
"""Currencies of which the same country issued another in exchange."""
GONE_NAMES = {
    "ATS": "Austrian Schilling", "BGN": "Bulgarian Lev", "CYP": "Cyprus Pound",
    "DEM": "Deutsche Mark", "EEK": "Estonian Kroon", "FIM": "Finnish Markka",
    "GRD": "Greek Drachma", "HRK": "Croatian Kuna", "NLG": "Netherlands Guilder",
    "PTE": "Portuguese Escudo", "SIT": "Slovenian Tolar", "TRL": "Old Turkish Lira",
    "VEF": "Venezuelan Bolivar Fuerte",
}  # fmt: skip
"""Names with the country, where the list has the bare one."""
NAMES = {
    "GBP": ("Sterling", "British Pound", "Pounds sterling", "£", "UK Pound"),
    "EUR": ("€", "Euros"),
    "USD": ("US$", "US Dollars", "United States Dollar"),
    "JPY": ("Japanese Yen",),
    "CHF": ("Swiss Francs",),
}


def write(folder: Path) -> None:
    """Write the list."""
    import pycountry

    gone = _gone(read_lines(folder / "currency_codes" / "codes-all.csv"))
    today = {one.alpha_3: one.name for one in pycountry.currencies if one.alpha_3 not in gone}
    lines = [
        {
            "code": code,
            "name": _own(name, code, list(today.values())),
            "aliases": aliases(NAMES.get(code, ()), code, name),
            **ISO,
        }
        for code, name in today.items()
    ]
    # A name that is in use is the one in use; what is gone yields it.
    named = [*today.values(), *(name for name, _ in gone.values())]
    write_list("currency", [*lines, *_lines(gone, named)])


def _gone(lines: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    """Name and last day of every code that was withdrawn for good in a month that is given; of
    several countries that gave it up in turn, the last."""
    found: dict[str, tuple[str, str]] = {}
    for line in sorted(lines, key=lambda line: line["WithdrawalDate"]):
        code = line["AlphabeticCode"]
        if code and not line["WithdrawalDate"]:
            found.pop(code, None)
        month = re.fullmatch(r"(\d{4})-(\d\d)", line["WithdrawalDate"])
        if code and month:
            year, number = int(month[1]), int(month[2])
            last = calendar.monthrange(year, number)[1]
            name = GONE_NAMES.get(code, line["Currency"].strip())
            found[code] = (name, f"{month[0]}-{last:02}")
    current = {line["AlphabeticCode"] for line in lines if not line["WithdrawalDate"]}
    return {code: found[code] for code in sorted(found) if code not in current}


def _lines(gone: Mapping[str, tuple[str, str]], named: list[str]) -> Iterator[Line]:
    for code, (name, end) in gone.items():
        yield {
            "code": code,
            "name": _own(name, code, named),
            "end": end,
            "successors": "EUR" if code in EURO else FOLLOWED.get(code, ""),
            **GONE,
        }


def _own(name: str, code: str, named: list[str]) -> str:
    """A currency's name; with its code where another has the same."""
    same = [one for one in named if one.casefold() == name.casefold()]
    return name if len(same) == 1 else f"{name} ({code})"
