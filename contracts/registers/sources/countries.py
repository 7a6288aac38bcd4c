"""Countries and territories (ISO 3166-1), with those that are gone (ISO 3166-3).

The dates are those of the code: a territory that changed its code stands twice.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from contracts.registers.sources.writing import (
    FACTS,
    Line,
    aliases,
    read_lines,
    read_log,
    write_list,
)

ISO = {
    "source": "ISO 3166-1 (pycountry); names, and first days of younger states, as the GDS "
    "registers of countries and territories give them"
}
ISO_3 = {
    "source": "ISO 3166-3 (pycountry): the last day before it was withdrawn; of a year alone, 31 "
    "December",
    "licence": FACTS,
}
TAKEN_OVER = {
    "source": "ISO 3166-1 (pycountry), first day after ISO 3166-3 ends the code's earlier meaning, "
    "or in the year in which Wikipedia, ISO 3166-1 alpha-2, has it assigned anew"
}
STARTS = {"AI": "1985-01-01", "GE": "1992-01-01", "BY": "1992-06-15", "BQ": "2010-12-15",
          "TF": "1980-01-01", "TL": "2002-05-20"}  # fmt: skip
"""First day of codes that had another meaning before; of a year alone, 1 January."""
BEGAN = {"CSXX": "2003-07-23"}
NAMES = {
    "GB": ("UK", "Great Britain", "Britain"),
    "US": ("USA",),
    "RU": ("Russia",),
    "KR": ("South Korea", "Korea (South)"),
    "KP": ("North Korea", "Korea (North)"),
    "BL": ("St Barthélemy",),
    "MF": ("St Martin (French part)",),
    "PM": ("St Pierre and Miquelon",),
    "SH": ("St Helena, Ascension and Tristan da Cunha", "St Helena"),
    "VC": ("St Vincent and the Grenadines",),
    "KN": ("St Kitts and Nevis",),
    "LC": ("St Lucia",),
    "BS": ("Bahamas, The",),
    "GM": ("Gambia, The",),
    "HK": ("Hong Kong (Special Administrative Region of China)",),
    "MO": ("Macao (Special Administrative Region of China)", "Macau"),
    "IO": ("British Indian Ocean Territory (BIOT)",),
    "CZ": ("Czech Republic",),
    "TR": ("Turkey",),
    "CV": ("Cape Verde",),
    "CI": ("Ivory Coast",),
    "VN": ("Vietnam",),
    "LA": ("Laos",),
    "SY": ("Syria",),
    "VA": ("Vatican City", "Holy See (Vatican City State)"),
    "FK": ("Falkland Islands",),
    "MK": ("Macedonia", "North Macedonia"),
    "SZ": ("Swaziland",),
    "CD": ("Congo (Democratic Republic)", "Democratic Republic of the Congo"),
    "CG": ("Republic of the Congo",),
    "TL": ("East Timor",),
}
"""Names in use besides those of the sources."""
FORMER_NAMES = {
    "SUHH": ("USSR", "Union of Soviet Socialist Republics", "Soviet Union"),
    "DDDE": ("East Germany",),
    "YUCS": ("Yugoslavia",),
    "CSHH": ("Czechoslovakia",),
    "TPTL": ("Portuguese Timor",),
    "ZRCD": ("Zaire",),
}
HESA = {
    "QO": "XKX", "XA": "CY", "XB": "CY", "XC": "CY", "XF": "GB", "XG": "GB", "XH": "GB",
    "XI": "GB", "XK": "GB", "XM": "CSHH", "QN": "CSXX", "XN": "SUHH", "XO": "YUCS",
}  # fmt: skip
"""What HESA's own codes stand for; those of regions of the world stand for no country."""
FOLLOWED = {
    "AIDJ": "DJ", "ANHH": "BQ|CW|SX", "BQAQ": "AQ", "BUMM": "MM", "BYAA": "BY", "CSHH": "CZ|SK",
    "CSXX": "ME|RS", "CTKI": "KI", "DDDE": "DE", "DYBJ": "BJ", "FQHH": "AQ|TF", "FXFR": "FR",
    "GEHH": "KI|TV", "HVBF": "BF", "JTUM": "UM", "MIUM": "UM", "NHVU": "VU", "NQAQ": "AQ",
    "NTHH": "IQ|SA", "PCHH": "FM|MH|MP|PW", "PUUM": "UM", "PZPA": "PA", "RHZW": "ZW", "SKIN": "IN",
    "SUHH": "AM|AZ|EE|GE|KZ|KG|LV|LT|MD|RU|TJ|TM|UA|UZ", "TPTL": "TL", "VDVN": "VN", "WKUM": "UM",
    "YDYE": "YE", "YUCS": "BA|HR|CSXX|MK|SI", "ZRCD": "CD",
}  # fmt: skip


def write(folder: Path) -> None:
    """Write the list and its schemes: alpha-2, alpha-3 and numeric codes."""
    import pycountry

    told = {
        code: versions
        for name in ("country", "territory")
        for code, versions in read_log(folder / "gds_registers" / f"{name}.rsf").items()
    }
    today = list(pycountry.countries)
    gone = list(pycountry.historic_countries)
    write_list("country", [*_today(today, told), *_gone(gone)])
    write_list("country", _hesa(folder, {one.alpha_2 for one in today}), "country-hesa")
    for scheme, field in (("alpha-2", "alpha_2"), ("alpha-3", "alpha_3"), ("numeric", "numeric")):
        write_list("country", _scheme(today, gone, field), f"country-{scheme}")


def _today(countries: list[Any], told: dict[str, list[dict[str, str]]]) -> Iterator[Line]:
    formers = {"yugoslavia", "ussr", "east germany", "czechoslovakia", "burma"}
    for one in countries:
        code = one.alpha_2
        versions = told.get(code, [])
        last = versions[-1] if versions else {}
        name = last.get("name") or getattr(one, "common_name", one.name)
        others = [
            one.name,
            getattr(one, "common_name", ""),
            getattr(one, "official_name", ""),
            *(
                version.get(field, "")
                for version in versions
                for field in ("name", "official-name")
            ),
            *NAMES.get(code, ()),
            one.alpha_3,
            one.numeric,
        ]
        kept = [other for other in others if other.casefold() not in formers]
        kept += ["Burma"] if code == "MM" else []
        yield {
            "code": code,
            "name": name,
            "start": STARTS.get(code) or last.get("start-date", "").replace("1990-10-03", ""),
            "aliases": aliases(kept, code, name),
            **(TAKEN_OVER if code in STARTS else ISO),
            "licence": "MIT",
        }
    for code, versions in told.items():
        # What the United Kingdom recognises and ISO has given no code. Two letters that begin with
        # X mean now this, now that: to HESA, XK is the United Kingdom.
        if code == "XK":
            yield {
                "code": "XKX",
                "name": versions[-1]["name"],
                "start": versions[-1].get("start-date", ""),
                "aliases": versions[-1]["official-name"],
                "source": "GDS, register of countries; ISO 3166-1 has no code, XKX is in wide use",
                "licence": "MIT",
            }


def _gone(countries: list[Any]) -> Iterator[Line]:
    for one in countries:
        code = one.alpha_4
        names = [one.name, *FORMER_NAMES.get(code, ()), one.alpha_2, one.alpha_3]
        name = FORMER_NAMES.get(code, (one.name,))[0]
        yield {
            "code": code,
            "name": name,
            "start": BEGAN.get(code, ""),
            "end": _last_day(one),
            "aliases": aliases(names, code, name),
            "successors": FOLLOWED[code],
            **ISO_3,
        }


def _hesa(folder: Path, iso: set[str]) -> Iterator[Line]:
    """HESA's codes: those of ISO, and its own for parts of countries and for former ones."""
    seen: set[str] = set()
    for name in ("degree_countries", "nationalities"):
        for line in read_lines(folder / "dfe_hesa_codes" / f"{name}.csv"):
            written = line["Code"]
            code = HESA.get(written, written)
            if written in seen or (code == written and code not in iso):
                continue
            seen.add(written)
            yield {
                "code": code,
                "name": line["Label"],
                "aliases": aliases([written]),
                "source": "HESA, DEGCTRY and NATION, as DfE Register trainee teachers has them",
                "licence": "MIT",
            }


def _last_day(one: Any) -> str:
    """The day before the code was withdrawn, and before it meant something else."""
    said: str = one.withdrawal_date
    if len(said) == 4:
        return f"{said}-12-31"
    return (date.fromisoformat(said) - timedelta(1)).isoformat()


def _scheme(today: list[Any], gone: list[Any], field: str) -> Iterator[Line]:
    """A territory that is gone has a numeric code that others did not take over only."""
    taken = [getattr(one, "numeric", "") for one in (*today, *gone)]
    for one in today:
        name = getattr(one, "common_name", one.name)
        yield {
            "code": one.alpha_2, "name": name, "aliases": getattr(one, field), **ISO,
            "licence": "MIT",
        }  # fmt: skip
    for one in gone:
        written = getattr(one, field, "")
        if written and (field != "numeric" or taken.count(written) == 1):
            yield {"code": one.alpha_4, "name": one.name, "aliases": written, **ISO_3}
